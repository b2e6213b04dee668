"""All problems of a standing, the one that most people wait for first, and the line that stands above them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sync_service.operations.problem import Problem, Severity
from sync_service.operations.problems_of_counts import of_mail, of_parked, of_portals, of_refusals, of_sum
from sync_service.operations.problems_of_parts import of_hindrances, of_parts
from sync_service.operations.problems_of_readers import of_readers, of_sources
from sync_service.sentences.lengths import FAULTS, PEOPLE, counted, counted_en, lasting, waits
from sync_service.sentences.words import NOTHING, Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from sync_service.operations.standing import Standing

__all__ = ["Problem", "Severity", "headline", "problems", "waiting_line"]

MOSCOW: Final = ZoneInfo("Europe/Moscow")
_WORST_FIRST: Final = tuple(Severity)
_COUNT_WORDS: Final = {1: "Одна", 2: "Две", 3: "Три", 4: "Четыре", 5: "Пять"}
_COUNT_WORDS_EN: Final = {1: "One", 2: "Two", 3: "Three", 4: "Four", 5: "Five"}


def problems(standing: Standing, zone: tzinfo = MOSCOW) -> list[Problem]:
    """Everything that is not as it should be; `zone` is the one that times of day are told in."""
    found = [
        *of_sum(standing),
        *of_parts(standing, zone),
        *of_hindrances(standing, zone),
        *of_readers(standing, zone),
        *of_sources(standing),
        *of_portals(standing),
        *of_parked(standing.parked),
        *of_refusals(standing.refusals),
        *of_mail(standing, zone),
    ]
    return sorted(found, key=lambda one: (-(one.people or 0), _WORST_FIRST.index(one.severity)))


def headline(found: Sequence[Problem], standing: Standing) -> Sentence:
    """How many problems there are, or that all is well and what waits longest; notes are no problems."""
    count = sum(one.severity is not Severity.NOTE for one in found)
    if count:
        ru = counted(count, FAULTS).partition(" ")
        word = _COUNT_WORDS_EN.get(count, str(count))
        return Sentence(f"{_COUNT_WORDS.get(count, ru[0])} {ru[2]}", f"{word} problem{'' if count == 1 else 's'}")
    well = Sentence("Всё в порядке.", "All is well.")
    longest = min(
        (one for one in standing.replicas if one.oldest_since), key=lambda one: str(one.oldest_since), default=None
    )
    if longest is None or longest.oldest_since is None:
        return well
    lag = lasting((standing.taken_at - longest.oldest_since).total_seconds())
    place = "на sovetnmo" if longest.portal == "sovetnmo" else f"в {longest.portal}"
    return well + Sentence(
        f"Дольше всех ждёт копия {place}: {lag.ru}.", f"The longest wait: a replica to {longest.portal}, {lag.en}."
    )


def waiting_line(found: Sequence[Problem], standing: Standing) -> Sentence:
    """How many people wait for their replicas and for how long; nothing if nobody does, or nothing is wrong."""
    since = min((one.oldest_since for one in standing.replicas if one.oldest_since), default=None)
    people = standing.people_waiting
    if not people or since is None or not any(one.severity is not Severity.NOTE for one in found):
        return NOTHING
    lag = lasting((standing.taken_at - since).total_seconds())
    return Sentence(
        f"{waits(people).capitalize()} {counted(people, PEOPLE)}, дольше всех {lag.ru}",
        f"{counted_en(people, 'person waits', 'people wait')}, the longest for {lag.en}",
    )
