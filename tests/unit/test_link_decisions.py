"""Two people decide about links: join after all, refuse for good, keep, undo."""

from __future__ import annotations

import pytest

from sync_service import decisions
from sync_service.aggregates.errors import (
    AccountUnknown,
    DecisionImpossible,
    DecisionUnsigned,
    MovedOn,
    OwnProposal,
    ProposalClosed,
    ProposedAlready,
)
from sync_service.decisions import Kind, ProposalState
from tests.model import lines
from tests.unit.decision_desk import ANNA, BORIS, MISMATCH, WHY, DecisionDesk, decision, digests, owner_of
from tests.unit.support_desk import CODE_KEY, LINKED_PERSON, MODULE_KEY, as_json

PAIR = ("edu:e1", "sovetnmo:s1")
COMPLETIONS = (lines.completed("edu:e1"), lines.programme("sovetnmo:s1"))
PROGRAMME_KEY = "programme:p1:2025-05-12"


def mismatched_desk() -> DecisionDesk:
    return DecisionDesk(*COMPLETIONS, *MISMATCH)


def linked_desk() -> DecisionDesk:
    return DecisionDesk(*LINKED_PERSON)


# Before the joining


def test_a_link_refused_for_another_identity_is_a_case_for_people() -> None:
    assert mismatched_desk().cases() == [("mismatch", *PAIR)]


def test_a_case_is_found_on_both_people_s_pages_and_on_nobody_else_s() -> None:
    desk = mismatched_desk().hears(lines.registered("edu:e2"))
    found = [decisions.cases_of(desk.views, desk.plan(account).specialist_id) for account in (*PAIR, "edu:e2")]
    assert found[0] == found[1] == decisions.cases(desk.views)
    assert found[2] == ()


@pytest.mark.parametrize("accounts", [PAIR, PAIR[::-1]])
def test_joining_after_all_is_a_normal_joining_and_closes_the_case(accounts: tuple[str, str]) -> None:
    desk = mismatched_desk()
    head = desk.store.head()
    desk.decide(Kind.JOIN, *accounts)
    assert desk.cases() == []
    assert desk.accounts("edu:e1") == desk.accounts("sovetnmo:s1") == set(PAIR)
    assert set(desk.counts("edu:e1")) == {MODULE_KEY, PROGRAMME_KEY}
    told = desk.told(head)
    assert [(one.kind, one.account) for one in told] == [
        ("link.progressed", "edu:e1"),
        ("link.progressed", "sovetnmo:s1"),
        ("replica.requested", "edu:e1"),
        ("replica.requested", "sovetnmo:s1"),
    ]
    link = as_json(desk.history("edu:e1"))["link"]
    assert (link["state"], link["to_edu"], link["to_sovetnmo"]) == ("backfilling", 1, 1)
    desk.verify(*PAIR)


def test_who_decided_and_why_stands_in_the_history_once() -> None:
    desk = mismatched_desk()
    desk.decide(Kind.JOIN, *PAIR)
    [event] = [one for one in desk.history("edu:e1").events if one.type == "specialist.link_allowed.v1"]
    assert (event.data["proposed_by"], event.data["approved_by"], event.data["reason"]) == (ANNA, BORIS, WHY)
    assert ANNA in event.text
    assert BORIS in event.text


def test_different_identities_that_people_allowed_raise_no_case_until_a_third_comes() -> None:
    desk = mismatched_desk()
    desk.decide(Kind.JOIN, *PAIR)
    desk.hears(lines.changed("edu:e1", email="new@example.org"), lines.changed("edu:e1", snils=lines.SNILS))
    assert desk.cases() == []
    desk.hears(lines.changed("edu:e1", snils="160-722-394 47"))
    assert desk.cases() == [("conflict", *PAIR)]
    desk.verify(*PAIR)


def test_refusing_for_good_closes_the_case_tells_both_portals_and_cannot_be_undone_by_joining() -> None:
    desk = mismatched_desk()
    head = desk.store.head()
    desk.decide(Kind.REFUSE, *PAIR)
    assert desk.cases() == []
    told = desk.told(head)
    assert sorted((one.kind, one.account, one.said["reason"]) for one in told) == [
        ("link.refused", "edu:e1", "identity_mismatch"),
        ("link.refused", "sovetnmo:s1", "identity_mismatch"),
    ]
    with pytest.raises(DecisionImpossible):
        desk.propose(Kind.JOIN, *PAIR)
    desk.verify(*PAIR)


def test_a_new_request_after_a_final_refusal_is_a_new_case_and_is_joined_when_the_identities_agree() -> None:
    desk = mismatched_desk()
    desk.decide(Kind.REFUSE, *PAIR)
    desk.hears(lines.link_requested("r2"), lines.link_confirmed("r2"))
    assert desk.cases() == [("mismatch", *PAIR)]
    desk.hears(lines.changed("sovetnmo:s1", at=lines.AFTER, snils=lines.SNILS))
    desk.hears(lines.link_requested("r3"), lines.link_confirmed("r3"))
    assert desk.accounts("edu:e1") == set(PAIR)
    assert desk.cases() == []


@pytest.mark.parametrize(
    ("given", "accounts"),
    [
        ((), PAIR),
        (MISMATCH, ("edu:e1", "edu:e1")),
        ((*MISMATCH, lines.closed("edu:e1")), PAIR),
        (
            (
                *MISMATCH,
                lines.registered("sovetnmo:s2"),
                lines.link_requested("r9", sovetnmo="s2"),
                lines.link_confirmed("r9", sovetnmo="s2"),
            ),
            PAIR,
        ),
    ],
    ids=["no case", "one portal", "closed", "linked to a third"],
)
def test_what_cannot_be_joined_is_not_even_proposed(given: tuple[bytes, ...], accounts: tuple[str, str]) -> None:
    desk = DecisionDesk(lines.registered("edu:e1"), lines.registered("sovetnmo:s1"), *given)
    with pytest.raises(DecisionImpossible):
        desk.propose(Kind.JOIN, *accounts)
    assert decisions.proposals(desk.store) == ()


def test_nothing_is_decided_about_an_account_that_no_portal_has_named() -> None:
    with pytest.raises(AccountUnknown):
        linked_desk().propose(Kind.JOIN, "edu:e9", "sovetnmo:s1")


# Two people


def test_nobody_approves_a_proposal_of_their_own_however_they_write_their_name() -> None:
    desk = mismatched_desk()
    proposal = desk.propose(Kind.JOIN, *PAIR)
    head = desk.store.head()
    alike = ("Анна Орлова\u200b", "А\u00adнна Орлова", "Aннa Opлoвa", "Анна О\u0301рлова", "АHHA OРЛOBA")
    for name in (ANNA, "  анна   орлова ", "АННА ОРЛОВА", *alike):
        with pytest.raises(OwnProposal, match=r"^Своё предложение утвердить нельзя: нужен другой сотрудник\."):
            desk.approve(proposal, by=name)
    assert desk.store.head() == head


@pytest.mark.parametrize(
    ("by", "state"), [(ANNA, ProposalState.TAKEN_BACK), (BORIS, ProposalState.REJECTED)], ids=["own", "another's"]
)
def test_a_rejected_proposal_changes_nothing_and_is_closed(by: str, state: ProposalState) -> None:
    desk = mismatched_desk()
    proposal = desk.propose(Kind.JOIN, *PAIR)
    head = desk.store.head()
    decisions.reject(desk.application, proposal, by=by, reason="не тот человек")
    assert desk.store.head() == head + 1
    shown = decisions.proposal(desk.store, proposal)
    assert (shown.state, shown.decided_by, shown.rejected_for) == (state, by, "не тот человек")
    with pytest.raises(ProposalClosed):
        desk.approve(proposal)
    assert decisions.proposals(desk.store) == ()
    assert [one.id for one in decisions.proposals(desk.store, only_open=False)] == [proposal]
    assert desk.propose(Kind.JOIN, *PAIR) != proposal


def test_the_same_is_not_proposed_twice_and_a_proposal_is_found_by_either_account() -> None:
    desk = mismatched_desk()
    desk.propose(Kind.JOIN, *PAIR)
    with pytest.raises(ProposedAlready):
        desk.propose(Kind.JOIN, *PAIR[::-1])
    for account in PAIR:
        [found] = decisions.proposals(desk.store, account=decision(Kind.KEEP, account).account)
        assert (found.proposed_by, found.reason, str(found.decision.other)) == (ANNA, WHY, "sovetnmo:s1")


@pytest.mark.parametrize(("reason", "by"), [(" ", ANNA), (WHY, ""), (WHY, "x" * 1_001), ("\0", ANNA)])
def test_a_decision_needs_a_reason_and_a_name(reason: str, by: str) -> None:
    desk = mismatched_desk()
    with pytest.raises(DecisionUnsigned):
        decisions.propose(desk.application, decision(Kind.JOIN, *PAIR), reason=reason, by=by)


def test_who_looked_at_something_else_is_told_so() -> None:
    desk = mismatched_desk()
    seen = desk.preview(Kind.JOIN, *PAIR).seen
    desk.hears(lines.completed("edu:e1", "m2"))
    joining = decision(Kind.JOIN, *PAIR)
    with pytest.raises(MovedOn):
        decisions.propose(desk.application, joining, reason=WHY, by=ANNA, expected=seen)
    seen = desk.preview(Kind.JOIN, *PAIR).seen
    proposal = decisions.propose(desk.application, joining, reason=WHY, by=ANNA, expected=seen)
    desk.hears(lines.completed("sovetnmo:s1", "m2"))
    with pytest.raises(MovedOn):
        decisions.approve(desk.application, proposal, by=BORIS, expected=seen)
    decisions.approve(desk.application, proposal, by=BORIS, expected=desk.preview(Kind.JOIN, *PAIR).seen)
    assert desk.accounts("edu:e1") == set(PAIR)


def test_a_proposal_that_became_impossible_stays_open_and_says_so() -> None:
    desk = mismatched_desk()
    proposal = desk.propose(Kind.JOIN, *PAIR)
    desk.hears(lines.closed("edu:e1"))
    with pytest.raises(DecisionImpossible, match="закрыт"):
        desk.approve(proposal)
    assert decisions.proposal(desk.store, proposal).state is ProposalState.OPEN
    desk.hears(lines.reopened("edu:e1"))
    desk.approve(proposal)
    assert desk.accounts("edu:e1") == set(PAIR)


# After the joining


def conflicting_desk() -> DecisionDesk:
    return DecisionDesk(
        *LINKED_PERSON,
        lines.changed("edu:e1", snils=lines.SNILS),
        lines.changed("sovetnmo:s1", snils=lines.OTHER_SNILS),
    )


def test_keeping_the_link_closes_the_case_and_sends_nothing() -> None:
    desk = conflicting_desk()
    assert desk.cases() == [("conflict", *PAIR)]
    head = desk.store.head()
    desk.decide(Kind.KEEP, "sovetnmo:s1")
    assert desk.cases() == []
    assert desk.told(head) == []
    desk.hears(lines.changed("sovetnmo:s1", email="new@example.org"))
    assert desk.cases() == []
    with pytest.raises(DecisionImpossible):
        desk.propose(Kind.KEEP, "edu:e1")
    desk.verify(*PAIR)


def test_a_case_is_gone_when_the_portals_agree_again() -> None:
    desk = conflicting_desk().hears(lines.changed("sovetnmo:s1", at=lines.AFTER, snils=lines.SNILS))
    assert desk.views.find("decision_cases", "cases") == []


def test_a_conflict_can_end_in_two_people() -> None:
    desk = conflicting_desk()
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    assert desk.cases() == []
    assert desk.accounts("edu:e1") == {"edu:e1"}
    desk.verify(*PAIR)


# The preview


def test_a_preview_says_what_happens_and_leaves_nothing_behind() -> None:
    desk = linked_desk()
    before, rows = desk.store.head(), digests(desk.views)
    seen = desk.preview(Kind.UNDO_LINK, "sovetnmo:s1")
    assert (desk.store.head(), digests(desk.views)) == (before, rows)
    proposal = desk.propose(Kind.UNDO_LINK, "edu:e1")
    desk.approve(proposal)
    stored = desk.store.read(before, 1_000)
    assert [one.type for one in seen.events] == [
        event.fact.TYPE for event in stored if not event.fact.TYPE.startswith("decision.")
    ]
    assert [(one.type, str(one.account)) for one in seen.sends] == [
        (one.kind, one.account) for one in desk.told(before)
    ]
    texts = [one.text for one in seen.events] + [one.text for one in seen.sends]
    assert all(text.ru and text.en for text in texts)


def test_a_preview_tells_each_account_s_gains_and_losses() -> None:
    edu, sovetnmo = linked_desk().preview(Kind.UNDO_LINK, "edu:e1").people
    assert [change.key for change in edu.losses] == [CODE_KEY]
    assert [change.key for change in sovetnmo.losses] == [MODULE_KEY]
    assert (edu.gains, sovetnmo.gains) == ((), ())
    assert [(str(one.account), len(one.accounts_before), len(one.accounts_after)) for one in (edu, sovetnmo)] == [
        ("edu:e1", 2, 1),
        ("sovetnmo:s1", 2, 1),
    ]
    assert (edu.credits_before, edu.credits_after) == (5, 0)
    assert (sovetnmo.credits_before, sovetnmo.credits_after) == (5, 5)


def test_the_code_of_an_undone_link_is_whose_account_activated_it() -> None:
    desk = linked_desk()
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    assert owner_of(desk) == "sovetnmo:s1"
