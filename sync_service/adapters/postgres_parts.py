"""Heartbeats and the ends of sources on PostgreSQL; all times are the server's, so that no two clocks are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import psycopg

from sync_service.adapters.postgres_database import MIGRATION_LOCK, Database, StoreUnavailable, statements
from sync_service.operations.beating import GONE_AFTER_S, Beat, BookUnavailable
from sync_service.operations.unread import LOOK_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync_service.operations.unread import SourceEnd

_BEAT = (
    b"INSERT INTO sync_parts AS old SELECT part, %(instance)s, %(version)s, now, now,"
    b" now - make_interval(secs => turn_age), leads, did, now - make_interval(secs => did_age), position, hindrances,"
    b" now - make_interval(secs => hindered_age) FROM (SELECT clock_timestamp() AS now) AS clock,"
    b" unnest(%(part)s::text[], %(turn_age_s)s::float8[], %(leads)s::bool[], %(did)s::text[], %(did_age_s)s::float8[],"
    b" %(position)s::bigint[], %(hindrances)s::text[], %(hindered_age_s)s::float8[]) AS said (part, turn_age, leads,"
    b" did, did_age, position, hindrances, hindered_age) ON CONFLICT (part, instance) DO UPDATE SET"
    b" beat_at = excluded.beat_at, turned_at = excluded.turned_at, leads = excluded.leads, did = excluded.did,"
    b" did_at = excluded.did_at, position = excluded.position, hindrances = excluded.hindrances,"
    b" hindered_since = excluded.hindered_since"
)
_END = (
    b"UPDATE sync_parts SET ended_at = clock_timestamp(), hindrances = CASE WHEN %(why)s::text IS NULL THEN '{}'"
    b" ELSE jsonb_build_object('failed', %(why)s::text)::text END WHERE instance = %(instance)s"
)
_FORGET = (
    b"DELETE FROM sync_parts WHERE beat_at < clock_timestamp() - make_interval(secs => %(gone)s)",
    (
        b"DELETE FROM sync_source_ends WHERE place IN (SELECT place FROM sync_source_ends GROUP BY place"
        b" HAVING max(looked_at) < clock_timestamp() - make_interval(secs => %(gone)s))"
    ),
    b"DELETE FROM sync_flows WHERE span = 1 AND since < clock_timestamp() - interval '2 days'",
)
_LOOK = (
    b"INSERT INTO sync_source_ends SELECT place, topic, end_offset, unread, clock_timestamp() FROM"
    b" unnest(%(place)s::text[], %(topic)s::text[], %(end_offset)s::bigint[], %(unread)s::bigint[])"
    b" AS found (place, topic, end_offset, unread) WHERE NOT EXISTS (SELECT FROM sync_source_ends AS known"
    b" WHERE known.place = found.place AND looked_at > clock_timestamp() - make_interval(secs => %(soon)s))"
)
_THIN_OUT = (
    b"DELETE FROM sync_source_ends AS old USING (SELECT ends.place, looked_at, end_offset > coalesce(next_offset, 0)"
    b" AS is_unread, row_number() OVER (PARTITION BY ends.place, CASE"
    b" WHEN looked_at > clock_timestamp() - interval '2 minutes' THEN looked_at"
    b" WHEN looked_at > clock_timestamp() - interval '2 hours' THEN date_trunc('minute', looked_at)"
    b" ELSE date_trunc('hour', looked_at) END ORDER BY looked_at) AS nth,"
    b" row_number() OVER (PARTITION BY ends.place ORDER BY looked_at DESC) AS nth_newest"
    b" FROM sync_source_ends AS ends LEFT JOIN sync_places USING (place)) AS look WHERE old.place = look.place"
    b" AND old.looked_at = look.looked_at AND nth_newest > 1 AND (nth > 1 OR NOT is_unread)"
)


FORGET_EVERY_BEATS = 500


class PostgresParts:
    """Keeps heartbeats and where sources end; fits PartBook and EndBook."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._beats = 0

    def migrate(self) -> None:
        """Make the tables that are not there; safe to run again and by several processes at once."""
        with self._db.cursor() as cursor:
            cursor.execute(b"SELECT to_regclass('sync_source_ends') IS NOT NULL")
            if (cursor.fetchone() or (False,))[0]:
                return
        with self._db.transaction() as cursor:
            cursor.execute(b"SELECT pg_advisory_xact_lock(%d)" % MIGRATION_LOCK)
            with cursor.connection.cursor() as plain:
                plain.execute(statements("operations.sql"))

    def beat(self, instance: str, version: str, beats: Sequence[Beat]) -> None:
        """Write all of a process's heartbeats in one statement; now and then remove what is long gone."""
        columns: dict[str, list[object]] = {
            name: [getattr(one, name) for one in beats] for name in Beat.__struct_fields__
        }
        columns["hindrances"] = [msgspec.json.encode(one.hindrances).decode() for one in beats]
        self._run(_BEAT, columns | {"instance": instance, "version": version})
        if self._beats % FORGET_EVERY_BEATS == 0:
            for statement in _FORGET:
                self._run(statement, {"gone": GONE_AFTER_S})
        self._beats += 1

    def end(self, instance: str, why: str | None) -> None:
        """Note that the process has ended, and for a failure its reason."""
        self._run(_END, {"instance": instance, "why": why})

    def look(self, ends: Sequence[SourceEnd]) -> None:
        """Note where the sources end, unless another process has just done so."""
        columns: dict[str, object] = {
            "place": [end.place for end in ends],
            "topic": [end.topic for end in ends],
            "end_offset": [end.end_offset for end in ends],
            "unread": [end.unread for end in ends],
        }
        self._run(_LOOK, columns | {"soon": LOOK_S / 2})
        self._run(_THIN_OUT, {})

    def _run(self, statement: bytes, params: Mapping[str, object]) -> None:
        try:
            with self._db.cursor() as cursor:
                cursor.execute(statement, params)
        except (psycopg.Error, StoreUnavailable) as error:
            raise BookUnavailable from error
