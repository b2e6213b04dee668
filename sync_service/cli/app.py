"""The application of the command line: global options, and the commands of the modules beside it."""

from __future__ import annotations

import os
import re
import sys
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from sync_service.cli.recording import Case, RecordedGroup, forget_case, keep_case, record_running

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.bootstrap import Service

app = typer.Typer(
    cls=RecordedGroup,
    name="sync-service",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Keeps the learning plans of sovetnmo.ru and edu.rosminzdrav.ru in step, and says why where they are not.",
)

INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")

_config_file: Path | None = None


def _say_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"sync-service {version('sync-service')}\n")
        raise typer.Exit


@app.callback()
def options(
    config: Annotated[Path | None, typer.Option("--config", help="Settings as a TOML file.", metavar="FILE")] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version and end.")
    ] = False,
    case: Case = None,
) -> None:
    """Take the global options."""
    global _config_file  # noqa: PLW0603 - the one place that carries the option to the commands
    _config_file = config
    forget_case()
    keep_case(case)


def open_service(*, embedded: bool = False, chosen: Mapping[str, object] | None = None, **overrides: object) -> Service:
    """The service that the settings describe; `overrides` are a command's own defaults for settings that nobody set.

    `embedded` leaves aside a database and a Kafka of one's own; `chosen` is what the command's options say, whatever
    the settings are. What the command looks at is recorded before this returns.
    """
    from sync_service.bootstrap import Service
    from sync_service.observability import configure_logging
    from sync_service.settings import load_settings

    settings = load_settings(os.environ, _config_file)
    missing = {name: value for name, value in overrides.items() if name not in settings.model_fields_set}
    if embedded:
        missing |= {"database_url": None, "kafka_bootstrap": None}
    settings = settings.model_copy(update=missing | dict(chosen or {}))
    configure_logging(settings)
    service = Service(settings)
    record_running(service)
    return service


def say(text: str) -> None:
    """Prose, on stderr."""
    sys.stderr.write(f"{text}\n")


def show_json(answer: object) -> None:
    """Data, as one JSON document on stdout."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")


def moment(text: str) -> datetime:
    """An instant of the command line: RFC 3339 with an offset."""
    try:
        found = datetime.fromisoformat(text.upper()) if INSTANT.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise typer.BadParameter("an instant with its offset is needed, such as 2026-03-12T10:20:00+03:00")
    return found


def calendar_day(text: str) -> date:
    """A date of the command line: YYYY-MM-DD."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise typer.BadParameter("a date is needed, such as 2026-03-12")
    return found


Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", parser=moment, metavar="TIME", help="As the service knew it then (RFC 3339, with offset)."),
]
OnDay = Annotated[
    date | None,
    typer.Option("--on", parser=calendar_day, metavar="DATE", help="What was done by then, as known now (YYYY-MM-DD)."),
]
AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="sovetnmo:ID or edu:ID.")]

from sync_service.cli import (  # noqa: E402, F401 - they add commands
    audit,
    backups,
    credentials,
    decisions,
    demo,
    deployment,
    entering,
    erasures,
    intake,
    keys,
    notices,
    operations,
    projections,
    providers,
    reconciling,
    reports,
    status,
    support,
)
