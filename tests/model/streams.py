"""Streams of lines in the shape of life on a small world: by a seed, or drawn by hypothesis."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.model.author import Author
from tests.model.contract_model import Delivered, World
from tests.model.drafts import Draft, draw
from tests.model.malformed import BREAKERS
from tests.model.schema import TYPES
from tests.model.vocabulary import Vocabulary, an_instant, vocabulary

RECEIVED_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""When the lines may be received at the earliest: every valid one tells of 2025, one from ahead of the year 2999."""

FREQUENCIES = {
    "account.registered": 8,
    "account.changed": 4,
    "account.closed": 3,
    "account.reopened": 4,
    "cycle.opened": 3,
    "code.activated": 18,
    "module.completed": 8,
    "programme.completed": 3,
    "echo": 3,
    "link.requested": 7,
    "link.confirmed": 7,
    "link.declined": 1.5,
    "activity.reversed": 3,
    "replica.applied": 8,
    "replica.refused": 5,
    "activity.published": 10,
    "activity.withdrawn": 2,
    "codes.issued": 7,
    "codes.revoked": 2,
}
COMES_EARLY = {"account.registered", "activity.published", "codes.issued", "link.requested", "link.confirmed"}
"""In half of the streams these come mostly before the rest, as in life; in the others whenever it happens."""

GROWN_ATTRIBUTES: list[dict[str, Any]] = [
    {"datacontenttype": "application/json"},
    {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
    {"sequence": 5, "urgent": None},
]
GROWN_FIELDS: list[dict[str, Any]] = [
    {"grown": "новое поле"},
    {"grown": {"deep": [[{"er": None}]], "number": 1.5}},
    {"closed_by": None, "checked_at": "not an instant", "codes_count": -1},
    {"grown": "a\0b"},
]


@dataclass(frozen=True)
class Step:
    """One line, and why it is there: a type, or "repeat", "respelled", "id_reused", "corrected", "broken:…"."""

    why: str
    line: bytes


@dataclass
class Writer:
    """Writes a stream line by line; `chance` is looked up at every step, so that each may bring its own."""

    words: Vocabulary
    frequencies: dict[str, float]
    malformed: float
    repeats: float
    early: int
    world: World = field(default_factory=World)
    steps: list[Step] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    broken: list[dict[str, Any]] = field(default_factory=list)

    def write(self, chance: Random) -> Delivered:
        """Append one line, and return what the model says of it."""
        kind = chance.random()
        if kind < self.malformed:
            step = self._malformed(chance)
        elif kind < self.malformed + self.repeats and self.steps:
            step = self._again(chance)
        else:
            step = self._new(chance, self._draft(chance))
        self.steps.append(step)
        return self.world.deliver(step.line, RECEIVED_AT)

    def _draft(self, chance: Random) -> Draft:
        is_early = len(self.steps) < self.early
        weights = [each * (4 if is_early and kind in COMES_EARLY else 1) for kind, each in self.frequencies.items()]
        (kind,) = chance.choices(list(self.frequencies), weights=weights)
        return draw(self._author(chance), kind)

    def _author(self, chance: Random) -> Author:
        return Author(chance, self.words, self.world)

    def _event(self, chance: Random, draft: Draft, identity: str | None = None) -> dict[str, Any]:
        event = {
            "specversion": "1.0",
            "id": identity or f"{self.words.ids}{len(self.steps)}",
            "source": draft.source,
            "type": f"ru.nmo.{draft.kind}.v1",
            "time": an_instant(chance),
            "data": dict(draft.said),
        }
        if "account_id" in draft.said and chance.random() < 0.9:
            event["subject"] = draft.said["account_id"]
        return event

    def _new(self, chance: Random, draft: Draft) -> Step:
        event = _grown(chance, draft.kind, self._event(chance, draft))
        self.events.append(event)
        return Step(draft.kind, _written(chance, event))

    def _malformed(self, chance: Random) -> Step:
        (name,) = chance.choices(list(BREAKERS), weights=[weight for weight, _, _ in BREAKERS.values()])
        _, kinds, breaker = BREAKERS[name]
        draft = draw(self._author(chance), chance.choice(kinds or tuple(TYPES)))
        event = self._event(chance, draft)
        self.broken.append(event)
        return Step(f"broken:{name}", breaker(chance, event))

    def _again(self, chance: Random) -> Step:
        way = chance.random()
        if way < 0.15 and self.broken:
            event = self.broken.pop(chance.randrange(len(self.broken)))
            self.events.append(event)
            return Step("corrected", _written(chance, event))
        if way < 0.3 and self.events:
            return self._reused(chance, chance.choice(self.events))
        if way < 0.5 and self.events:
            return Step("respelled", _respelled(chance, chance.choice(self.events)))
        return Step("repeat", chance.choice(self.steps).line)

    def _reused(self, chance: Random, event: dict[str, Any]) -> Step:
        """Say something else under the id of an earlier message of the same source."""
        author = self._author(chance)
        kinds = [kind for kind in TYPES if event["source"] in TYPES[kind].senders]
        draft = draw(author, chance.choice(kinds))
        said = Draft(draft.kind, event["source"], draft.said)
        return Step("id_reused", _written(chance, self._event(chance, said, event["id"])))


def _grown(chance: Random, kind: str, event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with fields that this version does not know, and with nulls for what is absent."""
    grown, said = dict(event), dict(event["data"])
    if chance.random() < 0.15:
        said |= chance.choice(GROWN_FIELDS)
    if chance.random() < 0.15:
        grown |= chance.choice(GROWN_ATTRIBUTES)
    for known in TYPES[kind].fields:
        if not known.required and known.name not in said and chance.random() < 0.2:
            said[known.name] = None
    return grown | {"data": said}


def _respelled(chance: Random, event: dict[str, Any]) -> bytes:
    """Return the same message in other bytes."""
    return _written(chance, event | {"time": an_instant(chance), "sequence": chance.randint(1, 9)}, shuffled=True)


def _written(chance: Random, event: dict[str, Any], *, shuffled: bool = False) -> bytes:
    """Return the line of an event, in one of the spellings that JSON allows."""
    names = list(event)
    if shuffled or chance.random() < 0.2:
        chance.shuffle(names)
    ordered = {name: event[name] for name in names}
    separators = (",", ":") if chance.random() < 0.5 else (" , ", " :  ")
    return json.dumps(ordered, ensure_ascii=chance.random() < 0.3, separators=separators).encode()


def new_writer(chance: Random, world: str, people: int, malformed: float, repeats: float) -> Writer:
    """Return a writer whose stream has some types more often, some hardly ever, and some mostly at its beginning."""
    frequencies = {kind: usual * chance.choice((0.1, 1, 1, 3)) for kind, usual in FREQUENCIES.items()}
    early = chance.choice((0, 10 * people))
    return Writer(vocabulary(world, people), frequencies, malformed, repeats, early)


def steps(
    seed: int, size: int, *, world: str = "", people: int = 3, malformed: float = 0.08, repeats: float = 0.08
) -> list[Step]:
    """Return the lines of a stream, and why each is there. The same arguments give the same stream."""
    chance = Random(seed)
    writer = new_writer(chance, world, people, malformed, repeats)
    for _ in range(size):
        writer.write(chance)
    return writer.steps


def stream(
    seed: int, size: int, *, world: str = "", people: int = 3, malformed: float = 0.08, repeats: float = 0.08
) -> list[bytes]:
    """Return a stream of NDJSON lines (without their ends).

    `people` is the number of accounts on each portal; `malformed` and `repeats` are the shares of such lines. Streams
    of different `world` share no account, activity, code, request or message id, so that one store can take many.
    """
    made = steps(seed, size, world=world, people=people, malformed=malformed, repeats=repeats)
    return [step.line for step in made]


def streams(size_min: int = 0, size_max: int = 60, *, people: int = 2) -> st.SearchStrategy[list[bytes]]:
    """Return a strategy for streams: a seed a line, so that it shrinks by leaving lines out.

    (Drawing every choice of a line would let each be made simpler, too, but hypothesis then hardly ever reaches
    anything: it prefers extremes, and a line of extremes is malformed.)
    """
    seeds = st.integers(0, 2**32 - 1)
    return st.tuples(seeds, st.lists(seeds, min_size=size_min, max_size=size_max)).map(
        lambda drawn: _stream_of(drawn[0], drawn[1], people)
    )


def _stream_of(first: int, seeds: Sequence[int], people: int) -> list[bytes]:
    writer = new_writer(Random(first), "", people, malformed=0.08, repeats=0.08)
    for seed in seeds:
        writer.write(Random(seed))
    return [step.line for step in writer.steps]
