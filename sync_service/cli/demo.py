"""The command `demo`: the whole service on the embedded default, with two simulated portals."""

from __future__ import annotations

import math
import random
import signal
import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Annotated

import typer

from sync_service.cli.app import app, open_service, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Group

    from simulation.runner import Simulation
    from simulation.stories import Story
    from sync_service.bootstrap import Service
    from sync_service.event_store import MessageCounts

ASK_AGAIN_AFTER_S = (2.0, 4.0, 8.0, 15.0)
CONSOLE_PORT = 8080
PUBLISHED_S = 30.0
SETTLE_S = 30.0
LINKS_LAST_S = 24 * 3600
LOOK_S = 1.0
PLAIN_LOOK_S = 3.0
STORIES_SHOWN = 8


@app.command()
def demo(
    seed: Annotated[int | None, typer.Option(help="The same seed invents the same people.")] = None,
    duration: Annotated[
        float | None,
        typer.Option(
            min=1, help="How long the portals publish (seconds); then all ends. Without it the console stays."
        ),
    ] = None,
    specialists: Annotated[int, typer.Option(min=1, max=20_000, help="How many people.")] = 300,
) -> None:
    """Show the whole service: embedded database, consumers, views, publisher, and two portals with invented people."""
    from sync_service.cli.operations import checked, described

    chosen = seed if seed is not None else random.randrange(1_000_000)  # noqa: S311 - nothing secret
    service = _opened()
    published_s = PUBLISHED_S if duration is None else duration
    say(f"Данные / data: {service.settings.data_dir}   seed {chosen}, {specialists} specialists, {published_s:g} s")
    _say_where(service)
    stopping, ended = threading.Event(), threading.Event()
    _stop_on_signals(stopping, ended)
    simulation, stories = _world(service, chosen, specialists, published_s)
    failures: list[BaseException] = []
    roles = _started(_run_roles, service, stopping, ended, failures)
    portals = _started(live, simulation, published_s, stopping, ended, duration is None)
    _watch(service, simulation, stories, ended)
    if duration is None:
        _stay(service.console_address, stopping)
    stopping.set()
    portals.join()
    roles.join()
    if failures:
        raise failures[0]
    verdict = checked(service)
    sys.stdout.write(described(verdict))
    if not verdict.ok:
        raise typer.Exit(1)


def _opened() -> Service:
    from sync_service.console.serving import is_free

    return open_service(
        embedded=True,
        ask_again_after_s=ASK_AGAIN_AFTER_S,
        log_level="warning",
        console_port=CONSOLE_PORT if is_free(CONSOLE_PORT) else 0,
        sign_in_link_s=LINKS_LAST_S,
    )


def _say_where(service: Service) -> None:
    from sync_service.cli.entering import say_links

    say(f"Консоль / console: {service.console_address}")
    say_links(service, service.console_address)


def _started(target: Callable[..., None], *args: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


def _stay(address: str, stopping: threading.Event) -> None:
    if not stopping.is_set():
        say(f"Консоль открыта, Ctrl-C закончит / the console stays open until Ctrl-C: {address}")
        stopping.wait()


def _stop_on_signals(*events: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop(*events))


def _stop(*events: threading.Event) -> None:
    for event in events:
        event.set()


def _world(service: Service, seed: int, specialists: int, duration: float) -> tuple[Simulation, deque[Story]]:
    from simulation.file_channel import FileChannel
    from simulation.life import Life
    from simulation.runner import Simulation
    from sync_service.bootstrap import EMBEDDED_TOPICS, now

    began = now()
    is_new = service.store.head() == 0
    tag = "" if is_new else f"{int(began.timestamp()):x}-"  # a second demo on the same store gets people of its own
    stories: deque[Story] = deque(maxlen=STORIES_SHOWN)
    life = Life(seed, specialists, duration, began, tag=tag)
    channel = FileChannel(service.settings.data_dir / EMBEDDED_TOPICS)
    return Simulation(life, channel, prefix=service.settings.topic_prefix, tell=stories.append), stories


def _run_roles(
    service: Service, stopping: threading.Event, ended: threading.Event, failures: list[BaseException]
) -> None:
    from sync_service.bootstrap import ROLES

    try:
        service.run(ROLES, stopping)
    except Exception as error:  # noqa: BLE001 - an entry point of a thread: told to the command, which raises it
        failures.append(error)
        _stop(stopping, ended)


def live(
    simulation: Simulation,
    duration: float,
    stopping: threading.Event,
    ended: threading.Event,
    stays: bool,
) -> None:
    """The portals' life; where the console stays, they go on answering, so that what is done there has its effect."""
    simulation.run(duration, stopping)
    simulation.settle(SETTLE_S, stopping)
    ended.set()
    if stays:
        simulation.run(math.inf, stopping)


def _watch(service: Service, simulation: Simulation, stories: deque[Story], ended: threading.Event) -> None:
    """Show what happens until the portals have ended: a live view in a terminal, plain lines elsewhere."""
    from rich.console import Console
    from rich.live import Live

    began = time.monotonic()
    if not sys.stderr.isatty():
        while not ended.wait(PLAIN_LOOK_S):
            say(_line(service, simulation, time.monotonic() - began))
        return
    with Live(console=Console(stderr=True), refresh_per_second=4) as live:
        while not ended.wait(LOOK_S):
            live.update(_screen(service, simulation, stories, time.monotonic() - began))


def _line(service: Service, simulation: Simulation, seconds: float) -> str:
    counts, head, lag = _state(service)
    waiting = simulation.waiting
    return (
        f"{seconds:6.1f} s  получено {counts.received}, записано {counts.stored}, повторы {counts.repeats},"
        f" отказы {counts.refused}, отложено {counts.parked}; журнал до {head}, отставание {lag}, ещё {waiting}"
    )


def _screen(service: Service, simulation: Simulation, stories: deque[Story], seconds: float) -> Group:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    counts, head, lag = _state(service)
    table = Table.grid(padding=(0, 3))
    for russian, english, value in (
        ("получено", "received", counts.received),
        ("записано", "stored", counts.stored),
        ("повторы", "repeats", counts.repeats),
        ("отказано сразу при приёме", "refused on arrival", counts.refused),
        ("отложено", "parked", counts.parked),
        ("журнал до", "the log is at", head),
        ("отставание представлений", "lag of the views", lag),
        ("ответов порталам", "messages to the portals", sum(simulation.received.values())),
    ):
        table.add_row(russian, Text(english, style="dim"), Text(f"{value:,}".replace(",", "\u202f"), style="bold"))
    lines = [Text(f"  {story.russian}") for story in stories]
    return Group(Text(f"Синхронизация НМО, {seconds:.0f} с", style="bold"), table, Text(""), *lines)


def _state(service: Service) -> tuple[MessageCounts, int, int]:
    head = service.store.head()
    lag = max((head - service.views.live(view).position for view in service.views.names()), default=0)
    return service.store.counts(), head, lag
