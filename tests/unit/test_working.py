"""What a role marks of its work, and the heartbeat that tells it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from sync_service import working
from sync_service.messages.faults import TEXTS, Kind
from sync_service.messages.problems import ID_REUSED, Problem, reasons_of
from sync_service.messages.reason_kinds import class_of, words_of
from sync_service.operations.beating import Beat, BookUnavailable, beating, beats_of
from sync_service.operations.unread import SourceEnd, look_on
from sync_service.working import Spread, Watched, Working

if TYPE_CHECKING:
    from collections.abc import Sequence

TOLD_S = 30.0


class Book:
    """Remembers what it was told; away for the first so many beats."""

    def __init__(self, *, away: int = 0) -> None:
        self.away = away
        self.beats: list[Beat] = []
        self.looks: list[Sequence[SourceEnd]] = []
        self.ended: list[str | None] = []
        self.told = threading.Event()

    def beat(self, instance: str, version: str, beats: Sequence[Beat]) -> None:
        if self.away:
            self.away -= 1
            raise BookUnavailable
        self.beats.extend(beats)
        self.told.set()

    def end(self, instance: str, why: str | None) -> None:
        self.ended.append(why)

    def look(self, ends: Sequence[SourceEnd]) -> None:
        self.looks.append(ends)
        self.told.set()


def in_role(role: Working, act: object) -> None:
    """Act in a thread that is the role's."""

    def run() -> None:
        working.begin(role)
        act()  # type: ignore[operator]

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_a_loop_marks_its_turn_by_asking_whether_to_stop() -> None:
    now = [100.0]
    role = Working("consumers", clock=lambda: now[0])
    watched = Watched(threading.Event(), role)
    now[0] = 160.0
    assert [beat.turn_age_s for beat in beats_of([role])] == [60]
    assert not watched.is_set()
    assert [beat.turn_age_s for beat in beats_of([role])] == [0]


def test_a_loop_that_waits_on_purpose_turns_meanwhile_and_hears_the_stop() -> None:
    stopping, role = threading.Event(), Working("publisher")
    role.turned_at -= 100
    threading.Timer(0.05, stopping.set).start()
    assert Watched(stopping, role).wait(30)
    assert role.clock() - role.turned_at < TOLD_S
    assert not Watched(threading.Event(), role).wait(0.01)


def test_a_role_that_hangs_says_so_although_its_process_beats() -> None:
    role, book = Working("projections"), Book()
    role.turned_at -= 90
    with beating(book, [role], "0.1.0", beat_s=0.01):
        assert book.told.wait(TOLD_S)
    assert book.beats[-1].turn_age_s >= 90


def test_what_is_done_outside_of_any_role_is_told_to_nobody() -> None:
    working.did("batch.received", items=1, seconds=0.1)
    working.hindered("transport", "away")
    working.leads(is_leader=True)


def test_a_role_tells_what_it_did_and_what_keeps_it() -> None:
    role = Working("publisher")

    def act() -> None:
        working.did("batch.published", items=3, seconds=0.02, position=17)
        working.hindered("transport", "away")
        working.leads(is_leader=True)

    in_role(role, act)
    [beat] = beats_of([role])
    assert (beat.did, beat.position, beat.leads, beat.hindrances) == (
        "batch.published",
        17,
        True,
        {"transport": "away"},
    )
    assert beat.hindered_age_s is not None
    in_role(role, lambda: working.hindered("transport", None))
    [beat] = beats_of([role])
    assert (beat.hindrances, beat.hindered_age_s) == ({}, None)
    assert sum(role.batches["batch.published"].items.counts) == 1


def test_since_when_something_keeps_a_role_does_not_move_with_every_new_reason() -> None:
    now = [100.0]
    role = Working("publisher", clock=lambda: now[0])
    role.hinder("transport", "refused")
    now[0] = 140.0
    role.hinder("transport", "timed out")
    assert beats_of([role])[0].hindered_age_s == 40


def test_a_spread_counts_each_value_under_its_bound() -> None:
    spread = Spread.over((1.0, 10.0))
    for value in (0.5, 1.0, 2.0, 99.0):
        spread.add(value)
    assert (spread.counts, spread.total) == ([2, 1, 1], 102.5)


def test_heartbeats_go_on_when_the_book_is_back() -> None:
    book = Book(away=3)
    with beating(book, [Working("console")], "0.1.0", beat_s=0.01):
        assert book.told.wait(TOLD_S)
    assert book.ended == [None]


def test_a_process_that_fails_says_which_error_ended_it() -> None:
    book = Book()
    with pytest.raises(KeyError), beating(book, [], "0.1.0", beat_s=0.01):
        raise KeyError
    assert book.ended == ["KeyError"]


def test_looking_at_the_ends_goes_on_after_a_source_was_away() -> None:
    end = SourceEnd("topic:t:x:0", "t", 10, 1)
    answers: list[object] = [OSError("away"), [], [end]]
    book, stopping = Book(), threading.Event()

    def ends() -> Sequence[SourceEnd]:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer  # type: ignore[return-value]

    thread = threading.Thread(target=look_on, args=(book, ends, stopping, 0.01))
    thread.start()
    assert book.told.wait(TOLD_S)
    stopping.set()
    thread.join(TOLD_S)
    assert book.looks[0] == [end]


FACTS = {
    "limit": 256,
    "days": 3,
    "line": 1,
    "character": 2,
    "byte": 7,
    "count": 4,
    "prefix": "erased:",
    "source": "/portals/edu",
    "choices": "a, b",
    "expected_ru": "нужно число",
    "given_ru": "пришёл текст",
    "expected_en": "a number",
    "given_en": "text",
}


@pytest.mark.parametrize("kind", [kind for kind in TEXTS if kind != Kind.MORE], ids=str)
def test_a_reason_for_parking_has_a_class_without_its_particulars(kind: str) -> None:
    [reason] = reasons_of([Problem(("data", "held_on"), Kind(kind), FACTS)])
    assert class_of(reason) == f"data.held_on: {kind}"
    for words in words_of(class_of(reason)):
        assert words
        assert not set("{}…") & set(words)
        assert "held_on" not in words


def test_a_reason_about_places_in_a_list_has_the_class_of_its_kind() -> None:
    several = [Problem(("codes", place), Kind.CODE_MALFORMED, {}) for place in (3, 13)]
    assert {class_of(reason) for reason in reasons_of(several)} == {"codes: code_malformed"}


def test_an_id_that_was_used_before_has_a_class_of_its_own_and_the_unknown_another() -> None:
    assert class_of(ID_REUSED) == "id_reused"
    assert class_of("x-secret-тест: a header of somebody's own") == "other"
    assert words_of("other") == ("другие причины", "other reasons")
    assert "содержанием" in words_of("id_reused")[0]
