"""What is approved is what people looked at: the same request for a link, and the same word of the catalogue."""

from __future__ import annotations

import pytest

from sync_service import decisions
from sync_service.aggregates.errors import DecisionImpossible, MovedOn
from sync_service.decisions import Kind
from tests.model import lines
from tests.unit.decision_desk import BORIS, MISMATCH, DecisionDesk
from tests.unit.support_desk import LINKED_PERSON

PAIR = ("edu:e1", "sovetnmo:s1")
HEIR = "edu:e7"
ANOTHER_REQUEST = (lines.link_requested("r2"), lines.link_confirmed("r2"))


@pytest.mark.parametrize("kind", [Kind.JOIN, Kind.REFUSE])
@pytest.mark.parametrize("is_refused_first", [True, False])
def test_a_proposal_about_one_request_is_not_approved_for_another(kind: Kind, *, is_refused_first: bool) -> None:
    desk = DecisionDesk(*MISMATCH)
    old = desk.propose(kind, *PAIR)
    if is_refused_first:
        desk.approve(desk.propose(Kind.REFUSE if kind is Kind.JOIN else Kind.JOIN, *PAIR))
        if kind is Kind.REFUSE:
            desk.decide(Kind.UNDO_LINK, *PAIR)
    desk.hears(*ANOTHER_REQUEST)
    head = desk.store.head()
    with pytest.raises(DecisionImpossible, match="другом запросе"):
        desk.approve(old)
    assert desk.store.head() == head
    desk.approve(desk.propose(kind, *PAIR))
    assert desk.cases() == []


def test_a_proposal_is_the_same_proposal_as_long_as_its_request_waits() -> None:
    desk = DecisionDesk(*MISMATCH)
    proposal = desk.propose(Kind.JOIN, *PAIR)
    assert decisions.proposal(desk.store, proposal).decision.request_id == "r1"
    desk.hears(lines.link_requested("r2"))
    desk.approve(proposal)
    assert desk.accounts("edu:e1") == set(PAIR)


@pytest.mark.parametrize("news", [lines.withdrawn(at=lines.BEFORE), lines.published("ev1", "event", lines.row(1))])
@pytest.mark.parametrize("kind", [Kind.UNDO_LINK, Kind.MOVE_CODE])
def test_news_of_the_catalogue_about_what_is_decided_is_to_be_looked_at_first(kind: Kind, news: bytes) -> None:
    desk = DecisionDesk(*LINKED_PERSON, lines.registered(HEIR))
    account, code = ("edu:e1", None) if kind is Kind.UNDO_LINK else (HEIR, lines.CODE)
    proposal = desk.propose(kind, account, code=code)
    seen = desk.preview(kind, account, code=code).seen
    desk.hears(lines.issued(lines.OTHER_CODE), lines.published("ev9"))
    assert desk.preview(kind, account, code=code).seen == seen
    desk.hears(news)
    with pytest.raises(MovedOn):
        decisions.approve(desk.application, proposal, by=BORIS, expected=seen)
    decisions.approve(desk.application, proposal, by=BORIS, expected=desk.preview(kind, account, code=code).seen)
