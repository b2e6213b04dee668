"""The event-sourcing library's own ProjectionRunner, bringing the same views up to date: one event, one transaction.

It reads our log by the library's subscription, and `process_event` writes the rows that an event changes, sealed as
ours are, beside the library's tracking. What a good engineer would do is done: people and codes stay in memory with
their rows, only rows that differ are written, statements are prepared and go to the server together. It leaves out
the rows that news of the catalogue change, and the loading of people: all that the events touch is in memory before.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Composed, Identifier

from sync_service.adapters import view_sql
from sync_service.adapters.event_mapper import runs_of
from sync_service.adapters.sealed_rows import SealedRows, stored_columns
from sync_service.aggregates.folding import evolve_specialist
from sync_service.aggregates.specialist import Specialist
from sync_service.projections.catalogue import KnownActivities
from sync_service.projections.filling_parts import joined_to
from sync_service.projections.projecting import folded, kind_of
from sync_service.projections.registry import AGGREGATE_VIEWS, COUNTING_VIEWS, VIEWS
from sync_service.projections.view import Changes, Rows, arranged, differences
from sync_service.projections.view_store import GenerationState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg
    from eventsourcing.persistence import ApplicationRecorder, Notification

    from sync_service.adapters.event_mapper import StoredRow
    from sync_service.aggregates.aggregate import Aggregate, Event
    from sync_service.bootstrap import Service
    from sync_service.projections.view import Table, View
    from sync_service.projections.view_store import Generation

BEGINS_AT: Final = 0.7
"""The part of the log after which people are busy; before it, codes are issued and people register."""

LOOK_S: Final = 10.0
"""So often it is looked whether the runner has failed (seconds)."""

_FOLDED: Final = frozenset({"specialist", "code"})


class Context:
    """What the library's objects, which it makes itself, work with."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.catalogue = KnownActivities(service.store, service.store.head())
        self.known: dict[UUID, tuple[Aggregate, dict[str, Rows]]] = {}
        self.streams: dict[UUID, list[Event]] = {}
        self.writers: dict[str, list[Writer]] = {}
        for view in VIEWS.values():
            generation = service.views.begin(view.name, GenerationState.CHECKING)
            self.writers[view.name] = [Writer(service, generation, view, table) for table in view.tables]
        self.until = 0
        self.began = 0.0
        self.is_done = threading.Event()


class Opened:
    """Fits the library's mapper: gives our events."""

    def __init__(self, service: Service) -> None:
        self._keys = service.keys

    def to_domain_event(self, stored: Notification) -> Event:
        """The event of a stored one."""
        row = stored.originator_id, stored.originator_version, stored.topic, stored.state, stored.id
        [(_, [event])] = runs_of([cast("StoredRow", row)], self._keys)
        return event


class Log(Application[UUID]):
    """The library's application over our log."""

    context: ClassVar[Context]

    def construct_recorder(self) -> ApplicationRecorder:
        """The one that our store has."""
        return self.context.service.store.recorder

    def construct_mapper(self) -> Any:  # noqa: ANN401 - the library's class wants what ours has no use for
        """One that opens what is sealed."""
        return Opened(self.context.service)


class Writer:
    """Writes the rows of one table, by statements that are put together once."""

    def __init__(self, service: Service, generation: Generation, view: View, table: Table) -> None:
        self._table = table
        self._sealed = SealedRows(view, table, service.keys)
        self._hide = service.keys.identifiers.hidden
        stored = [column.name for column in stored_columns(table)]
        sought = tuple(dict.fromkeys(("owner", *table.key)))
        place, key = view_sql.place_of(generation, table), _listed(table.key)
        rest = [name for name in stored if name not in table.key]
        self._sought = [stored.index(name) for name in sought if name in stored]
        inserted = SQL("INSERT INTO {} AS old VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}")
        marks = SQL(", ").join([SQL("%s")] * len(stored))
        replaced = SQL(", ").join(SQL("{0} = excluded.{0}").format(Identifier(name)) for name in rest)
        added = SQL("{0} = old.{0} + excluded.{0}").format(Identifier(stored[-1]))
        same = SQL(" AND ").join(SQL("{} = %s").format(Identifier(name)) for name in sought)
        self._upsert = inserted.format(place, marks, key, replaced).as_bytes()
        self._add = inserted.format(place, marks, key, added).as_bytes()
        self._delete = SQL("DELETE FROM {} WHERE {}").format(place, same).as_bytes()

    def write(self, cursor: psycopg.Cursor[Any], changed: Changes) -> None:
        """Write what changes in the table; rows of one kind go to the server together."""
        if gone := changed.deletes.get(self._table.name):
            rows = [self._hidden(self._sealed.sought(owner, key)) for owner, key in gone]
            cursor.executemany(self._delete, [[row[at] for at in self._sought] for row in rows])
        if rows := changed.upserts.get(self._table.name):
            cursor.executemany(self._upsert, list(map(self._hidden, self._sealed.stored(rows))))
        if counts := changed.adds.get(self._table.name):
            cursor.executemany(self._add, [(*key, count) for key, count in counts.items()])

    def _hidden(self, row: Iterable[object]) -> list[object]:
        return [UUID(bytes=self._hide(value)) if isinstance(value, UUID) else value for value in row]


class Tables(PostgresTrackingRecorder):
    """The views' tables, on connections of the library."""

    context: ClassVar[Context]

    def write(self, changes: dict[str, Changes], tracking: Tracking) -> None:
        """Write what one event changes and the position, in one transaction."""
        with self.datastore.get_connection() as connection, connection.transaction(), connection.cursor() as cursor:
            self._insert_tracking(cursor, tracking)
            for view, changed in changes.items():
                for writer in self.context.writers[view]:
                    writer.write(cursor, changed)


class Translation(Projection[Tables]):
    """Changes the rows by one event after another."""

    name = "translated"
    context: ClassVar[Context]

    def process_event(self, domain_event: Event, tracking: Tracking) -> None:
        """Bring the aggregate up to date, and write its rows that differ."""
        self.context.began = self.context.began or time.perf_counter()
        changes = {
            view.name: Changes(adds={view.tables[0].name: view.counted([domain_event])}) for view in COUNTING_VIEWS
        }
        if kind_of(domain_event) in _FOLDED:
            aggregate, rows = self._evolved(domain_event)
            for view in AGGREGATE_VIEWS:
                if view.stream_kind == kind_of(domain_event):
                    after = arranged(view, view.rows(aggregate, self.context.catalogue))
                    changes[view.name] = Changes()
                    differences(aggregate.id, rows.get(view.name, {}), after, changes[view.name])
                    rows[view.name] = after
        self.view.write(changes, tracking)
        if tracking.notification_id >= self.context.until:
            self.context.is_done.set()

    def _evolved(self, event: Event) -> tuple[Aggregate, dict[str, Rows]]:
        known, streams = self.context.known, self.context.streams
        streams.setdefault(event.stream, []).append(event)
        if event.stream not in known:
            known[event.stream] = folded(event.stream, streams), {}
            return known[event.stream]
        aggregate, rows = known[event.stream]
        if isinstance(aggregate, Specialist):
            evolve_specialist(aggregate, event, streams)
        else:
            aggregate.evolve(event)
        return aggregate, rows


class Translated:
    """So many events a turn by the library's runner; each turn goes on where the one before ended."""

    def __init__(self, service: Service, conninfo: str, events: int) -> None:
        self._service, self._events = service, events
        self._position = round(service.store.head() * BEGINS_AT)
        parts = conninfo_to_dict(conninfo)
        names = {"DBNAME": "dbname", "HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
        self._environment = {f"POSTGRES_{name}": str(parts.get(part) or "") for name, part in names.items()}
        self._environment |= {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_PORT": str(parts.get("port", 5432)),
        }
        self._context = Context(service)
        Log.context = Tables.context = Translation.context = self._context
        tables = InfrastructureFactory.construct(Environment(Translation.name, self._environment)).tracking_recorder(
            Tables
        )
        if (reached := tables.max_tracking_id(Log.name)) is None:
            tables.insert_tracking(Tracking(Log.name, self._position))
        else:
            self._position = reached

    def rate(self) -> float:
        """Let the runner process the next events; events a second, from the first one on that it was given."""
        events = self._service.store.read(self._position, self._events)
        self._have_at_hand(events)
        self._position = self._context.until = events[-1].position
        self._context.is_done.clear()
        self._context.began = 0.0
        with ProjectionRunner(
            application_class=Log, projection_class=Translation, view_class=Tables, env=self._environment
        ) as runner:
            while not self._context.is_done.wait(LOOK_S):
                runner.run_forever(timeout=0)  # raises what the projection raised
            took_s = time.perf_counter() - self._context.began
        return len(events) / took_s

    def _have_at_hand(self, events: Sequence[Event]) -> None:
        """Fold and render what these events touch, as it is before them; all of it would be in a long run's memory."""
        context, store = self._context, self._service.store
        wanted = {event.stream for event in events if kind_of(event) in _FOLDED} | joined_to(
            {events[0].stream: list(events)}
        )
        while missing := wanted - context.streams.keys():
            found = store.load(missing, until=self._position)
            context.streams |= found
            wanted = joined_to(found)
        for stream in context.streams.keys() - context.known.keys():
            aggregate = folded(stream, context.streams)
            views = [view for view in AGGREGATE_VIEWS if view.stream_kind == kind_of(context.streams[stream][0])]
            rows = {view.name: arranged(view, view.rows(aggregate, context.catalogue)) for view in views}
            context.known[stream] = aggregate, rows


def _listed(names: Sequence[str]) -> Composed:
    return SQL(", ").join(map(Identifier, names))
