"""Sentences on parked messages and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import dead_letter as facts
from sync_service.sentences.words import Sentence, because

if TYPE_CHECKING:
    from sync_service.sentences.words import Sentences


def _parked(fact: facts.Parked) -> Sentence:
    count = len(fact.reasons)
    return Sentence(
        f"Служба отложила сообщение: применить его нельзя, причин {count}. Решает сотрудник.",
        f"The service parked a message that cannot be applied; reasons: {count}. A member of staff decides.",
    )


def _retried(fact: facts.Retried) -> Sentence:
    told = Sentence(
        "Отложенное сообщение повторили, и служба его приняла.", "The parked message was retried and taken."
    )
    return told + because(fact.reason)


def _retried_edited(fact: facts.RetriedEdited) -> Sentence:
    told = Sentence(
        "Отложенное сообщение исправили и повторили, и служба его приняла.",
        "The parked message was edited, retried and taken.",
    )
    return told + because(fact.reason)


def _discarded(fact: facts.Discarded) -> Sentence:
    if fact.reason == facts.ERASED_REASON:
        return Sentence(
            "Отложенное сообщение снято: оно называло человека, чьи данные стёрты.",
            "The parked message is set aside: it named somebody who was erased.",
        )
    told = Sentence(
        "Сотрудник решил не применять отложенное сообщение.", "A member of staff decided not to apply the message."
    )
    return told + because(fact.reason)


def _superseded(_: facts.Superseded) -> Sentence:
    return Sentence(
        "Отложенное сообщение заменено: отправитель прислал исправленное под тем же номером.",
        "The parked message is superseded: its sender sent a corrected one under the same id.",
    )


SENTENCES: Sentences = {
    facts.Parked: _parked,
    facts.Retried: _retried,
    facts.RetriedEdited: _retried_edited,
    facts.Discarded: _discarded,
    facts.Superseded: _superseded,
}
