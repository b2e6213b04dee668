"""SIGTERM to each role while there is work: it ends soon, in order, and what it left is done by the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulation.bulk import bulk
from tests.faults.outcome import Outcome, settle
from tests.faults.portals import Portals
from tests.faults.storm import Sea
from tests.real_kafka import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.bootstrap import Service
    from tests.faults.deployment import Deployment
    from tests.real_kafka import Kafka

pytestmark = REFUSED

ROLES = ("consumers", "projections", "publisher")
ALL = "all of them"
STOP_S_MAX = 8.0
LINES = 600
NEWS_TIMEOUT_S = 15.0
SETTLE_TIMEOUT_S = 60.0


@pytest.mark.timeout(150)
def test_every_role_ends_soon_and_in_order_when_told_and_nothing_is_lost(
    deployment: Deployment, service: Service, kafka: Kafka, tell: Callable[[str], None]
) -> None:
    sea, seconds = Sea(deployment, service, kafka), {}
    for role in ROLES:
        deployment.start(role, "run", role)
    lines = list(bulk(4, LINES, 60, 0.4, malformed=5, prefix=service.names.prefix))
    with Portals(kafka.bootstrap, service.names.prefix, lines, 4) as portals:
        for number, role in enumerate([*reversed(ROLES), ALL], start=1):
            if role == ALL:
                deployment.start(ALL, "run")
            portals.allow(LINES * number // (len(ROLES) + 1))
            deployment.wait_until_said(role, "role.started", times=4 if role == ALL else 1)
            sea.has_news(NEWS_TIMEOUT_S)
            seconds[role] = deployment.stop(role)
        deployment.start(ALL)
        settle(service, portals, deployment, kafka.bootstrap, SETTLE_TIMEOUT_S)
    assert max(seconds.values()) < STOP_S_MAX, seconds
    left = Outcome.of(service, portals, deployment.command("check", "--json"), kafka.bootstrap)
    left.assert_promises_kept(malformed=5)
    tell("seconds from SIGTERM to the end: " + ", ".join(f"{role} {took:.1f}" for role, took in seconds.items()))
