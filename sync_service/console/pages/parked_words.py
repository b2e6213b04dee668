"""The words for parked messages: what kind of message, from whom, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.dead_letter import LetterState
from sync_service.messages.reason_kinds import OTHER, words_of
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.questions.letters import Letter

TYPES: Mapping[str, Sentence] = {
    "account.registered": Sentence("Регистрация кабинета", "Account registered"),
    "account.changed": Sentence("Смена данных кабинета", "Account changed"),
    "account.closed": Sentence("Закрытие кабинета", "Account closed"),
    "account.reopened": Sentence("Повторное открытие кабинета", "Account reopened"),
    "cycle.opened": Sentence("Начало цикла", "Cycle opened"),
    "code.activated": Sentence("Ввод кода", "Code activated"),
    "module.completed": Sentence("Завершение модуля", "Module completed"),
    "programme.completed": Sentence("Завершение программы", "Programme completed"),
    "link.requested": Sentence("Запрос связи", "Link requested"),
    "link.confirmed": Sentence("Подтверждение связи", "Link confirmed"),
    "link.declined": Sentence("Отказ от связи", "Link declined"),
    "activity.reversed": Sentence("Отмена записи", "Entry reversed"),
    "replica.applied": Sentence("Копия показана", "Replica applied"),
    "replica.refused": Sentence("Копия отклонена", "Replica refused"),
    "activity.published": Sentence("Описание активности", "Activity described"),
    "activity.withdrawn": Sentence("Снятие аккредитации", "Accreditation withdrawn"),
    "codes.issued": Sentence("Выдача кодов", "Codes issued"),
    "codes.revoked": Sentence("Отзыв кодов", "Codes revoked"),
}
UNKNOWN_TYPE = Sentence("Сообщение неизвестного вида", "A message of no known kind")
UNKNOWN_SOURCE = Sentence("отправитель не назван", "no sender named")
SOURCES: Mapping[str, Sentence] = {
    "/portals/sovetnmo": Sentence("sovetnmo", "sovetnmo"),
    "/portals/edu": Sentence("edu", "edu"),
    "/catalogue": Sentence("каталог", "catalogue"),
    "/support": Sentence("поддержка", "support"),
}
PORTALS: Mapping[str, str] = {"/portals/sovetnmo": "sovetnmo", "/portals/edu": "edu"}
STATES: Mapping[LetterState, tuple[str, Sentence]] = {
    LetterState.PARKED: ("wait", Sentence("отложено", "parked")),
    LetterState.RETRIED: ("ok", Sentence("принято", "taken")),
    LetterState.DISCARDED: ("off", Sentence("не применяем", "discarded")),
    LetterState.SUPERSEDED: ("off", Sentence("заменено исправленным", "superseded by a corrected one")),
}


def type_word(letter: Letter) -> Sentence:
    """What kind of message it is."""
    name = (letter.message_type or "").removeprefix("ru.nmo.").removesuffix(".v1")
    return TYPES.get(name, UNKNOWN_TYPE)


def source_word(letter: Letter) -> Sentence:
    """Who sent it."""
    return SOURCES.get(letter.source or "", UNKNOWN_SOURCE)


def portal_of(letter: Letter) -> str:
    """The portal that sent it, empty for anybody else."""
    return PORTALS.get(letter.source or "", "")


def cause_words(letter: Letter) -> list[Sentence]:
    """Why it was parked, without what is particular to this one message."""
    words = [Sentence(*words_of(each)) for each in letter.classes if each != OTHER]
    named = [Sentence(_bare(each.ru), _bare(each.en)) for each in words]
    return named or [Sentence(*words_of(OTHER))]


def _bare(words: str) -> str:
    """A cause without what every one begins with."""
    return words.removeprefix("data.").removeprefix("message: ")
