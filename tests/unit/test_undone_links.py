"""A wrong link is undone: two people again, each with what its own account recorded, as if they had never been one."""

from __future__ import annotations

import pytest

from sync_service import questions
from sync_service.aggregates.errors import DecisionImpossible
from sync_service.aggregates.specialist_facts import ReplicaWithdrawn
from sync_service.application import Application
from sync_service.checking import verify_links
from sync_service.decisions import Kind
from sync_service.log_tally import LogTally
from sync_service.messages.records import Record
from tests.model import lines
from tests.unit.decision_desk import MISMATCH, DecisionDesk, owner_of
from tests.unit.support_desk import CODE_KEY, LINKED, LINKED_PERSON, MODULE_KEY, as_json

PAIR = ("edu:e1", "sovetnmo:s1")
LATER = "2025-06-01T00:00:00Z"
OTHER_KEY = f"code:{lines.OTHER_CODE}"


def undone_desk(*given: bytes) -> DecisionDesk:
    """The linked person, what comes to them after the joining, and then the undoing."""
    desk = DecisionDesk(*LINKED_PERSON, *given)
    desk.decide(Kind.UNDO_LINK, "sovetnmo:s1")
    return desk


def outcomes(desk: DecisionDesk) -> list[tuple[str, str]]:
    """Who tried the code, and the latest outcome."""
    return [(one.portal, one.outcome) for one in questions.code(desk.views, lines.CODE).attempts]


def test_each_has_what_its_own_account_recorded_before_the_joining_and_after_it() -> None:
    desk = undone_desk(
        lines.completed("edu:e1", "m2"), lines.completed("sovetnmo:s1", "m3"), lines.programme("sovetnmo:s1")
    )
    assert set(desk.counts("edu:e1")) == {MODULE_KEY, "module:m2:2025-05-12"}
    assert set(desk.counts("sovetnmo:s1")) == {CODE_KEY, "module:m3:2025-05-12", "programme:p1:2025-05-12"}
    assert desk.accounts("edu:e1") == {"edu:e1"}
    assert desk.accounts("sovetnmo:s1") == {"sovetnmo:s1"}
    assert {entry["shown_in"]["edu"] for entry in as_json(desk.plan("sovetnmo:s1"))["entries"]} == {"not_linked"}
    desk.verify(*PAIR)


def test_what_both_had_recorded_before_each_keeps() -> None:
    desk = DecisionDesk(lines.completed("edu:e1"), lines.completed("sovetnmo:s1"), *LINKED)
    head = desk.store.head()
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    assert set(desk.counts("edu:e1")) == set(desk.counts("sovetnmo:s1")) == {MODULE_KEY}
    assert [one for one in desk.told(head) if one.kind == "replica.withdrawn"] == []
    desk.verify(*PAIR)


def test_an_echo_of_a_replica_is_nobody_s_own_record() -> None:
    desk = undone_desk(lines.completed("sovetnmo:s1"))
    assert MODULE_KEY not in desk.counts("sovetnmo:s1")
    desk.verify(*PAIR)


def test_a_completion_that_came_with_a_code_is_no_echo_and_stays_with_who_sent_it() -> None:
    desk = undone_desk(
        lines.issued(lines.OTHER_CODE, activity_id="m1"), lines.completed("sovetnmo:s1", code=lines.OTHER_CODE)
    )
    assert set(desk.counts("sovetnmo:s1")) == {CODE_KEY, MODULE_KEY}
    assert set(desk.counts("edu:e1")) == {MODULE_KEY}
    assert owner_of(desk, lines.OTHER_CODE) == "sovetnmo:s1"
    desk.verify(*PAIR)


def test_each_portal_is_told_that_the_link_is_undone_and_to_drop_what_was_the_other_s() -> None:
    desk = DecisionDesk(*LINKED_PERSON, lines.applied("edu:e1", CODE_KEY), lines.closed("sovetnmo:s1"))
    head = desk.store.head()
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    told = desk.told(head)
    assert [(one.kind, one.account) for one in told] == [
        ("link.refused", "edu:e1"),
        ("link.refused", "sovetnmo:s1"),
        ("replica.withdrawn", "edu:e1"),
        ("replica.withdrawn", "sovetnmo:s1"),
    ]
    assert {one.said["reason"] for one in told} == {"undone", "link_undone"}
    assert [(one.said["activity_key"], one.said["revision"]) for one in told[2:]] == [(CODE_KEY, 2), (MODULE_KEY, 2)]


def test_what_was_withdrawn_before_is_not_withdrawn_again() -> None:
    desk = DecisionDesk(*LINKED_PERSON, lines.reversal("edu:e1", MODULE_KEY))
    head = desk.store.head()
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    assert [one.said["activity_key"] for one in desk.told(head) if one.kind == "replica.withdrawn"] == [CODE_KEY]


def test_a_moved_code_that_the_link_made_show_again_is_withdrawn_and_check_would_miss_it() -> None:
    desk = DecisionDesk(lines.published(), lines.issued(), lines.activated("sovetnmo:s1"), lines.registered("edu:e7"))
    desk.decide(Kind.MOVE_CODE, "edu:e7", code=lines.CODE)
    desk.hears(lines.link_requested("r1", "e7", "s1"), lines.link_confirmed("r1", "e7", "s1"))
    head = desk.store.head()
    desk.decide(Kind.UNDO_LINK, "edu:e7")
    [told] = [one for one in desk.told(head) if one.kind == "replica.withdrawn"]
    assert (told.account, told.said["reason"], told.said["revision"]) == ("sovetnmo:s1", "link_undone", 3)
    desk.verify("sovetnmo:s1", "edu:e7")
    tally = LogTally()
    for event in desk.store.read(0, 1_000):
        if event.position <= head or not isinstance(event.fact, ReplicaWithdrawn):
            tally.take(event)
    verify_links(tally)
    assert 3 in {breach.promise for breach in tally.breaches}


@pytest.mark.parametrize("joined_by", ["support", "the portals"])
def test_what_waited_for_people_before_is_no_case_after_the_undoing_and_a_new_request_is(joined_by: str) -> None:
    desk = DecisionDesk(*MISMATCH, lines.link_requested("r2"), lines.link_confirmed("r2"))
    if joined_by == "support":
        desk.decide(Kind.JOIN, *PAIR)
    else:
        desk.hears(lines.changed("sovetnmo:s1", at=lines.AFTER, snils=lines.SNILS))
        desk.hears(lines.link_requested("r3"), lines.link_confirmed("r3"))
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    assert desk.cases() == []
    with pytest.raises(DecisionImpossible):
        desk.propose(Kind.JOIN, *PAIR)
    desk.verify(*PAIR)
    desk.hears(lines.changed("sovetnmo:s1", at=LATER, snils=lines.OTHER_SNILS))
    desk.hears(lines.link_requested("r4"), lines.link_confirmed("r4"))
    assert desk.cases() == [("mismatch", *PAIR)]


def test_codes_follow_the_account_that_activated_them_and_the_other_s_attempts_are_refused_after_all() -> None:
    desk = DecisionDesk(*LINKED_PERSON, lines.activated("edu:e1"))
    head = desk.store.head()
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    assert owner_of(desk) == "sovetnmo:s1"
    assert outcomes(desk) == [("sovetnmo", "accepted"), ("edu", "code_taken")]
    [refused] = [one for one in desk.told(head) if one.kind == "activation.refused"]
    assert (refused.account, refused.said["reason"]) == ("edu:e1", "code_taken")
    assert desk.hears(lines.activated("edu:e1")).counts("edu:e1").keys() == {MODULE_KEY}
    desk.verify(*PAIR)


def test_a_reversal_is_left_to_who_reported_it() -> None:
    desk = undone_desk(lines.reversal("edu:e1", CODE_KEY), lines.reversal("edu:e1", MODULE_KEY))
    assert desk.counts("sovetnmo:s1") == {CODE_KEY: "counted"}
    assert desk.counts("edu:e1") == {MODULE_KEY: "reversed"}
    desk.verify(*PAIR)


def test_what_both_portals_had_reversed_stays_reversed_for_both() -> None:
    given = (lines.completed("edu:e1"), lines.completed("sovetnmo:s1"), *LINKED)
    desk = DecisionDesk(*given, lines.reversal("edu:e1", MODULE_KEY), lines.reversal("sovetnmo:s1", MODULE_KEY))
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    assert desk.counts("edu:e1") == desk.counts("sovetnmo:s1") == {MODULE_KEY: "reversed"}


def test_cycles_training_and_closings_go_with_the_account_that_had_them() -> None:
    desk = undone_desk(
        lines.cycle("sovetnmo:s1", "c1"),
        lines.cycle("edu:e1", "c2"),
        lines.changed("edu:e1", audience="nurses"),
        lines.closed("edu:e1"),
    )
    plans = [as_json(desk.plan(account)) for account in PAIR]
    assert [[cycle["cycle_id"] for cycle in plan["cycles"]] for plan in plans] == [["c2"], ["c1"]]
    rows = {row["account_id"]: row for row in desk.views.find("directory", "accounts")}
    assert (rows["e1"]["is_closed"], rows["s1"]["is_closed"]) == (True, False)
    assert (rows["e1"]["audience"], rows["s1"]["audience"]) == ("nurses", "doctors")
    assert rows["e1"]["owner"] != rows["s1"]["owner"]


def test_the_catalogue_s_news_of_a_code_went_to_its_owner_and_stays_there() -> None:
    desk = undone_desk(lines.revoked(at=lines.BEFORE))
    assert desk.counts("sovetnmo:s1") == {CODE_KEY: "code_revoked"}
    desk.verify(*PAIR)


def test_messages_after_the_undoing_reach_each_person_alone() -> None:
    desk = undone_desk()
    head = desk.store.head()
    desk.hears(lines.completed("edu:e1", "m7"), lines.completed("sovetnmo:s1", "m8"), lines.applied("edu:e1", CODE_KEY))
    assert desk.told(head) == []
    assert "module:m7:2025-05-12" not in desk.counts("sovetnmo:s1")
    assert "module:m8:2025-05-12" not in desk.counts("edu:e1")
    desk.verify(*PAIR)


def test_as_of_a_time_before_there_is_one_person_with_everything() -> None:
    desk = DecisionDesk(*LINKED_PERSON, lines.completed("sovetnmo:s1", "m3"))
    before, then = desk.store.head(), as_json(desk.plan("edu:e1"))
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    desk.hears(lines.completed("edu:e1", "m9"))
    for account in PAIR:
        assert as_json(desk.plan_as_of(account, before)) == then
        assert len(desk.history(account, before).accounts) == 2
    assert len(desk.plan_as_of("edu:e1", desk.store.head()).entries) == 2


def test_neither_history_tells_of_the_other_s_records_and_both_tell_of_the_link() -> None:
    desk = undone_desk(lines.completed("edu:e1", "m2"), lines.completed("sovetnmo:s1", "m3"))
    told = {account: desk.history(account).events for account in PAIR}
    modules = {account: {one.data.get("module_id") for one in told[account]} - {None} for account in PAIR}
    assert modules == {"edu:e1": {"m1", "m2"}, "sovetnmo:s1": {"m3"}}
    kinds = {account: {one.type.split(".")[1] for one in told[account]} for account in PAIR}
    assert {"absorbed", "link_undone", "replica_withdrawn"} <= kinds["edu:e1"]
    assert {"absorbed_into", "separated_from", "replica_withdrawn"} <= kinds["sovetnmo:s1"]
    assert as_json(desk.history("edu:e1"))["link"]["reason"] == "undone"
    assert [one.position for one in told["edu:e1"]] == sorted(one.position for one in told["edu:e1"])


def test_the_same_request_cannot_link_them_again_and_a_new_one_can() -> None:
    desk = undone_desk(lines.completed("sovetnmo:s1", "m3")).hears(*LINKED)
    assert desk.accounts("edu:e1") == {"edu:e1"}
    head = desk.store.head()
    desk.hears(lines.link_requested("r2"), lines.link_confirmed("r2"))
    assert desk.accounts("edu:e1") == set(PAIR)
    asked = [one.said for one in desk.told(head) if one.kind == "replica.requested"]
    assert {(one["activity_key"], one["revision"]) for one in asked} == {
        (CODE_KEY, 3),
        (MODULE_KEY, 3),
        ("module:m3:2025-05-12", 3),
    }
    desk.verify(*PAIR)
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    assert set(desk.counts("edu:e1")) == {MODULE_KEY}
    desk.verify(*PAIR)


def test_either_account_can_be_linked_rightly_later() -> None:
    desk = undone_desk(lines.completed("sovetnmo:s1", "m3"))
    desk.hears(lines.completed("edu:e2", "m5"), lines.completed("sovetnmo:s2", "m6"))
    desk.hears(lines.link_requested("r2", edu="e2"), lines.link_confirmed("r2", edu="e2"))
    desk.hears(lines.link_requested("r3", sovetnmo="s2"), lines.link_confirmed("r3", sovetnmo="s2"))
    assert desk.accounts("sovetnmo:s1") == {"edu:e2", "sovetnmo:s1"}
    assert desk.accounts("edu:e1") == {"edu:e1", "sovetnmo:s2"}
    assert set(desk.counts("edu:e2")) == {CODE_KEY, "module:m3:2025-05-12", "module:m5:2025-05-12"}
    assert set(desk.counts("sovetnmo:s2")) == {MODULE_KEY, "module:m6:2025-05-12"}
    story = {one.data.get("module_id") for one in desk.history("sovetnmo:s1").events}
    assert story >= {"m3", "m5"}
    assert not story & {"m1", "m6"}
    desk.verify(*PAIR, "edu:e2", "sovetnmo:s2")


def test_a_link_that_was_refused_because_of_the_wrong_one_was_answered_for_good() -> None:
    desk = undone_desk(lines.registered("edu:e2"), lines.link_requested("r2", edu="e2"))
    desk.hears(lines.link_confirmed("r2", edu="e2"))
    assert desk.accounts("edu:e2") == {"edu:e2"}
    desk.hears(lines.link_requested("r3", edu="e2"), lines.link_confirmed("r3", edu="e2"))
    assert desk.accounts("edu:e2") == {"edu:e2", "sovetnmo:s1"}


def test_undoing_is_possible_only_for_what_is_linked() -> None:
    desk = undone_desk()
    with pytest.raises(DecisionImpossible):
        desk.propose(Kind.UNDO_LINK, "edu:e1")


@pytest.mark.parametrize(("account", "other"), [PAIR, PAIR[::-1]])
def test_another_process_that_has_the_pair_in_its_cache_goes_on_rightly(account: str, other: str) -> None:
    desk = DecisionDesk(*LINKED_PERSON)
    cached = Application(desk.store, lambda: desk.now)

    def hears(number: int, line: bytes) -> None:
        cached.receive([Record(line, "file:2", number, number + 1)])

    hears(0, lines.completed("edu:e1", "m3"))
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    hears(1, lines.completed(account, "m4"))
    hears(2, lines.completed(other, "m5"))
    desk.catch_up()
    assert "module:m4:2025-05-12" in desk.counts(account)
    assert "module:m4:2025-05-12" not in desk.counts(other)
    assert "module:m5:2025-05-12" in desk.counts(other)
    desk.verify(*PAIR)
