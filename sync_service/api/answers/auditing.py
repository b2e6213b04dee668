"""The audit log: searched, exported whole, and verified. Reading it is recorded in it."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final, Literal
from uuid import UUID

import msgspec

from sync_service.access import Right
from sync_service.api.answers.people import Instant
from sync_service.api.endpoint import Download, Endpoint, Whom
from sync_service.auditing import Act, AuditFault, AuditWanted, Door
from sync_service.questions.looked_at import every_row
from sync_service.rendering.audits import FORMATS, row_as_json

if TYPE_CHECKING:
    from sync_service.api.call import Call

FAULTS_SHOWN_MAX: Final = 1_000

Text = Annotated[str, msgspec.Meta(max_length=300)]


class Rows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows are wanted: what is not named is not asked about. `until` is not included."""

    since: Instant | None = None
    until: Instant | None = None
    who: Text | None = None
    whom: UUID | None = None
    act: Text | None = None
    case: Text | None = None
    door: Door | None = None

    def wanted(self) -> AuditWanted:
        """As the log is asked."""
        whom = () if self.whom is None else (self.whom,)
        return AuditWanted(self.since, self.until, self.who, whom, self.act, self.case, self.door)


class PageOfRows(Rows, frozen=True, forbid_unknown_fields=True):
    """One page of the rows that are wanted, newest first; `before` is the last number of the page before."""

    before: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100

    def wanted(self) -> AuditWanted:
        """As the log is asked."""
        return msgspec.structs.replace(super().wanted(), before=self.before, limit=self.limit)


class Export(Rows, frozen=True, forbid_unknown_fields=True):
    """Every row that is wanted, as a file."""

    format: Literal["csv", "ndjson"] = "ndjson"


class RowSeen(msgspec.Struct, frozen=True):
    """One look: who, whom, what, why, when. `link` is the hash that chains it to all before it, in hexadecimal."""

    number: int
    at: datetime
    who: str
    name: str
    roles: tuple[str, ...]
    door: str
    act: str
    whom: UUID | None
    case: str | None
    detail: str | None
    link: str


class Verdict(msgspec.Struct, frozen=True):
    """Whether the chain holds from the first row to the newest; `anchored` is how far it is anchored elsewhere."""

    ok: bool
    newest: int
    anchored: int | None
    faults: tuple[AuditFault, ...]


def list_rows(call: Call, asked: PageOfRows) -> tuple[RowSeen, ...]:
    """List who looked at whom, the newest first."""
    return tuple(RowSeen(**row_as_json(row)) for row in call.ports.audit.find(asked.wanted()))


def export(call: Call, asked: Export) -> Download:
    """Export every row that fits, the newest first."""
    write, media_type = FORMATS[asked.format]
    return Download(write(every_row(call.ports.audit, asked.wanted())), media_type, f"audit.{asked.format}")


def verify(call: Call, _: object) -> Verdict:
    """Walk the whole chain and its anchor, and name every place where it does not hold, the first thousand of them."""
    standing = call.ports.audit.standing()
    faults = tuple(islice(call.ports.audit.verify(), FAULTS_SHOWN_MAX))
    return Verdict(not faults, standing.newest, standing.anchored, faults)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/audit",
        right=Right.SEE_AUDIT,
        run=list_rows,
        asks=PageOfRows,
        answers=tuple[RowSeen, ...],
        act=Act.AUDIT_SEEN,
        whom=Whom.NOBODY,
        masks=False,
    ),
    Endpoint(
        method="GET",
        path="/audit/export",
        right=Right.SEE_AUDIT,
        run=export,
        asks=Export,
        act=Act.AUDIT_EXPORTED,
        whom=Whom.NOBODY,
        masks=False,
        media=tuple(media_type for _, media_type in FORMATS.values()),
    ),
    Endpoint(
        method="POST",
        path="/audit/verify",
        right=Right.SEE_AUDIT,
        run=verify,
        answers=Verdict,
        act=Act.AUDIT_VERIFIED,
        whom=Whom.NOBODY,
        masks=False,
    ),
)
