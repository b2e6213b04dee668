"""Measures how long it takes until an activity that very many entries refer to is judged anew, on PostgreSQL.

`python -m benchmarks.replace_activity DIRECTORY` makes a store there, fills it unless it is filled, publishes the
activity with other credits, and prints the seconds and the latency of readers meanwhile as JSON.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from sync_service import questions
from sync_service.aggregates.values import Account, Portal
from sync_service.bootstrap import Service
from sync_service.messages.records import Record
from sync_service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event

BATCH = 500
BIG = "congress"
NOON = "2025-05-12T12:00:00+03:00"
PAUSE_S = 0.05
SETTLE_S = 5


def line(name: str, source: str, kind: str, said: Mapping[str, object]) -> bytes:
    """One message."""
    envelope = {"specversion": "1.0", "id": name, "source": source, "type": f"ru.nmo.{kind}.v1", "time": NOON}
    return json.dumps(envelope | {"data": said}).encode()


def published(name: str, activity_id: str, credits_: float) -> bytes:
    """The catalogue's description of a module."""
    rows = [{"audience": "doctors", "education_level": "higher", "credits": credits_, "specialties": ["кардиология"]}]
    said = {"activity_id": activity_id, "kind": "module", "title": activity_id, "provider": "X", "accreditation": rows}
    return line(name, "/catalogue", "activity.published", said)


def history(people: int, others: int) -> Iterator[bytes]:
    """Everybody has completed the big module, and as many others."""
    for activity in (BIG, *(f"other-{number}" for number in range(others))):
        yield published(activity, activity, 5)
    for person in range(people):
        account: dict[str, object] = {"account_id": f"e{person}"}
        trained = {"education_level": "higher", "audience": "doctors", "specialties": ["кардиология"]}
        reached = {"email": f"e{person}@example.org", "registered_at": NOON}
        yield line(f"r{person}", "/portals/edu", "account.registered", account | trained | reached)
        for module in (BIG, *(f"other-{number}" for number in range(others))):
            done = {"module_id": module, "completed_on": "2025-05-12"}
            yield line(f"m{person}-{module}", "/portals/edu", "module.completed", account | done)


def receive(service: Service, lines: Iterator[bytes]) -> None:
    """Receive all lines, in batches as a consumer does."""
    application = service.application()
    batch: list[Record] = []
    for place, value in enumerate(lines):
        batch.append(Record(value, "file:benchmark", place, place + 1))
        if len(batch) == BATCH:
            application.receive(batch)
            batch = []
    application.receive(batch)


def read_all_the_while(directory: Path, people: int, ending: Event, told: Connection) -> None:
    """Ask for plans until told to end, as support staff do from processes of their own; tells each answer's seconds."""
    service = Service(Settings(data_dir=directory))
    took_s: list[float] = []
    while not ending.wait(PAUSE_S):
        account = Account(Portal.EDU, f"e{len(took_s) * 7919 % people}")
        began = time.perf_counter()
        questions.plan(service.views, service.store, account)
        took_s.append(time.perf_counter() - began)
    told.send(took_s)


def measure(service: Service, people: int) -> dict[str, object]:
    """Replace the activity and wait for the views, while another process reads."""
    revision = str(time.time_ns())
    credits_ = 1 + int(revision) % 97
    processes = multiprocessing.get_context("spawn")
    ending, (answers, told) = processes.Event(), processes.Pipe(duplex=False)
    directory = service.settings.data_dir
    reader = processes.Process(target=read_all_the_while, args=(directory, people, ending, told), daemon=True)
    reader.start()
    time.sleep(SETTLE_S)
    began, cpu_before_s = time.perf_counter(), time.process_time()
    record = Record(published(f"again-{revision}", BIG, credits_), f"file:again-{revision}", 0, 1)
    service.application().receive([record])
    stored_s = time.perf_counter() - began
    while service.views.live("learning_plan").position < service.store.head():
        service.catch_up()
    judged_s = time.perf_counter() - began
    cpu_s = time.process_time() - cpu_before_s
    ending.set()
    slowest = sorted(answers.recv())
    plan = questions.plan(service.views, service.store, Account(Portal.EDU, f"e{people - 1}"))
    return {
        "entries": people,
        "stored_s": round(stored_s, 3),
        "judged_s": round(judged_s, 2),
        "cpu_s": round(cpu_s, 2),
        "memory_max_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "is_judged": any(entry.credits == credits_ for entry in plan.entries),
        "reads": len(slowest),
        "read_median_ms": round(1000 * slowest[len(slowest) // 2], 1),
        "read_slowest_ms": round(1000 * slowest[-1], 1),
    }


def main() -> None:
    """Fill the store, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--others", type=int, default=2, help="further modules that everybody has")
    parser.add_argument("--times", type=int, default=1)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    service = Service(Settings(data_dir=arguments.directory, batch_records_max=BATCH))
    began = time.perf_counter()
    if service.store.head() == 0:
        receive(service, history(arguments.people, arguments.others))
    filled_s = time.perf_counter() - began
    while service.views.live("learning_plan").position < service.store.head():
        service.catch_up()
    projected_s = time.perf_counter() - began - filled_s
    found = {"filled_s": round(filled_s, 1), "projected_s": round(projected_s, 1)}
    for _ in range(arguments.times):
        sys.stdout.write(json.dumps(found | measure(service, arguments.people)) + "\n")


if __name__ == "__main__":
    main()
