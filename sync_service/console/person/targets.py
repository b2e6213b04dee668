"""Credits against the targets, a strip for each cycle: what is reached, of how much, and what remains."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync_service.console.formats import NO_BREAK
from sync_service.console.languages import said
from sync_service.sentences.words import EDUCATION, Sentence, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sync_service.console.formats import Formats
    from sync_service.policies.targets import Totals
    from sync_service.questions.moments import Moment
    from sync_service.questions.plans import PlanCycle

_NAMES = {
    "events": Sentence("Мероприятия", "Events"),
    "modules": Sentence("Модули", "Modules"),
    "programme_hours": Sentence("Программа ДПО", "Programmes"),
    "distance_hours": Sentence("Из них дистанционно", "Of them at a distance"),
}


class Meter(NamedTuple):
    """One total: `target` None where the policy asks for none; `today` in time travel, if it differs."""

    name: str
    reached: float
    target: float | None
    of: str
    left: str
    today: float | None


class Strip(NamedTuple):
    """One cycle with its meters, or the totals of a person without cycles."""

    title: str
    policy: str
    meters: Sequence[Meter]
    is_open: bool


def strips(moment: Moment, now: Moment | None, on: date, f: Formats) -> list[Strip]:
    """A strip for each cycle, the current ones open; a person without cycles has one strip without targets."""
    today = {cycle.cycle_id: cycle.totals for cycle in now.plan.cycles} if now else {}
    policies = {applied.cycle_id: applied for applied in moment.plan.policies}
    found = []
    for cycle in moment.plan.cycles:
        applied = policies[cycle.cycle_id]
        policy = said(Sentence(applied.title_ru, applied.title_en), f.language)
        meters = list(_meters(cycle.totals, cycle, today.get(cycle.cycle_id), f))
        found.append(Strip(_title(cycle, f), policy, meters, cycle.starts_on <= on <= cycle.ends_on))
    if not found:
        totals = now.plan.totals if now else None
        none = Sentence("Цикл не открыт", "No cycle is open")
        return [Strip(said(none, f.language), "", list(_meters(moment.plan.totals, None, totals, f)), is_open=True)]
    if not any(strip.is_open for strip in found):
        found[-1] = found[-1]._replace(is_open=True)
    return found


def _title(cycle: PlanCycle, f: Formats) -> str:
    level = said(word(EDUCATION, cycle.education_level), f.language)
    return f"{cycle.specialty}, {level} · {cycle.starts_on.year}–{cycle.ends_on.year}"


def _meters(totals: Totals, cycle: PlanCycle | None, today: Totals | None, f: Formats) -> Iterator[Meter]:
    for field, name in _NAMES.items():
        reached = getattr(totals, field)
        target = getattr(cycle.targets, field) if cycle else None
        now = getattr(today, field) if today else None
        in_hours = field.endswith("hours")
        left = _left(reached, target, f, in_hours=in_hours)
        yield Meter(
            said(name, f.language),
            reached,
            target,
            _of(reached, target, f, in_hours=in_hours),
            left,
            now if now != reached else None,
        )


def _of(reached: float, target: float | None, f: Formats, *, in_hours: bool) -> str:
    if target is None:
        counted = f.hours if in_hours else f.credits
        return counted(reached).partition(NO_BREAK)[2]
    if in_hours:
        count = f.count(target, "часа", "часов", "часов", "hour")
    else:
        count = f.count(target, "балла", "баллов", "баллов", "credit")
    return said(Sentence(f"из{NO_BREAK}{count}", f"of{NO_BREAK}{count}"), f.language)


def _left(reached: float, target: float | None, f: Formats, *, in_hours: bool) -> str:
    if target is None:
        return ""
    counted = f.hours if in_hours else f.credits
    if reached >= target:
        over = counted(reached - target)
        done = Sentence("выполнено", "fulfilled")
        more = Sentence(f"выполнено, сверх {over}", f"fulfilled, {over} over")
        return said(more if reached > target else done, f.language)
    rest = target - reached
    verb = f.form(rest, "остался", "осталось", "осталось", "left:", "left:")
    return f"{verb} {counted(rest)}"
