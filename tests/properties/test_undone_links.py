"""After a link is undone, each person has what they would have if nobody had ever linked them."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest

from sync_service import decisions
from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.values import Account
from sync_service.checking import verify_codes, verify_links
from sync_service.decisions import Decision, Kind
from sync_service.outgoing import messages_of
from tests.model import lines as valid
from tests.model.service_subject import ServiceSubject
from tests.model.streams import RECEIVED_AT, stream
from tests.properties.agreement import comparable_plan
from tests.told import NAMES, assert_sound, opened

if TYPE_CHECKING:
    from sync_service.aggregates.aggregate import Fact

SHARES = 4
SEEDS = 200
LINES = 80
EVENTS_MAX = 1_000_000
PAIR = (Account.parse("edu:e1"), Account.parse("sovetnmo:s1"))
EVERYBODY = (*PAIR, Account.parse("edu:e2"), Account.parse("sovetnmo:s2"))
COMPLETIONS = {"ru.nmo.module.completed.v1", "ru.nmo.programme.completed.v1"}

Lines = list[bytes]


class TwoWorlds:
    """The service in a world where two accounts are linked wrongly, and in one where nobody ever links them."""

    def __init__(self) -> None:
        self.linked = ServiceSubject()
        self.without = ServiceSubject()
        self.echoes: set[str | None] = set()
        self.hear([valid.applied(str(account), "nothing") for account in EVERYBODY])

    def hear(self, lines: Lines) -> None:
        """Deliver lines to both worlds; an echo of what a replica brought is unheard of where there are none."""
        for line in lines:
            head = self.linked.store.head()
            self.linked.deliver(line, RECEIVED_AT)
            self.echoes |= {one.cause for one in self.linked.store.read(head, EVENTS_MAX) if self._is_echo(one.fact)}
            if _message(line) not in self.echoes:
                self.without.deliver(line, RECEIVED_AT)

    def _is_echo(self, noted: Fact) -> bool:
        """Whether a completion is known that the account's own portal had not reported."""
        if not isinstance(noted, facts.MessageNoted) or noted.message_type not in COMPLETIONS:
            return False
        if noted.account not in PAIR:
            return False
        known = {entry["activity_key"] for entry in self.without.plan(*noted.account)["entries"]}
        return noted.key not in known

    def link(self, request_id: str) -> bool:
        """Link the pair in the one world; whether they are joined."""
        return _link(self.linked, request_id)

    def undo(self) -> None:
        """Two people decide that the link was wrong."""
        decision = Decision(Kind.UNDO_LINK, PAIR[0])
        application = self.linked.application
        proposal = decisions.propose(application, decision, reason="не тот человек", by="anna")
        decisions.approve(application, proposal, by="boris")

    def differences(self) -> list[str]:
        """Whatever the two worlds answer differently of any account or code."""
        found = []
        for account in EVERYBODY:
            plans = [comparable_plan(world.plan(*account)) for world in (self.linked, self.without)]
            if plans[0] != plans[1]:
                found.append(f"{account}: {plans[0]} != {plans[1]}")
        for row in self.linked.views.find("code_register", "codes"):
            told = [world.code(row["code"]) for world in (self.linked, self.without)]
            if told[0] != told[1]:
                found.append(f"{row['code']}: {told[0]} != {told[1]}")
        return found


def _link(world: ServiceSubject, request_id: str) -> bool:
    for line in (valid.link_requested(request_id), valid.link_confirmed(request_id)):
        world.deliver(line, RECEIVED_AT)
    return len(world.accounts_of(*PAIR[0])) == len(PAIR)


def _message(line: bytes) -> str:
    """What the events of a line name as their cause."""
    try:
        event = msgspec.json.decode(line)
        return f"{event['source']}#{event['id']}"
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, RecursionError):
        return ""


def rows(service: ServiceSubject) -> dict[str, tuple[int, str]]:
    service.project()
    return {generation.view: service.views.tally(generation) for generation in service.views.generations()}


def rebuilt(service: ServiceSubject) -> dict[str, tuple[int, str]]:
    """The rows of every view, filled anew from the whole log."""
    return rows(ServiceSubject(store=service.store))


def verify(service: ServiceSubject) -> None:
    """Hold the service against its log."""
    tally = service.tally()
    verify_codes(tally)
    verify_links(tally)
    assert tally.breaches == []
    events = service.store.read(0, EVENTS_MAX)
    sent = [message for event in events for message in messages_of(event, NAMES, lambda _: None)]
    assert_sound([opened(message) for message in sent])
    assert rebuilt(service) == rows(service)


def without_links(lines: Lines) -> Lines:
    return [line for line in lines if b".link." not in line and b"link.re" not in line and b"link.c" not in line]


@pytest.mark.parametrize("share", range(SHARES))
def test_undoing_a_link_leaves_what_there_would_be_without_it(share: int) -> None:
    joined = 0
    for seed in range(share, SEEDS, SHARES):
        chance = Random(seed)
        lines = without_links(stream(seed, LINES, people=2))
        first, second = sorted(chance.sample(range(len(lines)), 2))
        worlds = TwoWorlds()
        worlds.hear(lines[:first])
        if not worlds.link("wrong"):
            continue
        joined += 1
        worlds.hear(lines[first:second])
        before = worlds.linked.store.head()
        then = worlds.linked.plan(*PAIR[0])
        worlds.undo()
        assert worlds.differences() == [], f"seed {seed}"
        if chance.random() < 1 / 2:
            worlds.linked.restart()
        worlds.hear(lines[second:])
        assert worlds.differences() == [], f"seed {seed}"
        assert worlds.linked.plan_as_of(*PAIR[1], before) == then
        verify(worlds.linked)
        if worlds.link("right") and _link(worlds.without, "right"):
            assert worlds.differences() == [], f"seed {seed}"
            verify(worlds.linked)
    assert joined > SEEDS / SHARES / 4
