"""Shows what the verification of a report found, and what the report says, to be compared with the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sync_service.rendering.parts import BOLD, DIM, below, plain
from sync_service.reports.verification import Outcome
from sync_service.reports.wording import details, total_rows
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.reports.report import Report
    from sync_service.reports.verification import Verification

OUTCOMES: Mapping[Outcome, Sentence] = {
    Outcome.EQUAL: Sentence("Отчёт подлинный: всё совпадает.", "The report is genuine: equal."),
    Outcome.FILE_DIFFERS: Sentence(
        "Контрольное значение верно, но сам файл не тот, что пишет эта версия службы: его меняли, или его писала"
        " другая версия. Сравните с данными ниже.",
        "The check value is right, but the file is not what this version of the service writes: it was changed, or"
        " another version wrote it. Compare it with what follows.",
    ),
    Outcome.DIFFERS: Sentence(
        "Не совпадает: по журналу служба на тот момент такого отчёта не дала бы.",
        "Not equal: by its log the service would not have given this report at that moment.",
    ),
    Outcome.NO_VALUE: Sentence("В файле нет контрольного значения.", "The file bears no check value."),
}
_COMPARE = Sentence("Сравните с тем, что у вас в руках.", "Compare this with what you hold.")


def show_verification(answer: Verification, console: Console | None = None) -> None:
    """Print the outcome to stdout, or to a console of the caller's."""
    console = console or Console()
    console.print(below(OUTCOMES[answer.outcome], BOLD))
    if answer.report is not None:
        console.print()
        console.print(below(_COMPARE))
        for line in _lines(answer.report):
            console.print(line)


def _lines(report: Report) -> list[Text]:
    rows = details(report)
    rows += [(total.name, " / ".join(total.figures)) for total in total_rows(report)]
    rows += [("Засчитано записей", str(len(report.counted))), ("Не засчитано", str(len(report.uncounted)))]
    return [Text.assemble(plain(f"{name}: ", DIM), plain(value)) for name, value in rows]
