"""Shows a plan: its cycles with what they ask for, and every activity: what it counts for, and where it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sync_service.rendering.parts import DIM, below, plain, short_day, show_specialist, table
from sync_service.sentences.counting import COUNTS, Verdict, why
from sync_service.sentences.policies import WRONG_PORTAL
from sync_service.sentences.replicas import SHOWN_IN
from sync_service.sentences.subjects import record_name
from sync_service.sentences.totals import credited, reached
from sync_service.sentences.words import EDUCATION, KINDS, Sentence, day, quoted, word

if TYPE_CHECKING:
    from sync_service.questions.plans import Plan, PlanCycle, PlanEntry, PolicyApplied

_EMPTY = Sentence(
    "Записей нет: порталы об активностях этого человека не сообщали.", "No entries: no portal has reported any."
)
_NOT_DESCRIBED = Sentence("в каталоге ещё нет", "not in the catalogue yet")
_COUNTED = "counted"
_NOTES = {
    "activity_disagrees": Sentence(
        "Портал называл другую активность; верна запись о выдаче кода.",
        "The portal named another activity; the issue record of the code wins.",
    ),
    "wrong_portal": WRONG_PORTAL,
}


def show_plan(answer: Plan, console: Console | None = None) -> None:
    """Print the plan to stdout, or to a console of the caller's."""
    console = console or Console()
    show_specialist(console, answer.specialist_id)
    for cycle, policy in zip(answer.cycles, answer.policies, strict=True):
        console.print(below(_cycle(cycle)))
        console.print(below(_policy(policy)))
        console.print(below(_standing(cycle, policy)))
    if not answer.cycles:
        console.print(below(reached(answer.totals)))
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
        entries.add_row(short_day(entry.completed_on), _activity(entry, answer.cycles), *shown)
    console.print(entries)


def _cycle(cycle: PlanCycle) -> Sentence:
    level, starts, ends = word(EDUCATION, cycle.education_level), day(cycle.starts_on), day(cycle.ends_on)
    return Sentence(
        f"Цикл {cycle.cycle_id}: {cycle.specialty}, {level.ru}, с {starts.ru} по {ends.ru}.",
        f"Cycle {cycle.cycle_id}: {cycle.specialty}, {level.en}, from {starts.en} to {ends.en}.",
    )


def _policy(policy: PolicyApplied) -> Sentence:
    return Sentence(
        f"Политика {policy.policy}: {quoted(policy.title_ru).ru}.",
        f"Policy {policy.policy}: {quoted(policy.title_en).en}.",
    )


def _standing(cycle: PlanCycle, policy: PolicyApplied) -> Sentence:
    told, sums = reached(cycle.totals, cycle.targets, cycle.remaining), policy.altogether
    return told + reached(sums.totals, sums.targets, sums.remaining) if sums else told


def _activity(entry: PlanEntry, cycles: tuple[PlanCycle, ...]) -> Text:
    kind, name = word(KINDS, entry.kind), record_name(entry.activity_key)
    if entry.title is not None:
        lines = [plain(entry.title), plain(f"{kind.ru} {kind.en} · {name.ru}", DIM)]
    else:
        lines = [plain(f"{entry.activity_id}: {_NOT_DESCRIBED.ru}"), plain(f"{_NOT_DESCRIBED.en} · {name.ru}", DIM)]
    lines.append(below(_verdict(entry, cycles)))
    lines.extend(below(word(_NOTES, note)) for note in entry.notes)
    return Text("\n").join(lines)


def _verdict(entry: PlanEntry, cycles: tuple[PlanCycle, ...]) -> Sentence:
    """Whether it counts: for how much, or why not, as far as the plan alone knows."""
    short = word(COUNTS, entry.counts)
    if entry.counts == _COUNTED:
        worth = credited(entry.credits)
        return Sentence(f"{short.ru.capitalize()}: {worth.ru}.", f"{short.en.capitalize()}: {worth.en}.")
    periods = {(cycle.starts_on, cycle.ends_on) for cycle in cycles}
    known = Verdict(
        counts=entry.counts,
        origin=entry.origin,
        completed_on=entry.completed_on,
        specialties=tuple(sorted({cycle.specialty for cycle in cycles})),
        period=periods.pop() if len(periods) == 1 else None,
        duplicate_of=entry.duplicate_of,
        reversed_for=entry.reversed_for,
    )
    return Sentence(f"{short.ru.capitalize()}.", f"{short.en.capitalize()}.") + why(known)
