"""Sentences on activities and on the codes themselves: described, withdrawn, issued, tried, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import activity as facts
from sync_service.aggregates import confirmation_code as code_facts
from sync_service.aggregates.values import printed_code
from sync_service.sentences.reasons import REASONS
from sync_service.sentences.words import (
    FOR_WHOM,
    KINDS,
    NOTHING,
    Sentence,
    account_name,
    because,
    codes,
    day,
    quoted,
    word,
)

if TYPE_CHECKING:
    from sync_service.sentences.words import Sentences


def _published(fact: facts.ActivityPublished) -> Sentence:
    kind, title, on = word(KINDS, fact.kind), quoted(fact.title), day(fact.held_on) if fact.held_on else NOTHING
    ru = ", ".join(filter(None, (f"{kind.ru} {title.ru}", on.ru, fact.place, fact.provider)))
    en = ", ".join(filter(None, (f"{kind.en} {title.en}", on.en, fact.place, fact.provider)))
    told = Sentence(
        f"Каталог описал активность {fact.activity_id}: {ru}.",
        f"The catalogue described the activity {fact.activity_id}: {en}.",
    )
    if not fact.foreign:
        return told
    return told + Sentence(
        "Она зарубежная: баллы других стран в план не идут.",
        "It is foreign: credits of other countries do not count.",
    )


def _withdrawn(fact: facts.ActivityWithdrawn) -> Sentence:
    on = day(fact.at)
    told = Sentence(
        f"{on.ru} активность {fact.activity_id} лишилась аккредитации.",
        f"On {on.en} the activity {fact.activity_id} lost its accreditation.",
    )
    return told + because(fact.reason)


def _codes_issued(fact: facts.CodesIssued) -> Sentence:
    count, audience = codes(fact.codes), word(FOR_WHOM, fact.audience)
    return Sentence(
        f"Организатор выдал {count.ru} за активность {fact.activity_id}, {audience.ru}.",
        f"The provider issued {count.en} for the activity {fact.activity_id}, {audience.en}.",
    )


def _codes_revoked(fact: facts.CodesRevoked) -> Sentence:
    on, count = day(fact.at), codes(fact.codes)
    told = Sentence(
        f"{on.ru} организатор отозвал {count.ru} активности {fact.activity_id}.",
        f"On {on.en} the provider revoked {count.en} of the activity {fact.activity_id}.",
    )
    return told + because(fact.reason)


def _issued(fact: code_facts.Issued) -> Sentence:
    code, audience = printed_code(fact.code), word(FOR_WHOM, fact.audience)
    return Sentence(
        f"Организатор выдал код {code} за активность {fact.activity_id}, {audience.ru}.",
        f"The provider issued the code {code} for the activity {fact.activity_id}, {audience.en}.",
    )


def _audience_corrected(fact: code_facts.AudienceCorrected) -> Sentence:
    audience = word(FOR_WHOM, fact.audience)
    return Sentence(
        f"Организатор уточнил, кому выдан код: {audience.ru}.",
        f"The provider corrected whom the code is for: {audience.en}.",
    )


def _attempted(fact: code_facts.Attempted) -> Sentence:
    code, account = printed_code(fact.code), account_name(fact.account)
    if fact.at is not None:
        on = day(fact.at)
        told = Sentence(
            f"{on.ru} код {code} ввели в кабинет {account}.",
            f"On {on.en} the code {code} was entered into the account {account}.",
        )
    else:
        told = Sentence(
            f"Код {code} назван рядом с завершённым модулем в кабинете {account}.",
            f"The code {code} was named beside a completed module in the account {account}.",
        )
    return told + REASONS[fact.outcome]


def _rejudged(fact: code_facts.AttemptRejudged) -> Sentence:
    count = fact.attempt + 1
    told = Sentence(f"Служба рассмотрела попытку № {count} заново.", f"The service judged attempt no. {count} again.")
    return told + REASONS[fact.outcome]


def _revoked(fact: code_facts.Revoked) -> Sentence:
    on, code = day(fact.at), printed_code(fact.code)
    told = Sentence(f"{on.ru} организатор отозвал код {code}.", f"On {on.en} the provider revoked the code {code}.")
    return told + because(fact.reason)


SENTENCES: Sentences = {
    facts.ActivityPublished: _published,
    facts.ActivityWithdrawn: _withdrawn,
    facts.CodesIssued: _codes_issued,
    facts.CodesRevoked: _codes_revoked,
    code_facts.Issued: _issued,
    code_facts.AudienceCorrected: _audience_corrected,
    code_facts.Attempted: _attempted,
    code_facts.AttemptRejudged: _rejudged,
    code_facts.Revoked: _revoked,
}
