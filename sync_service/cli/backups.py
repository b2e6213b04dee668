"""Commands that keep the store safe: `backup` and `restore`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync_service.cli.app import Json, app, open_service, say, show_json
from sync_service.cli.failures import Failed
from sync_service.cli.operations import progress_bars

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zipfile import ZipFile

    from sync_service.backups.manifest import Manifest
    from sync_service.bootstrap import Service

    Told = Callable[[str, int], None]

STDOUT = Path("-")

Archive = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it, a new file; - is stdout.")],
    as_json: Json = False,
) -> None:
    """Write everything that is kept into one file, as it is at one moment; the service runs on.

    The master key is not in it, and without it a backup cannot be read: keep that elsewhere.
    """
    from sync_service.backups.archive import written_whole

    if file == STDOUT:
        if as_json:
            raise typer.BadParameter("stdout takes the backup itself")
        told = _backup_to_stdout(open_service(log_level="warning"))
    else:
        with written_whole(file) as out:
            told = open_service(log_level="warning").backup(out, _said)
        if as_json:
            show_json(_summary(told))
    say(_described(told))
    say("Главного ключа в копии нет: храните его отдельно. / The master key is not in it: keep it elsewhere.")


@app.command()
def restore(
    file: Archive,
    replace: Annotated[bool, typer.Option("--replace", help="Drop what the store holds, after asking.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Replace without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only verify the backup, and say what it holds.")] = False,
    as_json: Json = False,
) -> None:
    """Put a backup into an empty store, with its master key in the settings; nothing of the service may run.

    Then it learns from the topics what was sent after the backup, reads again what had come, fills the views, and says
    what is to be done next.
    """
    from sync_service.backups.archive import opened_archive

    with opened_archive(file) as archive:
        manifest = _verified(archive)
        if not dry_run:
            service = open_service(log_level="warning")
            service.restore(archive, lambda held: _may_replace(held, replace=replace, yes=yes), _said)
    if as_json:
        show_json(_summary(manifest))
    say(_described(manifest))
    if dry_run:
        say("Копия цела; ничего не изменено. / The backup is whole; nothing was changed.")
        return
    _go_on(service, manifest)


def _backup_to_stdout(service: Service) -> Manifest:
    if sys.stdout.isatty():
        raise Failed("a backup is no text for a terminal: name a file, or send it into a pipe")
    told = service.backup(sys.stdout.buffer, _said)
    sys.stdout.buffer.flush()
    return told


def _verified(archive: ZipFile) -> Manifest:
    from sync_service.backups.archive import broken_parts, read_manifest
    from sync_service.backups.manifest import BackupRefused

    manifest, _, _ = read_manifest(archive)
    with progress_bars() as tell:
        done = 0

        def told(_: str, rows: int) -> None:
            nonlocal done
            done += rows
            tell("verified", done, manifest.rows)

        broken = broken_parts(archive, manifest, told)
    if broken:
        for line in broken:
            say(line)
        raise BackupRefused(f"the backup is damaged in {len(broken)} of {len(manifest.parts)} parts")
    return manifest


def _may_replace(held: Mapping[str, int], *, replace: bool, yes: bool) -> bool:
    """Whether what the store holds may be dropped; raises Failed that says what it holds, where nobody said so."""
    rows = ", ".join(f"{table} {count}" for table, count in held.items())
    if not replace:
        raise Failed(f"the store is not empty ({rows}): restore into a new one, or say --replace to drop what it holds")
    say(f"В хранилище есть строки / The store holds rows: {rows}")
    question = "Удалить всё это и поставить на его место копию? / Drop all of this, and put the backup in its place?"
    return yes or (sys.stdin.isatty() and typer.confirm(question, err=True))


def _go_on(service: Service, manifest: Manifest) -> None:
    """Learn what happened after the backup, fill the views, record the restore, and say what comes next."""
    from sync_service.auditing import Act, Door, Look
    from sync_service.cli.recording import os_user
    from sync_service.messages.transport_errors import TransportUnavailable

    taken = f"{manifest.taken_at:%Y-%m-%dT%H:%M:%SZ}"
    service.audit.restored(Look.by(os_user(), Door.COMMAND_LINE, Act.STORE_RESTORED, detail=f"backup of {taken}"))
    try:
        resumed = service.resume()
    except TransportUnavailable as error:
        say(f"Темы пока не прочитаны; их прочтёт `run`. / The topics are not read yet; `run` will read them: {error}")
    else:
        if resumed is not None:
            say(
                f"после копии отправлено {resumed.sent}, снова не уйдёт; принято заново {resumed.received}"
                " / sent after the backup, and not sent again; received once more"
            )
    service.catch_up()
    for line in _next_steps(taken):
        say(line)


def _next_steps(taken: str) -> tuple[str, ...]:
    return (
        "Дальше по порядку / Next, in this order:",
        "  1. sync-service erase --reapply   стирания после копии / erasures that came after the backup",
        "  2. sync-service check             всё ли сходится / whether every promise holds",
        "  3. sync-service run               работать дальше / go on",
        "  4. sync-service notices list      письма, которые могли уйти / mails that may have gone out already",
        "  5. sync-service reconcile PORTAL FILE   сверка с порталами / compare with what the portals show",
        (
            f"Потеряно без следа в темах то, что люди решали и загружали после {taken}: решения, правки, политики,"
            " учётные данные. / What people decided and imported after that instant is lost, and stands in no topic:"
            " decisions, edits, policies, credentials. docs/howto/backup.md says how to find it."
        ),
    )


def _said(table: str, rows: int) -> None:
    if rows and sys.stderr.isatty():
        say(f"  {table:<28} {rows:>12}")


def _described(manifest: Manifest) -> str:
    return (
        f"копия на {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC, журнал до {manifest.head}, строк {manifest.rows}"
        f" в {len(manifest.parts)} таблицах / backup of that instant, log to {manifest.head}, rows in tables"
    )


def _summary(manifest: Manifest) -> dict[str, object]:
    return {
        "taken_at": manifest.taken_at,
        "version": manifest.version,
        "head": manifest.head,
        "published": manifest.published,
        "tables": {part.table.name: {"rows": part.rows, "bytes": part.size_bytes} for part in manifest.parts},
    }
