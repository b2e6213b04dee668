"""One proposal: what was proposed, by whom and why, what it would do now; and the second person's word."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from sync_service import decisions
from sync_service.access import Right
from sync_service.aggregates.deciding import is_same_person
from sync_service.aggregates.errors import AccountUnknown, DecisionError, DecisionImpossible, ProposalUnknown
from sync_service.aggregates.values import ERASED, account_stream, code_stream
from sync_service.console.pages import decisions_words as words
from sync_service.console.pages.decisions_effects import effects_of, events_of
from sync_service.console.pages.decisions_sides import sides_of
from sync_service.console.person.hiding import hidden_codes
from sync_service.console.visit import NotThere, Refused
from sync_service.decisions import Kind, ProposalState
from sync_service.questions.people import listed_owner
from sync_service.sentences.staff import with_right

if TYPE_CHECKING:
    from uuid import UUID

    from starlette.responses import Response

    from sync_service.aggregates.errors import DomainError
    from sync_service.aggregates.values import Account
    from sync_service.console.pages.decisions_sides import Sides
    from sync_service.console.visit import Visit
    from sync_service.decisions import Decision, Preview, Proposal
    from sync_service.sentences.words import Sentence

REJECT = "reject"


def show(visit: Visit) -> Response:
    """The proposal as it stands."""
    return _page(visit)


def act(visit: Visit) -> Response:
    """Approve or reject; what stands against it is said on the same page."""
    proposal, by = visit.path_uuid("proposal"), visit.visitor.signature
    address = f"/console/decisions/{proposal}"
    try:
        if visit.form.get("act") == REJECT:
            decisions.reject(visit.ports.application(), proposal, by=by, reason=visit.form.get("reason", ""))
        else:
            address = _erased_at(visit, proposal) or address
            decisions.approve(visit.ports.application(), proposal, by=by, expected=visit.form.get("seen", ""))
    except ProposalUnknown:
        raise NotThere from None
    except (DecisionError, AccountUnknown) as error:
        return _page(visit, error)
    visit.ports.settle()
    return visit.redirect(address)


def _erased_at(visit: Visit, proposal: UUID) -> str | None:
    """Where it is said that somebody was erased: what was proposed names nobody after that."""
    decision = decisions.proposal(visit.ports.store, proposal).decision
    return f"/console/people/{_specialist(visit, decision.account)}" if decision.kind is Kind.ERASE else None


def take_back(visit: Visit) -> Response:
    """Take back one's own proposal; what another proposed is for those to reject who may approve."""
    proposal = visit.path_uuid("proposal")
    try:
        if not _is_own(visit, decisions.proposal(visit.ports.store, proposal)):
            raise Refused(words.NOT_YOURS)
        decisions.reject(
            visit.ports.application(), proposal, by=visit.visitor.signature, reason=visit.form.get("reason", "")
        )
    except ProposalUnknown:
        raise NotThere from None
    except DecisionError as error:
        return _page(visit, error)
    return visit.redirect(f"/console/decisions/{proposal}")


def _is_own(visit: Visit, proposal: Proposal) -> bool:
    return is_same_person(visit.visitor.signature, proposal.proposed_by)


def _page(visit: Visit, refused: DomainError | None = None) -> Response:
    try:
        proposal = decisions.proposal(visit.ports.store, visit.path_uuid("proposal"))
    except ProposalUnknown:
        raise NotThere from None
    preview, impossible = _previewed(visit, proposal)
    kind, state = words.STATES[proposal.state]
    events, left_out = events_of(preview) if preview else ([], 0)
    decision, is_open = proposal.decision, proposal.state is ProposalState.OPEN
    return visit.render(
        "decision.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        proposal=proposal,
        reason=hidden_codes(proposal.reason),
        rejected_for=hidden_codes(proposal.rejected_for or ""),
        question=words.QUESTIONS[decision.kind],
        text=words.hidden(proposal.text),
        verdict=words.VERDICTS[proposal.state],
        state_kind=kind,
        state=state,
        afterwards=words.AFTERWARDS[decision.kind],
        button=words.APPROVE[decision.kind],
        refused=words.refusal_of(refused) if refused else None,
        impossible=impossible,
        preview=preview,
        effects=effects_of(preview) if preview else [],
        events=events,
        left_out=left_out,
        sides=_sides(visit, decision) if is_open else None,
        people=[(account, _specialist(visit, account)) for account in decision.accounts if not account.is_erased],
        code_page=_code_page(decision),
        is_open=is_open,
        is_own=_is_own(visit, proposal),
        approvers=with_right(Right.APPROVE),
    )


def _code_page(decision: Decision) -> str:
    is_known = decision.code is not None and not decision.code.startswith(ERASED)
    return f"/console/codes/{code_stream(decision.code or '')}" if is_known else ""


def _sides(visit: Visit, decision: Decision) -> Sides | None:
    is_compared = decision.other is not None and decision.kind is not Kind.ERASE
    return sides_of(visit.ports.views, decision.accounts) if is_compared else None


def _previewed(visit: Visit, proposal: Proposal) -> tuple[Preview | None, Sentence | None]:
    """What it would do now; or why it can no longer be carried out. Neither once it is decided on."""
    if proposal.state is not ProposalState.OPEN:
        return None, None
    try:
        preview = decisions.preview(
            visit.ports.application(), proposal.decision, reason=proposal.reason, by=proposal.proposed_by
        )
    except (DecisionImpossible, AccountUnknown) as error:
        return None, words.refusal_of(error)
    return (preview, None) if preview.decision == proposal.decision else (None, words.NOT_THE_SAME)


def _specialist(visit: Visit, account: Account) -> UUID:
    return listed_owner(visit.ports.views, account) or account_stream(account)
