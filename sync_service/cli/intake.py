"""Commands that bring messages in: `ingest`, `publish`, and what could not be read: `dead-letters`."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import msgspec
import typer

from sync_service.cli.app import Json, app, open_service, say, show_json
from sync_service.cli.failures import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress

    from consumers.consumer import BatchLimits
    from consumers.records import Records
    from sync_service.bootstrap import Service
    from sync_service.messages.records import Outgoing
    from sync_service.receiving import Receipt

letters = typer.Typer(no_args_is_help=True, help="Messages that could not be applied.")
app.add_typer(letters, name="dead-letters")

PUBLISH_BATCH = 1_000
STDIN = "-"


@app.command()
def ingest(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="NDJSON files; - is stdin.")],
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait for the views to catch up.")] = False,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Give way to live messages: projections and publisher must be running.")
    ] = False,
    _as_json: Json = True,
) -> None:
    """Read NDJSON as if it came from Kafka, in order; resumes where it stopped. Prints a summary as JSON."""
    paths = [None if name == STDIN else _existing(name) for name in files]
    service = open_service(log_level="warning")
    receipt = _ingest(service, paths, backfill=backfill)
    if not (no_wait or service.catch_up()):
        say("представления отстали и не движутся / the views are behind and do not move: `projections status`")
    show_json(receipt)


def _existing(name: str) -> Path:
    path = Path(name)
    if not name:
        raise Failed("a file's name is empty")
    if path.is_dir():
        raise Failed(f"{name}: is a directory")
    with path.open("rb"):
        return path


def _ingest(service: Service, paths: list[Path | None], *, backfill: bool) -> Receipt:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from consumers.consumer import Consumer
    from consumers.file_records import FileRecords
    from sync_service.receiving import Receipt

    application = service.application()
    total = Receipt()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        for path in paths:
            records, limits = _records(service, FileRecords(path, application, _bar(progress, path)), backfill=backfill)
            total += Consumer(records, application, limits).run_until_idle() or Receipt()
    return total


def _records(service: Service, records: Records, *, backfill: bool) -> tuple[Records, BatchLimits]:
    if not backfill:
        return records, service.batch_limits()
    return service.yielding(records, Event()), service.backfill_limits()


def _bar(progress: Progress, path: Path | None) -> Callable[[int, int | None], None]:
    task = progress.add_task(str(path or "stdin"), total=None)
    return lambda done, total: progress.update(task, completed=done, total=total)


@app.command()
def publish(
    file: Annotated[str, typer.Argument(metavar="FILE", help="NDJSON; - is stdin.")],
    topic: Annotated[str | None, typer.Option(help="Send every line there, whatever its source.")] = None,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="To the topics of history, read with less haste.")
    ] = False,
    _as_json: Json = True,
) -> None:
    """Send NDJSON to Kafka as a portal would: to the topic of its source, keyed by its account or activity."""
    path = None if file == STDIN else _existing(file)
    service = open_service()
    if service.settings.kafka_bootstrap is None:
        raise Failed("there is no Kafka to publish to: set SYNC_KAFKA_BOOTSTRAP (or use `ingest`)")
    topics = service.topics()
    sent, unroutable = 0, []
    with sys.stdin.buffer if path is None else path.open("rb") as lines:
        batch: list[Outgoing] = []
        for number, line in enumerate(lines, start=1):
            message = _routed(service, line.rstrip(b"\r\n"), topic, backfill=backfill)
            if message is not None:
                batch.append(message)
            elif line.strip():
                unroutable.append(number)
            if len(batch) >= PUBLISH_BATCH:
                topics.send(batch)
                sent += len(batch)
                batch = []
        topics.send(batch)
        sent += len(batch)
    topics.close()
    show_json({"published": sent, "unroutable_lines": unroutable[:100]})
    if unroutable:
        raise Failed(f"{len(unroutable)} lines name no source that has a topic (the first: line {unroutable[0]})")


def _routed(service: Service, line: bytes, topic: str | None, *, backfill: bool) -> Outgoing | None:
    from sync_service.messages.records import Outgoing

    if not line.strip():
        return None
    try:
        event = msgspec.json.decode(line)
        source = event["source"]
        data = event.get("data") or {}
        key = data.get("account_id") or data.get("activity_id")
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        source, key = None, None
    to = topic or service.names.topic_of(source, backfill=backfill)
    headers = (("content-type", b"application/cloudevents+json"),)
    return Outgoing(to, line, str(key).encode() if key else None, headers) if to else None


@letters.command("list")
def list_letters(
    account: Annotated[str | None, typer.Option(help="Only of this account id.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what was retried, discarded or superseded.")] = False,
    as_json: Json = False,
) -> None:
    """List the parked messages, in order of arrival."""
    found = [
        letter
        for letter in _letters(open_service(log_level="warning"))
        if (everything or letter["state"] == "parked") and account in (None, letter["account_id"])
    ]
    if as_json:
        show_json(found)
        return
    for letter in found:
        sys.stdout.write(f"{letter['letter']}  {letter['parked_at']:%Y-%m-%d %H:%M:%S}  {letter['state']}")
        sys.stdout.write(f"  {letter['type'] or '?'}  {letter['account_id'] or ''}\n")
        for reason in letter["reasons"]:
            sys.stdout.write(f"    {reason}\n")
    say(f"{len(found)} messages")


@letters.command("show")
def show_letter(
    letter: Annotated[UUID, typer.Argument(help="The letter's id, from `list`.")], as_json: Json = False
) -> None:
    """Show one parked message with its bytes and every error in it."""
    service = open_service(log_level="warning")
    found = next((one for one in _letters(service) if one["letter"] == letter), None)
    parked = service.store.parked_bytes(letter)
    if found is None or parked is None:
        raise Failed(f"there is no parked message {letter}")
    record, edited = parked.record, service.store.edited_bytes(letter)
    shown = found | {
        "key": record.key.decode(errors="backslashreplace") if record.key else None,
        "headers": [[name, value.decode(errors="backslashreplace")] for name, value in record.headers],
        "value": record.value.decode(errors="backslashreplace"),
        "edited": edited.value.decode(errors="backslashreplace") if edited else None,
    }
    if as_json:
        show_json(shown)
        return
    for name, value in shown.items():
        sys.stdout.write(f"{name}: {value}\n")


@letters.command("retry")
def retry_letters(
    which: Annotated[list[UUID] | None, typer.Argument(metavar="[LETTER...]", help="Ids, from `list`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are parked.")] = False,
    account: Annotated[str | None, typer.Option(help="All of this account id.")] = None,
    edited: Annotated[
        str | None, typer.Option(metavar="FILE", help="One letter as you edited it, - is stdin; what came is kept.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why; needed with --edited, it stays in the log.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
) -> None:
    """Apply parked messages after all, in order of arrival; what still cannot be applied stays parked."""
    text = _edit(edited, which, reason)
    service = open_service(log_level="warning")
    application = service.application()
    chosen = _chosen(service, which, everything=everything, account=account)
    failed = 0
    for letter in chosen:
        if dry_run:
            reasons = application.preview(letter, text).reasons
        else:
            reasons = application.retry(letter, edited=text, by=_user(), reason=reason)
        failed += bool(reasons)
        word = "would be stored" if dry_run else "stored"
        sys.stdout.write(f"{letter}  {'; '.join(reasons) if reasons else word}\n")
    if not dry_run:
        service.catch_up()
    say(f"{len(chosen) - failed} {'can be stored' if dry_run else 'stored'}, {failed} stay parked")
    if failed:
        raise typer.Exit(1)


@letters.command("discard")
def discard_letters(
    which: Annotated[list[UUID], typer.Argument(metavar="LETTER...", help="Ids, from `list`.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the log.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
) -> None:
    """Decide that parked messages will not be applied; they still count as parked."""
    if not reason.strip():
        raise typer.BadParameter("the reason is empty")
    service = open_service(log_level="warning")
    application = service.application()
    for letter in _chosen(service, which, everything=False, account=None):
        if not dry_run:
            application.discard(letter, reason, by=_user())
        sys.stdout.write(f"{letter}  {'would be discarded' if dry_run else 'discarded'}\n")


def _edit(file: str | None, which: list[UUID] | None, reason: str | None) -> bytes | None:
    """What somebody made of a message, if they name a file."""
    if file is None:
        return None
    if len(which or []) != 1:
        raise typer.BadParameter("--edited is for one letter: name its id")
    if not (reason or "").strip():
        raise typer.BadParameter("--edited needs --reason: why the message was edited")
    path = None if file == STDIN else _existing(file)
    return sys.stdin.buffer.read() if path is None else path.read_bytes()


def _user() -> str:
    """Who works at this terminal, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return str(os.getuid())


def _letters(service: Service) -> Iterator[dict[str, Any]]:
    from sync_service.dead_letters import describe

    for streams in service.store.letter_streams():
        yield describe(streams)


def _chosen(service: Service, which: list[UUID] | None, *, everything: bool, account: str | None) -> list[UUID]:
    parked = [letter for letter in _letters(service) if letter["state"] == "parked"]
    if everything or account is not None:
        return [UUID(str(one["letter"])) for one in parked if everything or one["account_id"] == account]
    known = {one["letter"] for one in parked}
    wanted = which or []
    for letter in wanted:
        if letter not in known:
            raise Failed(f"there is no message {letter} that is parked")
    if not wanted:
        raise typer.BadParameter("name letters, or --all, or --account")
    return [UUID(str(one["letter"])) for one in parked if one["letter"] in wanted]  # in order of arrival, each once
