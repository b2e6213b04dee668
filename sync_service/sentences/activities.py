"""Sentences on what the person did: codes entered, modules and programmes completed, credits taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import normalize

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.values import Reason, canonical_code, printed_code
from sync_service.sentences.reasons import REASONS, accreditation_lost
from sync_service.sentences.subjects import code_name, record_name
from sync_service.sentences.words import FOR_WHOM, NOTHING, Sentence, at_portal, because, day, hours, quoted, word

if TYPE_CHECKING:
    from datetime import datetime

    from sync_service.aggregates.values import Account
    from sync_service.sentences.words import Sentences

_JUDGED_AGAIN = Sentence("Служба рассмотрела попытку заново.", "The service judged the attempt again.")


def _activated(fact: facts.ActivationRecorded) -> Sentence:
    accepted = Sentence(
        f"Код принят за активность {fact.activity_id}.", f"The code is accepted for the activity {fact.activity_id}."
    )
    told = _entered(fact.account, fact.code, fact.activated_at, accepted)
    if fact.vouched_for:
        told += Sentence(
            f"Портал называл активность {fact.vouched_for}; верна запись о выдаче кода.",
            f"The portal named the activity {fact.vouched_for}; the issue record of the code wins.",
        )
    return told if fact.answers is None else _JUDGED_AGAIN + told


def _refused(fact: facts.ActivationRefused) -> Sentence:
    if fact.code is None:
        return _malformed(fact)
    told = _entered(fact.account, fact.code, fact.activated_at, REASONS[fact.reason])
    return told if fact.answers is None else _JUDGED_AGAIN + told


def _malformed(fact: facts.ActivationRefused) -> Sentence:
    on, place = day(fact.activated_at), at_portal(fact.account.portal)
    what = _what_is_wrong(fact.typed)
    return Sentence(
        f"{on.ru} {place.ru} ввели не код: {what.ru}.",
        f"On {on.en} something was entered {place.en} that is no code: {what.en}.",
    )


def _what_is_wrong(typed: str) -> Sentence:
    """The first character that no code has, or the length; told anew from what was typed."""
    try:
        canonical_code(typed)
    except CodeMalformed as malformed:
        if malformed.position is None:
            return Sentence(
                f"букв и цифр {malformed.length}, а нужно 12", f"{malformed.length} letters and digits instead of 12"
            )
        character = normalize("NFKC", typed)[malformed.position - 1]
        return Sentence(
            f"знака «{character}» в кодах не бывает",
            f"the character “{character}” never occurs in codes",
        )
    return Sentence("прочесть его нельзя", "it cannot be read")


def _repeated(fact: facts.ActivationRepeated) -> Sentence:
    known = REASONS[Reason.CODE_ALREADY_YOURS]
    if fact.activated_at is not None:
        told = _entered(fact.account, fact.code, fact.activated_at, known)
    else:
        place, code = at_portal(fact.account.portal), printed_code(fact.code)
        told = Sentence(f"Код {code} назван {place.ru} снова.", f"The code {code} was named {place.en} again.") + known
    return told if fact.answers is None else _JUDGED_AGAIN + told


def _module(fact: facts.CompletionRecorded) -> Sentence:
    on = day(fact.completed_on)
    told = Sentence(
        f"Портал {fact.account.portal} сообщил: модуль {fact.module_id} завершён {on.ru}.",
        f"{fact.account.portal} said: module {fact.module_id} was completed on {on.en}.",
    )
    return told + _beside(fact.code, fact.code_outcome)


def _programme(fact: facts.ProgrammeRecorded) -> Sentence:
    on, all_hours, distance = day(fact.completed_on), hours(fact.hours), hours(fact.distance_hours)
    organisation = quoted(fact.organisation)
    return Sentence(
        f"Портал {fact.account.portal} сообщил: программа {fact.programme_id} завершена {on.ru}, {all_hours.ru},"
        f" из них дистанционно {distance.ru}. Организация: {organisation.ru}.",
        f"{fact.account.portal} said: programme {fact.programme_id} was completed on {on.en}, {all_hours.en},"
        f" of them {distance.en} at a distance. The organisation: {organisation.en}.",
    )


def _completion_refused(fact: facts.CompletionRefused) -> Sentence:
    what = record_name(fact.key)
    told = Sentence(
        f"Портал {fact.account.portal} сообщил о завершении: {what.ru}. Запись не принята.",
        f"{fact.account.portal} told of a completion: {what.en}. The record is not accepted.",
    )
    if fact.reason is Reason.ACTIVITY_WITHDRAWN:
        return told + accreditation_lost(by_code=False)
    return told + REASONS[fact.reason]


def _code_noted(fact: facts.CodeNoted) -> Sentence:
    what = record_name(fact.key)
    told = Sentence(
        f"Портал {fact.account.portal} назвал код рядом с записью: {what.ru}.",
        f"{fact.account.portal} named a code beside the record: {what.en}.",
    )
    return told + _beside(fact.code, fact.outcome)


def _reversed(fact: facts.ActivityReversed) -> Sentence:
    on, what = day(fact.at), record_name(fact.key)
    told = Sentence(
        f"{on.ru} портал {fact.account.portal} отменил: {what.ru}.",
        f"On {on.en} {fact.account.portal} reversed: {what.en}.",
    )
    return told + because(fact.reason)


def _corrected(fact: facts.CodeCorrected) -> Sentence:
    code, audience = printed_code(fact.code), word(FOR_WHOM, fact.audience)
    return Sentence(
        f"Запись о выдаче уточнила код {code}: активность {fact.activity_id}, {audience.ru}.",
        f"The issue record corrected the code {code}: activity {fact.activity_id}, {audience.en}.",
    )


def _code_revoked(fact: facts.CodeRevoked) -> Sentence:
    on, code = day(fact.at), printed_code(fact.code)
    told = Sentence(
        f"{on.ru} организатор отозвал код {code}. Запись остаётся в плане.",
        f"On {on.en} the provider revoked the code {code}. The entry stays in the plan.",
    )
    return told + because(fact.reason)


def _entered(account: Account, code: str, at: datetime, outcome: Sentence) -> Sentence:
    """A code was entered, and what became of it; in one go, for most of what a long history tells is this."""
    on, place, printed = day(at), at_portal(account.portal), printed_code(code)
    return Sentence(
        f"{on.ru} человек ввёл {place.ru} код {printed}. {outcome.ru}",
        f"On {on.en} the person entered the code {printed} {place.en}. {outcome.en}",
    )


def _beside(code: str | None, outcome: Reason | None) -> Sentence:
    if outcome is None:
        return NOTHING
    if code is None:
        return Sentence("Код рядом прочесть нельзя.", "The code beside it cannot be read.")
    name = code_name(code)
    return Sentence(f"Рядом {name.ru}.", f"Beside it {name.en}.") + REASONS[outcome]


SENTENCES: Sentences = {
    facts.ActivationRecorded: _activated,
    facts.ActivationRefused: _refused,
    facts.ActivationRepeated: _repeated,
    facts.CompletionRecorded: _module,
    facts.ProgrammeRecorded: _programme,
    facts.CompletionRefused: _completion_refused,
    facts.CodeNoted: _code_noted,
    facts.ActivityReversed: _reversed,
    facts.CodeCorrected: _corrected,
    facts.CodeRevoked: _code_revoked,
}
