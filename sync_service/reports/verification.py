"""Whether a report that somebody holds is the service's own: the value is recomputed as of the moment that it names.

A check value proves what the service says, not what a paper says: somebody may have changed the paper and left the
value. So the answer repeats what the report says, and a whole file is written anew and compared byte by byte.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.errors import DomainError
from sync_service.aggregates.specialist_facts import AccountNoticed
from sync_service.questions.plans import plan_as_of
from sync_service.reports.check_value import CheckValue, CheckValueMalformed, check_value, written_in
from sync_service.reports.report import Report, report

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from sync_service.aggregates.values import Account
    from sync_service.event_store import EventStore

    Writer = Callable[[Report], bytes]


class Outcome(StrEnum):
    """What a verification found."""

    EQUAL = "equal"
    """The report is the service's own; a file is so to the last byte."""

    FILE_DIFFERS = "file_differs"
    """The check value is right, but the file is not what this version of the service writes for it."""

    DIFFERS = "differs"
    """By its events as of that moment the service says something else, or knows no such person."""

    NO_VALUE = "no_value"
    """The file bears no check value."""


class Verification(msgspec.Struct, frozen=True):
    """The outcome, the value that was verified, and the report as the service knows it, if it is the same."""

    outcome: Outcome
    check_value: str | None = None
    position: int | None = None
    as_of: datetime | None = None
    report: Report | None = None


def verify_value(store: EventStore, typed: str) -> Verification:
    """Recompute what a check value stands for; raises CheckValueMalformed."""
    value = CheckValue.parse(typed)
    found = next((made for made in _reports(store, value) if check_value(made) == value), None)
    outcome = Outcome.DIFFERS if found is None else Outcome.EQUAL
    return Verification(outcome, str(value), value.standing.position, value.standing.at, found)


def verify_file(store: EventStore, content: bytes, writers: Collection[Writer]) -> Verification:
    """Verify the value that a file bears, then whether one of the formats gives the very same bytes."""
    written = written_in(content)
    if written is None:
        return Verification(Outcome.NO_VALUE)
    try:
        verified = verify_value(store, written)
    except CheckValueMalformed:
        return Verification(Outcome.DIFFERS, written)
    if verified.report is None or any(write(verified.report) == content for write in writers):
        return verified
    return msgspec.structs.replace(verified, outcome=Outcome.FILE_DIFFERS)


def _reports(store: EventStore, value: CheckValue) -> Iterator[Report]:
    """The reports on every cycle of the person, as of the value's moment; none if nobody was known by then."""
    if value.standing.position > store.head():
        return
    account = _account_of(store, value)
    if account is None:
        return
    try:
        plan = plan_as_of(store, account, value.standing.position)
    except DomainError:
        return
    for cycle in plan.cycles:
        yield report(store, account, cycle.cycle_id, value.standing)


def _account_of(store: EventStore, value: CheckValue) -> Account | None:
    """The account in whose stream the specialist's history began."""
    events = store.load([value.specialist_id], value.standing.position).get(value.specialist_id, [])
    return next((event.fact.account for event in events if isinstance(event.fact, AccountNoticed)), None)
