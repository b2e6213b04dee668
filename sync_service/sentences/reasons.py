"""What every outcome means, to staff: the true cause first, then what happens next (DOMAIN.md, «Refusals»)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.values import Reason
from sync_service.sentences.words import NOTHING, Sentence, day

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


def accreditation_lost(on: date | None = None, *, by_code: bool | None) -> Sentence:
    """That an activity was withdrawn too early for an entry: before its code was entered, or before it was completed.

    `by_code` is None where nobody knows how the entry came about.
    """
    told = day(on) if on else NOTHING
    ru, en = (f" {told.ru},", f" on {told.en},") if on else NOTHING
    if by_code:
        return Sentence(
            f"Мероприятие лишилось аккредитации{ru} раньше, чем ввели код.",
            f"The event lost its accreditation{en} before the code was entered.",
        )
    when = Sentence("завершения", "it was completed")
    if by_code is None:
        when = Sentence("ввода кода или завершения", "its code was entered or it was completed")
    return Sentence(
        f"Активность лишилась аккредитации{ru} раньше {when.ru}.",
        f"The activity lost its accreditation{en} before {when.en}.",
    )


REASONS: Mapping[Reason, Sentence] = {
    Reason.ACCEPTED: Sentence("Код принят.", "The code is accepted."),
    Reason.CODE_MALFORMED: Sentence("Это не код.", "It is no code."),
    Reason.CODE_ALREADY_YOURS: Sentence(
        "Код уже у этого человека: второго балла нет.",
        "This person has the code already: no second credit.",
    ),
    Reason.CODE_TAKEN: Sentence(
        "Код занят: раньше его ввёл другой человек.",
        "The code is taken: another person entered it before.",
    ),
    Reason.CODE_REVOKED: Sentence(
        "Организатор отозвал код раньше, чем его ввели.",
        "The provider revoked the code before it was entered.",
    ),
    Reason.CODE_UNKNOWN: Sentence(
        "Такого кода никто не выдавал. Если его внесут позже, служба примет его сама.",
        "Nobody issued this code. If it is issued later, it will be accepted by itself.",
    ),
    Reason.ACTIVITY_WITHDRAWN: accreditation_lost(by_code=True),
    Reason.ALREADY_LINKED: Sentence(
        "Один из кабинетов уже связан с другим.",
        "One of the accounts is already linked to another.",
    ),
    Reason.ACCOUNT_CLOSED: Sentence(
        "Один из кабинетов закрыт: связать нельзя, пока его не откроют.",
        "One of the accounts is closed: it must be reopened to be linked.",
    ),
    Reason.IDENTITY_MISMATCH: Sentence(
        "СНИЛС в кабинетах разный. Решают двое сотрудников.",
        "The СНИЛС differ. Two members of staff decide.",
    ),
    Reason.DECLINED: Sentence("Человек отказался на sovetnmo.", "The person declined at sovetnmo."),
    Reason.UNDONE: Sentence(
        "Связь была ошибочной: её отменили двое сотрудников.",
        "The link was wrong: two members of staff undid it.",
    ),
    Reason.ACCOUNT_ERASED: Sentence(
        "Данные человека, чей это кабинет, стёрты: связать его нельзя.",
        "The person whose account it was has been erased: it cannot be linked.",
    ),
}
