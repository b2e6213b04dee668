"""Sentences on policies: what was adopted, and what a code at a portal of the wrong time means."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sync_service.aggregates import policy as facts
from sync_service.sentences.words import NOTHING, Sentence, at_portal, day, hours, listed, number, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.sentences.words import Sentences

WRONG_PORTAL = Sentence(
    "По правилам того дня коды вводили на другом портале; балл остаётся.",
    "By the rules of that day codes were entered at the other portal; the credit stays.",
)
_TARGETS = {
    "events": Sentence("мероприятия", "events"),
    "modules": Sentence("модули", "modules"),
    "activity": Sentence("мероприятия и модули вместе", "events and modules together"),
    "credits": Sentence("всё вместе", "everything together"),
}
_HOURS = {
    "programme_hours": Sentence("программы", "programmes"),
    "distance_hours": Sentence("из них дистанционно", "of them at a distance"),
}


def _adopted(fact: facts.PolicyAdopted) -> Sentence:
    title, period = (
        Sentence(quoted(fact.title_ru).ru, quoted(fact.title_en).en),
        _days(fact.valid_from, fact.valid_until),
    )
    told = Sentence(
        f"Принята политика {fact.policy} {title.ru} для циклов, начатых {period.ru}.",
        f"The policy {fact.policy} {title.en} was adopted for cycles that begin {period.en}.",
    )
    asked = listed(_asked(fact))
    told += Sentence(f"Она требует: {asked.ru}.", f"It asks for: {asked.en}.")
    if fact.is_default:
        told += Sentence(
            "По ней идут и циклы, где политика не названа.", "Cycles that name no policy go by it as well."
        )
    return told


def _code_portals(fact: facts.CodePortalsAdopted) -> Sentence:
    told = Sentence("Принято, где и когда вводят коды.", "It was adopted where codes are entered, and when.")
    for period in fact.periods:
        days, where = _days(period.valid_from, period.valid_until), listed(map(at_portal, period.portals))
        told += Sentence(f"Коды вводят {days.ru} {where.ru}.", f"Codes are entered {days.en} {where.en}.")
    return told + Sentence("В остальные дни верны оба портала.", "On all other days either portal is right.")


def _asked(fact: facts.PolicyAdopted) -> Iterator[Sentence]:
    parts = (fact.targets, fact.altogether) if fact.altogether else (fact.targets,)
    for part in parts:
        for name in part.__struct_fields__:
            target = getattr(part, name)
            if target is not None:
                amount = hours(target) if name in _HOURS else number(target)
                what = (_HOURS | _TARGETS)[name]
                yield Sentence(f"{what.ru} {amount.ru}", f"{what.en} {amount.en}")


def _days(first: date, last: date | None) -> Sentence:
    begins, ends = day(first), day(last) if last else NOTHING
    since = Sentence(f"с {begins.ru}", f"from {begins.en}") if first != date.min else NOTHING
    until = Sentence(f"по {ends.ru}", f"to {ends.en}") if last else NOTHING
    return since + until if since != NOTHING or until != NOTHING else Sentence("когда угодно", "at any time")


SENTENCES: Sentences = {facts.PolicyAdopted: _adopted, facts.CodePortalsAdopted: _code_portals}
