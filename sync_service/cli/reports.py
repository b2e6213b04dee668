"""Commands that write to people outside: `report ACCOUNT`, `report verify`, `letter`."""

from __future__ import annotations

import errno
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from sync_service.aggregates.values import Account, canonical_code
from sync_service.cli.app import AccountArgument, AsOf, Json, app, open_service, say, show_json
from sync_service.cli.failures import Failed

if TYPE_CHECKING:
    from sync_service.bootstrap import Service
    from sync_service.reports.verification import Verification

WRITE = "write"


class Format(StrEnum):
    """What a report is written as."""

    PDF = "pdf"
    CSV = "csv"


class ReportGroup(TyperGroup):
    """Lets `report ACCOUNT …` stand for `report write ACCOUNT …`, as the contract has it."""

    default_command = WRITE

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer keeps its context to itself
        """Put the command's name where it was left out."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [self.default_command, *args]
        return super().parse_args(ctx, args)


reports = typer.Typer(
    cls=ReportGroup,
    no_args_is_help=True,
    help="The report for the educational organisation: `report ACCOUNT --cycle ID --format pdf|csv`, `report verify`.",
)
app.add_typer(reports, name="report")

Output = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write to this file, not to stdout.")]


@reports.command(WRITE)
def write_report(
    account: AccountArgument,
    cycle: Annotated[str, typer.Option("--cycle", metavar="ID", help="The cycle, as `plan` names it.")],
    written_as: Annotated[Format, typer.Option("--format", help="A PDF to hand over, or CSV for a spreadsheet.")],
    output: Output = None,
    as_of: AsOf = None,
) -> None:
    """Write the report on one cycle; `report ACCOUNT …` does the same."""
    from sync_service.bootstrap import now, report_writers
    from sync_service.reports.check_value import check_value
    from sync_service.reports.report import report, standing_at

    if written_as is Format.PDF and output is None and sys.stdout.isatty():
        raise Failed("PDF в терминале не показать, добавьте --output FILE / a terminal shows no PDF: add --output FILE")
    wanted = Account.parse(account)
    service = open_service(log_level="warning")
    made = report(service.store, wanted, cycle, standing_at(service.store, now(), as_of))
    _hand_over(report_writers()[written_as](made), output)
    say(f"контрольное значение / check value: {check_value(made)}")


@reports.command("verify")
def verify_report(
    held: Annotated[str, typer.Argument(metavar="FILE|VALUE", help="A report's file, or its check value.")],
    as_json: Json = False,
) -> None:
    """Say whether a report is the service's own, and what it says; exit 1 if it is not equal."""
    from sync_service.rendering.verifications import show_verification
    from sync_service.reports.verification import Outcome

    answer = _verified(open_service(log_level="warning"), held)
    show_json(answer) if as_json else show_verification(answer)
    if answer.outcome is not Outcome.EQUAL:
        raise typer.Exit(1)


@app.command()
def letter(
    account: AccountArgument,
    typed: Annotated[str, typer.Argument(metavar="CODE", help="In any spelling.")],
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Write the letter to the portal's support about a code: title, date, place, code, and the true reason."""
    from sync_service.reports.support_letter import NOT_FOR_THE_PERSON, support_letter

    wanted = Account.parse(account)
    canonical = canonical_code(typed)
    made = support_letter(open_service(log_level="warning").store, wanted, canonical)
    show_json(made) if as_json else _hand_over(made.text.encode(), output)
    say(f"{NOT_FOR_THE_PERSON.ru} / {NOT_FOR_THE_PERSON.en}")


def _verified(service: Service, held: str) -> Verification:
    """A file if there is one of that name, else a check value."""
    from sync_service.bootstrap import report_writers
    from sync_service.reports.check_value import CheckValueMalformed
    from sync_service.reports.verification import verify_file, verify_value

    path = Path(held)
    try:
        if path.is_file():
            return verify_file(service.store, path.read_bytes(), report_writers().values())
    except OSError as error:
        if not isinstance(error, FileNotFoundError) and error.errno != errno.ENAMETOOLONG:
            raise
    try:
        return verify_value(service.store, held)
    except CheckValueMalformed as malformed:
        raise Failed(f"нет такого файла, и {malformed}") from malformed


def _hand_over(content: bytes, output: Path | None) -> None:
    if output is not None:
        output.write_bytes(content)
        return
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
