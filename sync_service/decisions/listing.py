"""What waits for people, and what they decided: open cases about identities, and proposals."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from sync_service.aggregates.deciding import REGISTER, Decision, DecisionRegister, ProposalState, Proposed
from sync_service.aggregates.errors import ProposalUnknown
from sync_service.aggregates.values import Account, Portal
from sync_service.projections.decision_cases import CASES, DecisionCases
from sync_service.projections.directory import ACCOUNTS, Directory
from sync_service.sentences.decisions import case_text, decision_text
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from sync_service.event_store import EventStore
    from sync_service.projections.view_store import ViewStore


class Proposal(msgspec.Struct, frozen=True):
    """What somebody proposed, why, and what became of it; `text` says it in one sentence."""

    id: UUID
    decision: Decision
    reason: str
    proposed_by: str
    proposed_at: datetime
    state: ProposalState
    decided_by: str | None
    decided_at: datetime | None
    rejected_for: str | None
    text: Sentence


class Case(msgspec.Struct, frozen=True):
    """СНИЛС that differ: a `mismatch` keeps two accounts from being joined, a `conflict` came after the joining."""

    kind: str
    edu: Account
    sovetnmo: Account
    request_id: str
    since: datetime
    specialist_id: UUID
    text: Sentence


def proposals(store: EventStore, *, only_open: bool = True, account: Account | None = None) -> tuple[Proposal, ...]:
    """The proposals, or those that concern an account, the newest first."""
    found = (
        one
        for one in _register(store).proposals.values()
        if (one.state is ProposalState.OPEN or not only_open) and (account is None or account in one.decision.accounts)
    )
    return tuple(map(_shown, reversed(list(found))))


def proposal(store: EventStore, proposal_id: UUID) -> Proposal:
    """One proposal; raises ProposalUnknown."""
    found = _register(store).proposals.get(proposal_id)
    if found is None:
        raise ProposalUnknown
    return _shown(found)


def cases(views: ViewStore, limit: int = 100) -> tuple[Case, ...]:
    """The cases that wait for people, the oldest first."""
    rows = views.find(DecisionCases.name, CASES.name)
    return tuple(sorted(map(_case, rows), key=_since))[:limit]


def cases_of(views: ViewStore, specialist_id: UUID) -> tuple[Case, ...]:
    """The cases that name an account of this person, the oldest first."""
    rows = views.find(DecisionCases.name, CASES.name, owner=specialist_id)
    for account in views.find(Directory.name, ACCOUNTS.name, owner=specialist_id, portal=Portal.SOVETNMO.value):
        named = views.find(DecisionCases.name, CASES.name, sovetnmo=account["account_id"])
        rows += [row for row in named if row not in rows]
    return tuple(sorted(map(_case, rows), key=_since))


def _register(store: EventStore) -> DecisionRegister:
    return DecisionRegister().fold(store.load([REGISTER]).get(REGISTER, []))


def _shown(found: Proposed) -> Proposal:
    return Proposal(**msgspec.structs.asdict(found), text=decision_text(found.decision))


def _case(row: dict[str, Any]) -> Case:
    edu, sovetnmo = Account(Portal.EDU, row["edu"]), Account(Portal.SOVETNMO, row["sovetnmo"])
    return Case(
        kind=row["kind"],
        edu=edu,
        sovetnmo=sovetnmo,
        request_id=row["request_id"],
        since=row["since"],
        specialist_id=msgspec.convert(row["owner"], UUID),
        text=case_text(row["kind"], edu, sovetnmo),
    )


def _since(case: Case) -> datetime:
    return case.since
