"""Sentences on the one-time link of a person's two accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import link_facts as facts
from sync_service.sentences.reasons import REASONS
from sync_service.sentences.words import NOTHING, Sentence, because, day

if TYPE_CHECKING:
    from sync_service.aggregates.values import Reason
    from sync_service.sentences.words import Sentences

_ONCE = Sentence(
    "Связывают один раз, дальше записи идут сами.",
    "Linking is done once; entries flow by themselves from then on.",
)
_UNLINKED = Sentence(
    "Кабинеты не связаны. Связывает сам человек: edu, «Личные сведения».",
    "Not linked. The person starts it: edu, “Personal details”.",
)


def link_standing(state: str | None, applied: int = 0, total: int = 0, reason: Reason | None = None) -> Sentence:
    """How a link stands now: one of the states of `history --json`, or None where nobody began one."""
    match state:
        case None:
            return _UNLINKED
        case "requested":
            return Sentence(
                "Запрошено в edu. Ждём подтверждения на sovetnmo.",
                "Requested at edu. Waiting for sovetnmo to confirm.",
            )
        case "confirmed":
            return Sentence(
                "Подтверждено на sovetnmo. Ждём запроса из edu.", "Confirmed at sovetnmo. Waiting for edu's request."
            )
        case "backfilling":
            return Sentence(
                f"Связываются: показано {applied} из {total}. Новые записи идут сразу.",
                f"Linking: {applied} of {total} shown. New entries flow at once.",
            )
        case "completed":
            return Sentence("Связаны.", "Linked.") + _transferred(applied, total)
        case _:
            return Sentence("Не связаны.", "Not linked.") + (REASONS[reason] if reason else NOTHING)


def _requested(fact: facts.LinkRequested) -> Sentence:
    on = day(fact.at)
    return Sentence(
        f"{on.ru} человек запросил в кабинете edu {fact.edu} связь с кабинетом sovetnmo {fact.sovetnmo}."
        " Подтвердить её нужно на sovetnmo.",
        f"On {on.en} the person asked in the account edu {fact.edu} to link the account sovetnmo {fact.sovetnmo}."
        " It is to be confirmed at sovetnmo.",
    )


def _confirmed(fact: facts.LinkConfirmed) -> Sentence:
    on = day(fact.at)
    return Sentence(
        f"{on.ru} портал sovetnmo подтвердил связь кабинета {fact.sovetnmo} с кабинетом edu {fact.edu}.",
        f"On {on.en} sovetnmo confirmed the link of the account {fact.sovetnmo} with the account edu {fact.edu}.",
    )


def _declined(fact: facts.LinkDeclined) -> Sentence:
    on = day(fact.at)
    told = Sentence(
        f"{on.ru} человек отказался на sovetnmo от связи кабинета {fact.sovetnmo} с кабинетом edu {fact.edu}."
        " Новый запрос начнёт всё сначала.",
        f"On {on.en} the person declined at sovetnmo to link the account {fact.sovetnmo} with the account"
        f" edu {fact.edu}. A new request starts anew.",
    )
    return told + because(fact.reason)


def _refused(fact: facts.LinkRefused) -> Sentence:
    told = Sentence(
        f"Служба не связала кабинеты edu {fact.edu} и sovetnmo {fact.sovetnmo}.",
        f"The service did not link the accounts edu {fact.edu} and sovetnmo {fact.sovetnmo}.",
    )
    return told + REASONS[fact.reason]


def _joined(fact: facts.SpecialistAbsorbed) -> Sentence:
    told = Sentence(
        f"Служба связала кабинеты edu {fact.edu} и sovetnmo {fact.sovetnmo}: это один человек.",
        f"The service linked the accounts edu {fact.edu} and sovetnmo {fact.sovetnmo}: they are one person's.",
    )
    if fact.to_edu or fact.to_sovetnmo:
        told += Sentence(
            f"Начат перенос: в edu {fact.to_edu}, на sovetnmo {fact.to_sovetnmo}.",
            f"The transfer began: {fact.to_edu} to edu, {fact.to_sovetnmo} to sovetnmo.",
        )
    return told


def _goes_on(fact: facts.AbsorbedInto) -> Sentence:
    return Sentence(
        f"История кабинета sovetnmo {fact.sovetnmo} продолжается вместе с историей кабинета edu {fact.edu}.",
        f"The history of the account sovetnmo {fact.sovetnmo} goes on together with that of the account"
        f" edu {fact.edu}.",
    )


def _progressed(fact: facts.LinkProgressed) -> Sentence:
    return link_standing("backfilling", fact.applied, fact.to_edu + fact.to_sovetnmo)


def _completed(fact: facts.LinkCompleted) -> Sentence:
    return _transferred(fact.applied, fact.to_edu + fact.to_sovetnmo)


def _transferred(applied: int, total: int) -> Sentence:
    """The transfer is done, though some of it may never be shown."""
    if not total:
        return Sentence("Перенос завершён: переносить нечего.", "Transfer done: there is nothing to transfer.") + _ONCE
    told = Sentence(f"Перенос завершён: показано {applied} из {total}.", f"Transfer done: {applied} of {total} shown.")
    if applied < total:
        told += Sentence(
            "Остальные портал отклонил, или они отменены.", "The rest was refused by the portal or reversed."
        )
    return told + _ONCE


SENTENCES: Sentences = {
    facts.LinkRequested: _requested,
    facts.LinkConfirmed: _confirmed,
    facts.LinkDeclined: _declined,
    facts.LinkRefused: _refused,
    facts.SpecialistAbsorbed: _joined,
    facts.AbsorbedInto: _goes_on,
    facts.LinkProgressed: _progressed,
    facts.LinkCompleted: _completed,
}
