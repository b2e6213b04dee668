"""What the fault tests share: a deployment on a real Kafka and PostgreSQL with topics of its own, and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from sync_service.bootstrap import Service
from sync_service.settings import Settings
from tests.faults.deployment import Deployment
from tests.master_key import SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.real_kafka import Kafka

PARTITIONS = 6
BATCH_RECORDS_MAX = 100
NEVER_S = 86_400


@pytest.fixture
def prefix() -> str:
    """What this test's topics begin with."""
    return f"faults-{uuid4().hex[:8]}"


@pytest.fixture
def deployment(kafka: Kafka, database_url: str, prefix: str, tmp_path: Path) -> Iterator[Deployment]:
    """Processes on the real Kafka and PostgreSQL; small batches, so that there are many moments to be killed at.

    Nothing is asked again for a day: a message that the publisher lost would stay lost, and be seen.
    """
    settings = {
        "database_url": database_url,
        "kafka_bootstrap": kafka.bootstrap,
        "kafka_group": prefix,
        "kafka_partitions": PARTITIONS,
        "topic_prefix": prefix,
        "batch_records_max": BATCH_RECORDS_MAX,
        "ask_again_after_s": NEVER_S,
    }
    with Deployment(tmp_path, **settings) as deployment:
        deployment.command("topics", "create")
        yield deployment


@pytest.fixture
def service(database_url: str, prefix: str) -> Iterator[Service]:
    """The same service inside the test, to ask it; it runs nothing."""
    service = Service(Settings(database_url=database_url, master_key=SECRET_KEY, topic_prefix=prefix))
    yield service
    service.database.close()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a figure, and have it in the test's report."""

    def told(figures: str) -> None:
        print(f"\n{figures}")  # noqa: T201 - seen with -s
        request.node.add_report_section("call", "figures", figures)

    return told
