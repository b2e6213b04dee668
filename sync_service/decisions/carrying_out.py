"""What a decision is about as things stand, and which rule carries it out."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.deciding import Decision, Kind
from sync_service.aggregates.values import account_stream, activity_stream
from sync_service.handling import credit_decisions, erasures, link_decisions

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.aggregates.aggregate import Aggregate
    from sync_service.aggregates.deciding import Signature
    from sync_service.unit_of_work import UnitOfWork

    Rule = Callable[[UnitOfWork, Decision, Signature], None]

RULES: dict[Kind, Rule] = {
    Kind.JOIN: link_decisions.join,
    Kind.REFUSE: link_decisions.refuse,
    Kind.KEEP: link_decisions.keep,
    Kind.UNDO_LINK: link_decisions.undo,
    Kind.MOVE_CODE: credit_decisions.move_code,
    Kind.REVERSE: credit_decisions.reverse,
    Kind.ERASE: erasures.erase,
}


def carry_out(work: UnitOfWork, decision: Decision, signed: Signature) -> None:
    """Record what the decision does; raises AccountUnknown and DecisionImpossible."""
    RULES[decision.kind](work, decision, signed)


def completed(work: UnitOfWork, decision: Decision) -> Decision:
    """The decision with both accounts, edu's first for a link, and the request that a case is about.

    Raises AccountUnknown and DecisionImpossible.
    """
    match decision.kind:
        case Kind.JOIN | Kind.REFUSE:
            request_id = link_decisions.waiting(work, decision)[-1].key.request_id
            edu, sovetnmo = link_decisions.sides(decision.accounts)
            return msgspec.structs.replace(decision, account=edu, other=sovetnmo, request_id=request_id)
        case Kind.KEEP | Kind.UNDO_LINK:
            edu, sovetnmo = link_decisions.linked(work, decision)[1].key.accounts
        case Kind.MOVE_CODE:
            return msgspec.structs.replace(decision, other=credit_decisions.moving(work, decision)[2])
        case Kind.REVERSE:
            return decision
        case Kind.ERASE:
            account, *others = sorted(work.known_person(decision.account).accounts)
            return msgspec.structs.replace(decision, account=account, other=others[0] if others else None)
    return msgspec.structs.replace(decision, account=edu, other=sovetnmo)


def seen(work: UnitOfWork, decision: Decision) -> str:
    """What changes as soon as one of the people concerned, or the code, has another event.

    So it does when the catalogue says something else of what they learned: credits go by it.
    """
    looked_at: dict[object, Aggregate] = {}
    learned: set[str] = set()
    for account in decision.accounts:
        for person in (work.known_person(account), work.specialist(account_stream(account))):
            looked_at[person.id] = person
            learned |= {entry.activity_id for entry in person.entries.values()}
    if decision.code is not None:
        code = work.code(decision.code)
        looked_at[code.id] = code
        learned |= {code.activity_id} if code.activity_id is not None else set()
    versions = sorted(f"{found.id}:{found.version}" for found in looked_at.values())
    work.preload(map(activity_stream, learned))
    activities = [work.activity(activity_id) for activity_id in sorted(learned)]
    described = [(one.activity_id, one.published, one.withdrawn_at) for one in activities]
    return sha256(msgspec.json.encode((versions, described))).hexdigest()[:32]
