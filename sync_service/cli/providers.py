"""Commands for what providers and policies bring: `import-activities`, `import-codes`, `adopt-policy`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from sync_service.cli.app import Json, app, open_service, say, show_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sync_service.application import Application
    from sync_service.imports.feeding import ImportResult, Progress, RowResult
    from sync_service.policies.adopting import Adoption

    Import = Callable[[Application, Path, datetime, Progress], ImportResult]

RowsFile = Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a header, or NDJSON, by the file's ending.")]
PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="The policy, as TOML.")]


@app.command("import-activities")
def import_activities(file: RowsFile, as_json: Json = False) -> None:
    """Import activities with their accreditation, and say what became of every row; can be repeated."""
    from sync_service.imports import activities

    _import(file, activities.import_activities, as_json=as_json)


@app.command("import-codes")
def import_codes(file: RowsFile, as_json: Json = False) -> None:
    """Import issued confirmation codes, and say what became of every row; can be repeated."""
    from sync_service.imports import codes

    _import(file, codes.import_codes, as_json=as_json)


@app.command("adopt-policy")
def adopt_policy(
    file: PolicyFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Adopt what cycles ask for from a day on, or which portals take codes when; every error of the file is named."""
    from sync_service.policies.adopting import adopt, foresee
    from sync_service.policies.files import PolicyMalformed, read_policy

    content = file.read_bytes()
    try:
        read_policy(content)
    except PolicyMalformed as malformed:
        if as_json:
            show_json({"adopted": False, "errors": malformed.reasons})
        for reason in () if as_json else malformed.reasons:
            say(f"{file.name}: {reason}")
        raise typer.Exit(1) from None
    service = open_service(log_level="warning")
    service.catch_up()
    foreseen = foresee(service.store, service.views, content)
    adopted = False if dry_run else adopt(service.application(), foreseen.fact)
    if adopted:
        service.catch_up()
    if as_json:
        show_json({"adopted": adopted, "errors": []} | msgspec.structs.asdict(foreseen))
    else:
        _tell(foreseen, adopted=adopted)


def _tell(foreseen: Adoption, *, adopted: bool) -> None:
    from sync_service.sentences.policies import SENTENCES

    told = SENTENCES[type(foreseen.fact)](foreseen.fact)
    sys.stdout.write(f"{told.ru}\n{told.en}\n")
    changed, cycles = foreseen.cycles_changed, foreseen.cycles
    sys.stdout.write(
        f"циклов с другими целями: {changed} из {cycles} / cycles with other targets: {changed} of {cycles}\n"
    )
    if not foreseen.is_new:
        say("это уже принято; ничего не изменилось / adopted already; nothing has changed")
    elif not adopted:
        say("не записано: --dry-run / not recorded: --dry-run")


def _import(file: Path, work: Import, *, as_json: bool) -> None:
    from rich.console import Console
    from rich.progress import Progress as Bar

    from sync_service.bootstrap import now

    with file.open("rb"):  # a file that is not there is told before a database is started
        service = open_service(log_level="warning")
    with Bar(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(file.name, total=None)
        result = work(
            service.application(), file, now(), lambda done, total: bar.update(task, completed=done, total=total)
        )
    service.catch_up()
    if as_json:
        show_json(result)
    else:
        _show_rows(result.rows)
    if result.ignored_columns:
        say(f"столбцы не нужны / columns of no meaning here: {', '.join(result.ignored_columns)}")
    say(f"внесено строк {result.imported}, с ошибками {result.failed} / rows imported, rows with errors")
    if not result.is_whole:
        raise typer.Exit(1)


def _show_rows(rows: Iterable[RowResult]) -> None:
    """A line a row, plain: files have a million rows, and the answer goes through `grep`."""
    sys.stdout.write("строка / row   результат / result\n")
    for row in rows:
        for place, text in enumerate(row.errors or ("ok",)):
            sys.stdout.write(f"{row.row if place == 0 else '':>14} {text}\n")
