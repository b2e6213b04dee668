"""Recomputes a person's rows from the events in memory and compares them with the live ones.

The live views may lag behind the log: the events are folded up to each view's own position, so lag is no difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast
from uuid import UUID

import msgspec

from sync_service.aggregates.confirmation_code import ConfirmationCode
from sync_service.aggregates.values import account_stream, code_stream
from sync_service.projections.registry import AGGREGATE_VIEWS
from sync_service.projections.view import Changes, arranged
from sync_service.projections.view_store import Generation, ViewMoved
from sync_service.questions.people import Streams, catalogue_of, known_streams, streams_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync_service.aggregates.aggregate import Aggregate
    from sync_service.aggregates.values import Account
    from sync_service.event_store import EventStore
    from sync_service.projections.view import AggregateView, Catalogue, Key, Row, Rows, Table
    from sync_service.projections.view_store import ViewStore

_VIEWS = cast("tuple[AggregateView, ...]", AGGREGATE_VIEWS)

READINGS_MAX = 20
"""How often the rows are read anew because a view moved on meanwhile, before the caller is told."""


class Difference(msgspec.Struct, frozen=True):
    """One row that is not as the events say; `live` or `recomputed` is None where there is no such row."""

    view: str
    table: str
    key: dict[str, Any]
    live: dict[str, Any] | None
    recomputed: dict[str, Any] | None


class Replay(msgspec.Struct, frozen=True):
    """What was compared (so many events and rows, in these generations of the views), and every difference."""

    specialist_id: UUID
    equal: bool
    events: int
    rows: int
    views: tuple[Generation, ...]
    differences: tuple[Difference, ...]

    @property
    def changes(self) -> dict[Generation, Changes]:
        """What would mend the live rows; a view that is right has none. They hold only as long as no view moves on."""
        generations = {generation.view: generation for generation in self.views}
        found: dict[Generation, Changes] = {}
        for difference in self.differences:
            _mend(difference, found.setdefault(generations[difference.view], Changes()))
        return found


class Recomputed(NamedTuple):
    """A person's aggregates as the events up to a position leave them, by their streams."""

    specialists: Mapping[UUID, Aggregate]
    codes: Mapping[UUID, Aggregate]
    catalogue: Catalogue
    events: int

    def of_kind(self, kind: str) -> Mapping[UUID, Aggregate]:
        """The aggregates that a view is made from."""
        return {"specialist": self.specialists, "code": self.codes}.get(kind, {})


class Side(NamedTuple):
    """The person's rows in one view, by owner: live, and recomputed."""

    view: AggregateView
    live: Mapping[UUID, Rows]
    recomputed: Mapping[UUID, Rows]


def replay(store: EventStore, views: ViewStore, account: Account) -> Replay:
    """Compare the person's live rows with what their events give.

    Raises AccountUnknown, and ViewMoved if the views never stood still long enough to be read.
    """
    specialist_id = known_streams(store, account, None).stream
    for _ in range(READINGS_MAX):
        generations = {view.name: views.live(view.name) for view in _VIEWS}
        positions = {generation.position for generation in generations.values()}
        people = {position: recompute(store, account, position) for position in positions}
        sides = [_side(views, view, generations[view.name], people) for view in _VIEWS]
        if all(_stands(views.live(name), generation) for name, generation in generations.items()):
            found = tuple(difference for side in sides for difference in _differences(side))
            events = max(person.events for person in people.values())
            return Replay(specialist_id, not found, events, _count(sides), tuple(generations.values()), found)
    raise ViewMoved


def recompute(store: EventStore, account: Account, until: int) -> Recomputed:
    """Fold the person by the streams of all their accounts, and every code that they named, up to a position."""
    streams = streams_of(store, account, until)
    if streams is None:
        return Recomputed({}, {}, catalogue_of(store, (), until), 0)
    owners = map(account_stream, streams.fold().accounts)
    specialists = {stream: Streams(stream, streams.events).fold() for stream in owners}
    named = {code for event in streams.in_log_order() if (code := getattr(event.fact, "code", None))}
    attempts = store.load([code_stream(code) for code in named], until) if named else {}
    codes = [ConfirmationCode(code).fold(attempts.get(code_stream(code), [])) for code in sorted(named)]
    activities = {entry.activity_id for person in specialists.values() for entry in person.entries.values()}
    return Recomputed(
        specialists,
        {code.id: code for code in codes},
        catalogue_of(store, activities, until),
        events=sum(len(events) for found in (streams.events, attempts) for events in found.values()),
    )


def _side(views: ViewStore, view: AggregateView, generation: Generation, people: Mapping[int, Recomputed]) -> Side:
    person = people[generation.position]
    aggregates = person.of_kind(view.stream_kind)
    recomputed = {
        owner: arranged(view, view.rows(aggregate, person.catalogue)) for owner, aggregate in aggregates.items()
    }
    return Side(view, views.existing(generation, aggregates.keys()), recomputed)


def _stands(now: Generation, before: Generation) -> bool:
    return (now.number, now.position) == (before.number, before.position)


def _count(sides: list[Side]) -> int:
    return sum(len(rows) for side in sides for tables in side.recomputed.values() for rows in tables.values())


def _differences(side: Side) -> Iterator[Difference]:
    for owner, recomputed in side.recomputed.items():
        live = side.live.get(owner, {})
        for table in side.view.tables:
            yield from _different_rows(side.view.name, table, live.get(table.name, {}), recomputed.get(table.name, {}))


def _different_rows(
    view: str, table: Table, live: Mapping[Key, Row], recomputed: Mapping[Key, Row]
) -> Iterator[Difference]:
    for key in {**live, **recomputed}:
        if live.get(key) != recomputed.get(key):
            yield Difference(
                view=view,
                table=table.name,
                key=dict(zip(table.key, key, strict=True)),
                live=_named(table, live.get(key)),
                recomputed=_named(table, recomputed.get(key)),
            )


def _named(table: Table, row: Row | None) -> dict[str, Any] | None:
    return None if row is None else dict(zip(table.names, row, strict=True))


def _mend(difference: Difference, changes: Changes) -> None:
    """Add one change; the columns stand in the table's order, and the first is the owner."""
    if difference.recomputed is not None:
        changes.upserts.setdefault(difference.table, []).append(tuple(difference.recomputed.values()))
    elif difference.live is not None:
        gone = (difference.live["owner"], tuple(difference.key.values()))
        changes.deletes.setdefault(difference.table, []).append(gone)
