"""Decisions that only people may take: what waits, what one would do, proposing, and the second person's word."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import msgspec

from sync_service import decisions
from sync_service.access import Right
from sync_service.aggregates.deciding import is_same_person
from sync_service.aggregates.errors import AccountUnknown, DecisionError
from sync_service.aggregates.values import Account, canonical_code
from sync_service.api.answers.codes import AccountText
from sync_service.api.answers.finding import owner_of
from sync_service.api.answers.parked import Reason, Seen
from sync_service.api.answers.people import NOT_FOUND
from sync_service.api.endpoint import Endpoint, Whom
from sync_service.api.problems import Fault, Problem, not_there, wrong
from sync_service.auditing import Act
from sync_service.decisions import Case, Decision, Kind, Preview, Proposal, ProposalState
from sync_service.decisions.concerning import concerned
from sync_service.questions.codes import code_by_stream

if TYPE_CHECKING:
    from sync_service.api.call import Call

PROPOSAL: Final = "/decisions/{proposal_id}"
CodeText = Annotated[
    str, msgspec.Meta(max_length=1_000, description="For move-code: the code in any spelling, or its `code_id`.")
]


class DecisionsAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What waits; with `all`, also the proposals that were decided on."""

    all: bool = False


class DecisionsSeen(msgspec.Struct, frozen=True):
    """Open cases about identities, oldest first, and proposals, newest first; as `decisions list --json`."""

    cases: tuple[Case, ...]
    proposals: tuple[Proposal, ...]


class ProposalSeen(msgspec.Struct, frozen=True):
    """A proposal, what it would do now while it waits, or why it can no longer be carried out."""

    proposal: Proposal
    preview: Preview | None
    impossible: str | None


class DecisionAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be decided: `other` is the second account of a link, `code` or `code_id` what is to be moved."""

    kind: Kind
    account: AccountText
    other: AccountText | None = None
    code: CodeText | None = None
    code_id: UUID | None = None


class Propose(DecisionAsked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is proposed, and why."""

    reason: Reason
    seen: Seen | None = None


class Approve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Agree to what a preview showed."""

    seen: Seen | None = None


class Reject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why nothing is to come of it."""

    reason: Reason


def list_decisions(call: Call, asked: DecisionsAsked) -> DecisionsSeen:
    """List what waits for people."""
    found = decisions.proposals(call.ports.store, only_open=not asked.all)
    return DecisionsSeen(decisions.cases(call.ports.views), found)


def see(call: Call, _: object) -> ProposalSeen:
    """Show a proposal, and what it would do if it were approved now. Raises ProposalUnknown."""
    found = _proposed(call)
    if found.state is not ProposalState.OPEN:
        return ProposalSeen(found, None, None)
    try:
        application = call.ports.application()
        foreseen = decisions.preview(application, found.decision, reason=found.reason, by=found.proposed_by)
    except (DecisionError, AccountUnknown) as error:
        return ProposalSeen(found, None, str(error))
    return ProposalSeen(found, foreseen, None)


def foresee(call: Call, asked: DecisionAsked) -> Preview:
    """Say what a decision would do; nothing is written. Raises AccountUnknown and DecisionImpossible."""
    return decisions.preview(call.ports.application(), _decision(call, asked), by=call.by)


def propose(call: Call, asked: Propose) -> Proposal:
    """Propose a decision, for a second person to approve. Raises AccountUnknown and DecisionError."""
    decision = _decision(call, asked)
    proposal = decisions.propose(
        call.ports.application(), decision, reason=asked.reason, by=call.by, expected=asked.seen
    )
    return decisions.proposal(call.ports.store, proposal)


def approve(call: Call, asked: Approve) -> Proposal:
    """Approve what another has proposed, and carry it out. Raises DecisionError."""
    proposal = _proposed(call).id
    decisions.approve(call.ports.application(), proposal, by=call.by, expected=asked.seen)
    call.ports.settle()
    return decisions.proposal(call.ports.store, proposal)


def reject(call: Call, asked: Reject) -> Proposal:
    """Reject what another has proposed: nothing comes of it. Raises DecisionError."""
    return _closed(call, _proposed(call), asked)


def take_back(call: Call, asked: Reject) -> Proposal:
    """Take one's own proposal back. Raises DecisionError, and Problem (403) for another's."""
    found = _proposed(call)
    if not is_same_person(found.proposed_by, call.by):
        raise Problem(HTTPStatus.FORBIDDEN, "not-yours", "Only who proposed it takes it back; others reject it.")
    return _closed(call, found, asked)


def _proposed(call: Call) -> Proposal:
    """The proposal of the address, with the look at everybody whom it concerns recorded. Raises ProposalUnknown."""
    found = decisions.proposal(call.ports.store, call.id("proposal_id"))
    for whom in dict.fromkeys(concerned(found.decision)):
        call.look(whom)
    return found


def _closed(call: Call, found: Proposal, asked: Reject) -> Proposal:
    decisions.reject(call.ports.application(), found.id, by=call.by, reason=asked.reason)
    return decisions.proposal(call.ports.store, found.id)


def _decision(call: Call, asked: DecisionAsked) -> Decision:
    """What is asked as a decision, with the look at the person recorded; raises Problem for parts that do not fit."""
    if not asked.kind.needs_approval:
        raise wrong([Fault("kind", "one person is enough: POST …/entries/{entry_id}/reverse")])
    if asked.kind is Kind.ERASE and not call.visitor.may(Right.APPROVE):
        raise Problem(HTTPStatus.FORBIDDEN, "supervisors-only", "Erasing a person is proposed by supervisors.")
    moves_code = asked.kind is Kind.MOVE_CODE
    if moves_code != bool(asked.code or asked.code_id):
        raise wrong([Fault("code", "is needed for move-code, and for nothing else")])
    if (asked.kind in {Kind.JOIN, Kind.REFUSE}) != bool(asked.other):
        raise wrong([Fault("other", "is needed for join and refuse, and for nothing else")])
    account = Account.parse(asked.account)
    other = Account.parse(asked.other) if asked.other else None
    call.look(owner_of(call, account), asked.kind.value)
    if other is not None:
        call.look(owner_of(call, other), asked.kind.value)
    return Decision(asked.kind, account, other, code=_code(call, asked) if moves_code else None)


def _code(call: Call, asked: DecisionAsked) -> str:
    if asked.code_id is None:
        return canonical_code(asked.code or "")
    found = code_by_stream(call.ports.store, call.ports.views, asked.code_id)
    if found is None:
        raise not_there()
    return found.code


REFUSED: Final = NOT_FOUND | {HTTPStatus.CONFLICT}

ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/decisions",
        right=Right.SEE_PERSON,
        run=list_decisions,
        asks=DecisionsAsked,
        answers=DecisionsSeen,
        act=Act.DECISIONS_LISTED,
        whom=Whom.NOBODY,
    ),
    Endpoint(
        method="POST",
        path="/decisions/preview",
        right=Right.PROPOSE,
        run=foresee,
        asks=DecisionAsked,
        answers=Preview,
        act=Act.DECISION_SEEN,
        whom=Whom.FOUND,
        refusals=REFUSED,
    ),
    Endpoint(
        method="POST",
        path="/decisions",
        right=Right.PROPOSE,
        run=propose,
        asks=Propose,
        answers=Proposal,
        status=HTTPStatus.CREATED,
        act=Act.DECISION_PROPOSED,
        whom=Whom.FOUND,
        refusals=REFUSED,
    ),
    Endpoint(
        method="GET",
        path=PROPOSAL,
        right=Right.SEE_PERSON,
        run=see,
        answers=ProposalSeen,
        act=Act.DECISION_SEEN,
        whom=Whom.NAMED,
        refusals=NOT_FOUND,
    ),
    Endpoint(
        method="POST",
        path=f"{PROPOSAL}/approve",
        right=Right.APPROVE,
        run=approve,
        asks=Approve,
        answers=Proposal,
        act=Act.DECISION_APPROVED,
        whom=Whom.NAMED,
        refusals=REFUSED,
    ),
    Endpoint(
        method="POST",
        path=f"{PROPOSAL}/reject",
        right=Right.APPROVE,
        run=reject,
        asks=Reject,
        answers=Proposal,
        act=Act.DECISION_REJECTED,
        whom=Whom.NAMED,
        refusals=REFUSED,
    ),
    Endpoint(
        method="POST",
        path=f"{PROPOSAL}/take-back",
        right=Right.PROPOSE,
        run=take_back,
        asks=Reject,
        answers=Proposal,
        act=Act.DECISION_REJECTED,
        whom=Whom.NAMED,
        refusals=REFUSED,
    ),
)
