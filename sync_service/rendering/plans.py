"""Shows a plan: its cycles, and every credited activity with where it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sync_service.rendering.parts import DIM, below, plain, short_day, show_specialist, table
from sync_service.sentences.replicas import SHOWN_IN
from sync_service.sentences.subjects import record_name
from sync_service.sentences.words import EDUCATION, KINDS, Sentence, because, day, word

if TYPE_CHECKING:
    from sync_service.questions.plans import Plan, PlanCycle, PlanEntry

_EMPTY = Sentence(
    "Записей нет: порталы об активностях этого человека не сообщали.", "No entries: no portal has reported any."
)
_NOT_DESCRIBED = Sentence("в каталоге ещё нет", "not in the catalogue yet")
_REVERSED = Sentence("Отменено.", "Reversed.")
_NOTES = {
    "activity_disagrees": Sentence(
        "Портал называл другую активность; верна запись о выдаче кода.",
        "The portal named another activity; the issue record of the code wins.",
    ),
}


def show_plan(answer: Plan, console: Console | None = None) -> None:
    """Print the plan to stdout, or to a console of the caller's."""
    console = console or Console()
    show_specialist(console, answer.specialist_id)
    for cycle in answer.cycles:
        console.print(below(_cycle(cycle)))
    console.print()
    if not answer.entries:
        console.print(below(_EMPTY))
        return
    entries = table(
        Sentence("Дата", "date"),
        Sentence("Активность", "activity"),
        Sentence("На sovetnmo", "at sovetnmo"),
        Sentence("В edu", "at edu"),
    )
    for entry in answer.entries:
        shown = [below(word(SHOWN_IN, entry.shown_in[portal])) for portal in ("sovetnmo", "edu")]
        entries.add_row(short_day(entry.completed_on), _activity(entry), *shown)
    console.print(entries)


def _cycle(cycle: PlanCycle) -> Sentence:
    level, starts, ends = word(EDUCATION, cycle.education_level), day(cycle.starts_on), day(cycle.ends_on)
    return Sentence(
        f"Цикл {cycle.cycle_id}: {cycle.specialty}, {level.ru}, с {starts.ru} по {ends.ru}.",
        f"Cycle {cycle.cycle_id}: {cycle.specialty}, {level.en}, from {starts.en} to {ends.en}.",
    )


def _activity(entry: PlanEntry) -> Text:
    kind, name = word(KINDS, entry.kind), record_name(entry.activity_key)
    if entry.title is not None:
        lines = [plain(entry.title), plain(f"{kind.ru} {kind.en} · {name.ru}", DIM)]
    else:
        lines = [plain(f"{entry.activity_id}: {_NOT_DESCRIBED.ru}"), plain(f"{_NOT_DESCRIBED.en} · {name.ru}", DIM)]
    if entry.reversed_for is not None:
        lines.append(below(_REVERSED + because(entry.reversed_for)))
    lines.extend(below(word(_NOTES, note)) for note in entry.notes)
    return Text("\n").join(lines)
