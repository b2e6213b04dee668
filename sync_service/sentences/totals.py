"""Sentences on what was reached: totals by kind, against what a policy asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.sentences.words import Sentence, amount, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from msgspec import Struct

TOTALS: Mapping[str, Sentence] = {
    "events": Sentence("Мероприятия, баллы", "Events, credits"),
    "modules": Sentence("Модули, баллы", "Modules, credits"),
    "programme_hours": Sentence("Программы, часы", "Programmes, hours"),
    "distance_hours": Sentence("из них дистанционно, часы", "of them at a distance, hours"),
    "activity": Sentence("Мероприятия и модули вместе", "Events and modules together"),
    "credits": Sentence("Всего", "Altogether"),
}
"""What a total is of, by its field."""


def credited(value: float) -> Sentence:
    """So many credits."""
    return amount(value, Sentence("балл", "credit"), "балла", "баллов", "балла")


def reached(totals: Struct, targets: Struct | None = None, remaining: Struct | None = None) -> Sentence:
    """Every total, with its target and what remains where a target is known."""
    parts = []
    for name in totals.__struct_fields__:
        what, done = TOTALS[name], number(getattr(totals, name))
        target = getattr(targets, name, None)
        if target is None:
            parts.append(Sentence(f"{what.ru}: {done.ru}", f"{what.en}: {done.en}"))
        else:
            asked, rest = number(target), number(getattr(remaining, name))
            parts.append(
                Sentence(
                    f"{what.ru}: {done.ru} из {asked.ru}, осталось {rest.ru}",
                    f"{what.en}: {done.en} of {asked.en}, {rest.en} to go",
                )
            )
    return Sentence(_told([part.ru for part in parts]), _told([part.en for part in parts]))


def _told(parts: list[str]) -> str:
    """One sentence of several parts; only the first keeps its capital."""
    return "; ".join([parts[0], *(part[0].lower() + part[1:] for part in parts[1:])]) + "."
