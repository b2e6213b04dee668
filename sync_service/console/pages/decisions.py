"""What waits for people to decide, and what they decided lately."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from sync_service import decisions
from sync_service.access import Right
from sync_service.console.pages import decisions_new, decisions_proposal
from sync_service.console.pages.decisions_words import STATES, hidden
from sync_service.console.routes import Page
from sync_service.decisions import Case, Kind, Proposal, ProposalState
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from sync_service.console.visit import Visit

RECENT_SHOWN_MAX = 30


class ProposalLine(msgspec.Struct, frozen=True):
    """A proposal as the list shows it."""

    proposal: Proposal
    text: Sentence
    kind: str
    state: Sentence


class CaseLine(msgspec.Struct, frozen=True):
    """A case as the list shows it; `proposed` is the address of the proposal that waits, empty if there is none."""

    case: Case
    address: str
    proposed: str


def show(visit: Visit) -> Response:
    """Cases and proposals, the oldest first; below them the recent ones, the newest first."""
    every = decisions.proposals(visit.ports.store, only_open=False)
    waiting = [one for one in reversed(every) if one.state is ProposalState.OPEN]
    recent = sorted(
        (one for one in every if one.state is not ProposalState.OPEN),
        key=lambda one: one.decided_at or one.proposed_at,
        reverse=True,
    )
    cases = decisions.cases(visit.ports.views)
    return visit.render(
        "decisions.html",
        waiting=[_line(one) for one in waiting],
        cases=[_case(case, waiting) for case in cases],
        recent=[_line(one) for one in recent[:RECENT_SHOWN_MAX]],
    )


def _line(proposal: Proposal) -> ProposalLine:
    kind, state = STATES[proposal.state]
    return ProposalLine(proposal, hidden(proposal.text), kind, state)


def _case(case: Case, waiting: Sequence[Proposal]) -> CaseLine:
    kind = Kind.JOIN if case.kind == "mismatch" else Kind.KEEP
    asked = urlencode({"kind": kind.value, "account": str(case.edu), "other": str(case.sovetnmo)})
    pair = {case.edu, case.sovetnmo}
    proposed = next((one.id for one in waiting if set(one.decision.accounts) == pair and not one.decision.code), None)
    return CaseLine(case, f"/console/decisions/new?{asked}", f"/console/decisions/{proposed}" if proposed else "")


PAGES = (
    Page("/console/decisions", see=Right.SEE_PERSON, show=show),
    Page(
        "/console/decisions/new",
        see=Right.PROPOSE,
        show=decisions_new.show,
        act_needs=Right.PROPOSE,
        act=decisions_new.act,
    ),
    Page(
        "/console/decisions/{proposal}/take-back",
        see=Right.PROPOSE,
        act_needs=Right.PROPOSE,
        act=decisions_proposal.take_back,
    ),
    Page(
        "/console/decisions/{proposal}",
        see=Right.SEE_PERSON,
        show=decisions_proposal.show,
        act_needs=Right.APPROVE,
        act=decisions_proposal.act,
    ),
)
