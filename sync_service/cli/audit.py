"""Commands for auditors: `audit list|export|verify|anchor`."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from sync_service.auditing import Act, AuditWanted, Door, Look
from sync_service.cli.app import Json, app, moment, open_service, say, show_json
from sync_service.cli.recording import os_user

if TYPE_CHECKING:
    from sync_service.bootstrap import Service

audits = typer.Typer(no_args_is_help=True, help="The audit log: who looked at whom, or changed what.")
app.add_typer(audits, name="audit")

FAULTS_TOLD_MAX = 100


class Format(StrEnum):
    """What the log is exported as."""

    CSV = "csv"
    NDJSON = "ndjson"


Who = Annotated[str | None, typer.Option("--who", metavar="SUBJECT", help="Only of this person, such as os:anna.")]
Whom = Annotated[
    str | None, typer.Option("--whom", metavar="ACCOUNT|ID", help="Only about this person, code, message.")
]
What = Annotated[str | None, typer.Option("--act", metavar="ACT", help="Only this act, such as person.seen.")]
ForCase = Annotated[str | None, typer.Option("--for-case", metavar="NUMBER", help="Only what was for this case.")]
Through = Annotated[Door | None, typer.Option("--door", help="Only through this door.")]
Since = Annotated[
    datetime | None, typer.Option("--since", parser=moment, metavar="TIME", help="Not before (RFC 3339).")
]
Until = Annotated[datetime | None, typer.Option("--until", parser=moment, metavar="TIME", help="Before (RFC 3339).")]


@audits.command("list")
def list_rows(  # noqa: PLR0913, PLR0917 - each is an option of the command
    who: Who = None,
    whom: Whom = None,
    act: What = None,
    for_case: ForCase = None,
    door: Through = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")] = 100,
    as_json: Json = False,
) -> None:
    """List who looked at whom, the newest first."""
    from sync_service.questions.looked_at import every_row
    from sync_service.rendering.audits import row_as_json, row_as_line

    service = open_service(log_level="warning")
    wanted = AuditWanted(since, until, who, (), act, for_case, door)
    rows = list(islice(every_row(service.audit, _about(service, wanted, whom)), limit))
    if as_json:
        show_json([row_as_json(row) for row in rows])
        return
    for row in rows:
        sys.stdout.write(row_as_line(row))
    say(f"{len(rows)} rows")


@audits.command("export")
def export_rows(
    written_as: Annotated[Format, typer.Option("--format", help="CSV for a spreadsheet, NDJSON for a program.")],
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="To this file, not stdout.")] = None,
    who: Who = None,
    whom: Whom = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Write out every row that fits, the newest first."""
    from sync_service.questions.looked_at import every_row
    from sync_service.rendering.audits import FORMATS

    service = open_service(log_level="warning")
    wanted = _about(service, AuditWanted(since, until, who), whom)
    lines = FORMATS[written_as.value][0](every_row(service.audit, wanted))
    if output is None:
        sys.stdout.buffer.writelines(lines)
        sys.stdout.buffer.flush()
        return
    with output.open("wb") as file:
        file.writelines(lines)


@audits.command("verify")
def verify_log(as_json: Json = False) -> None:
    """Walk the whole chain and its anchor, and say every place where it does not hold; exit 1 if there is any."""
    service = open_service(log_level="warning")
    standing = service.audit.standing()
    faults = list(service.audit.verify())
    if as_json:
        show_json({"ok": not faults, **msgspec.structs.asdict(standing), "faults": faults})
    else:
        for fault in faults[:FAULTS_TOLD_MAX]:
            sys.stdout.write(f"{fault.number}: {fault.fault}\n")
        if len(faults) > FAULTS_TOLD_MAX:
            sys.stdout.write(f"… {len(faults) - FAULTS_TOLD_MAX} (--json: все / all)\n")
        anchored = "нигде / nowhere" if standing.anchored is None else str(standing.anchored)
        sys.stdout.write(f"строк {standing.newest}, закреплено до / rows, anchored up to: {anchored}\n")
        sys.stdout.write("Цепочка цела. / The chain holds.\n" if not faults else "Цепочка нарушена. / It is broken.\n")
    if faults:
        raise typer.Exit(1)


@audits.command("anchor")
def anchor_log() -> None:
    """Anchor the log where it ends now: after a restore from an older copy, or when the anchor was lost; recorded."""
    service = open_service(log_level="warning")
    before = service.audit.standing().anchored
    detail = f"anchored {before or 0} before"
    look = Look.by(os_user(), Door.COMMAND_LINE, Act.AUDIT_ANCHORED, detail=detail)
    say(f"закреплено до / anchored up to {service.audit.restored(look)}")


def _about(service: Service, wanted: AuditWanted, whom: str | None) -> AuditWanted:
    from sync_service.questions.looked_at import streams_meant

    if whom is None:
        return wanted
    return msgspec.structs.replace(wanted, whom=streams_meant(service.views, whom))
