"""Sentences on whether an entry counts and why not, for every value of `counts` (DOMAIN.md, «Refusals»)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync_service.aggregates.judging import Counts
from sync_service.aggregates.values import PORTALS, Portal
from sync_service.sentences.reasons import accreditation_lost
from sync_service.sentences.subjects import record_name
from sync_service.sentences.words import FOR_WHOM, NOTHING, Sentence, at_portal, because, day, listed, quoted, word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

COUNTED_ELSEWHERE = "counted_elsewhere"
"""Of a report on one cycle only: the entry counts, but in other cycles of the person."""

COUNTS: Mapping[str, Sentence] = {
    Counts.COUNTED: Sentence("засчитано", "counted"),
    Counts.SPECIALTY_NOT_COVERED: Sentence("не та специальность", "other specialty"),
    Counts.AUDIENCE_NOT_COVERED: Sentence("не та аудитория", "other audience"),
    Counts.OUTSIDE_CYCLE: Sentence("вне цикла", "outside the cycle"),
    Counts.FOREIGN: Sentence("зарубежное", "foreign"),
    Counts.CATALOGUE_PENDING: Sentence("ждёт каталога", "waits for the catalogue"),
    Counts.REGISTRATION_PENDING: Sentence("ждёт данных кабинета", "waits for the account's data"),
    Counts.DUPLICATE_OF: Sentence("дубль", "duplicate"),
    Counts.CODE_REVOKED: Sentence("код отозван", "code revoked"),
    Counts.ACTIVITY_WITHDRAWN: Sentence("снята аккредитация", "accreditation withdrawn"),
    Counts.REVERSED: Sentence("отменено", "reversed"),
    COUNTED_ELSEWHERE: Sentence("другой цикл", "another cycle"),
}
"""Every verdict in two or three words, as a table has it."""


class Verdict(NamedTuple):
    """What is known of a verdict on an entry; a sentence leaves out what is not.

    `specialties` are the person's, `cycles` the names of those that count it, `period` the dates of the cycle that is
    asked about; the `…_on` dates are those that the portal or the catalogue wrote. `by_code` tells an entered code
    from a completion, None where that is not known.
    """

    counts: str
    origin: str
    completed_on: date
    specialties: tuple[str, ...] = ()
    audience: str | None = None
    period: tuple[date, date] | None = None
    cycles: tuple[str, ...] = ()
    duplicate_of: str | None = None
    code_revoked_on: date | None = None
    withdrawn_on: date | None = None
    reversed_by: str | None = None
    reversed_on: date | None = None
    reversed_for: str | None = None
    by_code: bool | None = None


def why(verdict: Verdict) -> Sentence:
    """Why it counts or does not, in a sentence or two; a value that nobody knows stands for itself.

    It may be empty where the short word of `COUNTS` says all that is known.
    """
    tell = _SENTENCES.get(verdict.counts)
    return tell(verdict) if tell else Sentence(verdict.counts, verdict.counts)


def _counted(verdict: Verdict) -> Sentence:
    place = at_portal(Portal(verdict.origin)) if verdict.origin in PORTALS else word({}, verdict.origin)
    told = Sentence(f"Записано {place.ru}.", f"Recorded {place.en}.")
    return told + Sentence("Специальность в аккредитации есть.", "The specialty is covered.")


def _specialty(verdict: Verdict) -> Sentence:
    told = Sentence("Аккредитовано для других специальностей", "Accredited for other specialties")
    if not verdict.specialties:
        return Sentence(f"{told.ru}.", f"{told.en}.")
    names = listed(quoted(name) for name in verdict.specialties)
    which = "специальности" if len(verdict.specialties) == 1 else "специальностей"
    return Sentence(f"{told.ru}; {which} {names.ru} среди них нет.", f"{told.en}; not among them: {names.en}.")


def _audience(verdict: Verdict) -> Sentence:
    if verdict.audience is None:
        return Sentence("Аккредитовано для другой аудитории.", "Accredited for another audience.")
    whom = word(FOR_WHOM, verdict.audience)
    return Sentence(f"Аккредитовано не {whom.ru}.", f"Not accredited {whom.en}.")


def _outside(verdict: Verdict) -> Sentence:
    if verdict.period is not None and verdict.completed_on < verdict.period[0]:
        starts = day(verdict.period[0])
        return Sentence(
            f"Цикл начался {starts.ru}, позже этой даты.", f"The cycle began on {starts.en}, after this date."
        )
    if verdict.period is not None and verdict.completed_on > verdict.period[1]:
        ends = day(verdict.period[1])
        return Sentence(
            f"Цикл закончился {ends.ru}, раньше этой даты.", f"The cycle ended on {ends.en}, before this date."
        )
    return Sentence(
        "Дата не попадает в цикл той специальности, для которой аккредитовано.",
        "The date lies outside the cycle of the specialty that is covered.",
    )


def _foreign(_: Verdict) -> Sentence:
    return Sentence("Баллы других стран в план не идут.", "Credits of other countries do not count.")


def _catalogue(_: Verdict) -> Sentence:
    return Sentence(
        "Засчитается само, когда организатор пришлёт описание.",
        "Will count by itself once the provider describes it.",
    )


def _registration(_: Verdict) -> Sentence:
    return Sentence(
        "Портал ещё не сообщил специальность. Засчитается само.",
        "The portal has not named a specialty yet. Will count by itself.",
    )


def _duplicate(verdict: Verdict) -> Sentence:
    first = record_name(verdict.duplicate_of) if verdict.duplicate_of else Sentence("это же", "the same")
    return Sentence(
        f"Уже записано: {first.ru}. Баллы даются один раз.", f"Recorded already: {first.en}. Credited once."
    )


def _code_revoked(verdict: Verdict) -> Sentence:
    on = _on(verdict.code_revoked_on)
    return Sentence(
        f"Организатор отозвал код{on.ru} раньше, чем его ввели.",
        f"The provider revoked the code{on.en} before it was entered.",
    )


def _withdrawn(verdict: Verdict) -> Sentence:
    return accreditation_lost(verdict.withdrawn_on, by_code=verdict.by_code)


def _reversed(verdict: Verdict) -> Sentence:
    reason = because(verdict.reversed_for)
    if verdict.reversed_on is None or verdict.reversed_by is None:
        return reason
    on = day(verdict.reversed_on)
    told = Sentence(
        f"Портал {verdict.reversed_by} отменил запись {on.ru}.", f"{verdict.reversed_by} reversed it on {on.en}."
    )
    return told + reason


def _elsewhere(verdict: Verdict) -> Sentence:
    names = ", ".join(verdict.cycles)
    return Sentence(f"Засчитано в другом цикле: {names}.", f"Counted in another cycle: {names}.")


def _on(moment: date | None) -> Sentence:
    """The day of a revocation within a sentence; nothing if it is not known."""
    if moment is None:
        return NOTHING
    on = day(moment)
    return Sentence(f" {on.ru},", f" on {on.en},")


_SENTENCES: Mapping[str, Callable[[Verdict], Sentence]] = {
    Counts.COUNTED: _counted,
    Counts.SPECIALTY_NOT_COVERED: _specialty,
    Counts.AUDIENCE_NOT_COVERED: _audience,
    Counts.OUTSIDE_CYCLE: _outside,
    Counts.FOREIGN: _foreign,
    Counts.CATALOGUE_PENDING: _catalogue,
    Counts.REGISTRATION_PENDING: _registration,
    Counts.DUPLICATE_OF: _duplicate,
    Counts.CODE_REVOKED: _code_revoked,
    Counts.ACTIVITY_WITHDRAWN: _withdrawn,
    Counts.REVERSED: _reversed,
    COUNTED_ELSEWHERE: _elsewhere,
}
