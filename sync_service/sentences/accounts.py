"""Sentences on who the person is: accounts, what portals say of them, cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import specialist_facts as facts
from sync_service.sentences.subjects import MESSAGES, record_name
from sync_service.sentences.words import EDUCATION, PERSON, Sentence, account_name, day, listed, word

if TYPE_CHECKING:
    from sync_service.sentences.words import Sentences

_PERSONAL = {
    "email": Sentence("почту", "the e-mail address"),
    "full_name": Sentence("имя", "the name"),
    "snils": Sentence("СНИЛС", "the СНИЛС"),
}
_DETAILS = Sentence("личные данные", "personal details")


def _noticed(fact: facts.AccountNoticed) -> Sentence:
    account = account_name(fact.account)
    return Sentence(f"Служба узнала о кабинете {account}.", f"The service learned of the account {account}.")


def _qualification(fact: facts.QualificationReported) -> Sentence:
    on, known = day(fact.at), list[Sentence]()
    if fact.audience:
        known.append(word(PERSON, fact.audience))
    if fact.education_level:
        known.append(word(EDUCATION, fact.education_level))
    if fact.specialties:
        names = ", ".join(fact.specialties)
        known.append(Sentence(f"специальности: {names}", f"specialties: {names}"))
    elif fact.specialties is not None:
        known.append(Sentence("специальностей нет", "no specialties"))
    ru, en = "; ".join(each.ru for each in known), "; ".join(each.en for each in known)
    return Sentence(
        f"{on.ru} портал {fact.account.portal} сообщил о человеке: {ru}.",
        f"On {on.en} {fact.account.portal} said of the person: {en}.",
    )


def _personal(fact: facts.PersonalDetailsReported) -> Sentence:
    """Which details came, and never what they say; details that were erased since are not told apart."""
    named = [words for name, words in _PERSONAL.items() if getattr(fact, name)]
    on, told = day(fact.at), listed(named or [_DETAILS])
    return Sentence(
        f"{on.ru} портал {fact.account.portal} сообщил {told.ru}.",
        f"On {on.en} {fact.account.portal} named {told.en}.",
    )


def _closed(fact: facts.AccountClosed) -> Sentence:
    on, account = day(fact.at), account_name(fact.account)
    return Sentence(
        f"{on.ru} портал закрыл кабинет {account}. Пока кабинет закрыт, копии в него не запрашиваются.",
        f"On {on.en} the portal closed the account {account}. No replicas are requested to a closed account.",
    )


def _reopened(fact: facts.AccountReopened) -> Sentence:
    on, account = day(fact.at), account_name(fact.account)
    return Sentence(
        f"{on.ru} портал снова открыл кабинет {account}. Копии, которых в нём не хватает, служба запросит сама.",
        f"On {on.en} the portal reopened the account {account}. The service requests the replicas that it lacks.",
    )


def _cycle(fact: facts.CycleOpened) -> Sentence:
    level, starts, ends = word(EDUCATION, fact.education_level), day(fact.starts_on), day(fact.ends_on)
    told = Sentence(
        f"Портал {fact.account.portal} открыл цикл {fact.cycle_id}: {fact.specialty}, {level.ru},"
        f" с {starts.ru} по {ends.ru}.",
        f"{fact.account.portal} opened the cycle {fact.cycle_id}: {fact.specialty}, {level.en},"
        f" from {starts.en} to {ends.en}.",
    )
    if not fact.policy:
        return told
    return told + Sentence(f"Правила: {fact.policy}.", f"The policy: {fact.policy}.")


def _noted(fact: facts.MessageNoted) -> Sentence:
    sent = word(MESSAGES, fact.message_type)
    about = record_name(fact.key) if fact.key else None
    ru, en = (f" ({about.ru})", f" ({about.en})") if about else ("", "")
    return Sentence(
        f"Портал {fact.account.portal} прислал {sent.ru}{ru}. Это ничего не изменило.",
        f"{fact.account.portal} sent {sent.en}{en}. It changed nothing.",
    )


def _identity_conflict(fact: facts.IdentityConflictNoticed) -> Sentence:
    return Sentence(
        f"После связывания портал {fact.account.portal} сообщил другой СНИЛС. Само ничего не изменилось;"
        " решают двое сотрудников.",
        f"After the linking {fact.account.portal} named a different СНИЛС. Nothing changed by itself;"
        " two members of staff decide.",
    )


SENTENCES: Sentences = {
    facts.AccountNoticed: _noticed,
    facts.QualificationReported: _qualification,
    facts.PersonalDetailsReported: _personal,
    facts.AccountClosed: _closed,
    facts.AccountReopened: _reopened,
    facts.CycleOpened: _cycle,
    facts.MessageNoted: _noted,
    facts.IdentityConflictNoticed: _identity_conflict,
}
