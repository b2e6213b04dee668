"""What the standing says of parts, readers, sources and counts: known figures, and "not known" where nobody knows."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from sync_service.operations.judging_parts import ROLES
from sync_service.operations.readings import HappenedRow, OldestRow, ReplicaRow
from sync_service.operations.standing import PartState, ReaderState
from tests.unit.calm_readings import HEAD, NAMES, NOW, ago, calm, flow, looked_at, part, parts, readers, topics

PERSON = UUID("5a1f8a52-7c43-4f0e-9a40-111111111111")


def test_a_part_that_beats_and_turns_works() -> None:
    assert {role.part: role.state for role in looked_at().roles} == dict.fromkeys(ROLES, PartState.WORKING)


@pytest.mark.parametrize(
    ("said", "state", "since"),
    [
        ({"beat_at": ago(15.1)}, PartState.STOPPED, ago(15.1)),
        ({"beat_at": ago(14.9)}, PartState.WORKING, None),
        ({"turned_at": ago(61)}, PartState.HUNG, ago(61)),
        ({"turned_at": ago(59)}, PartState.WORKING, None),
        ({"leads": False}, PartState.STANDING_BY, None),
        ({"leads": True}, PartState.WORKING, None),
        ({"ended_at": ago(30)}, PartState.ENDED, ago(30)),
    ],
)
def test_a_part_is_judged_by_its_beat_and_by_its_loop(
    said: dict[str, object], state: PartState, since: datetime | None
) -> None:
    role = looked_at(parts=parts(projections=said)).role("projections")
    assert (role.state, role.since) == (state, since)


def test_a_part_that_nobody_has_heard_of_is_absent() -> None:
    role = looked_at(parts=()).role("publisher")
    assert (role.state, role.since, role.is_up) == (PartState.ABSENT, None, False)


def test_one_process_that_works_keeps_its_role_up() -> None:
    two = (part("consumers", beat_at=ago(600)), part("consumers", instance="host-2-def"))
    role = looked_at(parts=two).role("consumers")
    assert (role.state, role.processes) == (PartState.WORKING, 1)


def test_a_view_is_measured_against_the_log_s_head() -> None:
    behind = {"position": HEAD - 310, "unread_since": ago(40), "moved_at": ago(0.2)}
    plan = looked_at(readers=readers(learning_plan=behind)).views[0]
    assert (plan.name, plan.lag_events, plan.lag_s, plan.state) == ("learning_plan", 310, 40, ReaderState.BEHIND)


def test_a_view_at_the_head_has_no_lag_however_long_ago_it_moved() -> None:
    plan = looked_at(readers=readers(learning_plan={"moved_at": ago(9_000)})).views[0]
    assert (plan.lag_events, plan.lag_s, plan.state) == (0, 0, ReaderState.AT_HEAD)


def test_a_view_that_does_not_move_although_there_is_something_to_read_stands() -> None:
    stuck = {"position": HEAD - 5, "unread_since": ago(840), "moved_at": ago(841)}
    plan = looked_at(readers=readers(learning_plan=stuck)).views[0]
    assert (plan.state, plan.since) == (ReaderState.STOPPED, ago(841))


def test_a_view_whose_projections_stopped_stands_at_once_if_it_is_behind() -> None:
    behind = {"position": HEAD - 5, "unread_since": ago(3), "moved_at": ago(16)}
    standing = looked_at(readers=readers(directory=behind), parts=parts(projections={"beat_at": ago(16)}))
    states = {one.name: one.state for one in standing.views}
    assert states["directory"] is ReaderState.STOPPED
    assert states["learning_plan"] is ReaderState.AT_HEAD


def test_the_speed_of_a_view_tells_when_it_will_have_caught_up() -> None:
    before = calm(now=ago(10), head=HEAD, readers=readers(directory={"position": HEAD - 1000, "unread_since": ago(60)}))
    now = {"position": HEAD - 500, "unread_since": ago(30), "moved_at": ago(0)}
    directory = next(one for one in looked_at(before, readers=readers(directory=now)).views if one.name == "directory")
    assert directory.catches_up_s == pytest.approx(10)
    assert directory.grows is False


def test_what_is_not_read_yet_is_counted_and_has_an_age() -> None:
    waiting = {"end_offset": 1_900, "next_offset": 900, "unread": 7, "oldest_at": ago(12)}
    edu = looked_at(unread=topics(edu=waiting)).sources[1]
    assert (edu.waiting, edu.waiting_bytes, edu.oldest_s, edu.state) == (7, 1000, 12, ReaderState.BEHIND)


def test_a_source_that_was_not_looked_at_lately_is_not_known() -> None:
    edu = looked_at(unread=topics(edu={"looked_at": ago(16)})).sources[1]
    assert (edu.waiting, edu.waiting_bytes, edu.oldest_s, edu.state) == (None, None, None, ReaderState.UNKNOWN)


def test_a_source_that_was_never_looked_at_is_not_known() -> None:
    assert {(one.waiting, one.oldest_s) for one in looked_at(unread=()).sources} == {(None, None)}


def test_too_many_unread_lines_to_count_are_not_known_but_their_bytes_are() -> None:
    edu = looked_at(unread=topics(edu={"end_offset": 10**9, "unread": None, "oldest_at": ago(60)})).sources[1]
    assert (edu.waiting, edu.waiting_bytes) == (None, 10**9 - 900)


def test_whatever_is_read_counts_as_read_although_the_last_look_was_before_it() -> None:
    caught_up = {"end_offset": 900, "next_offset": 900, "unread": 7, "oldest_at": None}
    edu = looked_at(unread=topics(edu=caught_up)).sources[1]
    assert (edu.waiting, edu.oldest_s) == (0, 0)


def test_minutes_without_messages_are_zero_in_the_sparkline() -> None:
    minute = NOW.replace(second=0)
    flows = (
        flow("/portals/edu", 14, 1, minute),
        flow("/portals/edu", 60, 1, minute - timedelta(minutes=1)),
        flow("/portals/edu", 5, 1, minute - timedelta(minutes=30)),
    )
    edu = looked_at(flows=flows).sources[1]
    assert (len(edu.spark), edu.spark[0], edu.spark[1], edu.spark[-1]) == (30, 5, 0, 60)
    assert edu.per_minute == 60
    assert edu.per_s == pytest.approx(74 / 67)


def test_waiting_replicas_are_grouped_by_age() -> None:
    def row(seconds: float, count: int, *, is_deferred: bool = False) -> ReplicaRow:
        return ReplicaRow("edu", "requested", True, is_deferred, ago(seconds), count)

    rows = (row(20, 216), row(300, 331), row(2_000, 741), row(80_000, 3, is_deferred=True), row(200_000, 1))
    applied = ReplicaRow("edu", "applied", False, False, NOW, 9_000)
    oldest = (OldestRow("edu", PERSON, ago(200_000)),)
    edu = looked_at(replicas=(*rows, applied), oldest=oldest, people={"edu": 1107}).replicas[1]
    assert edu.by_age == {"minute": 216, "ten_minutes": 331, "hour": 741, "day": 3, "older": 1}
    assert (edu.waiting, edu.applied, edu.deferred, edu.people) == (1292, 9_000, 3, 1107)
    assert (edu.oldest_specialist_id, edu.oldest_since) == (PERSON, ago(200_000))


def test_a_refused_link_is_one_refusal_although_it_stands_in_two_histories() -> None:
    row = HappenedRow("specialist.link_refused.v1", "/portals/edu", "identity_mismatch", 4, 2, {1: 2}, {1: 2, 2: 6})
    [refusal] = looked_at(happened=(row,)).refusals
    assert (refusal.day, refusal.hour) == (2, 1)


def test_what_is_usual_is_the_middle_of_the_days_before_quiet_ones_included() -> None:
    hours = {1: 60, 2: 70, 3: 50}
    row = HappenedRow("specialist.activation_refused.v1", "/portals/edu", "code_unknown", 317, 184, hours, {1: 9})
    assert [one.usual_hour for one in looked_at(happened=(row,)).refusals] == [0]
    young = looked_at(happened=(row,), began_at=ago(3.5 * 86_400)).refusals
    assert [one.usual_hour for one in young] == [60]
    assert [one.usual_hour for one in looked_at(happened=(row,), began_at=ago(3_600)).refusals] == [None]


def test_open_letters_are_those_that_nobody_has_decided_on() -> None:
    kinds = ("parked", "retried", "retried_edited", "discarded", "superseded")
    letters = {f"dead_letter.{kind}.v1": count for kind, count in zip(kinds, (40, 1, 1, 2, 3), strict=True)}
    assert looked_at(letters=letters).parked.open == 33


def test_the_sum_is_made_of_counts_that_do_not_know_of_each_other() -> None:
    ever = (flow("/portals/edu", 100, stored=90, parked=3, refused=8), flow("before", 10))
    total = looked_at(flows=ever, received=110, repeats=7).sum
    assert (total.stored, total.parked, total.refused, total.off_by, total.holds) == (100, 3, 8, 0, True)
    assert looked_at(flows=ever, received=111, repeats=7).sum.off_by == 1


def test_what_was_counted_before_sources_were_told_apart_is_no_source() -> None:
    names = [
        one.source for one in looked_at(flows=(flow("before", 10), flow("/support", 1), flow("unknown", 2))).sources
    ]
    assert names == ["sovetnmo", "edu", "catalogue", "support", "unknown"]


def test_whether_mail_is_held_only_a_notifier_that_runs_can_say() -> None:
    held = {"hindrances": {"held": "SYNC_NOTICES_HOLD"}}
    assert looked_at(parts=parts(notifier=held)).mail.held is True
    assert looked_at().mail.held is False
    assert looked_at(parts=parts(notifier={"beat_at": ago(60)})).mail.held is None


def test_every_topic_in_belongs_to_a_source_of_the_dashboard() -> None:
    assert all(one.measured_at for one in looked_at().sources)
    assert len(NAMES.all_in()) == len(looked_at().sources)
