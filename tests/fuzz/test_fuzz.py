"""A short run of the fuzzer over every door, always the same; and that it finds what it is there to find."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.campaign import errands, main, words_of
from tests.fuzz.doors import DOORS
from tests.fuzz.fuzzing import GROWTH_BYTES_MAX, fuzz, input_of, keep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from tests.fuzz.door import Enter

SEED = 5
SHORT = 6_000
"""Inputs of the short run, over all doors."""

COMMONEST_MAX = 0.95


@pytest.mark.parametrize("name", DOORS)
def test_no_input_breaks_a_door_or_holds_it_up_or_makes_it_grow(name: str) -> None:
    whole = sum(door.share for door in DOORS.values())
    inputs = max(100, SHORT * DOORS[name].share // whole)
    before = [input_of(DOORS[name], SEED, number) for number in range(50)]
    run = fuzz(DOORS[name], SEED, inputs)
    assert [input_of(DOORS[name], SEED, number) for number in range(50)] == before, "an input cannot be made again"
    assert [defect.trace for defect in run.defects.values()] == []
    assert run.grown_bytes <= GROWTH_BYTES_MAX
    assert run.inputs == inputs
    assert max(run.became.values()) < COMMONEST_MAX * inputs, f"one outcome alone tries little: {run.told()}"


class Trapdoor:
    """Breaks, hangs or grows at every seventh input."""

    name = "trapdoor"
    lasts = 100
    share = 1

    def __init__(self, ill: str) -> None:
        self._ill = ill
        self._grown: list[bytearray] = []

    def make(self, chance: Random) -> int:
        return chance.randrange(7)

    @contextmanager
    def open(self) -> Iterator[Enter]:
        yield self._enter

    def _enter(self, given: int) -> str:
        if given:
            return "well"
        if self._ill == "breaks":
            raise KeyError(given)
        if self._ill == "hangs":
            try:
                time.sleep(5)
            except Exception:  # noqa: BLE001 - as a door might that shrugs off whatever happens
                return "well"
        self._grown.append(bytearray(b"x" * (1 << 20)))
        return "well"


def test_an_error_is_a_defect_which_is_told_once_and_can_be_made_again(tmp_path: Path) -> None:
    door = Trapdoor("breaks")
    run = fuzz(door, SEED, 100)
    ((kind, defect),) = run.defects.items()
    assert kind.startswith("KeyError in test_fuzz.py:")
    assert input_of(door, SEED, defect.number) == 0
    assert fuzz(door, SEED, 1, first=defect.number).defects[kind].number == defect.number
    (kept,) = keep(door, run, tmp_path)
    assert kept.is_file()
    assert not run.is_clean


def test_an_input_that_takes_too_long_is_a_defect_even_where_every_error_is_swallowed() -> None:
    run = fuzz(Trapdoor("hangs"), SEED, 12, input_s_max=0.3)
    assert {kind.split()[0] for kind in run.defects} == {"Hang"}


def test_memory_that_grows_is_found() -> None:
    run = fuzz(Trapdoor("grows"), SEED, 700)
    assert run.defects == {}
    assert run.grown_bytes > GROWTH_BYTES_MAX
    assert not run.is_clean


def test_a_million_inputs_are_divided_among_all_doors_and_none_is_given_twice() -> None:
    asked = words_of(["--workers", "3", "--seed", "1"])
    parts = errands(list(DOORS), 1, asked)
    assert sum(part.inputs for part in parts) >= 1_000_000
    assert {part.door for part in parts} == set(DOORS)
    for name in DOORS:
        own = sorted((part.first, part.inputs) for part in parts if part.door == name)
        assert [first for first, _ in own] == [sum(inputs for _, inputs in own[:place]) for place in range(len(own))]


def test_the_program_says_what_became_of_each_door(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--inputs", "60", "--seed", "1", "--door", "code", "--door", "topicfile", "--workers", "1"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said[1:-1]] == ["code", "topicfile"]
    assert said[-1].endswith("inputs, nothing found")
