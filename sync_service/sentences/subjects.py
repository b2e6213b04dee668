"""How an activity key, a code and a portal's message are named to people."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sync_service.aggregates.values import CODE_LENGTH, ERASED, printed_code
from sync_service.sentences.words import Sentence, day

if TYPE_CHECKING:
    from collections.abc import Mapping

MESSAGES: Mapping[str, Sentence] = {
    "ru.nmo.account.registered.v1": Sentence("регистрацию кабинета", "the registration of an account"),
    "ru.nmo.account.changed.v1": Sentence("изменение в кабинете", "a change of an account"),
    "ru.nmo.account.closed.v1": Sentence("закрытие кабинета", "the closing of an account"),
    "ru.nmo.account.reopened.v1": Sentence("открытие кабинета", "the reopening of an account"),
    "ru.nmo.cycle.opened.v1": Sentence("открытие цикла", "the opening of a cycle"),
    "ru.nmo.code.activated.v1": Sentence("ввод кода", "the entering of a code"),
    "ru.nmo.module.completed.v1": Sentence("завершение модуля", "the completion of a module"),
    "ru.nmo.programme.completed.v1": Sentence("завершение программы", "the completion of a programme"),
    "ru.nmo.link.requested.v1": Sentence("запрос связи", "a request to link"),
    "ru.nmo.link.confirmed.v1": Sentence("подтверждение связи", "a confirmation of a link"),
    "ru.nmo.link.declined.v1": Sentence("отказ от связи", "a decline of a link"),
    "ru.nmo.activity.reversed.v1": Sentence("отмену записи", "a reversal"),
    "ru.nmo.replica.applied.v1": Sentence("ответ о показанной копии", "the answer that a replica is shown"),
    "ru.nmo.replica.refused.v1": Sentence("ответ об отклонённой копии", "the answer that a replica is refused"),
}
"""What a portal sent, by the message's type; the Russian is the object of «прислал»."""

_NAMES = {"module": Sentence("модуль", "module"), "programme": Sentence("программа", "programme")}


def code_name(code: str) -> Sentence:
    """A confirmation code as its certificate prints it, in full: support staff compare it with the certificate."""
    if code.startswith(ERASED):
        return Sentence("код, владелец которого стёрт", "code of somebody who was erased")
    printed = printed_code(code)
    return Sentence(f"код {printed}", f"code {printed}")


def record_name(key: str) -> Sentence:
    """What an activity key stands for; a key of no known form stands for itself, as portals may send any."""
    kind, _, rest = key.partition(":")
    if kind == "code" and (len(rest) == CODE_LENGTH or rest.startswith(ERASED)):
        return code_name(rest)
    name, _, completed_on = rest.rpartition(":")
    try:
        on = day(date.fromisoformat(completed_on))
    except ValueError:
        return Sentence(f"запись {key}", f"record {key}")
    if kind not in _NAMES or not name:
        return Sentence(f"запись {key}", f"record {key}")
    return Sentence(f"{_NAMES[kind].ru} {name} от {on.ru}", f"{_NAMES[kind].en} {name} of {on.en}")
