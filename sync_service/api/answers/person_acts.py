"""What can be done about a person: a recomputation, a repair, asking a portal again, the report."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final, Literal
from uuid import UUID

import msgspec

from sync_service import questions
from sync_service.access import Right
from sync_service.aggregates.values import Portal
from sync_service.api.answers.finding import person_of
from sync_service.api.answers.people import NOT_FOUND, PERSON
from sync_service.api.endpoint import Download, Endpoint, Whom
from sync_service.api.problems import not_there
from sync_service.auditing import Act
from sync_service.console.person.accounts import account_names
from sync_service.projections.comparing import Example, example_of
from sync_service.projections.view_store import Generation
from sync_service.replication import resend_to

if TYPE_CHECKING:
    from sync_service.api.answers.finding import Found
    from sync_service.api.call import Call
    from sync_service.questions.replays import Replay

REPORT_TYPES: Final = {"pdf": "application/pdf", "csv": "text/csv"}
DIFFERENCES_SHOWN_MAX: Final = 100


class Resend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which portal is to be asked for the person's replicas again."""

    portal: Portal


class Resent(msgspec.Struct, frozen=True):
    """How many replicas were asked for again."""

    replicas: int


class ReportAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which cycle is reported on, as the plan names it, and as what."""

    cycle: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    format: Literal["pdf", "csv"]


class ReplaySeen(msgspec.Struct, frozen=True):
    """What was compared, and the first differences (`count` of them in all); personal values in them are masked."""

    specialist_id: UUID
    equal: bool
    events: int
    rows: int
    views: tuple[Generation, ...]
    count: int
    differences: tuple[Example, ...]


def replay(call: Call, _: object) -> ReplaySeen:
    """Recompute a person's rows from events and compare them with the live ones; nothing is written."""
    return _seen(_replayed(call, person_of(call)))


def repair(call: Call, _: object) -> ReplaySeen:
    """Write the recomputed rows where they differ, and compare again."""
    now = person_of(call)
    replayed = _replayed(call, now)
    if not replayed.equal:
        call.ports.views.mend(replayed.changes)
    return _seen(_replayed(call, now))


def resend(call: Call, asked: Resend) -> Resent:
    """Ask a portal again for every replica of the person that it should show."""
    now = person_of(call, asked.portal)
    asked_for = resend_to(call.ports.application(), account_names(now.person)[0], asked.portal)
    call.ports.settle()
    return Resent(asked_for)


def report(call: Call, asked: ReportAsked) -> Download:
    """Write the report for the educational organisation; it holds the person's full name."""
    from sync_service.reports.report import CycleUnknown, standing_at  # noqa: PLC0415 - few calls ask for one
    from sync_service.reports.report import report as make  # noqa: PLC0415

    now, ports = person_of(call, asked.format), call.ports
    standing = standing_at(ports.store, ports.now(), None)
    try:
        made = make(ports.store, account_names(now.person)[0], asked.cycle, standing)
    except CycleUnknown:
        raise not_there() from None
    name = f"report-{str(now.streams.stream)[:8]}.{asked.format}"
    return Download(ports.report_writers()[asked.format](made), REPORT_TYPES[asked.format], name)


def _replayed(call: Call, now: Found) -> Replay:
    return questions.replay(call.ports.store, call.ports.views, account_names(now.person)[0])


def _seen(replayed: Replay) -> ReplaySeen:
    return ReplaySeen(
        specialist_id=replayed.specialist_id,
        equal=replayed.equal,
        events=replayed.events,
        rows=replayed.rows,
        views=replayed.views,
        count=len(replayed.differences),
        differences=tuple(
            example_of(one.table, tuple(one.key), one.live, one.recomputed)
            for one in replayed.differences[:DIFFERENCES_SHOWN_MAX]
        ),
    )


_MOVED: Final = NOT_FOUND | {HTTPStatus.CONFLICT}

ENDPOINTS = (
    Endpoint(
        method="GET",
        path=f"{PERSON}/replay",
        right=Right.SEE_PERSON,
        run=replay,
        answers=ReplaySeen,
        act=Act.REPLAY_SEEN,
        whom=Whom.FOUND,
        refusals=_MOVED,
    ),
    Endpoint(
        method="POST",
        path=f"{PERSON}/repair",
        right=Right.MEND,
        run=repair,
        answers=ReplaySeen,
        act=Act.ROWS_REPAIRED,
        whom=Whom.FOUND,
        refusals=_MOVED,
    ),
    Endpoint(
        method="POST",
        path=f"{PERSON}/resend",
        right=Right.MEND,
        run=resend,
        asks=Resend,
        answers=Resent,
        act=Act.RESENT,
        whom=Whom.FOUND,
        refusals=_MOVED,
    ),
    Endpoint(
        method="GET",
        path=f"{PERSON}/report",
        right=Right.REVEAL,
        run=report,
        asks=ReportAsked,
        act=Act.REPORT_MADE,
        whom=Whom.FOUND,
        media=tuple(REPORT_TYPES.values()),
        refusals=NOT_FOUND,
    ),
)
