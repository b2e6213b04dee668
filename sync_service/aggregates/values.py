"""The words that every part of the service shares: portals, accounts, codes and the identity of a credit."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sync_service.aggregates.errors import AccountMalformed, CodeMalformed
from sync_service.aggregates.identifiers import named

if TYPE_CHECKING:
    from uuid import UUID

ERASED = "erased:"
"""What the names begin with that stand where something of an erased person stood; nothing that comes in may."""

CODE_LENGTH = 12
_CODE = re.compile(r"[0-9A-NP-Z]{12}")
_LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХO", "ABEKMH0PCTYX0")
_PLAIN = re.compile(r"[0-9A-Za-z]{4}-?[0-9A-Za-z]{8}")
_CODE_SHOWN = 4


class Portal(StrEnum):
    """One of the two portals (DOMAIN.md, «People, places, things»)."""

    SOVETNMO = "sovetnmo"
    EDU = "edu"

    __hash__ = str.__hash__  # an Enum's own is written in Python; accounts and replicas are looked up by portal

    @property
    def other(self) -> Portal:
        """The portal on the other side of a link."""
        return Portal.EDU if self is Portal.SOVETNMO else Portal.SOVETNMO


PORTALS = frozenset(portal.value for portal in Portal)


class Account(NamedTuple):
    """One person's account (личный кабинет) on one portal."""

    portal: Portal
    account_id: str

    def __str__(self) -> str:
        return f"{self.portal}:{self.account_id}"

    @property
    def is_erased(self) -> bool:
        """Whether the account was an erased person's: what its portal called it is not known any more."""
        return self.account_id.startswith(ERASED)

    @classmethod
    def parse(cls, text: str) -> Account:
        """Read `sovetnmo:ID` or `edu:ID`; raises AccountMalformed on anything else."""
        portal, separator, account_id = text.partition(":")
        if not separator or not account_id or portal not in PORTALS or not is_text(account_id):
            raise AccountMalformed
        return cls(Portal(portal), account_id)


def is_text(text: str) -> bool:
    """Whether it is text that can be stored: no half of a surrogate pair, no U+0000."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


class Reason(StrEnum):
    """Why something was refused: the wire values of DOMAIN.md, «Refusals»."""

    ACCEPTED = "accepted"
    CODE_MALFORMED = "code_malformed"
    CODE_ALREADY_YOURS = "code_already_yours"
    CODE_TAKEN = "code_taken"
    CODE_REVOKED = "code_revoked"
    CODE_UNKNOWN = "code_unknown"
    ACTIVITY_WITHDRAWN = "activity_withdrawn"
    ALREADY_LINKED = "already_linked"
    ACCOUNT_CLOSED = "account_closed"
    IDENTITY_MISMATCH = "identity_mismatch"
    DECLINED = "declined"
    UNDONE = "undone"
    ACCOUNT_ERASED = "account_erased"

    @property
    def is_refusal(self) -> bool:
        """Whether it counts as refused: a code that is already the person's is the same outcome again."""
        return self not in {Reason.ACCEPTED, Reason.CODE_ALREADY_YOURS, Reason.DECLINED}


@lru_cache(maxsize=2**13)  # looked at twice: to load its stream, and to decide
def canonical_code(typed: str) -> str:
    """Bring a typed confirmation code to its 12 characters (DOMAIN.md, «The code»).

    Raises CodeMalformed with the place of the first character that no code has, or with the length that is wrong.
    """
    if _PLAIN.fullmatch(typed):  # most codes are typed as printed, and need no look at every character
        return typed.replace("-", "").upper().replace("O", "0")
    normalised = unicodedata.normalize("NFKC", typed)
    code = "".join(filter(str.isalnum, normalised)).upper().translate(_LOOK_ALIKES)
    if _CODE.fullmatch(code):
        return code
    for place, character in enumerate(normalised, start=1):
        canonical = character.upper().translate(_LOOK_ALIKES)
        if character.isalnum() and not (canonical.isascii() and canonical.isalnum()):
            raise CodeMalformed(position=place, length=len(code))
    raise CodeMalformed(position=None, length=len(code))


def printed_code(code: str) -> str:
    """A canonical code as certificates print it: `XXXX-XXXXXXXX`; of one that was erased nothing but its shape."""
    if code.startswith(ERASED):
        return "••••-••••••••"
    return f"{code[:_CODE_SHOWN]}-{code[_CODE_SHOWN:]}"


def masked_code(code: str) -> str:
    """A code as logs and screens may show it."""
    if code.startswith(ERASED):
        return printed_code(code)
    return f"{code[:_CODE_SHOWN]}-••••••••"


def code_key(code: str) -> str:
    """The activity key of a credit that a confirmation code gave."""
    return f"code:{code}"


def module_key(module_id: str, completed_on: date) -> str:
    """The activity key of a completed module."""
    return f"module:{module_id}:{completed_on.isoformat()}"


def module_of(key: str) -> tuple[str, date]:
    """The module and the day that the activity key of a completed module names."""
    module_id, _, completed_on = key.removeprefix("module:").rpartition(":")
    return module_id, date.fromisoformat(completed_on)


def programme_key(programme_id: str, completed_on: date) -> str:
    """The activity key of a completed programme."""
    return f"programme:{programme_id}:{completed_on.isoformat()}"


def entry_id(key: str) -> UUID:
    """What names an entry where its activity key must not stand, as in an address: the key may hold a code."""
    return named(f"entry:{key}")


@lru_cache(maxsize=2**16)
def account_stream(account: Account) -> UUID:
    """The stream in which an account's own history begins."""
    return named(f"account:{account.portal}:{account.account_id}")


@lru_cache(maxsize=2**13)
def code_stream(code: str) -> UUID:
    """The one stream of a confirmation code, so that two takers cannot both win."""
    return named(f"code:{code}")


@lru_cache(maxsize=2**13)
def activity_stream(activity_id: str) -> UUID:
    """The stream of the catalogue's activity."""
    return named(f"activity:{activity_id}")


def forget_names() -> None:
    """Forget whose streams and which codes were looked up lately: somebody's may have been erased."""
    for remembered in (canonical_code, account_stream, code_stream):
        remembered.cache_clear()
