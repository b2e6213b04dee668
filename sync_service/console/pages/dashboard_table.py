"""The columns of the charts' numbers: those in which there is a number, under what they are numbers of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from sync_service.console.pages.dashboard_words import SOURCES
from sync_service.operations.problems_of_counts import REASONS
from sync_service.sentences.words import Sentence, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.operations.series import Series


class Column(msgspec.Struct, frozen=True):
    """One column: a count for each step."""

    title: Sentence
    counts: Sequence[int]


class Group(msgspec.Struct, frozen=True):
    """Columns under one heading; without words of their own if the heading says everything."""

    title: Sentence
    columns: tuple[Column, ...]
    is_single: bool = False


def groups_of(series: Series) -> list[Group]:
    """The groups that have any number but zero."""
    parked = Sentence("Отложено", "Parked")
    groups = [
        _group(Sentence("Пришло сообщений", "Messages received"), SOURCES, series.inflow),
        _group(Sentence("Показано копий", "Replicas shown"), SOURCES, series.replicas_applied),
        Group(parked, (Column(parked, series.parked),) if any(series.parked) else (), is_single=True),
        _group(Sentence("Отказано", "Refused"), REASONS, series.refusals),
    ]
    return [group for group in groups if group.columns]


def _group(title: Sentence, words: Mapping[str, Sentence], counts: Mapping[str, Sequence[int]]) -> Group:
    return Group(title, tuple(Column(word(words, name), found) for name, found in counts.items() if any(found)))
