"""Verifies the promises of CONTRACT.md section 2 over the whole store, by reading the whole log once.

It does not trust the decisions that were taken: codes, links and replicas are counted from the events with rules of its
own, and every view is built anew and compared with the live one.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from sync_service.event_store import MessageCounts
from sync_service.log_tally import Breach, LogTally
from sync_service.projections.rebuilding import LiveStandsStill, Rebuild
from sync_service.projections.view_store import GenerationState
from sync_service.sealing import SealBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from uuid import UUID

    from sync_service.auditing import AuditLog
    from sync_service.event_store import EventStore
    from sync_service.projections.filling_parts import StreamLog
    from sync_service.projections.rebuilding import RebuildableViews
    from sync_service.projections.view import View

READ_EVENTS_MAX = 10_000
AUDIT_FAULTS_MAX = 100


class ViewTally(msgspec.Struct, frozen=True):
    """Where a view stands, how many rows it has, and a digest that is equal for equal rows."""

    position: int
    head: int
    rows: int
    digest: str


class Verdict(msgspec.Struct, frozen=True):
    """What a check counted and found; the shape of `check --json`."""

    ok: bool
    messages: MessageCounts
    events: int
    specialists: int
    codes_credited: int
    projections: dict[str, ViewTally]
    breaches: list[Breach]


def check(
    store: StreamLog,
    views: RebuildableViews,
    kinds: Mapping[str, View],
    progress: Callable[[str, int, int], None] = lambda _what, _done, _all: None,
    audit: AuditLog | None = None,
) -> Verdict:
    """Verify every promise; what waits, was refused or is parked is no breach, as it is a state with a reason."""
    tally = LogTally()
    projections: dict[str, ViewTally] = {}
    try:
        _read_log(store, tally, progress)
    except SealBroken as error:
        tally.breach(1, f"{error}; what comes after it in the log is not verified")
    else:
        _verify_messages(store, tally)
        verify_codes(tally)
        verify_links(tally)
        projections |= _verify_views(store, views, kinds, tally, progress)
    if audit is not None:
        verify_audit(audit, tally)
    counts = store.counts()
    return Verdict(
        ok=not tally.breaches,
        messages=counts,
        events=tally.events,
        specialists=sum(bool(person.accounts) for person in tally.people.values()),
        codes_credited=len(tally.owners),
        projections=projections,
        breaches=tally.breaches,
    )


def _read_log(store: EventStore, tally: LogTally, progress: Callable[[str, int, int], None]) -> None:
    position, head = 0, store.head()
    while events := store.read(position, READ_EVENTS_MAX):
        for event in events:
            if event.position > head:
                return
            tally.take(event)
        position = events[-1].position
        progress("log", position, head)


def _verify_messages(store: EventStore, tally: LogTally) -> None:
    """Promise 1: received = stored + repeats + parked, and every event's message is stored and the reverse."""
    counts = store.counts()
    is_quiet = store.head() == tally.head
    rest = counts.received - counts.stored - counts.repeats - counts.parked
    if rest:
        tally.breach(1, f"received = stored + repeats + parked is off by {rest}")
    for batch in _batches(sorted(tally.causes), READ_EVENTS_MAX):
        missing = len(batch) - len(store.seen(batch))
        if missing:
            tally.breach(1, f"{missing} messages have events and are not known as stored")
    if is_quiet and counts.stored != len(tally.causes):
        tally.breach(1, f"{counts.stored} messages are stored, and events speak of {len(tally.causes)}")
    if is_quiet and counts.parked != tally.parked:
        tally.breach(1, f"{counts.parked} messages are parked, and events speak of {tally.parked}")


def verify_audit(audit: AuditLog, tally: LogTally) -> None:
    """Promise 8: the audit log is what was recorded, every row of it."""
    faults = list(audit.verify())
    for fault in faults[:AUDIT_FAULTS_MAX]:
        tally.breach(8, f"audit log, row {fault.number}: {fault.fault}")
    if len(faults) > AUDIT_FAULTS_MAX:
        tally.breach(8, f"audit log: {len(faults) - AUDIT_FAULTS_MAX} more places; `audit verify --json` names all")


def verify_codes(tally: LogTally) -> None:
    """Promise 2: a code's credit stands in its owner's plan and in nobody else's."""
    holders: Counter[str] = Counter()
    for person in tally.people.values():
        for account in person.accounts.values():
            for key in account.keys - account.moved:
                if key.startswith("code:"):
                    holders[key] += 1
                    owner = tally.owners.get(key.removeprefix("code:"))
                    if owner not in person.accounts:
                        tally.breach(2, f"a specialist has the credit of a code that is not theirs ({person.names})")
    for count in (count for count in holders.values() if count > 1):
        tally.breach(2, f"the credit of one code stands in {count} plans")


def verify_links(tally: LogTally) -> None:
    """Promise 3: what a linked person has is on both sides, or a replica was asked for; alone, nothing of another's."""
    for person in tally.people.values():
        wanted = person.wanted if len(person.accounts) > 1 else set()
        for name, account in person.accounts.items():
            missing = wanted - account.keys - account.asked
            missing |= wanted & account.moved - account.asked
            if missing and not account.is_closed:
                tally.breach(3, f"{name} was never asked to show {len(missing)} activities")
            left = account.asked - (account.keys - account.moved)
            if left and len(person.accounts) == 1:
                tally.breach(3, f"{name} was never asked to drop {len(left)} activities of an undone link")


def _verify_views(
    store: StreamLog,
    views: RebuildableViews,
    kinds: Mapping[str, View],
    tally: LogTally,
    progress: Callable[[str, int, int], None],
) -> Iterator[tuple[str, ViewTally]]:
    """Promise 6: every view, built anew from the events, has the same rows."""
    for name, view in kinds.items():
        rebuild = Rebuild(store, views, view, GenerationState.CHECKING)
        try:
            rebuild.fill(lambda done, head, name=name: progress(name, done, head))  # type: ignore[misc]
            comparison = rebuild.compare()
            if not comparison.is_equal:
                tally.breach(
                    6,
                    f"view {name}: {comparison.only_in_live} rows only in the live one, "
                    f"{comparison.only_in_other} only in the rebuilt one, {comparison.differing} differ",
                )
            rows, digest = views.tally(views.live(name))
        except LiveStandsStill:
            tally.breach(6, f"view {name} stands still at position {views.live(name).position}")
            rows, digest = views.tally(views.live(name))
        finally:
            rebuild.discard()
        live = views.live(name)
        yield name, ViewTally(live.position, store.head(), rows, digest)


def _batches(keys: list[UUID], size: int) -> Iterator[list[UUID]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
