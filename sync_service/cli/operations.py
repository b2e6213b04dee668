"""The command `check`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from sync_service.cli.app import Json, app, open_service, show_json
from sync_service.cli.failures import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_service.bootstrap import Service
    from sync_service.checking import Verdict


@app.command()
def check(as_json: Json = False) -> None:
    """Verify the service's promises over the whole store, and say what was counted; exit 1 on any breach."""
    service = open_service(log_level="warning")
    verdict = checked(service)
    if as_json:
        show_json(verdict)
    else:
        sys.stdout.write(described(verdict))
    if not verdict.ok:
        raise typer.Exit(1)


def checked(service: Service) -> Verdict:
    """Bring the views up to date and verify everything."""
    from sync_service.checking import check as verify
    from sync_service.projections.registry import VIEWS

    leadership = service.leadership("check")
    if not leadership.is_held():
        raise Failed("another check is running on this store")
    try:
        service.catch_up()
        with progress_bars() as tell:
            return verify(service.store, service.views, VIEWS, tell, service.audit)
    finally:
        leadership.close()


def described(verdict: Verdict) -> str:
    """A verdict for people."""
    counts = verdict.messages
    lines = [
        (
            f"получено {counts.received} = записано {counts.stored} + повторы {counts.repeats}"
            f" + отложено {counts.parked} / received = stored + repeats + parked; refused {counts.refused}"
        ),
        (
            f"событий {verdict.events}, специалистов {verdict.specialists}, кодов засчитано {verdict.codes_credited}"
            " / events, specialists, codes credited"
        ),
    ]
    lines += [
        f"  {name:<16} {tally.rows:>10} rows at {tally.position} of {tally.head}  {tally.digest}"
        for name, tally in verdict.projections.items()
    ]
    lines += [f"НАРУШЕНО / BREACH of promise {breach.promise}: {breach.detail}" for breach in verdict.breaches]
    lines.append("Всё сходится. / Every promise holds." if verdict.ok else "Не сходится. / Not every promise holds.")
    return "\n".join(lines) + "\n"


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Bars on a terminal: the yielded function is told what, how much of it is done, and how much there is."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        tasks: dict[str, object] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]

        yield tell
