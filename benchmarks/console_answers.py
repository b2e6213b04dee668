"""Measures how long the console takes to answer on a large store while messages flow in, at the server.

`python -m benchmarks.console_answers DIRECTORY` needs a store that `benchmarks.replace_activity` has filled there
(100,000 people and more than half a million events). It runs consumers, projections and the console as `run` does,
publishes messages all the while, asks for pages over HTTP, and prints the milliseconds of each kind of page as JSON.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

from benchmarks.replace_activity import line, published
from simulation.file_channel import FileChannel
from sync_service.aggregates.values import Account, Portal, account_stream
from sync_service.bootstrap import EMBEDDED_TOPICS, Service
from sync_service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PORT = 8099
BASE = f"http://127.0.0.1:{PORT}/console"
RATE_S = 100
TICK_S = 0.05
LONG_EVENTS = 5_000
LONG = "long-history"


class Stay(urllib.request.HTTPRedirectHandler):
    """Shows a redirect instead of following it: a search answers with one."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


OPENER = urllib.request.build_opener(Stay)


def ask(path: str, form: dict[str, str] | None = None) -> float:
    """Ask for a page; how many milliseconds it took. Raises RuntimeError if it is no answer."""
    body = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(f"{BASE}{path}", data=body, headers={"origin": f"http://127.0.0.1:{PORT}"})  # noqa: S310
    began = time.perf_counter()
    try:
        with OPENER.open(request, timeout=60) as answer:
            status, _ = answer.status, answer.read()
    except urllib.error.HTTPError as redirect:
        status = redirect.code
    took_ms = 1000 * (time.perf_counter() - began)
    if status not in {200, 303}:
        raise RuntimeError(f"{path}: {status}")
    return took_ms


def messages(people: int) -> Iterator[bytes]:
    """Completions of modules by everybody in turn, each a new one."""
    for number in itertools.count():
        person = {"account_id": f"e{number * 7919 % people}"}
        name = f"flow-{time.time_ns()}"
        yield line(name, "/portals/edu", "module.completed", person | {"module_id": name, "completed_on": "2025-05-12"})


def flow(directory: Path, people: int, stopping: threading.Event) -> None:
    """Publish messages at a steady rate."""
    channel, lines = FileChannel(directory / EMBEDDED_TOPICS), messages(people)
    while not stopping.wait(TICK_S):
        for _ in range(int(RATE_S * TICK_S)):
            channel.publish("nmo.edu.events.v1", b"", next(lines))
        channel.flush()


def give_long_history(service: Service, directory: Path) -> None:
    """Let one person have thousands of events."""
    account = Account(Portal.EDU, LONG)
    if service.views.find("directory", "accounts", portal="edu", account_id=LONG):
        return
    channel = FileChannel(directory / EMBEDDED_TOPICS)
    channel.publish("nmo.catalogue.events.v1", b"", published(LONG, LONG, 3))
    for number in range(LONG_EVENTS):
        said = {"account_id": account.account_id, "module_id": LONG, "completed_on": f"20{10 + number // 336}-01-01"}
        said |= {"module_id": f"{LONG}-{number}"}
        channel.publish("nmo.edu.events.v1", b"", line(f"{LONG}-{number}", "/portals/edu", "module.completed", said))
    channel.flush()


def measured(times: int, page: Callable[[int], float]) -> dict[str, float]:
    """The median, the 95th percentile and the slowest of so many answers, after a few to warm up."""
    for number in range(5):
        page(number)
    took = sorted(page(number + 5) for number in range(times))
    return {
        "median_ms": round(median(took), 1),
        "p95_ms": round(quantiles(took, n=20)[-1], 1),
        "slowest_ms": round(took[-1], 1),
    }


def pages(people: int, times: int) -> dict[str, dict[str, float]]:
    """Every kind of page, of other people each time."""

    def person(number: int) -> str:
        return str(account_stream(Account(Portal.EDU, f"e{number * 104_729 % people}")))

    def account(number: int) -> str:
        return f"e{number * 104_729 % people}"

    long = account_stream(Account(Portal.EDU, LONG))
    return {
        "search by account": measured(times, lambda n: ask("/search", {"q": f"edu:{account(n)}"})),
        "search by e-mail": measured(times, lambda n: ask("/search", {"q": f"{account(n)}@example.org"})),
        "search by name, none found": measured(times, lambda n: ask("/search", {"q": f"Никого Такого {n}"})),
        "person": measured(times, lambda n: ask(f"/people/{person(n)}")),
        "person as of an earlier event": measured(times, lambda n: ask(f"/people/{person(n)}?step=3")),
        f"person with {LONG_EVENTS} entries": measured(max(times // 10, 5), lambda _: ask(f"/people/{long}")),
        "dashboard": measured(times, lambda _: ask("/dashboard")),
    }


def wait_for_console() -> None:
    """Return as soon as the console answers."""
    for _ in range(300):
        try:
            ask("/")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(BASE)


def main() -> None:
    """Run the service, let messages flow, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=200)
    arguments = parser.parse_args()
    service = Service(Settings(data_dir=arguments.directory))
    give_long_history(service, arguments.directory)
    command = [
        str(Path(sys.executable).with_name("sync-service")),
        "run",
        "consumers",
        "projections",
        "console",
        "--port",
        str(PORT),
    ]
    environment = {"SYNC_DATA_DIR": str(arguments.directory), "SYNC_LOG_LEVEL": "error"}
    running = subprocess.Popen(command, env=os.environ | environment)
    stopping = threading.Event()
    feeding = threading.Thread(target=flow, args=(arguments.directory, arguments.people, stopping))
    try:
        wait_for_console()
        service.catch_up(patience_s=300)
        feeding.start()
        time.sleep(2)
        before, began = service.store.counts().received, time.perf_counter()
        found = pages(arguments.people, arguments.times)
        rate = (service.store.counts().received - before) / (time.perf_counter() - began)
    finally:
        stopping.set()
        running.terminate()
        running.wait()
    told = {"events": service.store.head(), "people": arguments.people, "messages_per_s": round(rate), "pages": found}
    sys.stdout.write(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
