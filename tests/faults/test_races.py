"""Two processes that want the same at the same moment: a code, a person, or the two halves of a link."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from sync_service.messages.records import Record
from tests.faults.answers import answers_of_model, answers_of_service, differences
from tests.faults.deployment import Deployment
from tests.faults.log_order import stored_order, told_in_order
from tests.faults.racers import race
from tests.model import lines
from tests.model.values import canonical_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from sync_service.bootstrap import Service
    from tests.faults.racers import Finished
    from tests.model.contract_model import World

CODES = 1_000
AT_ONCE = 4
ISSUED_AT_ONCE = 500
PEOPLE = 20
"""So few that each is written again and again, from what both processes have in their caches."""

ROUNDS = 100
PAIRS = 25

Rivals = tuple[bytes, bytes]


class Track:
    """One store that processes race on."""

    def __init__(self, service: Service, database_url: str, directory: Path) -> None:
        self._service = service
        self._database_url = database_url
        self._commands = Deployment(directory, database_url=database_url)
        self._given: list[bytes] = []

    def given(self, *before: bytes) -> None:
        """Receive what is so before the race."""
        records = [Record(line, "race:before", number, number + 1) for number, line in enumerate(before)]
        self._service.application().receive(records)
        self._given += before

    def race(self, rivals: Sequence[Rivals], at_once: int = 1) -> list[Finished]:
        """Let two processes receive one line each of so many pairs at the same moment, the second in reverse order."""
        rounds = [rivals[start : start + at_once] for start in range(0, len(rivals), at_once)]
        first = [tuple(one for one, _ in pairs) for pairs in rounds]
        second = [tuple(other for _, other in reversed(pairs)) for pairs in rounds]
        self._given += [line for batch in (*first, *second) for line in batch]
        return race(self._database_url, first, second)

    def assert_as_the_model_says(self) -> World:
        """The verdict is clean, all is counted, and every answer is the model's for the order in the log."""
        assert self._service.catch_up()
        verdict = self._commands.command("check", "--json")
        assert verdict["ok"], verdict["breaches"]
        assert verdict["messages"]["stored"] == verdict["messages"]["received"] == len(self._given)
        world = told_in_order(stored_order(self._service.store), self._given)
        assert not differences(answers_of_model(world), answers_of_service(self._service, verdict))
        return world


@pytest.fixture
def track(service: Service, database_url: str, tmp_path: Path) -> Track:
    return Track(service, database_url, tmp_path)


def code(number: int) -> str:
    """A code that no other number has."""
    return f"RACE-{number:08d}"


def linked(number: int) -> Iterable[bytes]:
    """Both halves of the link of the persons with this number."""
    return lines.link_requested(f"r{number}", f"e{number}", f"s{number}"), lines.link_confirmed(
        f"r{number}", f"e{number}", f"s{number}"
    )


def rivals_for(number: int) -> Rivals:
    """Two messages about one code, in one of five ways to want it."""
    typed, somebody = code(number), number // 5 % PEOPLE
    edu, sovetnmo, other = f"edu:e{somebody}", f"sovetnmo:s{somebody}", f"sovetnmo:s{somebody + PEOPLE}"
    match number % 5:
        case 0 | 1:  # issued before; two people
            return lines.activated(edu, typed), lines.activated(other, typed.lower())
        case 2:  # one person, on both accounts
            return lines.activated(edu, typed), lines.activated(sovetnmo, typed)
        case 3:  # issued by nobody; both portals vouch, and one of the two comes with a completed module
            completion = lines.completed(edu, f"m{number}", code=typed)
            return completion, lines.activated(other, typed, activity_id="ev1")
        case _:  # unknown, and issued at the same moment
            return lines.activated(edu, typed), lines.issued(typed)


def winners(world: World, rivals: Sequence[Rivals]) -> Counter[str]:
    """Which portal each code went to, having made sure that it went to one attempt."""
    won: Counter[str] = Counter()
    for number in range(len(rivals)):
        told: dict[str, Any] = world.code(code(number)) or {}
        assert [made["outcome"] for made in told["attempts"]].count("accepted") == 1
        won[told["owner"]["portal"]] += number % 5 != 4
    return won


@pytest.mark.timeout(120)
def test_each_of_a_thousand_codes_has_one_owner_when_two_processes_want_it_at_once(
    track: Track, tell: Callable[[str], None]
) -> None:
    begun = time.monotonic()
    issued = [code(number) for number in range(CODES) if number % 5 < 3]
    batches = (issued[start : start + ISSUED_AT_ONCE] for start in range(0, len(issued), ISSUED_AT_ONCE))
    track.given(
        lines.published(),
        *(lines.issued(*batch) for batch in batches),
        *(half for number in range(PEOPLE) for half in linked(number)),
    )
    rivals = [rivals_for(number) for number in range(CODES)]
    finished = track.race(rivals, AT_ONCE)
    assert [racer.receipt["received"] for racer in finished] == [CODES, CODES]
    assert [racer.receipt["stored"] for racer in finished] == [CODES, CODES]
    world = track.assert_as_the_model_says()
    assert world.codes_credited() == CODES
    won = winners(world, rivals)
    assert min(won["edu"], won["sovetnmo"]) > CODES // 20, f"it was no race: {won}"
    tell(
        f"{CODES} codes, won {dict(won)}, refused {[racer.receipt['refused'] for racer in finished]}, "
        f"started again {[racer.conflicts for racer in finished]} times; {time.monotonic() - begun:.0f} s"
    )


def test_a_linked_person_is_written_by_two_processes_at_once_and_nothing_is_lost(
    track: Track, tell: Callable[[str], None]
) -> None:
    begun = time.monotonic()
    track.given(*linked(0))
    rivals = [
        (lines.completed("edu:e0", f"m{number}"), lines.completed("sovetnmo:s0", f"m{number}{'b' * (number % 2)}"))
        for number in range(ROUNDS)
    ]
    finished = track.race(rivals)
    world = track.assert_as_the_model_says()
    entries = world.plan("edu", "e0", counting=False)["entries"]
    assert len(entries) == ROUNDS + ROUNDS // 2
    assert all(racer.conflicts for racer in finished), "it was no race"
    tell(
        f"{2 * ROUNDS} completions of one person by two processes, {len(entries)} entries, "
        f"started again {[racer.conflicts for racer in finished]} times; {time.monotonic() - begun:.0f} s"
    )


def test_both_halves_of_a_link_come_at_once_with_activity_around_them_and_join_two_accounts_once(
    track: Track, tell: Callable[[str], None]
) -> None:
    begun = time.monotonic()
    rivals: list[Rivals] = []
    for number in range(PAIRS):
        edu, sovetnmo = f"edu:e{number}", f"sovetnmo:s{number}"
        request, confirmation = linked(number)
        rivals += [
            (lines.completed(edu, "m1"), lines.completed(sovetnmo, "m2")),
            (request, confirmation) if number % 2 else (request, lines.completed(sovetnmo, "m3")),
            (lines.completed(edu, "m4"), lines.completed(sovetnmo, "m4") if number % 2 else confirmation),
            (lines.applied(edu, f"module:m2:{lines.DAY}"), lines.applied(sovetnmo, f"module:m1:{lines.DAY}")),
        ]
    finished = track.race(rivals)
    world = track.assert_as_the_model_says()
    assert world.specialists() == PAIRS
    tell(
        f"{PAIRS} links from two processes, started again {[racer.conflicts for racer in finished]} times; "
        f"{time.monotonic() - begun:.0f} s"
    )


def test_codes_of_the_race_are_sound() -> None:
    assert canonical_code(code(CODES))
