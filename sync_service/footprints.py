"""What a person is recognised by in bytes that are no events: parked messages, topic files, mails."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from sync_service.aggregates.values import Account, Portal

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_LOOK_ALIKES = str.maketrans("АВЕКМНОРСТУХO", "ABEKMH0PCTYX0")
_YO = str.maketrans("ё", "е")
_NAME_CHARACTERS_MIN = 5
"""A shorter name is a word of many messages: it is looked for as a whole text only."""


class Footprints(msgspec.Struct, frozen=True):
    """Everything that names one person: accounts, names and addresses, the digits of СНИЛС, codes of theirs.

    `letters` are the parked messages that are known to be about the person, `messages` the ids of theirs. It is kept in
    memory for as long as an erasure takes, and nowhere else.
    """

    accounts: frozenset[Account]
    texts: frozenset[str] = frozenset()
    snils: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    letters: frozenset[UUID] = frozenset()
    messages: frozenset[str] = frozenset()

    def are_in(self, *contents: bytes | None, another: str | None = None) -> bool:
        """Whether any of these bytes name the person, in whichever spelling of JSON, of a code or of a СНИЛС.

        What is known to be about another's account (its id is `another`) names the person by an account of theirs, and
        by nothing else: an address may be shared, and a code tried by two.
        """
        texts = (unescaped(content) for content in contents if content)
        return any(self._in_text(text) if another is None else self._account_in(text, another) for text in texts)

    def name_account(self, account_id: str, portal: Portal | None) -> bool:
        """Whether it is the id of one of the accounts; the other portal may give the same id to somebody else."""
        return any(one.account_id == account_id and portal in {None, one.portal} for one in self.accounts)

    def in_plain(self, text: str) -> bool:
        """Whether a sentence that somebody wrote names the person."""
        words = set(re.findall(r"[^\s,;:()«»\"']+", text))
        return any(account.account_id in words for account in self.accounts) or self._in_text(text)

    def _account_in(self, text: str, another: str | None = None) -> bool:
        return any(
            _account_with_portal_in(text, account)
            if account.account_id == another
            else _account_in(text, account.account_id)
            for account in self.accounts
        )

    def _in_text(self, text: str) -> bool:
        found = _folded(text)
        if self._account_in(text):
            return True
        if any(_text_in(found, _folded(one)) for one in self.texts):
            return True
        squeezed = squeeze(text)
        return any(one in squeezed for one in self.snils | self.codes)


class Outside(Protocol):
    """What stands outside the database and names people: files, and the ledger of erasures."""

    def before(self, erased: Erased) -> None:
        """Note that the erasure is about to be stored, and remove what names the person; safe to be repeated."""

    def after(self, erased: Erased) -> None:
        """It is stored: remove what was written meanwhile, and say that nothing is left."""


class Erased(msgspec.Struct, frozen=True):
    """An erasure as it is known outside the database: the person's streams, why, and what names them (in memory).

    `codes` are the streams of the codes that stay taken.
    """

    streams: tuple[UUID, ...]
    at: datetime
    reason: str
    proposed_by: str
    approved_by: str
    footprints: Footprints
    codes: tuple[UUID, ...] = ()


class NothingOutside:
    """Nothing stands outside; fits Outside."""

    def before(self, erased: Erased) -> None:
        """Nothing is there."""

    def after(self, erased: Erased) -> None:
        """Nothing is there."""


def squeeze(text: str) -> str:
    """Letters and digits alone, as codes are compared: upper case, look-alikes read as Latin, O as zero."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return "".join(filter(str.isalnum, text)).upper().translate(_LOOK_ALIKES)


def unescaped(content: bytes) -> str:
    """The text with JSON's escapes resolved, however much of it is JSON."""
    text = content.decode("utf-8", errors="replace")
    if "\\" not in text:
        return text
    resolved = _ESCAPE.sub(_resolved, text)
    return resolved.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")


def _resolved(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _ESCAPED.get(match[2], match[2])


def _account_in(text: str, account_id: str) -> bool:
    """An account id as a whole text of JSON, alone, or as the number that it should not have been."""
    number = rf'|"account_id"\s*:\s*{re.escape(account_id)}(?![\w.])' if account_id.isdecimal() else ""
    return text == account_id or re.search(f'"{re.escape(account_id)}"{number}', text) is not None


def _account_with_portal_in(text: str, account: Account) -> bool:
    """An account whose id is also another's on the other portal: where it stands beside the name of its portal."""
    portal, account_id = account.portal.value, re.escape(account.account_id)
    found = rf'"{portal}"\s*(?::|,\s*"account_id"\s*:)\s*"{account_id}"'
    return re.search(found, text) is not None


def _text_in(found: str, text: str) -> bool:
    return text in found if len(text) >= _NAME_CHARACTERS_MIN else f'"{text}"' in found


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_YO).split())
