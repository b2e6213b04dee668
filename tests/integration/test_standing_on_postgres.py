"""The standing on a real PostgreSQL: cheap counts that equal honest ones."""

# ruff: noqa: S608 - the names in the statements are our own

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from simulation.bulk import bulk
from sync_service.operations.series import Period
from sync_service.operations.standing import PartState
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

from tests.integration.operations_site import Site


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """An empty store."""
    made = Site(database_url)
    yield made
    made.database.close()


def test_an_empty_store_has_a_standing(site: Site) -> None:
    standing = site.operations.standing()
    assert standing.sum.holds
    assert standing.log.head == 0
    assert {role.state for role in standing.roles} == {PartState.ABSENT}
    assert {one.oldest_s for one in standing.sources} == {None}
    assert {one.lag_events for one in standing.views} == {0}
    assert sum(site.operations.series(Period.QUARTER).parked) == 0


def test_counters_and_tallies_equal_the_counted_rows(site: Site) -> None:
    site.receive(*(line for _, _, line in bulk(7, 3_000, 200, 0.4, malformed=30)))
    site.catch_up()
    standing, counts = site.operations.standing(), site.store.counts()
    total = standing.sum
    assert counts.parked == 30
    assert (total.received, total.stored, total.repeats) == (counts.received, counts.stored, counts.repeats)
    assert (total.parked, total.refused, total.off_by) == (counts.parked, counts.refused, 0)
    assert sum(one.received for one in standing.sources) == counts.received
    assert standing.parked.open == counts.parked
    assert sum(standing.parked.by_reason.values()) == counts.parked
    by_state = dict(
        site.query("SELECT portal || ' ' || state, count(*) FROM view_replica_ledger_1.replicas GROUP BY 1")
    )
    assert by_state
    for one in standing.replicas:
        assert one.applied == by_state.get(f"{one.portal} applied", 0)
        assert one.refused == by_state.get(f"{one.portal} refused", 0)
        waiting, people, oldest = site.query(
            "SELECT count(*), count(DISTINCT owner), min(requested_at) FROM view_replica_ledger_1.replicas"
            f" WHERE is_waiting AND portal = '{one.portal}'"
        )[0]
        assert (one.waiting, one.people, one.oldest_since) == (waiting, people, oldest)
        assert sum(one.by_age.values()) == waiting
    assert (
        standing.people_waiting
        == site.query("SELECT count(DISTINCT owner) FROM view_replica_ledger_1.replicas WHERE is_waiting")[0][0]
    )
    links = dict(site.query("SELECT state, count(*) FROM view_link_progress_1.links GROUP BY state"))
    assert links
    assert {state: getattr(standing.links, state) for state in links} == links


def test_a_tally_follows_whoever_changes_a_row(site: Site) -> None:
    site.receive(*(line for _, _, line in bulk(7, 1_000, 100, 0.5)))
    site.catch_up()
    table = "view_replica_ledger_1.replicas"
    before = sum(one.waiting for one in site.operations.standing().replicas)
    assert before > 2
    site.query(
        f"UPDATE {table} SET is_waiting = false WHERE ctid IN (SELECT ctid FROM {table} WHERE is_waiting LIMIT 1)"
    )
    site.query(f"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} WHERE is_waiting LIMIT 1)")
    assert sum(one.waiting for one in site.operations.standing().replicas) == before - 2
    site.query(f"DELETE FROM {table}")
    standing = site.operations.standing()
    assert sum(one.waiting + one.applied for one in standing.replicas) == standing.people_waiting == 0
    assert site.query("SELECT count(*) FROM view_replica_ledger_1.replicas_by_state") == [(0,)]


def test_a_retried_message_moves_from_parked_to_stored(site: Site) -> None:
    site.now = lambda: datetime(2020, 1, 1, tzinfo=UTC)  # everything is ahead of this clock, and so parks
    site.receive(lines.registered("edu:e1"), b"no json")
    assert site.operations.standing().sum.parked == 2
    site.now = partial(datetime.now, UTC)
    reasons = [site.application.retry(events[0].stream) for events in site.store.letter_streams()]
    assert [bool(one) for one in reasons].count(False) == 1
    counts, total = site.store.counts(), site.operations.standing().sum
    assert (total.stored, total.parked, total.off_by) == (counts.stored, counts.parked, 0) == (1, 1, 0)
    assert {"edu", "unknown"} <= {one.source for one in site.operations.standing().sources}


def test_a_lost_message_shows_in_the_sum(site: Site) -> None:
    site.receive(lines.registered("edu:e1"))
    site.query("UPDATE sync_places SET received = received + 2")
    assert site.operations.standing().sum.off_by == 2


def test_a_store_that_is_older_than_the_counters_is_counted_once(site: Site) -> None:
    site.receive(lines.registered("edu:e1"), b"no json")
    site.query("DROP TABLE sync_flows")
    site.store.migrate()
    site.store.migrate()
    site.receive(lines.registered("edu:e2"))
    standing = site.operations.standing()
    assert (standing.sum.received, standing.sum.off_by) == (3, 0)
    assert [one.source for one in standing.sources] == ["sovetnmo", "edu", "catalogue"]


def test_views_that_are_behind_say_how_far_and_for_how_long(site: Site) -> None:
    site.receive(lines.registered("edu:e1"))
    time.sleep(0.2)
    standing = site.operations.standing()
    assert all(one.lag_events > 0 for one in standing.views)
    assert all(one.lag_s >= 0.2 for one in standing.views)
    site.catch_up()
    assert {(one.lag_events, one.lag_s) for one in site.operations.standing().views} == {(0, 0)}


def test_series_sum_to_what_was_counted(site: Site) -> None:
    site.receive(*(line for _, _, line in bulk(3, 1_000, 100, 0.3, malformed=5)))
    site.catch_up()
    counts = site.store.counts()
    for period in Period:
        series = site.operations.series(period)
        assert sum(map(sum, series.inflow.values())) == counts.received
        assert sum(series.parked) == 5
        assert sum(map(sum, series.refusals.values())) > 0
        assert {len(values) for values in series.inflow.values()} == {len(series.starts)} == {period.steps}
        assert series.starts[-1] <= datetime.now(UTC) < series.starts[-1] + timedelta(seconds=period.step_s)


def rows_read(site: Site) -> int:
    """How many rows of what grows with the store one look reads, by the server's own statistics."""
    tables = "'sync_events', 'sync_messages', 'sync_transactions', 'replicas', 'links'"
    read = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables"
    read += f" WHERE relname IN ({tables})"
    with site.database.connection() as connection:
        connection.execute(b"SELECT pg_stat_force_next_flush()")
    [(before,)] = site.query(read)
    site.operations.standing()
    with site.database.connection() as connection:
        connection.execute(b"SELECT pg_stat_force_next_flush()")
    [(after,)] = site.query(read)
    return int(after - before)


def test_a_look_reads_no_more_rows_of_a_store_that_has_grown(site: Site) -> None:
    given = [line for _, _, line in bulk(5, 6_000, 300, 0.5)]
    read = []
    for part in (given[:2_000], given[2_000:]):
        site.receive(*part)
        site.catch_up()
        site.query("VACUUM ANALYZE")
        site.operations.standing()
        read.append(rows_read(site))
    assert read[1] <= read[0] + 20
    assert read[1] < 300
