"""What is left of stored facts when nobody is known: a veil over every field that leads to a person.

A veil gives the same stand-in for the same value, so that keys still match keys and histories still fold. What the
stand-ins are drawn from is thrown away with the veil.
"""

from __future__ import annotations

import secrets
from enum import Enum, auto
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sync_service.aggregates.deciding import Decision, DecisionProposed
from sync_service.aggregates.values import ERASED, Account, Portal, code_key, module_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sync_service.aggregates.aggregate import Fact

GONE: Final = f"{ERASED}text"
"""Stands where a text is needed and none is kept."""

_CODE = "code:"


class Treatment(Enum):
    """What the veil makes of a field."""

    KEPT = auto()
    """Leads to nobody: dates, amounts, outcomes, the catalogue's own ids, names of staff."""
    ACCOUNT = auto()
    """An account: the person's become stand-ins."""
    EDU = auto()
    """The id of an edu account."""
    SOVETNMO = auto()
    """The id of a sovetnmo account."""
    TOKEN = auto()
    """An id that a portal chose."""
    CODE = auto()
    """A confirmation code."""
    KEY = auto()
    """An activity key, which may hold a code, or any text."""
    TEXT = auto()
    """Free text, or what somebody typed."""
    DROPPED = auto()
    """Left out."""
    REASONS = auto()
    """Why a message could not be read: the kind of fault stays, what is particular to the message goes."""
    DECISION = auto()
    """What a proposal is about."""


T = Treatment
TREATMENTS: Final[Mapping[str, Treatment]] = {
    "account": T.ACCOUNT,
    "origin": T.ACCOUNT,
    "edu": T.EDU,
    "sovetnmo": T.SOVETNMO,
    "request_id": T.TOKEN,
    "cycle_id": T.TOKEN,
    "code": T.CODE,
    "key": T.KEY,
    "typed": T.TEXT,
    "organisation": T.TEXT,
    "reason": T.TEXT,
    "decision": T.DECISION,
    "reasons": T.REASONS,
    **dict.fromkeys(("email", "full_name", "snils", "detail", "remote_ref", "answers"), T.DROPPED),
    **dict.fromkeys(("message_id", "account_id"), T.DROPPED),
    **dict.fromkeys(("at", "activated_at", "completed_on", "starts_on", "ends_on", "origin_recorded_at"), T.KEPT),
    **dict.fromkeys(("education_level", "audience", "specialties", "specialty", "policy"), T.KEPT),
    **dict.fromkeys(("activity_id", "module_id", "programme_id", "vouched_for", "kind", "title"), T.KEPT),
    **dict.fromkeys(("hours", "distance_hours", "credits", "revision", "asked", "backfill", "duplicate"), T.KEPT),
    **dict.fromkeys(("to_edu", "to_sovetnmo", "applied", "position", "attempt", "outcome", "code_outcome"), T.KEPT),
    **dict.fromkeys(("absorbed", "absorbed_version", "specialist", "joined_version", "undone_version"), T.KEPT),
    **dict.fromkeys(("proposed_by", "approved_by", "by", "proposal", "proposals", "message_type"), T.KEPT),
    **dict.fromkeys(("place", "offset", "topic", "source", "portal"), T.KEPT),
    **dict.fromkeys(("events", "codes", "letters"), T.KEPT),
}
"""By the name of the field, in whichever fact it stands; a test goes through all of them."""


class Named:
    """Who is erased, and which codes are whose, as far as their own streams tell."""

    def __init__(self, accounts: Collection[Account]) -> None:
        self.accounts = frozenset(accounts)
        self.codes: set[str] = set()
        """The codes whose credit is the person's."""
        self.others_codes: set[str] = set()
        """The codes whose credit, in the same streams, is somebody else's: they were linked once."""
        self.moved: set[str] = set()
        """The codes whose credit was the person's, and which people moved to somebody else."""

    def is_own(self, fact: Fact) -> bool | None:
        """Whether a fact is about one of the person's accounts; None if it names no account."""
        account: Account | None = getattr(fact, "account", None)
        return None if account is None else account in self.accounts


class Veil:
    """Veils facts of one erasure. `reason_veiled` gives the kind of a reason for parking, without what it names."""

    def __init__(self, named: Named, reason_veiled: Callable[[str], str]) -> None:
        self._named = named
        self._reason_veiled = reason_veiled
        self._secret = secrets.token_bytes(32)

    def token(self, kind: str, value: str) -> str:
        """What stands for a value; a stand-in stays what it is."""
        if value.startswith(ERASED):
            return value
        return ERASED + blake2b(f"{kind}\0{value}".encode(), key=self._secret, digest_size=12).hexdigest()

    def account(self, account: Account) -> Account:
        """An account, veiled if it is the person's."""
        if account not in self._named.accounts:
            return account
        return Account(account.portal, self.token("account", str(account)))

    def code(self, code: str) -> str:
        """What stands for a code."""
        return self.token("code", code)

    def own(self, fact: Fact) -> Fact:
        """A fact in one of the person's own streams; of what another's portal said there, only the mentions go."""
        is_own = self._named.is_own(fact)
        return self._veiled(fact, mentions_only=is_own is False, is_own=bool(is_own))

    def mention(self, fact: Fact) -> Fact:
        """A fact in somebody else's stream: what the person's own account brought about there, and what names them."""
        if self._named.is_own(fact):
            return self._veiled(fact, mentions_only=False, is_own=True)
        veiled = self._veiled(fact, mentions_only=not self._names_link(fact), is_own=False)
        key: str | None = getattr(fact, "key", None)
        is_moved = key is not None and key.removeprefix(_CODE) in self._named.moved
        return msgspec.structs.replace(veiled, key=key) if is_moved else veiled

    def attempt(self, fact: Fact, *, holder_erased: bool) -> Fact:
        """A fact in a code's stream: the person's attempts and ownership, and the code itself if it is theirs."""
        own = bool(self._named.is_own(fact))
        changes: dict[str, Any] = {}
        for name in fact.__struct_fields__:
            value = getattr(fact, name)
            if name == "code" and value is not None:
                changes[name] = self.code(value) if holder_erased else value
            elif own or (holder_erased and name == "reason"):
                changes[name] = self._field(name, value, is_own=True)
        return msgspec.structs.replace(fact, **changes)

    def whole(self, fact: Fact) -> Fact:
        """A fact that is about the person and nobody else: a parked message of theirs, a proposal about them."""
        return self._veiled(fact, mentions_only=False, is_own=True)

    def _names_link(self, fact: Fact) -> bool:
        edu, sovetnmo = getattr(fact, "edu", None), getattr(fact, "sovetnmo", None)
        named = {Account(Portal.EDU, edu or ""), Account(Portal.SOVETNMO, sovetnmo or "")}
        return not named.isdisjoint(self._named.accounts)

    def _veiled(self, fact: Fact, *, mentions_only: bool, is_own: bool) -> Fact:
        changes: dict[str, Any] = {}
        for name in fact.__struct_fields__:
            value, treatment = getattr(fact, name), TREATMENTS[name]
            names_credit = treatment is T.CODE and self._named.is_own(fact) is None and value in self._named.codes
            if mentions_only and treatment not in _MENTIONS and not names_credit:
                continue
            changes[name] = self._field(name, value, is_own=is_own)
        return msgspec.structs.replace(fact, **changes)

    def _field(self, name: str, value: Any, *, is_own: bool) -> Any:  # noqa: ANN401 - of any field
        treatment = TREATMENTS[name]
        if value is None or treatment is T.KEPT or (treatment is T.TEXT and not _is_free(value)):
            return value
        if treatment is T.KEY:
            return self._key(value, is_own=is_own)
        if treatment is T.CODE:
            return value if not is_own and value in self._named.others_codes else self.code(value)
        return _VEILED[treatment](self, value)

    def _key(self, key: str, *, is_own: bool) -> str:
        """A key of a credit of the person's own; of others' credits as it is; of any other form a stand-in."""
        if key.startswith(_CODE):
            code = key.removeprefix(_CODE)
            is_veiled = code in self._named.codes or (is_own and code not in self._named.others_codes)
            return code_key(self.code(code)) if is_veiled else key
        return self.token("key", key) if is_own and not _is_of_catalogue(key) else key

    def _side(self, portal: Portal, account_id: str) -> str:
        return self.account(Account(portal, account_id)).account_id

    def _decision(self, decision: Decision) -> Decision:
        return msgspec.structs.replace(
            decision,
            account=self.account(decision.account),
            other=self.account(decision.other) if decision.other else None,
            code=self.code(decision.code) if decision.code else None,
            key=self._key(decision.key, is_own=True) if decision.key else None,
            request_id=self.token("request_id", decision.request_id) if decision.request_id else None,
        )

    def _reasons(self, reasons: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(self._reason_veiled, reasons))


def is_about(fact: Fact, named: Named) -> bool:
    """Whether a proposal is about the person, or about a code of theirs."""
    if not isinstance(fact, DecisionProposed):
        return False
    return not named.accounts.isdisjoint(fact.decision.accounts) or fact.decision.code in named.codes


_MENTIONS = frozenset({T.ACCOUNT, T.EDU, T.SOVETNMO, T.KEY})
_VEILED: Final[Mapping[Treatment, Callable[[Veil, Any], Any]]] = {
    T.ACCOUNT: Veil.account,
    T.EDU: lambda veil, value: veil._side(Portal.EDU, value),  # noqa: SLF001 - its own table
    T.SOVETNMO: lambda veil, value: veil._side(Portal.SOVETNMO, value),  # noqa: SLF001
    T.TOKEN: lambda veil, value: veil.token("id", value),
    T.TEXT: lambda _, __: GONE,
    T.DROPPED: lambda _, __: None,
    T.REASONS: lambda veil, value: veil._reasons(value),  # noqa: SLF001
    T.DECISION: lambda veil, value: veil._decision(value),  # noqa: SLF001
}


def _is_free(value: object) -> bool:
    """Whether it is anybody's text: a reason of our own list (`Reason`) is none."""
    return type(value) is str


def _is_of_catalogue(key: str) -> bool:
    """Whether a key names a module or a programme and a day, which lead to nobody."""
    if not key.startswith(("module:", "programme:")):
        return False
    try:
        return bool(module_of(key.partition(":")[2])[0])
    except ValueError:
        return False
