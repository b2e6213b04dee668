"""The words for parked messages: what kind of message, from whom, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.dead_letter import LetterState
from sync_service.messages.reason_kinds import OTHER, words_of
from sync_service.messages.reason_words import SENDERS
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sync_service.projections.view_store import ViewStore
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
SOURCES: Mapping[str, Sentence] = {source: Sentence(*words) for source, words in SENDERS.items()}
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


def person_of(views: ViewStore, letter: Letter) -> UUID | None:
    """Whose account it is about, None if the directory does not know the account."""
    portal = portal_of(letter)
    if not portal or not letter.account_id:
        return None
    rows = views.find("directory", "accounts", portal=portal, account_id=letter.account_id)
    return rows[0]["owner"] if rows else None


def cause_words(letter: Letter) -> list[Sentence]:
    """Why it was parked, without what is particular to this one message."""
    words = [Sentence(*words_of(each)) for each in letter.classes if each != OTHER]
    return words or [Sentence(*words_of(OTHER))]
