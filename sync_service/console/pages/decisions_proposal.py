"""One proposal: what was proposed, by whom and why, what it would do now; and the second person's word."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from sync_service import decisions
from sync_service.aggregates.deciding import is_same_person
from sync_service.aggregates.errors import AccountUnknown, DecisionError, DecisionImpossible, ProposalUnknown
from sync_service.aggregates.values import account_stream, code_stream
from sync_service.console.pages import decisions_words as words
from sync_service.console.pages.decisions_effects import effects_of, events_of
from sync_service.console.pages.decisions_sides import sides_of
from sync_service.console.person.hiding import hidden_codes
from sync_service.console.visit import NotThere
from sync_service.decisions import ProposalState
from sync_service.questions.people import listed_owner

if TYPE_CHECKING:
    from uuid import UUID

    from starlette.responses import Response

    from sync_service.aggregates.errors import DomainError
    from sync_service.aggregates.values import Account
    from sync_service.console.visit import Visit
    from sync_service.decisions import Preview, Proposal
    from sync_service.sentences.words import Sentence

REJECT = "reject"


def show(visit: Visit) -> Response:
    """The proposal as it stands."""
    return _page(visit)


def act(visit: Visit) -> Response:
    """Approve or reject; what stands against it is said on the same page."""
    proposal, by = visit.path_uuid("proposal"), visit.form.get("who", "")
    try:
        if visit.form.get("act") == REJECT:
            decisions.reject(visit.ports.application(), proposal, by=by, reason=visit.form.get("reason", ""))
        else:
            decisions.approve(visit.ports.application(), proposal, by=by, expected=visit.form.get("seen", ""))
    except ProposalUnknown:
        raise NotThere from None
    except (DecisionError, AccountUnknown) as error:
        return visit.signed(_page(visit, error))
    visit.ports.settle()
    return visit.signed(visit.redirect(f"/console/decisions/{proposal}"))


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
        sides=sides_of(visit.ports.views, decision.accounts) if decision.other and is_open else None,
        people=[(account, _specialist(visit, account)) for account in decision.accounts],
        code_page=f"/console/codes/{code_stream(decision.code)}" if decision.code else "",
        is_open=is_open,
        second="" if is_same_person(visit.who, proposal.proposed_by) else visit.who,
    )


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
