"""Measures what the audit log costs: a person's page that is recorded against one that is not, and walking the chain.

`python -m benchmarks.cost_of_recording` makes a throw-away store on the embedded PostgreSQL (fsync on), asks the
console in this process for the same pages with and without recording, by turns, and prints what it took as JSON.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from starlette.testclient import TestClient

from simulation.bulk import bulk
from sync_service.access import Role, Visitor
from sync_service.adapters.embedded_postgres import stop_store
from sync_service.adapters.memory_audit import MemoryAudit
from sync_service.auditing import Act, Door, Look
from sync_service.bootstrap import Service, now
from sync_service.console.web import console
from sync_service.messages.records import Record
from sync_service.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.auditing import AuditLog

SOMEBODY = Visitor("benchmark", "Somebody", frozenset(Role))
MESSAGES_EACH, BATCH = 20, 500
BASE = "http://127.0.0.1:8080"


def main() -> None:
    """Measure, and print what was measured."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--people", type=int, default=200)
    given.add_argument("--turns", type=int, default=200)
    given.add_argument("--rows", type=int, default=20_000)
    asked = given.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    directory = Path(tempfile.mkdtemp(prefix="cost-of-recording-"))
    service = Service(load_settings({"SYNC_DATA_DIR": str(directory)}))
    try:
        people = _filled(service, asked.people)
        found = _pages(service, people, asked.turns) | _chain(service.audit, asked.rows)
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    finally:
        service.database.close()
        stop_store(directory)


def _filled(service: Service, people: int) -> list[UUID]:
    """A store with so many people; their streams."""
    application = service.application()
    lines = [line for _, _, line in bulk(7, people * MESSAGES_EACH, people, 0.5)]
    records = [Record(line, "file:bench", at, at + 1) for at, line in enumerate(lines)]
    for start in range(0, len(records), BATCH):
        application.receive(records[start : start + BATCH])
    service.catch_up()
    return [row["owner"] for row in service.views.find("directory", "accounts")]


def _pages(service: Service, people: list[UUID], turns: int) -> dict[str, Any]:
    """How long a page takes, recorded in the database and recorded in memory; by turns: both meet the same noise."""
    asking = {"recorded": _browser(service, service.audit), "not_recorded": _browser(service, MemoryAudit(now))}
    chance, took = random.Random(1), {name: [] for name in asking}  # noqa: S311 - seeded
    for turn in range(turns + len(asking)):
        person = chance.choice(people)
        for name, ask in asking.items():
            began = time.perf_counter()
            ask(person)
            if turn >= len(asking):  # the first ones load templates
                took[name].append((time.perf_counter() - began) * 1000)
    medians = {name: statistics.median(each) for name, each in took.items()}
    return {
        "page_ms": {name: round(value, 2) for name, value in medians.items()},
        "page_ratio": round(medians["recorded"] / medians["not_recorded"], 2),
    }


def _browser(service: Service, audit: AuditLog) -> Callable[[UUID], None]:
    ports = replace(service.console_ports(), audit=audit)
    token = ports.doors.sessions.open(SOMEBODY)
    session = ports.doors.sessions.find(token)
    if session is not None:
        ports.doors.sessions.keep_case(session, "1")
    client = TestClient(console(ports), base_url=BASE, cookies={"session": token}, follow_redirects=False)

    def ask(person: UUID) -> None:
        answer = client.get(f"/console/people/{person}")
        if answer.status_code not in {200, 303}:
            raise RuntimeError(answer.status_code)

    return ask


def _chain(audit: AuditLog, rows: int) -> dict[str, Any]:
    """How fast rows are added one after the other, and walked."""
    began = time.perf_counter()
    for number in range(rows):
        audit.record(Look.by(SOMEBODY, Door.CONSOLE, Act.PERSON_SEEN, whom=UUID(int=number), case="1"))
    recorded_s = time.perf_counter() - began
    began = time.perf_counter()
    faults = list(audit.verify())
    verified_s = time.perf_counter() - began
    every = audit.standing().newest
    return {
        "rows": every,
        "faults": len(faults),
        "recorded_rows_per_s": round(rows / recorded_s),
        "verified_rows_per_s": round(every / verified_s),
    }


if __name__ == "__main__":
    main()
