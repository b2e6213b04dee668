"""Two consumers, projections and a publisher on a real Kafka and PostgreSQL; one of them is killed again and again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from simulation.bulk import bulk
from tests.faults.outcome import Outcome, settle
from tests.faults.portals import Portals
from tests.faults.storm import Sea, Storm
from tests.real_kafka import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulation.bulk_lines import Keyed
    from sync_service.bootstrap import Service
    from tests.faults.deployment import Deployment
    from tests.real_kafka import Kafka

pytestmark = REFUSED

ROLES = {
    "consumer-1": ("run", "consumers"),
    "consumer-2": ("run", "consumers"),
    "projections": ("run", "projections"),
    "publisher": ("run", "publisher"),
}
SETTLE_TIMEOUT_S = 180.0


@pytest.fixture
def sea(deployment: Deployment, service: Service, kafka: Kafka) -> Sea:
    return Sea(deployment, service, kafka)


def left_by(storm: Storm, sea: Sea, lines: Sequence[Keyed]) -> Outcome:
    """Let the storm rage over the lines, wait until all has settled, end everybody in order, and give what is left."""
    for name, arguments in ROLES.items():
        sea.deployment.start(name, *arguments)
    bootstrap = sea.kafka.bootstrap
    with Portals(bootstrap, sea.service.names.prefix, lines, storm.seed) as portals:
        storm.rage(sea, portals, len(lines))
        settle(sea.service, portals, sea.deployment, bootstrap, SETTLE_TIMEOUT_S)
    for name in ROLES:
        sea.deployment.stop(name)
    return Outcome.of(sea.service, portals, sea.deployment.command("check", "--json"), bootstrap)


def assert_promises_kept(left: Outcome, malformed: int) -> None:
    assert left.verdict["ok"], left.verdict["breaches"]
    left.assert_counted_once(malformed)
    left.assert_order_kept()
    left.assert_as_the_model_says()
    left.assert_told_last_what_the_model_says()
    left.assert_sent_once_or_again()


def figures(left: Outcome, storm: Storm, begun: float) -> str:
    shown = sum(len(portal.shown) for portal in left.portals.simulated.values())
    return (
        f"{len(left.came_in)} messages in Kafka ({left.resent} sent twice by portals): {left.verdict['messages']}; "
        f"{left.verdict['events']} events; {len(left.went_out)} messages out ({left.sent_again} of them again), "
        f"{shown} replicas shown; {len(storm.killed)} kills, {storm.at_work} of them at work: "
        f"{', '.join(storm.killed)}; {time.monotonic() - begun:.0f} s"
    )


@pytest.mark.timeout(180)
def test_nothing_is_lost_or_doubled_while_processes_are_killed(sea: Sea, tell: Callable[[str], None]) -> None:
    begun = time.monotonic()
    lines = list(bulk(2, 2_500, 250, 0.4, malformed=12, prefix=sea.service.names.prefix))
    storm = Storm(seed=2, kills=3, victims=["consumer-1", "projections", "publisher"], pause_s=(0.5, 2.0))
    left = left_by(storm, sea, lines)
    assert_promises_kept(left, malformed=12)
    tell(figures(left, storm, begun))


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_while_processes_are_killed_and_the_broker_is_restarted(
    sea: Sea, tell: Callable[[str], None]
) -> None:
    begun = time.monotonic()
    lines = list(bulk(1, 20_000, 1_500, 0.4, malformed=40, prefix=sea.service.names.prefix))
    storm = Storm(seed=1, kills=12, victims=list(ROLES), pause_s=(1.0, 6.0), broker_restarted_after=7)
    left = left_by(storm, sea, lines)
    assert_promises_kept(left, malformed=40)
    tell(figures(left, storm, begun))
