"""Backup, more traffic, loss of all but Kafka, restore into a new database: it goes on as if nothing had been."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from simulation.bulk import bulk
from tests.faults.drill import Aftermath, Life, with_news
from tests.faults.kafka_contents import records_count
from tests.faults.outcome import settle
from tests.faults.portals import Portals
from tests.faults.storm import Sea
from tests.real_kafka import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.real_kafka import Kafka
    from tests.real_postgres import Databases

pytestmark = REFUSED

LINES, PEOPLE, MALFORMED = 1_200, 120, 8
SETTLE_TIMEOUT_S = 240.0
NEWS_TIMEOUT_S = 120.0


@pytest.fixture
def lives(kafka: Kafka, databases: Databases, prefix: str, tmp_path: Path) -> Iterator[tuple[Life, Life]]:
    """The deployment that will be lost, and the one that goes on."""
    with (
        Life(kafka, databases, prefix, tmp_path / "lost") as lost,
        Life(kafka, databases, prefix, tmp_path / "restored") as restored,
    ):
        lost.deployment.command("topics", "create")
        yield lost, restored


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_store_that_is_restored_from_a_backup_amid_inflow_sends_nothing_twice_and_takes_no_code_twice(
    lives: tuple[Life, Life], kafka: Kafka, prefix: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    begun, (lost, restored) = time.monotonic(), lives
    file = str(tmp_path / "backup.zip")
    stream = with_news(list(bulk(6, LINES, PEOPLE, 0.4, malformed=MALFORMED, prefix=prefix)), prefix)
    with Portals(kafka.bootstrap, prefix, stream, 6) as portals:
        lost.start()
        portals.allow(len(stream) // 4)
        assert Sea(lost.deployment, lost.service, kafka).has_news(NEWS_TIMEOUT_S)
        kept = lost.deployment.command("backup", file, "--json")["tables"]["sync_messages"]["rows"]
        portals.allow(len(stream) * 3 // 4)
        settle_published(lost, portals, len(stream) * 3 // 4)
        portals.allow(len(stream) * 7 // 8)
        assert Sea(lost.deployment, lost.service, kafka).has_news(NEWS_TIMEOUT_S)
        lost.lose()
        stored, mailed = lost.service.store.counts().stored, lost.mailed()
        restored.deployment.command("restore", file, "--json")
        assert 0 < kept < stored
        restored.start()
        portals.allow(len(stream))
        settle(restored.service, portals, restored.deployment, kafka.bootstrap, SETTLE_TIMEOUT_S)
        heard_all(portals, kafka.bootstrap, restored)
        restored.end()
    left = Aftermath.after(restored, portals, kafka.bootstrap)
    assert left.verdict["ok"], left.verdict["breaches"]
    left.assert_counted_once(MALFORMED)
    left.assert_order_kept()
    left.assert_as_the_model_says()
    left.assert_told_last_what_the_model_says()
    left.assert_nothing_sent_twice()
    again = {mail: told for mail, told in restored.mailed().items() if mail not in mailed}
    before = {(notice.account, notice.key) for told in mailed.values() for notice in told}
    assert mailed
    assert not before & {(notice.account, notice.key) for told in again.values() for notice in told}
    tell(
        f"backup of {kept} messages, lost after {stored}; {left}; {left.apart.total()} messages were said by the lost"
        f" store only; {len(mailed)} mails before, {len(again)} after; {time.monotonic() - begun:.0f} s"
    )


def heard_all(portals: Portals, bootstrap: str, life: Life) -> None:
    """Wait until the simulated portals have read all that stands in their topics; they may be slower than we are."""
    names = life.service.names
    topics = [name for name in names.all_out() if not names.is_dead_letters(name)]
    deadline = time.monotonic() + SETTLE_TIMEOUT_S
    while (heard := sum(map(len, portals.heard.values()))) < (sent := records_count(bootstrap, topics)):
        assert time.monotonic() < deadline, f"the simulated portals have read {heard} of {sent}"
        time.sleep(0.2)


def settle_published(life: Life, portals: Portals, lines: int) -> None:
    """Wait until the lost store has received and answered what was published so far."""
    deadline = time.monotonic() + SETTLE_TIMEOUT_S
    while not (
        life.service.store.counts().received >= max(lines, len(portals.published))
        and life.service.store.followed("publisher") == life.service.store.head()
    ):
        life.deployment.assert_running()
        assert time.monotonic() < deadline
        time.sleep(0.1)
