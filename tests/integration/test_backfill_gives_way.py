"""A backfill on a real PostgreSQL: what of it stands before a live message is bounded, however long it is.

Nothing here runs by itself: whoever follows the log takes a step whenever the backfill waits, so that every order is
the same each time.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from simulation.bulk import bulk
from sync_service.adapters.postgres_traffic import PostgresTraffic
from sync_service.bootstrap import EMBEDDED_TOPICS, Service
from sync_service.messages.records import Outgoing, Record
from sync_service.messages.topic_lines import parts_of, path_of
from sync_service.operations.giving_way import Traffic
from sync_service.operations.unread import SourceEnd
from sync_service.projections.registry import VIEWS
from sync_service.projections.running import ProjectionRunner
from sync_service.publishing import FOLLOWER, Publisher
from sync_service.settings import Settings
from tests.integration.operations_site import NAMES, Site
from tests.master_key import SECRET_KEY
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HISTORY, PEOPLE = 700, 40
BATCH, LAG_EVENTS_MAX = 50, 100
STEP_EVENTS = 40
EVENTS_OF_RECORD_MAX = 4
NEVER_S = 86_400.0


class Leads:
    """Leads always."""

    def is_held(self) -> bool:
        return True


class Followers:
    """Everybody who follows the log, a step at each wait of the backfill; now and then a live message comes.

    `before_live` has, for every live message, how many events the publisher had not read when it came.
    """

    def __init__(self, service: Service, live_every_steps: int) -> None:
        self._service, self._live_every_steps = service, live_every_steps
        self._publisher = Publisher(service.store, service.topics(), service.names)
        self._views = ProjectionRunner(service.store, service.views, VIEWS, Leads())
        self._application = service.application()
        self._steps = 0
        self.before_live: list[int] = []
        self.finish()
        while self._views.advance():
            pass

    def wait(self, timeout: float) -> bool:
        assert timeout > 0
        self._steps += 1
        if self._steps % self._live_every_steps == 0:
            self.come_live()
        self._publisher.publish_next(STEP_EVENTS)
        self._views.advance()
        return False

    def come_live(self) -> None:
        """Receive a live message of a person that the history knows nothing of."""
        number, store = len(self.before_live), self._service.store
        event = lines.activated(f"sovetnmo:live-{number}", f"LIVE{number:08d}", activity_id="never-published")
        self._application.receive([Record(event, "file:live", number, number + 1)])
        self.before_live.append(store.head() - store.followed(FOLLOWER))

    def finish(self) -> None:
        """Go on to the head of the log."""
        while self._publisher.publish_next():
            pass


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """A service that knows the catalogue, and whose topics are files with the portals' history in two of them."""
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path,
        master_key=SECRET_KEY,
        backfill_records_max=BATCH,
        backfill_lag_events_max=LAG_EVENTS_MAX,
        backfill_lag_max_s=NEVER_S,
    )
    made = Service(settings)
    made.make_tables()
    topics = dict(zip(made.names.all_in(), made.names.all_backfill(), strict=True))
    sent = list(bulk("history", HISTORY, PEOPLE, 0.5, prefix=made.names.prefix))
    catalogue = [line for topic, _, line in sent if topic == made.names.catalogue]
    made.application().receive([Record(line, "file:catalogue", at, at + 1) for at, line in enumerate(catalogue)])
    history = [Outgoing(topics[topic], line, key) for topic, key, line in sent if topic != made.names.catalogue]
    made.topics().send(history)
    yield made
    made.database.close()


def history_of(service: Service) -> list[bytes]:
    """What the portals sent of their past."""
    topics = [path_of(service.settings.data_dir / EMBEDDED_TOPICS, topic) for topic in service.names.all_backfill()]
    return [parts_of(line)[0] for file in topics if file.exists() for line in file.read_bytes().splitlines()]


def test_a_live_message_has_a_bounded_part_of_the_history_before_it_and_overtakes_the_rest(service: Service) -> None:
    followers = Followers(service, live_every_steps=7)
    received = service.backfill_consumer(followers).run_until_idle()
    assert received is not None
    assert (received.received, received.parked) == (len(history_of(service)), 0)
    assert len(followers.before_live) > 3
    assert max(followers.before_live) <= LAG_EVENTS_MAX + (BATCH + 1) * EVENTS_OF_RECORD_MAX
    followers.finish()
    answers = _answered(service)
    last_live = max(at for at, about in enumerate(answers) if about.startswith("live-"))
    assert sum(not about.startswith("live-") for about in answers[last_live:]) > 0
    assert len({about for about in answers if about.startswith("live-")}) == len(followers.before_live)


def test_without_giving_way_all_of_it_would_stand_before_a_live_message(service: Service) -> None:
    hasty = Service(service.settings.model_copy(update={"backfill_lag_events_max": 1_000_000}))
    followers = Followers(hasty, live_every_steps=1)
    received = hasty.backfill_consumer(followers).run_until_idle()
    followers.come_live()
    assert received is not None
    assert followers.before_live[0] > received.stored
    hasty.database.close()


def test_history_that_was_received_live_before_is_a_repeat_and_the_other_way_round(service: Service) -> None:
    history = history_of(service)
    live = service.application()
    live.receive([Record(line, "file:live", at, at + 1) for at, line in enumerate(history[:300])])
    hasty = Service(service.settings.model_copy(update={"backfill_lag_events_max": 1_000_000}))
    received = hasty.backfill_consumer(threading.Event()).run_until_idle()
    hasty.database.close()
    assert received is not None
    assert received.received == len(history)
    assert received.repeats >= len(set(history[:300]))
    again = live.receive([Record(line, "file:again", at, at + 1) for at, line in enumerate(history)])
    assert (again.repeats, again.stored) == (len(history), 0)


def test_the_traffic_is_who_reads_the_log_furthest_behind_and_what_is_live_and_unread(database_url: str) -> None:
    site = Site(database_url)
    traffic = PostgresTraffic(site.database, VIEWS, NAMES.all_in())
    assert traffic.traffic() == Traffic(reader=traffic.traffic().reader)
    site.receive(*(lines.registered(f"edu:e{number}") for number in range(5)))
    found = traffic.traffic()
    assert found.reader in VIEWS
    assert (found.lag_events, found.lag_s > 0, found.live_unread) == (site.store.head(), True, 0)
    site.catch_up()
    assert traffic.traffic().lag_events == 0
    site.store.follow(FOLLOWER, site.store.head() - 2)
    assert (traffic.traffic().reader, traffic.traffic().lag_events) == (FOLLOWER, 2)
    live, history = NAMES.all_in()[0], NAMES.all_backfill()[0]
    site.parts.look([SourceEnd("kafka:a", live, 700, 300), SourceEnd("kafka:b", history, 9_000, 9_000)])
    assert traffic.traffic().live_unread == 300
    site.query("UPDATE sync_source_ends SET looked_at = looked_at - interval '1 minute'")
    assert traffic.traffic().live_unread == 0
    site.database.close()


def _answered(service: Service) -> list[str]:
    """Whose account each answer of sovetnmo's outcomes is about, in their order."""
    file = service.settings.data_dir / EMBEDDED_TOPICS / f"{service.names.prefix}.sovetnmo.outcomes.v1.ndjson"
    return [lines.decode(line)["subject"] for line in file.read_bytes().splitlines()]
