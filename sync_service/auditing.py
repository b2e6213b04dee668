"""The port of the audit log: who looked at whom, or changed what, through which door, why and when.

A look is recorded before anything is shown (promise 8 of CONTRACT.md). Rows are chained by hashes.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, Self
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.access import Visitor

CASE_CHARACTERS_MAX = 100
_CASE = re.compile(r"[\w №#./:()-]+")
_PERSONAL = re.compile(
    r"\d{3}[ .-]?\d{3}[ .-]?\d{3}[ .-]?\d\d"  # a СНИЛС
    r"|\b[0-9A-Za-z]{4}[.-]?(?=[0-9A-Za-z]*\d)[0-9A-Za-z]{8}\b"  # a code
    r"|\b(?:edu|sovetnmo)\s*:",  # an account
    re.IGNORECASE,
)


class Door(StrEnum):
    """Where somebody came in."""

    CONSOLE = "console"
    API = "api"
    COMMAND_LINE = "cli"


class Act(StrEnum):
    """What can be recorded. Names never change once rows carry them; `Look.act` takes any text: old rows load."""

    SEARCHED = "search.made"
    FOUND_SEEN = "search.found_seen"
    PERSON_SEEN = "person.seen"
    HISTORY_SEEN = "history.seen"
    PLAN_SEEN = "plan.seen"
    ANSWER_SEEN = "answer.seen"
    VALUE_REVEALED = "value.revealed"
    REPLAY_SEEN = "replay.seen"
    ROWS_REPAIRED = "rows.repaired"
    RESEND_FORESEEN = "replicas.foreseen"
    RESENT = "replicas.asked_again"
    REPORT_MADE = "report.made"
    REPORT_VERIFIED = "report.verified"
    CODE_SEEN = "code.seen"
    CODE_REVEALED = "code.revealed"
    SUPPORT_LETTER_SEEN = "support_letter.seen"
    LETTERS_LISTED = "letters.listed"
    LETTER_SEEN = "letter.seen"
    LETTER_REVEALED = "letter.revealed"
    LETTER_FORESEEN = "letter.foreseen"
    LETTER_RETRIED = "letter.retried"
    LETTER_DISCARDED = "letter.discarded"
    DECISIONS_LISTED = "decisions.listed"
    DECISION_SEEN = "decision.seen"
    DECISION_PROPOSED = "decision.proposed"
    DECISION_APPROVED = "decision.approved"
    DECISION_REJECTED = "decision.rejected"
    CREDIT_REVERSED = "credit.reversed"
    ACCOUNTS_RECONCILED = "accounts.reconciled"
    NOTICES_LISTED = "notices.listed"
    NOTICES_DECIDED = "notices.decided"
    REBUILD_SEEN = "rebuild.seen"
    REBUILD_DECIDED = "rebuild.decided"
    CASE_OPENED = "case.opened"
    CASE_ENDED = "case.ended"
    SIGNED_IN = "sign_in.done"
    SIGNED_OUT = "sign_in.ended"
    LINK_MADE = "sign_in.link_made"
    CREDENTIALS_CHANGED = "credentials.changed"
    ERASURES_LISTED = "erasures.listed"
    ERASURE_SEEN = "erasure.seen"
    ERASURE_PROPOSED = "erasure.proposed"
    ERASURE_APPROVED = "erasure.approved"
    ERASURE_REJECTED = "erasure.rejected"
    PERSON_ERASED = "person.erased"
    CERTIFICATE_SEEN = "certificate.seen"
    STORE_COPIED = "store.copied"
    KEYS_ROTATED = "keys.rotated"
    MAIL_OPENED = "mail.opened"
    STORE_RESTORED = "store.restored"
    AUDIT_SEEN = "audit.seen"
    AUDIT_EXPORTED = "audit.exported"
    AUDIT_VERIFIED = "audit.verified"
    AUDIT_ANCHORED = "audit.anchored"


class AuditUnavailable(Exception):
    """A look could not be recorded, so nothing may be shown."""


class CaseMalformed(ValueError):
    """What was given is no number of a case."""

    def __init__(self) -> None:
        super().__init__(
            f"the number of a case is needed: at most {CASE_CHARACTERS_MAX} letters, digits and .-/#№:(), at least one"
            " digit, and no СНИЛС, no e-mail address, no confirmation code, no account"
        )


def case_number(text: str) -> str:
    """The number of a case as it is recorded; raises CaseMalformed for what may hold something personal.

    The log keeps it for good, and an erasure does not reach it.
    """
    number = " ".join(text.split())
    is_short = 0 < len(number) <= CASE_CHARACTERS_MAX
    if not (is_short and _CASE.fullmatch(number) and any(map(str.isdigit, number)) and not _PERSONAL.search(number)):
        raise CaseMalformed
    return number


class Look(msgspec.Struct, frozen=True):
    """What somebody is about to see or to change.

    `act` names it, one of `Act`; `whom` is the stream of the specialist, code, parked message or proposal that it
    concerns; `case` is the number of the case that it is for; `detail` says which part (`email@edu`, `pdf`), and never
    holds a personal value, a code, or an activity key.
    """

    who: str
    name: str
    roles: tuple[str, ...]
    door: Door
    act: str
    whom: UUID | None = None
    case: str | None = None
    detail: str | None = None

    @classmethod
    def by(
        cls,
        visitor: Visitor,
        door: Door,
        act: str,
        *,
        whom: UUID | None = None,
        case: str | None = None,
        detail: str | None = None,
    ) -> Self:
        """The look of somebody who signed in."""
        roles = tuple(sorted(visitor.roles))
        return cls(visitor.subject, visitor.name, roles, door, str(act), whom, case, detail)


class AuditRow(msgspec.Struct, frozen=True):
    """A recorded look. `number` counts from 1 without a gap; `link` is the hash that chains it to all before it."""

    number: int
    at: datetime
    look: Look
    link: bytes


class AuditWanted(msgspec.Struct, frozen=True):
    """Which rows an auditor asks for; what is None is not asked about. Newest first, `before` a number (for paging).

    `whom` names streams, any of which will do: a linked person has two. Empty asks about nobody.
    """

    since: datetime | None = None
    until: datetime | None = None
    who: str | None = None
    whom: tuple[UUID, ...] = ()
    act: str | None = None
    case: str | None = None
    door: Door | None = None
    before: int | None = None
    limit: int = 100


class AuditFault(msgspec.Struct, frozen=True):
    """A place where the chain does not hold: the row's number, and what is wrong there."""

    number: int
    fault: str


class AuditStanding(msgspec.Struct, frozen=True):
    """How far the log is: the number of its newest row, and up to which one it is anchored elsewhere (None: not)."""

    newest: int
    anchored: int | None


class AuditLog(Protocol):
    """Keeps looks, in order, for good."""

    def record(self, look: Look) -> int:
        """Store a look, and return its number; what it is about may be shown only after that.

        Raises AuditUnavailable, or the errors of a database that is away: then nothing may be shown.
        """

    def find(self, wanted: AuditWanted) -> list[AuditRow]:
        """The rows that fit, the newest first."""

    def verify(self) -> Iterator[AuditFault]:
        """Walk the whole chain and the anchor that is kept elsewhere; every place where it does not hold."""

    def standing(self) -> AuditStanding:
        """How far the log and its anchor are."""

    def restored(self, look: Look) -> int:
        """Record that the store was restored from an older copy, and anchor the log there although it is shorter."""
