"""Finds a person, a code or a parked message by one text: whole values only, and it says what it tried and what not."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.specialist_facts import AbsorbedInto
from sync_service.aggregates.values import (
    CODE_LENGTH,
    PORTALS,
    Account,
    Portal,
    account_stream,
    canonical_code,
    code_stream,
    is_text,
)
from sync_service.messages.fields import ID_CHARACTERS_MAX
from sync_service.projections.look_up import email_look_up, name_look_up, snils_look_up
from sync_service.questions.people import is_erased

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.event_store import EventStore
    from sync_service.projections.view_store import ViewStore

SNILS_DIGITS = 11
CODE_LIKE_LENGTHS = range(CODE_LENGTH - 2, CODE_LENGTH + 3)
"""A text with so many letters and digits, in no word of a language, may be a code that was typed wrongly."""

_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_WITH_PORTAL = re.compile(rf"({'|'.join(sorted(PORTALS))})\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)


class Kind(StrEnum):
    """What a text can be taken for."""

    ACCOUNT = "account"
    CODE = "code"
    EMAIL = "email"
    SNILS = "snils"
    NAME = "name"
    ID = "id"


class Skipped(StrEnum):
    """Why a text was not tried as something."""

    HAS_BLANKS = "has_blanks"
    HAS_LETTERS = "has_letters"
    HAS_DIGITS = "has_digits"
    HAS_AT = "has_at"
    NO_AT = "no_at"
    NO_LETTERS = "no_letters"
    NO_DASHED_ID = "no_dashed_id"
    TOO_LONG = "too_long"
    WRONG_LENGTH = "wrong_length"
    WRONG_CHARACTER = "wrong_character"


class Target(StrEnum):
    """What is found."""

    PERSON = "person"
    CODE = "code"
    LETTER = "letter"


class Attempt(msgspec.Struct, frozen=True):
    """The text taken for something: `skipped` says why it was not tried, `found` how many were found.

    `count` and `position` are the facts of a skip: how many letters and digits or digits, which character is wrong.
    """

    kind: Kind
    found: int = 0
    skipped: Skipped | None = None
    count: int = 0
    position: int = 0


class Hit(msgspec.Struct, frozen=True):
    """Something that was found, and by what: `portals` names the accounts that have the value."""

    target: Target
    id: UUID
    by: Kind
    portals: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True):
    """What a search came to. `is_code_like` tells that the text is no code, but was probably meant as one."""

    hits: tuple[Hit, ...]
    attempts: tuple[Attempt, ...]
    is_code_like: bool

    def single(self) -> Hit | None:
        """The one thing that was found, by whatever it was; None if there are none or several."""
        return self.hits[0] if len({(hit.target, hit.id) for hit in self.hits}) == 1 else None


def search(views: ViewStore, store: EventStore, typed: str) -> Found:
    """Try the text as everything that it can be."""
    text = " ".join(_UNSEEN.sub("", unicodedata.normalize("NFKC", typed)).split())
    asked = Asked(views, store, text)
    answers = [asked.account(), asked.code(), asked.email(), asked.snils(), asked.name(), asked.id()]
    hits = tuple(dict.fromkeys(hit for answer in answers if isinstance(answer, list) for hit in answer))
    attempts = tuple(
        answer if isinstance(answer, Attempt) else Attempt(kind, len({(hit.target, hit.id) for hit in answer}))
        for kind, answer in zip(Kind, answers, strict=True)
    )
    return Found(hits, attempts, any(_is_code_like(attempt, text) for attempt in attempts))


class Asked:
    """One text, tried as each thing: every method gives the hits, or why it was not tried."""

    def __init__(self, views: ViewStore, store: EventStore, text: str) -> None:
        self._views = views
        self._store = store
        self._text = text

    def account(self) -> list[Hit] | Attempt:
        """As an account's id, with its portal before it or without."""
        named = _WITH_PORTAL.fullmatch(self._text)
        portals = [named[1].lower()] if named else [portal.value for portal in Portal]
        account_id = named[2] if named else self._text
        if len(account_id) > ID_CHARACTERS_MAX or not account_id:
            return Attempt(Kind.ACCOUNT, skipped=Skipped.TOO_LONG)
        if "@" in account_id and not named:
            return Attempt(Kind.ACCOUNT, skipped=Skipped.HAS_AT)
        rows = [
            row
            for portal in portals
            for row in self._views.find("directory", "accounts", portal=portal, account_id=account_id)
        ]
        return [Hit(Target.PERSON, row["owner"], Kind.ACCOUNT, (row["portal"],)) for row in rows] or [
            Hit(Target.PERSON, stream, Kind.ACCOUNT, (account.portal.value,))
            for account in (Account(Portal(portal), account_id) for portal in portals)
            if is_text(account_id)
            for stream, events in self._store.load([account_stream(account)]).items()
            if is_erased(events)
        ]

    def code(self) -> list[Hit] | Attempt:
        """As a confirmation code in any spelling."""
        if "@" in self._text:
            return Attempt(Kind.CODE, skipped=Skipped.HAS_AT)
        try:
            stream = code_stream(canonical_code(self._text))
        except CodeMalformed as error:
            if error.length == CODE_LENGTH and error.position:
                return Attempt(Kind.CODE, skipped=Skipped.WRONG_CHARACTER, position=error.position)
            return Attempt(Kind.CODE, skipped=Skipped.WRONG_LENGTH, count=error.length)
        return [Hit(Target.CODE, stream, Kind.CODE)] if self._knows_code(stream) else []

    def email(self) -> list[Hit] | Attempt:
        """As an e-mail address."""
        if "@" not in self._text:
            return Attempt(Kind.EMAIL, skipped=Skipped.NO_AT)
        return self._people(Kind.EMAIL, email_look_up=email_look_up(self._text))

    def snils(self) -> list[Hit] | Attempt:
        """As a СНИЛС in any punctuation."""
        digits = snils_look_up(self._text)
        if any(map(str.isalpha, self._text)) or "@" in self._text:
            return Attempt(Kind.SNILS, skipped=Skipped.HAS_LETTERS)
        if len(digits) != SNILS_DIGITS:
            return Attempt(Kind.SNILS, skipped=Skipped.WRONG_LENGTH, count=len(digits))
        return self._people(Kind.SNILS, snils_look_up=digits)

    def name(self) -> list[Hit] | Attempt:
        """As a full name, its words in any order."""
        if "@" in self._text:
            return Attempt(Kind.NAME, skipped=Skipped.HAS_AT)
        if any(map(str.isdigit, self._text)):
            return Attempt(Kind.NAME, skipped=Skipped.HAS_DIGITS)
        if not any(map(str.isalpha, self._text)):
            return Attempt(Kind.NAME, skipped=Skipped.NO_LETTERS)
        return self._people(Kind.NAME, name_look_up=name_look_up(self._text))

    def id(self) -> list[Hit] | Attempt:
        """As an id of the service's own: of a specialist, a code, or a parked message."""
        try:
            found = UUID(self._text)
        except ValueError:
            return Attempt(Kind.ID, skipped=Skipped.NO_DASHED_ID)
        return list(self._with_id(found))

    def _with_id(self, found: UUID) -> Iterator[Hit]:
        if self._views.find("directory", "accounts", owner=found):
            yield Hit(Target.PERSON, found, Kind.ID)
            return
        if self._store.parked_bytes(found) is not None:
            yield Hit(Target.LETTER, found, Kind.ID)
        elif self._knows_code(found):
            yield Hit(Target.CODE, found, Kind.ID)
        for event in self._store.load({found}).get(found, []):
            if isinstance(event.fact, AbsorbedInto):
                yield Hit(Target.PERSON, event.fact.specialist, Kind.ID)

    def _knows_code(self, stream: UUID) -> bool:
        return any(self._views.find("code_register", table, owner=stream) for table in ("codes", "attempts"))

    def _people(self, by: Kind, **equals: str) -> list[Hit]:
        portals: dict[UUID, list[str]] = {}
        for row in self._views.find("directory", "accounts", **equals):
            portals.setdefault(row["owner"], []).append(row["portal"])
        return [Hit(Target.PERSON, owner, by, tuple(sorted(found))) for owner, found in portals.items()]


def _is_code_like(attempt: Attempt, text: str) -> bool:
    """Whether the text was probably meant as a code: it has digits, and about as many characters."""
    if attempt.kind is not Kind.CODE or attempt.skipped is None or not any(map(str.isdigit, text)):
        return False
    has_letters = any(map(str.isalpha, text))
    return has_letters and (attempt.skipped is Skipped.WRONG_CHARACTER or attempt.count in CODE_LIKE_LENGTHS)
