"""Two consumers, projections and a publisher on a real Kafka and PostgreSQL; one of them is killed again and again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from simulation.bulk import bulk
from tests.faults.storm import ROLES, Sea, Storm
from tests.real_kafka import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.bootstrap import Service
    from tests.faults.deployment import Deployment
    from tests.real_kafka import Kafka

pytestmark = REFUSED


@pytest.fixture
def sea(deployment: Deployment, service: Service, kafka: Kafka) -> Sea:
    return Sea(deployment, service, kafka)


@pytest.mark.timeout(180)
def test_nothing_is_lost_or_doubled_while_processes_are_killed(sea: Sea, tell: Callable[[str], None]) -> None:
    begun = time.monotonic()
    lines = list(bulk(2, 2_500, 250, 0.4, malformed=12, prefix=sea.service.names.prefix))
    storm = Storm(seed=2, kills=3, victims=["consumer-1", "projections", "publisher"], pause_s=(0.0, 1.0))
    left = storm.pass_over(sea, lines)
    left.assert_promises_kept(malformed=12)
    tell(f"{left}; {storm}; {time.monotonic() - begun:.0f} s")


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_while_processes_are_killed_and_the_broker_is_restarted(
    sea: Sea, tell: Callable[[str], None]
) -> None:
    begun = time.monotonic()
    lines = list(bulk(1, 20_000, 1_500, 0.4, malformed=40, prefix=sea.service.names.prefix))
    storm = Storm(seed=1, kills=12, victims=list(ROLES), pause_s=(0.0, 5.0), broker_restarted_after=7)
    left = storm.pass_over(sea, lines)
    left.assert_promises_kept(malformed=40)
    tell(f"{left}; {storm}; {time.monotonic() - begun:.0f} s")
