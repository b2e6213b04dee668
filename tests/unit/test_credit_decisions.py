"""People decide about credits: a code goes to its rightful owner, support takes a credit back."""

from __future__ import annotations

import pytest

from sync_service import decisions, questions
from sync_service.aggregates.errors import DecisionImpossible, MovedOn
from sync_service.decisions import Kind
from tests.model import lines
from tests.unit.decision_desk import ANNA, WHY, DecisionDesk, decision, owner_of
from tests.unit.support_desk import CODE_KEY, LINKED_PERSON, MODULE_KEY, as_json

HEIR = "edu:e7"
THIEF = (lines.published(), lines.issued(), lines.registered("sovetnmo:s1"), lines.activated("sovetnmo:s1"))
ROBBED = (*THIEF, lines.registered(HEIR), lines.activated(HEIR, at=lines.AFTER))

WITH_MODULE = (
    lines.published(),
    lines.published("m1", "module"),
    lines.issued(activity_id="ev1"),
    lines.registered("sovetnmo:s1"),
    lines.completed("sovetnmo:s1", code=lines.CODE),
)


def moved_desk(*given: bytes) -> DecisionDesk:
    """The code of one account, which another one had asked for, is moved to that one."""
    desk = DecisionDesk(*(given or ROBBED))
    desk.decide(Kind.MOVE_CODE, HEIR, code=lines.CODE)
    return desk


def attempts(desk: DecisionDesk) -> list[tuple[str, str]]:
    return [(one.account_id, one.outcome) for one in questions.code(desk.views, lines.CODE).attempts]


def reverse(desk: DecisionDesk, by: str) -> None:
    """Support or a portal takes the code's credit back."""
    if by == "support":
        desk.reverse("sovetnmo:s1", CODE_KEY)
    else:
        desk.hears(lines.reversal(by, CODE_KEY))


# Moving a code


def test_a_moved_code_is_reversed_for_the_one_and_recorded_for_the_other_at_its_original_time() -> None:
    desk = moved_desk()
    assert desk.counts("sovetnmo:s1") == {CODE_KEY: "reversed"}
    assert desk.counts(HEIR) == {CODE_KEY: "counted"}
    assert owner_of(desk) == HEIR
    assert attempts(desk) == [("s1", "code_taken"), ("e7", "accepted")]
    [row] = desk.views.find("learning_plan", "entries", origin="edu")
    assert (row["activated_at"].isoformat(), row["said_on"].isoformat()) == (lines.NOON, lines.DAY)
    desk.verify("sovetnmo:s1", HEIR)


def test_both_portals_are_told_and_neither_learns_of_the_other() -> None:
    desk = DecisionDesk(*ROBBED)
    head = desk.store.head()
    desk.decide(Kind.MOVE_CODE, HEIR, code=lines.CODE)
    told = desk.told(head)
    assert [(one.kind, one.account, one.said.get("reason")) for one in told] == [
        ("replica.withdrawn", "sovetnmo:s1", "code_moved"),
        ("activation.refused", "sovetnmo:s1", "code_taken"),
        ("activation.accepted", "edu:e7", None),
    ]
    assert not [one for one in told if ("e7" in str(one.said)) is (one.account != HEIR)]


def test_linked_people_drop_and_get_the_copies_too() -> None:
    heir = (*ROBBED, lines.link_requested("r7", "e7", "s7"), lines.link_confirmed("r7", "e7", "s7"))
    thief = (lines.link_requested(), lines.link_confirmed(), lines.applied("edu:e1", CODE_KEY))
    desk = DecisionDesk(*heir, *thief)
    head = desk.store.head()
    desk.decide(Kind.MOVE_CODE, HEIR, code=lines.CODE)
    copies = [(one.kind, one.account) for one in desk.told(head) if one.kind.startswith("replica")]
    assert copies == [
        ("replica.withdrawn", "edu:e1"),
        ("replica.withdrawn", "sovetnmo:s1"),
        ("replica.requested", "sovetnmo:s7"),
    ]
    desk.verify("edu:e1", HEIR)


def test_an_owner_who_never_typed_the_code_gets_it_all_the_same() -> None:
    desk = moved_desk(*THIEF, lines.registered(HEIR))
    assert desk.counts(HEIR) == {CODE_KEY: "counted"}
    assert attempts(desk) == [("s1", "code_taken")]
    assert desk.hears(lines.activated(HEIR)).counts(HEIR) == {CODE_KEY: "counted"}
    assert attempts(desk)[-1] == ("e7", "code_already_yours")
    desk.verify(HEIR)


def test_a_code_that_came_with_a_completion_leaves_the_completion_and_is_recorded_by_its_day() -> None:
    code_of_module = lines.issued(activity_id="m1")
    module = lines.published("m1", "module")
    thief = (module, code_of_module, lines.registered("sovetnmo:s1"), lines.completed("sovetnmo:s1", code=lines.CODE))
    desk = moved_desk(*thief, lines.registered(HEIR))
    assert desk.counts("sovetnmo:s1") == {MODULE_KEY: "counted"}
    assert desk.counts(HEIR) == {CODE_KEY: "counted"}
    assert [str(entry.completed_on) for entry in desk.plan(HEIR).entries] == [lines.DAY]
    desk.verify("sovetnmo:s1", HEIR)


def test_a_code_that_was_moved_by_mistake_can_be_moved_back() -> None:
    desk = moved_desk()
    head = desk.store.head()
    desk.decide(Kind.MOVE_CODE, "sovetnmo:s1", code=lines.CODE)
    assert desk.counts("sovetnmo:s1") == {CODE_KEY: "counted"}
    assert desk.counts(HEIR) == {CODE_KEY: "reversed"}
    assert [one.account for one in desk.told(head) if one.kind == "activation.accepted"] == ["sovetnmo:s1"]
    desk.reverse("sovetnmo:s1", CODE_KEY)
    withdrawn = [one for one in desk.told(head) if one.kind == "replica.withdrawn" and one.account == "sovetnmo:s1"]
    assert [one.said["revision"] for one in withdrawn] == [2]
    desk.verify("sovetnmo:s1", HEIR)


@pytest.mark.parametrize("when", ["before", "meanwhile"])
@pytest.mark.parametrize("by", ["support", "sovetnmo:s1", "edu:e1"])
def test_a_reversal_stands_again_when_a_moved_code_comes_back(by: str, when: str) -> None:
    linked = (lines.link_requested(), lines.link_confirmed(), lines.applied("edu:e1", CODE_KEY))
    desk = DecisionDesk(*THIEF, lines.registered(HEIR), lines.registered("edu:e1"), *linked)
    if when == "before":
        reverse(desk, by)
    desk.decide(Kind.MOVE_CODE, HEIR, code=lines.CODE)
    if when == "meanwhile" and by != "support":
        reverse(desk, by)
    assert desk.counts(HEIR) == {CODE_KEY: "counted"}
    head = desk.store.head()
    desk.decide(Kind.MOVE_CODE, "sovetnmo:s1", code=lines.CODE)
    stands = when == "before" or by != "support"
    assert desk.counts("edu:e1") == {CODE_KEY: "reversed" if stands else "counted"}
    assert [one for one in desk.told(head) if one.kind == "replica.requested"] == [] or not stands
    desk.verify("edu:e1", HEIR)


def test_a_code_that_came_with_a_completion_gives_no_second_credit_when_it_comes_back() -> None:
    desk = moved_desk(*WITH_MODULE, lines.registered(HEIR))
    for _ in range(2):
        head = desk.store.head()
        desk.decide(Kind.MOVE_CODE, "sovetnmo:s1", code=lines.CODE)
        assert desk.counts("sovetnmo:s1") == {MODULE_KEY: "counted"}
        [told] = [one for one in desk.told(head) if one.kind == "activation.accepted"]
        assert (told.account, told.said["activity_key"]) == ("sovetnmo:s1", MODULE_KEY)
        assert desk.counts(HEIR) == {CODE_KEY: "reversed"}
        desk.verify("sovetnmo:s1", HEIR)
        desk.decide(Kind.MOVE_CODE, HEIR, code=lines.CODE)
        assert desk.counts(HEIR) == {CODE_KEY: "counted"}


def test_a_code_comes_back_as_a_credit_if_the_completion_that_it_came_with_is_reversed() -> None:
    desk = moved_desk(*WITH_MODULE, lines.registered(HEIR), lines.reversal("sovetnmo:s1", MODULE_KEY))
    desk.decide(Kind.MOVE_CODE, "sovetnmo:s1", code=lines.CODE)
    assert desk.counts("sovetnmo:s1") == {MODULE_KEY: "reversed", CODE_KEY: "counted"}
    desk.verify("sovetnmo:s1", HEIR)


def test_a_code_that_came_back_to_the_other_account_is_its_own_credit_once_the_link_is_undone() -> None:
    pair = (lines.registered("edu:e1"), lines.link_requested(), lines.link_confirmed())
    desk = moved_desk(*WITH_MODULE, *pair, lines.registered(HEIR))
    desk.decide(Kind.MOVE_CODE, "edu:e1", code=lines.CODE)
    assert desk.counts("edu:e1") == {MODULE_KEY: "counted"}
    desk.verify("edu:e1", HEIR)
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    assert (set(desk.counts("edu:e1")), set(desk.counts("sovetnmo:s1"))) == ({CODE_KEY}, {MODULE_KEY})
    desk.verify("edu:e1", "sovetnmo:s1", HEIR)


def test_news_of_the_catalogue_about_a_moved_code_goes_to_its_new_owner() -> None:
    revoked = (*ROBBED, lines.revoked(at=lines.BEFORE))
    desk = moved_desk(*revoked)
    assert desk.counts(HEIR) == {CODE_KEY: "code_revoked"}
    desk.hears(lines.issued(audience="nurses"))
    assert desk.counts("sovetnmo:s1") == {CODE_KEY: "reversed"}
    desk.verify("sovetnmo:s1", HEIR)


def test_two_who_turn_out_to_be_one_have_the_moved_code_once_and_it_counts() -> None:
    desk = moved_desk()
    head = desk.store.head()
    desk.hears(lines.link_requested("r1", "e7", "s1"), lines.link_confirmed("r1", "e7", "s1"))
    assert desk.counts("sovetnmo:s1") == {CODE_KEY: "counted"}
    [asked] = [one for one in desk.told(head) if one.kind == "replica.requested"]
    assert (asked.account, asked.said["revision"]) == ("sovetnmo:s1", 2)
    assert attempts(desk) == [("s1", "code_already_yours"), ("e7", "accepted")]
    desk.verify("sovetnmo:s1", HEIR)
    desk.decide(Kind.UNDO_LINK, HEIR)
    assert desk.counts("sovetnmo:s1") == {CODE_KEY: "reversed"}
    assert desk.counts(HEIR) == {CODE_KEY: "counted"}
    assert attempts(desk) == [("s1", "code_taken"), ("e7", "accepted")]
    desk.verify("sovetnmo:s1", HEIR)


def test_a_code_that_was_moved_to_a_linked_person_stays_with_the_account_when_the_link_is_undone() -> None:
    desk = DecisionDesk(
        *THIEF, lines.registered(HEIR), lines.link_requested("r7", "e7", "s7"), lines.link_confirmed("r7", "e7", "s7")
    )
    desk.decide(Kind.MOVE_CODE, "sovetnmo:s7", code=lines.CODE)
    desk.decide(Kind.UNDO_LINK, HEIR)
    assert desk.counts("sovetnmo:s7").keys() == {CODE_KEY}
    assert desk.counts(HEIR) == {}
    desk.verify("sovetnmo:s7", HEIR, "sovetnmo:s1")


@pytest.mark.parametrize("to", ["sovetnmo:s1", HEIR], ids=["theirs already", "nobody's"])
def test_a_code_is_moved_only_from_somebody_to_somebody_else(to: str) -> None:
    desk = DecisionDesk(lines.registered(HEIR), *(THIEF if to == "sovetnmo:s1" else (lines.issued(),)))
    with pytest.raises(DecisionImpossible):
        desk.propose(Kind.MOVE_CODE, to, code=lines.CODE)


def test_a_proposal_to_move_a_code_that_was_moved_meanwhile_is_to_be_looked_at_again() -> None:
    desk = DecisionDesk(*ROBBED, lines.registered("edu:e8"), lines.registered("edu:e9"))
    waiting = desk.propose(Kind.MOVE_CODE, "edu:e8", code=lines.CODE)
    desk.decide(Kind.MOVE_CODE, "edu:e9", code=lines.CODE)
    with pytest.raises(MovedOn):
        desk.approve(waiting)


def test_the_preview_of_a_move_tells_both_plans() -> None:
    desk = DecisionDesk(*ROBBED)
    heir, thief = desk.preview(Kind.MOVE_CODE, HEIR, code=lines.CODE).people
    assert (str(heir.account), [(one.key, one.after) for one in heir.gains]) == (HEIR, [(CODE_KEY, "counted")])
    [change] = thief.changes
    assert (change.before, change.after, change.credits_before, change.credits_after) == ("counted", "reversed", 5, 0)


# Reversing a credit


def test_support_takes_a_credit_back_alone_and_every_account_is_told_the_origin_too() -> None:
    desk = DecisionDesk(*LINKED_PERSON)
    head = desk.store.head()
    desk.reverse("edu:e1", CODE_KEY)
    assert desk.counts("sovetnmo:s1")[CODE_KEY] == "reversed"
    assert [(one.kind, one.account, one.said["reason"]) for one in desk.told(head)] == [
        ("replica.withdrawn", "edu:e1", "support"),
        ("replica.withdrawn", "sovetnmo:s1", "support"),
    ]
    assert WHY not in str(desk.told(head))
    assert owner_of(desk) == "sovetnmo:s1"
    [event] = [one for one in desk.history("edu:e1").events if one.type == "specialist.credit_reversed.v1"]
    assert ANNA in event.text
    assert WHY in event.text
    assert decisions.proposals(desk.store, only_open=False) == ()
    desk.verify("edu:e1", "sovetnmo:s1")


def test_a_closed_account_is_told_when_it_is_reopened() -> None:
    desk = DecisionDesk(*LINKED_PERSON, lines.closed("sovetnmo:s1"))
    head = desk.store.head()
    desk.reverse("edu:e1", CODE_KEY)
    assert [one.account for one in desk.told(head)] == ["edu:e1"]
    desk.hears(lines.reopened("sovetnmo:s1"))
    assert [one.account for one in desk.told(head)] == ["edu:e1", "sovetnmo:s1"]
    desk.verify("edu:e1")


@pytest.mark.parametrize("key", ["module:m9:2025-05-12", MODULE_KEY])
def test_only_what_is_there_and_not_reversed_is_taken_back(key: str) -> None:
    desk = DecisionDesk(*LINKED_PERSON, lines.reversal("edu:e1", MODULE_KEY))
    with pytest.raises(DecisionImpossible):
        desk.reverse("edu:e1", key)


def test_a_reversal_that_was_looked_at_in_another_state_is_refused() -> None:
    desk = DecisionDesk(*LINKED_PERSON)
    seen = desk.preview(Kind.REVERSE, "edu:e1", key=CODE_KEY).seen
    desk.hears(lines.completed("sovetnmo:s1", "m2"))
    account = decision(Kind.REVERSE, "edu:e1").account
    with pytest.raises(MovedOn):
        decisions.reverse(desk.application, account, CODE_KEY, reason=WHY, by=ANNA, expected=seen)


def test_a_reversal_by_support_stays_with_whoever_has_the_entry_when_the_link_is_undone() -> None:
    desk = DecisionDesk(*LINKED_PERSON)
    desk.reverse("edu:e1", CODE_KEY)
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    assert desk.counts("sovetnmo:s1") == {CODE_KEY: "reversed"}
    assert CODE_KEY not in as_json(desk.counts("edu:e1"))
    desk.verify("edu:e1", "sovetnmo:s1")


def test_a_reversal_by_a_portal_after_support_s_changes_nothing_and_is_kept() -> None:
    desk = DecisionDesk(*LINKED_PERSON)
    desk.reverse("edu:e1", CODE_KEY)
    head = desk.store.head()
    desk.hears(lines.reversal("sovetnmo:s1", CODE_KEY))
    assert desk.told(head) == []
    [event] = desk.store.read(head, 10)
    assert event.fact.TYPE == "specialist.activity_reversed.v1"
    desk.verify("edu:e1")
