"""The words of a code's page: the verdict, why each attempt ended as it did, and what may be said to the user."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.judging import Counts
from sync_service.aggregates.values import Reason
from sync_service.notices.notice import NoticeState
from sync_service.reports.wording import readable
from sync_service.sentences.counting import COUNTS
from sync_service.sentences.reasons import REASONS, accreditation_lost
from sync_service.sentences.totals import credited
from sync_service.sentences.words import (
    NOTHING,
    Sentence,
    account_name,
    at_portal,
    day,
    form,
    quoted,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sync_service.aggregates.values import Account
    from sync_service.questions.codes import CodeTrace, TracedAttempt

ACCOUNTS_NAMED_MAX = 2
ACCOUNT_CHARACTERS_MAX = 60

REFUSAL_ANSWER = (
    "Здравствуйте! Код не был активирован. Возможно, код неверен или уже был активирован ранее.",
    (
        "Сверьте код со свидетельством: в нём 12 букв и цифр, буквы «О» не бывает, только ноль. Если код набран верно,"
        " напишите нам название, дату и место мероприятия, сам код и приложите фото свидетельства."
    ),
)
"""The same for every refusal: it tells nobody that a code exists, nor whose it is (DOMAIN.md, «Refusals»)."""

SHORT: Mapping[Reason, tuple[str, Sentence]] = {
    Reason.ACCEPTED: ("ok", Sentence("принят", "accepted")),
    Reason.CODE_ALREADY_YOURS: ("off", Sentence("уже у этого человека", "this person's already")),
    Reason.CODE_TAKEN: ("bad", Sentence("занят другим", "taken by another")),
    Reason.CODE_REVOKED: ("bad", Sentence("отозван", "revoked")),
    Reason.CODE_UNKNOWN: ("wait", Sentence("никто не выдавал", "issued by nobody")),
    Reason.ACTIVITY_WITHDRAWN: ("bad", Sentence("снята аккредитация", "accreditation withdrawn")),
}
"""Every outcome as a chip has it."""

NOTICES: Mapping[NoticeState, Sentence] = {
    NoticeState.PLANNED: Sentence("письмо о балле ждёт отправки", "the mail about the credit waits to be sent"),
    NoticeState.SENDING: Sentence("письмо о балле отправляется", "the mail about the credit is being sent"),
    NoticeState.SENT: Sentence("письмо о балле отправлено", "the mail about the credit was sent"),
    NoticeState.PARKED: Sentence("письмо о балле ждёт решения сотрудника", "the mail about the credit waits for staff"),
    NoticeState.SKIPPED: Sentence("письма о балле не было и не будет", "there is no mail about the credit"),
}


class Verdict(msgspec.Struct, frozen=True):
    """The state of a code in one sentence, and what follows from it."""

    kind: str
    sentence: Sentence
    more: Sentence


_TAKEN_BY_NOBODY = Sentence(
    "Код занят. Данные того, кто его ввёл, стёрты: чей он был, больше не известно.",
    "The code is taken. Whoever had entered it was erased: whose it was is no longer known.",
)


def verdict_of(trace: CodeTrace) -> Verdict:
    """The answer first."""
    if trace.owner is not None:
        return _owned(trace, trace.owner)
    if trace.revoked_at is not None:
        on = day(trace.revoked_at)
        told = Sentence(f"Организатор отозвал код {on.ru}.", f"The provider revoked the code on {on.en}.")
        return Verdict("bad", told + _refused(trace.attempts), _REVOKED)
    if trace.activity_id is None:
        return Verdict("wait", _NOBODY_ISSUED + _refused(trace.attempts), _LATER)
    if not trace.attempts:
        return Verdict("ok", _UNTOUCHED, NOTHING)
    return Verdict("bad", reason_of(trace, trace.attempts[-1]) + _refused(trace.attempts), NOTHING)


def _owned(trace: CodeTrace, owner: Account) -> Verdict:
    if owner.is_erased:
        return Verdict("bad", _TAKEN_BY_NOBODY, NOTHING)
    taken = [attempt for attempt in trace.attempts if attempt.outcome is Reason.CODE_TAKEN]
    worth = _worth(trace)
    if trace.moved_at is not None:
        return Verdict("ok", _moved(trace, trace.moved_at, owner), worth)
    if trace.revoked_at is not None and trace.credit is not None and trace.credit.counts == Counts.CODE_REVOKED:
        return Verdict("bad", _revoked_later(trace.revoked_at) + _refused(taken), _REVOKED)
    if taken:
        return Verdict("bad", _taken(trace, owner) + _refused(taken), worth + _REAL)
    counts = trace.credit is None or trace.credit.counts == Counts.COUNTED
    return Verdict("ok" if counts else "wait", _accepted(trace, owner), worth)


def reason_of(trace: CodeTrace, attempt: TracedAttempt) -> Sentence:
    """Why an attempt ended so, to staff: the true cause."""
    if attempt.outcome is Reason.CODE_TAKEN and trace.owner is not None:
        return _taken(trace, trace.owner)
    if attempt.outcome is Reason.CODE_REVOKED and trace.revoked_at is not None:
        on = day(trace.revoked_at)
        return Sentence(
            f"Организатор отозвал код {on.ru}, раньше, чем его ввели.",
            f"The provider revoked the code on {on.en}, before it was entered.",
        )
    if attempt.outcome is Reason.ACTIVITY_WITHDRAWN and trace.withdrawn_at is not None:
        return accreditation_lost(trace.withdrawn_at, by_code=attempt.at is not None)
    return REASONS[attempt.outcome]


def told_of(attempt: TracedAttempt, *, is_sent: bool) -> Sentence:
    """What the portal was answered; `is_sent` tells whether the publisher has come so far."""
    if attempt.at is None:
        return _NOT_TOLD
    if not is_sent:
        return Sentence(
            "Порталу ещё не отвечено: ответ ждёт отправки.", "The portal has no answer yet: it waits to be sent."
        )
    if attempt.outcome is Reason.ACCEPTED:
        return Sentence("Порталу отвечено: код принят.", "The portal was answered: accepted.")
    if attempt.outcome is Reason.CODE_ALREADY_YOURS:
        return Sentence(
            "Порталу отвечено: принят раньше, это повтор.", "The portal was answered: accepted before, a repeat."
        )
    return Sentence("Портал получил отказ с этой причиной.", "The portal was answered: refused, for this reason.")


def first_outcome(attempt: TracedAttempt) -> Sentence:
    """What it was judged at first, if it was judged again; nothing otherwise."""
    if len(attempt.judged) == 1:
        return NOTHING
    first = SHORT.get(attempt.judged[0].outcome, ("", NOTHING))[1]
    return Sentence(f"Сначала было: {first.ru}. Пересмотрено", f"At first: {first.en}. Judged again on")


def owner_answer(trace: CodeTrace) -> tuple[str, ...]:
    """What may be said to the owner, in Russian; it speaks of nobody else."""
    if trace.owner is None or trace.owner.is_erased:
        return ()
    place = at_portal(trace.owner.portal).ru
    since = trace.taken_by
    on = f" {day(since.day).ru}" if since else ""
    told = f"Здравствуйте! Код активирован{on} в вашем кабинете {place}. Вводить его ещё раз не нужно."
    title = quoted(readable(trace.published.title)).ru if trace.published else "за это мероприятие"
    if trace.credit is None:
        return (told,)
    if trace.credit.counts == Counts.COUNTED:
        return (told, f"Запись {title} стоит в вашем плане обучения.")
    yet = "пока не" if trace.credit.counts in _WAITING else "не"
    why = word(COUNTS, trace.credit.counts).ru
    return (told, f"Запись {title} есть в вашем плане, но {yet} засчитана: {why}.")


def _accepted(trace: CodeTrace, owner: Account) -> Sentence:
    place = at_portal(owner.portal)
    on = _taken_on(trace)
    return Sentence(f"Код принят:{on.ru} его ввели {place.ru}.", f"The code is accepted: entered {place.en}{on.en}.")


def _revoked_later(revoked_at: date) -> Sentence:
    on = day(revoked_at)
    return Sentence(
        f"Код принят, но {on.ru} организатор его отозвал: балл не засчитан.",
        f"The code was accepted, but the provider revoked it on {on.en}: the credit does not count.",
    )


def _moved(trace: CodeTrace, moved_at: date, owner: Account) -> Sentence:
    on, name = day(moved_at), _named(owner)
    told = Sentence(
        f"Код передан {on.ru} в кабинет {name} решением двоих.",
        f"The code was moved on {on.en} to the account {name} by a decision of two people.",
    )
    others = [attempt for attempt in trace.attempts if attempt.specialist_id != trace.owner_id]
    had = [one for one in others if any(judged.outcome is Reason.ACCEPTED for judged in one.judged)]
    if not had:
        return told
    holder = _named(max(had, key=lambda one: one.judged[-1].position).account)  # it may have been moved before
    return told + Sentence(f"У {holder} балл отменён.", f"The credit of {holder} is reversed.")


def _named(account: Account) -> str:
    return readable(account_name(account), ACCOUNT_CHARACTERS_MAX)


def _taken(trace: CodeTrace, owner: Account) -> Sentence:
    if owner.is_erased:
        return _TAKEN_BY_NOBODY
    if trace.moved_at is not None:
        on = day(trace.moved_at)
        return Sentence(
            f"Код занят: {on.ru} его передали законному владельцу.",
            f"The code is taken: on {on.en} it was moved to its rightful owner.",
        )
    place, on = at_portal(owner.portal), _taken_on(trace)
    return Sentence(
        f"Код занят:{on.ru} его ввёл {place.ru} другой человек.",
        f"The code is taken: another person entered it {place.en}{on.en}.",
    )


def _taken_on(trace: CodeTrace) -> Sentence:
    if trace.taken_by is None:
        return NOTHING
    on = day(trace.taken_by.day)
    return Sentence(f" {on.ru}", f" on {on.en}")


def _worth(trace: CodeTrace) -> Sentence:
    """What it is worth to its owner."""
    if trace.credit is None:
        return NOTHING
    if trace.credit.counts == Counts.COUNTED:
        worth = credited(trace.credit.credits)
        return Sentence(f"Владельцу засчитано: {worth.ru}.", f"Counted for its owner: {worth.en}.")
    why = word(COUNTS, trace.credit.counts)
    return Sentence(f"Владельцу не засчитано: {why.ru}.", f"Not counted for its owner: {why.en}.")


def _refused(attempts: Sequence[TracedAttempt]) -> Sentence:
    """To whom it was refused, and how often."""
    refused = Counter(attempt.account for attempt in attempts if attempt.outcome.is_refusal)
    if not refused:
        return NOTHING
    count = sum(refused.values())
    often = _TIMES.get(count) or Sentence(f" {count} {form(count, 'раз', 'раза', 'раз', 'раза')}", f" {count} times")
    if len(refused) > ACCOUNTS_NAMED_MAX:
        whom = Sentence(f", {len(refused)} кабинетам", f"{len(refused)} accounts")
    else:
        names = [_named(account) for account in refused]
        plural = len(names) > 1
        whom = Sentence(
            f" {'кабинетам' if plural else 'кабинету'} {' и '.join(names)}",
            f"{'the accounts' if plural else 'the account'} {' and '.join(names)}",
        )
    return Sentence(f"Отказано{often.ru}{whom.ru}.", f"Refused{often.en}: {whom.en}.")


_WAITING = frozenset({Counts.CATALOGUE_PENDING.value, Counts.REGISTRATION_PENDING.value})
_TIMES: Mapping[int, Sentence] = {1: Sentence("", " once"), 2: Sentence(" дважды", " twice")}
_NOBODY_ISSUED = Sentence("Такого кода никто не выдавал.", "Nobody issued this code.")
_LATER = Sentence(
    "Если его внесут позже, служба примет его сама: первым его получит тот, кто ввёл раньше.",
    "If it is issued later, it will be accepted by itself: it goes to whoever entered it first.",
)
_UNTOUCHED = Sentence("Код выдан, и его ещё никто не вводил.", "The code is issued, and nobody has entered it yet.")
_REVOKED = Sentence(
    "Отзыв не отменяют. Кто считает его неверным, пишет организатору.",
    "A revocation is not undone. Whoever thinks it wrong writes to the provider.",
)
_REAL = Sentence(
    "Код настоящий. Если он принадлежит тому, кому отказано, это решают двое сотрудников по свидетельству.",
    "The code is real. If it belongs to the person it was refused to, two members of staff decide, by the certificate.",
)
_NOT_TOLD = Sentence(
    "Код пришёл с завершённым модулем: модуль записан и без него, о самом коде портал не спрашивал.",
    "It came with a completed module, which is recorded without it too; of the code the portal did not ask.",
)
