"""What people decide about links: join after all, refuse for good, keep, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import replicating
from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.errors import DecisionImpossible
from sync_service.aggregates.linking import Pair
from sync_service.aggregates.specialist_state import LINK_UNDONE
from sync_service.aggregates.values import Account, Portal, account_stream, code_stream
from sync_service.handling.codes import judge_apart_again
from sync_service.handling.links import join as join_pair

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.aggregates.deciding import Decision, Signature
    from sync_service.aggregates.specialist import Specialist
    from sync_service.aggregates.specialist_state import Link, LinkKey
    from sync_service.unit_of_work import UnitOfWork


def join(work: UnitOfWork, decision: Decision, signed: Signature) -> None:
    """Join two accounts whose СНИЛС differ; raises DecisionImpossible."""
    pair = waiting(work, decision)[-1]
    if pair.is_taken:
        raise DecisionImpossible(
            "Один из кабинетов уже связан с другим.", "One of the accounts is linked to another already."
        )
    if pair.has_closed:
        raise DecisionImpossible(
            "Один из кабинетов закрыт: сначала его должны открыть.",
            "One of the accounts is closed: it must be reopened first.",
        )
    pair.record(facts.LinkAllowed(**pair.names(), **_signature(signed)))
    join_pair(work, pair)


def refuse(work: UnitOfWork, decision: Decision, signed: Signature) -> None:
    """End every attempt to join the two accounts that waits for people; raises DecisionImpossible."""
    for pair in waiting(work, decision):
        pair.record(facts.LinkRefusalUpheld(**pair.names(), **_signature(signed)))


def keep(work: UnitOfWork, decision: Decision, signed: Signature) -> None:
    """Let two accounts stay joined whose СНИЛС differ; raises DecisionImpossible."""
    person, link = linked(work, decision)
    if not person.has_conflict:
        raise DecisionImpossible(
            "У связанных кабинетов нет спора о СНИЛС.", "No different СНИЛС came for these linked accounts."
        )
    person.record(facts.LinkKept(**_names(link.key), **_signature(signed)))


def undo(work: UnitOfWork, decision: Decision, signed: Signature) -> None:
    """Make two people of one again: each has what its own account recorded; raises DecisionImpossible.

    Each portal is told no longer to show what was the other's, closed accounts too: it is another person's.
    """
    person, link = linked(work, decision)
    edu, sovetnmo = link.key.accounts
    other = work.specialist(account_stream(sovetnmo))
    shown = [(portal, key) for portal, key in person.replicas if (portal, key) not in person.withdrawn]
    codes = sorted(person.repeated_codes)
    undone_version = person.version + 1
    person.record(facts.LinkUndone(joined_version=link.version, **_names(link.key), **_signature(signed)))
    other.record(
        facts.SeparatedFrom(
            specialist=person.id, joined_version=link.version, undone_version=undone_version, **_names(link.key)
        )
    )
    work.refold(person, other)
    alone = {edu.portal: person, sovetnmo.portal: other}
    for portal, key in shown:
        if not alone[portal].has(key):
            replicating.withdraw_from(alone[portal], portal, key, LINK_UNDONE)
    work.preload(map(code_stream, codes))
    judge_apart_again(work, (person, other), codes)


def linked(work: UnitOfWork, decision: Decision) -> tuple[Specialist, Link]:
    """The person whose two accounts are linked, and the link; raises DecisionImpossible."""
    person = work.known_person(decision.account)
    if person.link is None or (decision.other is not None and decision.other not in person.accounts):
        raise DecisionImpossible("Эти кабинеты не связаны.", "These accounts are not linked.")
    return person, person.link


def waiting(work: UnitOfWork, decision: Decision) -> list[Pair]:
    """The attempts to join the two accounts that wait for people, oldest first; raises DecisionImpossible.

    A decision that names a request is on that one only: it must still be the latest that waits.
    """
    edu, sovetnmo = sides(decision.accounts)
    people = work.known_person(edu), work.known_person(sovetnmo)
    attempts = people[0].attempts.values()
    found = [Pair(*people, one.key) for one in attempts if one.is_case and one.key.accounts == (edu, sovetnmo)]
    if not found or people[0] is people[1]:
        raise DecisionImpossible(
            "Спора о личности между этими кабинетами нет: связь не запрошена, или о ней уже решено.",
            "No identity case waits between these accounts: no link was asked for, or it was decided on already.",
        )
    if decision.request_id not in {None, found[-1].key.request_id}:
        raise DecisionImpossible(
            "Предложение было о другом запросе связи: отклоните его и предложите заново.",
            "The proposal was about another request for the link: reject it, and propose anew.",
        )
    return found


def sides(accounts: Iterable[Account]) -> tuple[Account, Account]:
    """The edu account and the sovetnmo account; raises DecisionImpossible if it is not one of each."""
    by_portal = {account.portal: account for account in accounts}
    if len(by_portal) != len(Portal):
        raise DecisionImpossible(
            "Нужны два кабинета: один edu и один sovetnmo.", "Two accounts are needed: one of edu, one of sovetnmo."
        )
    return by_portal[Portal.EDU], by_portal[Portal.SOVETNMO]


def _names(key: LinkKey) -> dict[str, str]:
    return {"request_id": key.request_id, "edu": key.edu, "sovetnmo": key.sovetnmo}


def _signature(signed: Signature) -> dict[str, str]:
    return {"reason": signed.reason, "proposed_by": signed.proposed_by, "approved_by": signed.approved_by}
