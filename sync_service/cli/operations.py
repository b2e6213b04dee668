"""Commands for operators: `check`, `projections status|rebuild`."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_service.cli.app import Json, app, open_service, say, show_json
from sync_service.cli.failures import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_service.bootstrap import Service
    from sync_service.checking import Verdict
    from sync_service.projections.view_store import Comparison

projections = typer.Typer(no_args_is_help=True, help="The read models.")
app.add_typer(projections, name="projections")


RATE_MEASURED_S = 1.0


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
        with _progress() as tell:
            return verify(service.store, service.views, VIEWS, tell)
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


@projections.command("status")
def status(
    name: Annotated[str | None, typer.Argument(help="One view's name; all by default.")] = None, as_json: Json = False
) -> None:
    """Say where each view stands: position, lag and rate in events, when it last moved."""
    service = open_service(log_level="warning")
    if name is not None and name not in service.views.names():
        raise typer.BadParameter(f"there is no view {name}; there are {', '.join(service.views.names())}")
    head = service.store.head()
    found = _standings(service, head, name)
    followers: list[dict[str, object]] = [
        {"follower": name, "position": position, "head": head, "lag": max(0, head - position), "said_at": said_at}
        for name, (position, said_at) in service.store.followers().items()
    ]
    if as_json:
        show_json({"projections": found, "followers": followers})
        return
    for one in found:
        sys.stdout.write(
            f"{one['view']:<16} {one['state']:<9} generation {one['generation']:<3} position {one['position']:>10}"
            f"  lag {one['lag']:>8}  {one['rate']:>7.0f} events/s  moved {one['moved_at']:%Y-%m-%d %H:%M:%S}\n"
        )
    for line in followers:
        sys.stdout.write(
            f"{line['follower']:<16} {'follower':<9} {'':14} position {line['position']:>10}  lag {line['lag']:>8}\n"
        )


def _standings(service: Service, head: int, name: str | None) -> list[dict[str, Any]]:
    """Where each generation of each view stands; its rate is measured for a second, if any view is behind."""
    before = {(one.view, one.number): one.position for one in service.views.generations()}
    if any(position < head for position in before.values()):
        time.sleep(RATE_MEASURED_S)
    return [
        {
            "view": generation.view,
            "generation": generation.number,
            "state": generation.state.value,
            "position": generation.position,
            "head": head,
            "lag": max(0, head - generation.position),
            "rate": (generation.position - before.get((generation.view, generation.number), 0)) / RATE_MEASURED_S,
            "moved_at": generation.moved_at,
        }
        for generation in service.views.generations()
        if name in {None, generation.view}
    ]


@projections.command("rebuild")
def rebuild(
    name: Annotated[str, typer.Argument(help="The view's name, from `status`, or `all`.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Switch without asking, even where rows differ.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Go back to the view before the last rebuild.")] = False,
) -> None:
    """Build a view anew beside the live one, compare them, and switch; nothing stops meanwhile."""
    from sync_service.projections.registry import VIEWS

    names = list(VIEWS) if name == "all" else [name]
    unknown = [one for one in names if one not in VIEWS]
    if unknown:
        raise typer.BadParameter(f"there is no view {unknown[0]}; there are {', '.join(VIEWS)}")
    service = open_service(log_level="warning")
    for one in names:
        if back:
            _take_back(service, one)
        else:
            _rebuild(service, one, yes=yes)


def _take_back(service: Service, name: str) -> None:
    from sync_service.projections.rebuilding import take_back
    from sync_service.projections.registry import VIEWS

    take_back(service.store, service.views, VIEWS[name])
    say(f"{name}: the previous generation is live again")


def _rebuild(service: Service, name: str, *, yes: bool) -> None:
    from sync_service.projections.rebuilding import LiveStandsStill, Rebuild
    from sync_service.projections.registry import VIEWS

    work = Rebuild(service.store, service.views, VIEWS[name])
    with _progress() as tell:
        work.fill(lambda done, head: tell(name, done, head))
    service.catch_up(patience_s=1)
    try:
        comparison: Comparison | None = work.compare()
    except LiveStandsStill as stands:
        comparison = None
        say(f"{stands}: the live view stands still and cannot be compared")
    is_equal = comparison is not None and comparison.is_equal
    if comparison is not None:
        _tell(name, comparison)
    if not (is_equal or yes) and not (sys.stdin.isatty() and typer.confirm("Switch to the new rows?", err=True)):
        work.discard()
        raise Failed(f"{name}: not switched; the rebuilt rows were dropped (--yes switches)")
    work.switch()
    say(f"{name}: switched; `projections rebuild {name} --back` takes it back")


def _tell(name: str, comparison: Comparison) -> None:
    if comparison.is_equal:
        say(f"{name}: {comparison.rows} rows, equal to the live ones")
        return
    say(f"{name}: {comparison.only_in_live} rows only in the live view, {comparison.only_in_other} only in the new one")
    for example in comparison.examples:
        say(f"    {example}")


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        tasks: dict[str, object] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]

        yield tell
