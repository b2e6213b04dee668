"""Sentences on what people decide: proposals, and what became of links, codes and credits by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import confirmation_code, deciding
from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.deciding import Decision, Kind
from sync_service.sentences.subjects import code_name, record_name
from sync_service.sentences.words import Sentence, account_name, because

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.aggregates.decided_facts import Decided
    from sync_service.aggregates.values import Account
    from sync_service.sentences.words import Sentences

KIND_NAMES: Mapping[Kind, Sentence] = {
    Kind.JOIN: Sentence("Связать, хотя СНИЛС разный", "Link although the СНИЛС differ"),
    Kind.REFUSE: Sentence("Отказать в связи окончательно", "Refuse the link for good"),
    Kind.KEEP: Sentence("Оставить кабинеты связанными", "Keep the accounts linked"),
    Kind.UNDO_LINK: Sentence("Разъединить кабинеты", "Undo the link"),
    Kind.MOVE_CODE: Sentence("Передать код владельцу", "Move a code to its owner"),
    Kind.REVERSE: Sentence("Отменить запись", "Reverse a credit"),
    Kind.ERASE: Sentence("Стереть данные человека", "Erase a person's data"),
}
"""What people may decide, as headings and buttons name it."""


def decision_text(decision: Decision) -> Sentence:
    """What is to be decided, in one sentence."""
    one = account_name(decision.account)
    other = account_name(decision.other) if decision.other else "?"
    match decision.kind:
        case Kind.JOIN:
            return Sentence(
                f"Связать кабинеты {one} и {other}, хотя СНИЛС разный.",
                f"Link the accounts {one} and {other} although the СНИЛС differ.",
            )
        case Kind.REFUSE:
            return Sentence(
                f"Окончательно отказать в связи кабинетов {one} и {other}.",
                f"Refuse for good to link the accounts {one} and {other}.",
            )
        case Kind.KEEP:
            return Sentence(
                f"Оставить кабинеты {one} и {other} связанными, хотя СНИЛС разный.",
                f"Keep the accounts {one} and {other} linked although the СНИЛС differ.",
            )
        case Kind.UNDO_LINK:
            return Sentence(
                f"Разъединить кабинеты {one} и {other}: это разные люди.",
                f"Undo the link of the accounts {one} and {other}: they are two people's.",
            )
        case Kind.MOVE_CODE:
            code = code_name(decision.code or "")
            return Sentence(
                f"Передать {code.ru} из кабинета {other} в кабинет {one}.",
                f"Move the {code.en} from the account {other} to the account {one}.",
            )
        case Kind.REVERSE | Kind.ERASE:
            return _of_one(decision)


def _of_one(decision: Decision) -> Sentence:
    """What is decided of one person."""
    one = account_name(decision.account)
    if decision.kind is Kind.ERASE:
        both = f"{one}, {account_name(decision.other)}" if decision.other else one
        return Sentence(
            f"Стереть все данные человека, чьи кабинеты: {both}.", f"Erase all data of the person who has {both}."
        )
    what = record_name(decision.key or "")
    return Sentence(f"Отменить в кабинете {one}: {what.ru}.", f"Reverse in the account {one}: {what.en}.")


def case_text(kind: str, edu: Account, sovetnmo: Account) -> Sentence:
    """What a case is about: СНИЛС that differ before the joining (`mismatch`), or after it (`conflict`)."""
    pair = Sentence(
        f"{account_name(edu)} и {account_name(sovetnmo)}", f"{account_name(edu)} and {account_name(sovetnmo)}"
    )
    if kind == "mismatch":
        return Sentence(
            f"Кабинеты {pair.ru} просят связать, но СНИЛС в них разный.",
            f"The accounts {pair.en} are to be linked, but their СНИЛС differ.",
        )
    return Sentence(
        f"Кабинеты {pair.ru} связаны, а портал сообщил другой СНИЛС.",
        f"The accounts {pair.en} are linked, and a portal named a different СНИЛС.",
    )


def _signed(fact: Decided) -> Sentence:
    return because(fact.reason) + Sentence(
        f"Предложение: {fact.proposed_by}; утверждение: {fact.approved_by}.",
        f"Proposed by {fact.proposed_by}, approved by {fact.approved_by}.",
    )


def _allowed(fact: facts.LinkAllowed) -> Sentence:
    told = Sentence(
        f"Двое сотрудников решили связать кабинеты edu {fact.edu} и sovetnmo {fact.sovetnmo}, хотя СНИЛС разный.",
        f"Two members of staff decided to link the accounts edu {fact.edu} and sovetnmo {fact.sovetnmo},"
        " although the СНИЛС differ.",
    )
    return told + _signed(fact)


def _upheld(fact: facts.LinkRefusalUpheld) -> Sentence:
    told = Sentence(
        f"Двое сотрудников окончательно отказали в связи кабинетов edu {fact.edu} и sovetnmo {fact.sovetnmo}:"
        " СНИЛС разный.",
        f"Two members of staff refused for good to link the accounts edu {fact.edu} and sovetnmo {fact.sovetnmo}:"
        " the СНИЛС differ.",
    )
    return told + _signed(fact)


def _kept(fact: facts.LinkKept) -> Sentence:
    told = Sentence(
        f"Двое сотрудников оставили кабинеты edu {fact.edu} и sovetnmo {fact.sovetnmo} связанными, хотя СНИЛС разный.",
        f"Two members of staff kept the accounts edu {fact.edu} and sovetnmo {fact.sovetnmo} linked, although the"
        " СНИЛС differ.",
    )
    return told + _signed(fact)


def _undone(fact: facts.LinkUndone) -> Sentence:
    told = Sentence(
        f"Двое сотрудников разъединили кабинеты edu {fact.edu} и sovetnmo {fact.sovetnmo}: это разные люди."
        " За каждым осталось то, что сообщал его портал.",
        f"Two members of staff undid the link of the accounts edu {fact.edu} and sovetnmo {fact.sovetnmo}: they are"
        " two people's. Each keeps what its own portal reported.",
    )
    return told + _signed(fact)


def _separated(fact: facts.SeparatedFrom) -> Sentence:
    return Sentence(
        f"У кабинета sovetnmo {fact.sovetnmo} снова своя история: он отделён от кабинета edu {fact.edu}.",
        f"The account sovetnmo {fact.sovetnmo} has a history of its own again, apart from the account edu {fact.edu}.",
    )


def _moved_away(fact: facts.CodeMovedAway) -> Sentence:
    code, place = code_name(fact.code), account_name(fact.account)
    told = Sentence(
        f"Двое сотрудников передали {code.ru} владельцу. В кабинете {place} его запись отменена.",
        f"Two members of staff moved the {code.en} to its owner. In the account {place} its record is reversed.",
    )
    return told + _signed(fact)


def _moved_here(fact: facts.CodeMovedHere) -> Sentence:
    code, place = code_name(fact.code), account_name(fact.account)
    if fact.key is not None:
        completion = record_name(fact.key)
        return Sentence(
            f"Двое сотрудников передали {code.ru} владельцу, в кабинет {place}."
            f" Второй записи нет, с ним пришла: {completion.ru}.",
            f"Two members of staff moved the {code.en} to its owner, to the account {place}."
            f" There is no second record, it came with: {completion.en}.",
        ) + _signed(fact)
    told = Sentence(
        f"Двое сотрудников передали {code.ru} владельцу: он записан в кабинет {place} за активность"
        f" {fact.activity_id}, временем первого ввода.",
        f"Two members of staff moved the {code.en} to its owner: it is recorded in the account {place} for the activity"
        f" {fact.activity_id}, as of when it was first entered.",
    )
    return told + _signed(fact)


def _credit_reversed(fact: facts.CreditReversed) -> Sentence:
    what = record_name(fact.key)
    told = Sentence(
        f"Запись отменил сотрудник {fact.by}: {what.ru}.", f"Reversed by {fact.by} of the staff: {what.en}."
    )
    return told + because(fact.reason)


def _code_moved(fact: confirmation_code.Moved) -> Sentence:
    code, place = code_name(fact.code), account_name(fact.account)
    return Sentence(
        f"По решению двух сотрудников {code.ru} принадлежит кабинету {place}.",
        f"By a decision of two members of staff the {code.en} is of the account {place}.",
    )


def _proposed(fact: deciding.DecisionProposed) -> Sentence:
    told = Sentence(f"Предлагает сотрудник {fact.by}.", f"Proposed by {fact.by}.")
    return told + decision_text(fact.decision) + because(fact.reason)


def _approved(fact: deciding.DecisionApproved) -> Sentence:
    return Sentence(
        f"Предложение утвердил сотрудник {fact.by}: оно исполнено.",
        f"The proposal was approved by {fact.by}, and carried out.",
    )


def _rejected(fact: deciding.DecisionRejected) -> Sentence:
    told = Sentence(f"Предложение отклонил сотрудник {fact.by}.", f"The proposal was rejected by {fact.by}.")
    return told + because(fact.reason)


def _taken_back(fact: deciding.DecisionTakenBack) -> Sentence:
    told = Sentence(
        f"Предложение отозвал его автор {fact.by}.", f"The proposal was taken back by {fact.by}, whose it was."
    )
    return told + because(fact.reason)


SENTENCES: Sentences = {
    facts.LinkAllowed: _allowed,
    facts.LinkRefusalUpheld: _upheld,
    facts.LinkKept: _kept,
    facts.LinkUndone: _undone,
    facts.SeparatedFrom: _separated,
    facts.CodeMovedAway: _moved_away,
    facts.CodeMovedHere: _moved_here,
    facts.CreditReversed: _credit_reversed,
    confirmation_code.Moved: _code_moved,
    deciding.DecisionProposed: _proposed,
    deciding.DecisionApproved: _approved,
    deciding.DecisionRejected: _rejected,
    deciding.DecisionTakenBack: _taken_back,
}
