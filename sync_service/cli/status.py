"""The command `status`: how everything stands, and what is wrong, in words or as JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from sync_service.cli.app import Json, app, open_service, show_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync_service.operations.problem import Problem
    from sync_service.operations.standing import ReaderStanding, SourceStanding, Standing


@app.command()
def status(as_json: Json = False) -> None:
    """Say how everything stands and what is wrong: problems first, then each part; exit 1 while something stands."""
    from zoneinfo import ZoneInfo

    from sync_service.operations.problems import Severity, problems

    service = open_service(log_level="error")
    standing = service.operations.standing()
    found = problems(standing, ZoneInfo(service.settings.console_zone))
    if as_json:
        show_json({"problems": found, "standing": standing})
    else:
        sys.stdout.write("".join(f"{line}\n" for line in described(standing, found)))
    if any(one.severity is Severity.BAD for one in found):
        raise typer.Exit(1)


def described(standing: Standing, found: Sequence[Problem]) -> Iterator[str]:
    """A standing for people, a line at a time."""
    from sync_service.operations.problems import headline

    title = headline(found, standing)
    yield f"{title.ru} / {title.en}"
    for one in found:
        yield f"  {one.severity.upper():<5} {one.what.ru} {one.remedy.ru}"
        yield f"        {one.what.en} {one.remedy.en}"
    for role in standing.roles:
        yield f"{role.part:<16} {role.state:<12} processes {role.processes}"
    for source in standing.sources:
        yield f"{source.source:<16} {source.state:<12} {_unread(source)}, received {source.received}"
    for reader in (*standing.views, *standing.followers):
        yield f"{reader.name:<16} {reader.state:<12} {_lag(reader)}"
    for there in standing.replicas:
        counts = f"waiting {there.waiting}, applied {there.applied}, refused {there.refused}"
        yield f"{there.portal:<16} {'replicas':<12} {counts}"
    total = standing.sum
    yield (
        f"received {total.received} = stored {total.stored} + repeats {total.repeats} + parked {total.parked}"
        f"{'' if total.holds else f'   OFF BY {total.off_by}'}"
    )


def _unread(source: SourceStanding) -> str:
    if source.oldest_s is None:
        return "unread: not known"
    count = "?" if source.waiting is None else source.waiting
    backfill = f", backfill unread {source.backfill_waiting}" if source.backfill_waiting else ""
    return f"unread {count}, oldest {source.oldest_s:.0f} s{backfill}"


def _lag(reader: ReaderStanding) -> str:
    return f"lag {reader.lag_events} events, {reader.lag_s:.1f} s, at {reader.position}"
