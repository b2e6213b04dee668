"""Measures what it takes to answer about one person with 1,000 events, against the one SELECT of their rows by hand.

Ours is the question as the command line answers it in JSON, in a process that runs already: found, opened, folded, told
in both languages and written. Every turn asks about the same people, each contestant in the same order.
"""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.testclient import TestClient

from benchmarks.comparing import compared, take_turns
from benchmarks.long_lives import LongLives
from benchmarks.peers.select_by_hand import SelectByHand
from benchmarks.service import OurService
from sync_service import questions
from sync_service.access import Role, Visitor
from sync_service.adapters.memory_audit import MemoryAudit
from sync_service.aggregates.values import Account, Portal, account_stream
from sync_service.bootstrap import now
from sync_service.collecting import collect_rarely
from sync_service.console.web import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from uuid import UUID

    from benchmarks.comparing import Comparison
    from benchmarks.stage import Scale, Stage
    from sync_service.bootstrap import Service

    Ask = Callable[[Account], object]

EVENTS: Final = 1_000
PEOPLE, PEOPLE_QUICK = 20, 10
CROWD, CROWD_QUICK = 1_000, 200
EVENTS_BY_HAND, PLAN_BY_HAND = "the one SELECT of their rows", "the one SELECT of the plan's rows"
REACH: Final = "<= 5"
LINES: Final = (
    ("history", EVENTS_BY_HAND, f"history of a person with {EVENTS:,} events", REACH),
    ("plan", PLAN_BY_HAND, f"plan of a person with {EVENTS:,} events", REACH),
    ("api history", EVENTS_BY_HAND, "the same history over HTTP, masked", ""),
    ("api plan", PLAN_BY_HAND, "the same plan over HTTP, masked", ""),
    ("page", EVENTS_BY_HAND, "the same person's page of the console", ""),
    ("replay", EVENTS_BY_HAND, "replay of the same person", ""),
)


def run(stage: Stage, scale: Scale) -> Iterator[Comparison]:
    """History, plan, and what else is asked about a person."""
    lives = LongLives(PEOPLE_QUICK if scale.is_quick else PEOPLE, EVENTS, CROWD_QUICK if scale.is_quick else CROWD)
    ours = OurService(stage, stage.new_conninfo())
    try:
        ours.load(list(lives.lines()))
        ours.make_live()
        service = ours.service
        by_hand = SelectByHand(ours.conninfo, service.database.keys.identifiers, service.views.live("learning_plan"))
        with closing(by_hand):
            asked = _ours(service) | _theirs(by_hand)
            contestants = {name: _asking(ask, lives.people) for name, ask in asked.items()}
            collect_rarely()  # as `run` does
            figures = take_turns(contestants, scale.runs)
        for name, against, work, reach in LINES:
            yield compared(figures, name, against, work=work, against=against, reach=reach, unit="ms an answer")
    finally:
        ours.release()


def _ours(service: Service) -> dict[str, Ask]:
    store, views, pages = service.store, service.views, _pages(service)
    return {
        "history": lambda account: _document(questions.history(store, account)),
        "plan": lambda account: _document(questions.plan(views, store, account)),
        "api history": lambda account: pages(f"/api/v1/people/{account_stream(account)}/history"),
        "api plan": lambda account: pages(f"/api/v1/people/{account_stream(account)}/plan"),
        "page": lambda account: pages(f"/console/people/{account_stream(account)}"),
        "replay": lambda account: _document(questions.replay(store, views, account)),
    }


def _theirs(by_hand: SelectByHand) -> dict[str, Ask]:
    return {
        EVENTS_BY_HAND: lambda account: by_hand.events(_streams(account)),
        PLAN_BY_HAND: lambda account: by_hand.entries(_streams(account)),
    }


def _document(answer: object) -> bytes:
    """The bytes that the command line prints with `--json`."""
    return msgspec.json.format(msgspec.json.encode(answer), indent=2)


def _streams(account: Account) -> list[UUID]:
    """The streams of both accounts that somebody may have; an account that is not there has no rows."""
    return [account_stream(Account(portal, account.account_id)) for portal in Portal]


def _pages(service: Service) -> Callable[[str], bytes]:
    """Asks the console and the JSON API in this process; looks are recorded in memory, as their price is known."""
    ports = replace(service.console_ports(), audit=MemoryAudit(now))
    ports = replace(ports, mounted=(*service.api_routes(ports),))
    token = ports.doors.sessions.open(Visitor("benchmark", "Somebody", frozenset(Role)))
    session = ports.doors.sessions.find(token)
    if session is not None:
        ports.doors.sessions.keep_case(session, "1")
    client = TestClient(console(ports), base_url="http://127.0.0.1:8080", cookies={"session": token})

    def ask(path: str) -> bytes:
        answer = client.get(path)
        if not answer.is_success:
            raise RuntimeError(f"{path}: {answer.status_code}")
        return answer.content

    return ask


def _asking(ask: Ask, people: Sequence[Account]) -> Callable[[], float]:
    """One turn: about everybody once; the median of the milliseconds. The first turn is preceded by a warm one."""
    for account in people[:3]:
        ask(account)

    def turn() -> float:
        took_ms = []
        for account in people:
            began = time.perf_counter()
            ask(account)
            took_ms.append(1000 * (time.perf_counter() - began))
        return statistics.median(took_ms)

    return turn
