"""The command `reconcile`: a portal's own export against what its accounts should show."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync_service.aggregates.values import Portal
from sync_service.cli.app import Json, app, open_service, say, show_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.imports.shown import Export
    from sync_service.questions.reconciling import Deviation, Reconciliation

SHOWN_MAX = 50


@app.command()
def reconcile(
    portal: Annotated[Portal, typer.Argument(help="Whose export it is.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="NDJSON: account_id and activity_key; - is stdin.")],
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Ask again for what is missing, withdraw again what is reversed."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare what a portal says it shows with what it should show: missing, extra, by cause and age."""
    from sync_service.bootstrap import now
    from sync_service.imports.shown import read_export
    from sync_service.questions.reconciling import reconcile as compare
    from sync_service.repairing import mend

    if str(file) == "-":
        export = read_export(sys.stdin.buffer)
    else:
        with file.open("rb") as lines:
            export = read_export(lines)
    service = open_service(log_level="warning")
    service.catch_up()
    found = compare(service.views, portal, export.shown, now())
    mended = mend(service.application(), portal, found) if repair else None
    if as_json:
        repaired = {} if mended is None else {"repaired": mended}
        show_json(_as_json(found) | {"lines": export.lines, "unreadable": export.unreadable} | repaired)
        return
    _tell(found, export)
    if mended is not None:
        say(f"{mended} копий запрошено или отозвано снова / replicas asked for or withdrawn again")


def _as_json(found: Reconciliation) -> dict[str, object]:
    return {name: getattr(found, name) for name in found.__struct_fields__}


def _tell(found: Reconciliation, export: Export) -> None:
    out = sys.stdout.write
    out(f"{found.portal}: кабинетов {found.accounts}, совпадает {found.equal} / accounts, equal\n")
    for name, russian, deviations in (("missing", "не хватает", found.missing), ("extra", "лишнее", found.extra)):
        causes = ", ".join(f"{cause} {count}" for cause, count in sorted(found.causes[name].items()))
        out(f"{russian} / {name}: {len(deviations)}{f' ({causes})' if causes else ''}\n")
        _list(deviations)
    for line in export.unreadable[:SHOWN_MAX]:
        say(f"строка / line {line.line}: {line.error}")


def _list(deviations: Sequence[Deviation]) -> None:
    for one in deviations[:SHOWN_MAX]:
        since = f"  {one.since:%Y-%m-%d %H:%M}" if one.since else ""
        sys.stdout.write(f"  {one.account_id}  {one.activity_key}  {one.cause.value}{since}\n")
    if len(deviations) > SHOWN_MAX:
        sys.stdout.write(f"  … {len(deviations) - SHOWN_MAX} (--json: все / all)\n")
