"""Sentences on people who were erased: what happened, and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import erased_facts as facts
from sync_service.sentences.subjects import MESSAGES
from sync_service.sentences.words import Sentence, because, codes, word

if TYPE_CHECKING:
    from sync_service.sentences.words import Sentences


def _erased(fact: facts.SpecialistErased) -> Sentence:
    kept = codes(fact.codes)
    told = Sentence(
        f"Данные человека стёрты. Переписано событий: {fact.events}, стёрто отложенных сообщений: {fact.letters}."
        f" Занятыми и ничьими остаются: {kept.ru}.",
        f"The person's data were erased. Events rewritten: {fact.events}, parked messages erased: {fact.letters}."
        f" What stays taken, by nobody known: {kept.en}.",
    )
    stop = "" if fact.approved_by.endswith("…") else "."
    signed = Sentence(
        f"Запросил: {fact.proposed_by}; утвердил: {fact.approved_by}{stop}",
        f"Asked for by {fact.proposed_by}, approved by {fact.approved_by}{stop}",
    )
    return told + because(fact.reason) + signed


def _partner_erased(_: facts.PartnerErased) -> Sentence:
    return Sentence(
        "Данные человека, чей кабинет здесь упоминался, стёрты: он больше не назван.",
        "Somebody whose account was named here was erased, and is named no more.",
    )


def _refused(fact: facts.MessageRefusedAsErased) -> Sentence:
    sent = word(MESSAGES, fact.message_type)
    return Sentence(
        f"Портал {fact.portal} прислал {sent.ru}. Отказано: данные этого человека стёрты; из сообщения ничего не"
        " сохранено.",
        f"The portal {fact.portal} sent {sent.en}. It was refused, for the person was erased; nothing of the message"
        " is kept.",
    )


def _holder_erased(fact: facts.HolderErased) -> Sentence:
    if fact.code is None:
        return Sentence("Данные того, кто пробовал этот код, стёрты.", "Somebody who had tried this code was erased.")
    return Sentence(
        "Данные владельца этого кода стёрты. Код остаётся занятым.",
        "The holder of this code was erased. The code stays taken.",
    )


def _letter_erased(_: facts.LetterErased) -> Sentence:
    return Sentence(
        "Содержание отложенного сообщения стёрто: оно называло человека, чьи данные стёрты.",
        "The content of the parked message was erased: it named somebody who was erased.",
    )


def _proposals_over(_: facts.PersonErased) -> Sentence:
    return Sentence(
        "Предложения о человеке, чьи данные стёрты, закончены.", "The proposals about somebody who was erased are over."
    )


SENTENCES: Sentences = {
    facts.SpecialistErased: _erased,
    facts.PartnerErased: _partner_erased,
    facts.MessageRefusedAsErased: _refused,
    facts.HolderErased: _holder_erased,
    facts.LetterErased: _letter_erased,
    facts.PersonErased: _proposals_over,
}
