"""Shows what a replay found: that everything is equal, or every difference, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sync_service.rendering.parts import below, plain, show_specialist, table
from sync_service.sentences.words import Sentence, events

if TYPE_CHECKING:
    from sync_service.questions.replays import Difference, Replay

_NO_ROW = Sentence("строки нет", "no row")


def show_replay(answer: Replay, console: Console | None = None) -> None:
    """Print the comparison to stdout, or to a console of the caller's."""
    console = console or Console()
    show_specialist(console, answer.specialist_id)
    console.print(below(_verdict(answer)))
    if answer.equal:
        return
    console.print()
    differences = table(
        Sentence("Представление", "view"),
        Sentence("Строка", "row"),
        Sentence("Сейчас", "live"),
        Sentence("По событиям", "by the events"),
    )
    for difference in answer.differences:
        differences.add_row(
            plain(f"{difference.view}\n{difference.table}"),
            plain("\n".join(f"{name}: {value}" for name, value in difference.key.items())),
            _side(difference, difference.live, difference.recomputed),
            _side(difference, difference.recomputed, difference.live),
        )
    console.print(differences)


def _verdict(answer: Replay) -> Sentence:
    count = events(answer.events)
    if answer.equal:
        return Sentence(f"Пересчитано из {count.ru}: всё совпадает.", f"Recomputed from {count.en}: equal.")
    rows = len(answer.differences)
    return Sentence(
        f"Пересчитано из {count.ru}. Отличается строк: {rows}.",
        f"Recomputed from {count.en}. Rows that differ: {rows}.",
    )


def _side(difference: Difference, row: dict[str, object] | None, other: dict[str, object] | None) -> Text:
    """The columns in which a row differs from the other side; a row that the other side lacks is shown whole."""
    if row is None:
        return below(_NO_ROW)
    shown = {name: value for name, value in row.items() if name not in difference.key and name != "owner"}
    if other is not None:
        shown = {name: value for name, value in shown.items() if other[name] != value}
    return Text("\n").join(plain(f"{name}: {'–' if value is None else value}") for name, value in shown.items())
