"""«Почему так»: what a verdict goes by, side by side: what the accounts say, what the catalogue says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.console.languages import said
from sync_service.sentences.words import EDUCATION, FOR_WHOM, PERSON, Sentence, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync_service.aggregates.activity import AccreditationRow
    from sync_service.aggregates.specialist_state import Entry
    from sync_service.console.formats import Formats
    from sync_service.questions.moments import Moment
    from sync_service.questions.plans import PlanEntry

ROWS_SHOWN_MAX = 12


def facts_compared(moment: Moment, shown: PlanEntry, entry: Entry, f: Formats) -> Sequence[tuple[str, str]]:
    """Pairs of what is compared and what it says."""
    return [(said(name, f.language), said(what, f.language)) for name, what in _facts(moment, shown, entry, f)]


def _facts(moment: Moment, shown: PlanEntry, entry: Entry, f: Formats) -> Iterator[tuple[Sentence, Sentence]]:
    yield Sentence("Дата активности", "Date of the activity"), _same(f.short_date(shown.completed_on))
    activity = moment.catalogue(entry.activity_id)
    number = Sentence("Номер в каталоге", "Number in the catalogue")
    yield number, _same(entry.activity_id)
    yield Sentence("В кабинетах", "In the accounts"), _trained(moment)
    for cycle in moment.plan.cycles:
        dates = f"{f.short_date(cycle.starts_on)} — {f.short_date(cycle.ends_on)}"
        level = word(EDUCATION, cycle.education_level)
        name = Sentence(f"Цикл: {cycle.specialty}", f"Cycle: {cycle.specialty}")
        yield name, Sentence(f"{dates}, {level.ru}", f"{dates}, {level.en}")
    if activity.published is None:
        yield (
            Sentence("Описание организатора", "The provider's description"),
            Sentence("ещё не пришло", "not there yet"),
        )
        return
    yield Sentence("Организатор", "Provider"), _same(activity.published.provider)
    rows = activity.published.accreditation
    for row in rows[:ROWS_SHOWN_MAX]:
        yield _accredited(row, f)
    if not rows:
        yield Sentence("Аккредитация", "Accreditation"), Sentence("ни для кого", "for nobody")
    if entry.audience is not None:
        yield Sentence("Код выдан", "The code was issued"), word(FOR_WHOM, entry.audience)
    if entry.vouched_for is not None:
        name = Sentence("Портал называл другую активность", "The portal named another activity")
        yield name, _same(entry.vouched_for)


def _accredited(row: AccreditationRow, f: Formats) -> tuple[Sentence, Sentence]:
    whom, level = word(FOR_WHOM, row.audience), word(EDUCATION, row.education_level)
    credits_ = f.credits(row.credits)
    name = Sentence(f"Аккредитовано {whom.ru}, {level.ru}, {credits_}", f"Accredited {whom.en}, {level.en}, {credits_}")
    return name, _same(", ".join(row.specialties))


def _trained(moment: Moment) -> Sentence:
    training = moment.person.qualification()
    parts = []
    if training.audience is not None:
        parts.append(word(PERSON, training.audience))
    if training.specialties:
        parts.append(_same(", ".join(training.specialties)))
    if training.education_level is not None:
        parts.append(word(EDUCATION, training.education_level))
    if not parts:
        return Sentence("ещё ничего не сообщено", "nothing said yet")
    return Sentence(" · ".join(part.ru for part in parts), " · ".join(part.en for part in parts))


def _same(text: str) -> Sentence:
    return Sentence(text, text)
