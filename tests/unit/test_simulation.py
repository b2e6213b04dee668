"""The life of the simulated world: the same for the same seed, everything in it, and what it says can be read."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from simulation.codes import canonical
from simulation.handwriting import mistyped, new_code, typed
from simulation.life import Life, key_of, line_of, topic_of
from simulation.names import surname_of
from simulation.people import invent
from simulation.portal import SimulatedPortal
from simulation.wire import EDU, PORTALS, SOURCES, SOVETNMO, kind_of
from sync_service.messages.contracts import CONTRACTS
from sync_service.messages.decoding import Message, Unreadable, decode
from sync_service.messages.records import Record

if TYPE_CHECKING:
    from simulation.wire import Event

BASE = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DURATION_S = 60.0


@pytest.fixture(scope="module")
def life() -> Life:
    """A life of a hundred people."""
    return Life(seed=7, specialists=100, duration_s=DURATION_S, base=BASE)


def decoded(event: Event, publisher: str) -> Message | Unreadable:
    record = Record(value=line_of(event), place="file:test", offset=0, next_offset=1, key=key_of(event))
    return decode(record, BASE + timedelta(seconds=DURATION_S), SOURCES[publisher])


def without_moments(event: Event) -> dict[str, Any]:
    plain = deepcopy(event)
    plain.pop("time", None)
    plain["data"] = {name: value for name, value in event["data"].items() if not name.endswith("_at")}
    return plain


def test_a_seed_lives_the_same_life_again(life: Life) -> None:
    again = Life(seed=7, specialists=100, duration_s=DURATION_S, base=BASE)
    assert again.happenings == life.happenings
    assert Life(seed=8, specialists=100, duration_s=DURATION_S, base=BASE).happenings != life.happenings


def test_another_base_moves_the_instants_and_nothing_else(life: Life) -> None:
    later = Life(seed=7, specialists=100, duration_s=DURATION_S, base=BASE + timedelta(days=30))
    assert later.happenings != life.happenings
    assert [without_moments(each.event) for each in later] == [without_moments(each.event) for each in life]


def test_a_tag_keeps_lives_of_one_seed_apart(life: Life) -> None:
    tagged = Life(seed=7, specialists=100, duration_s=DURATION_S, base=BASE, tag="b-")
    assert not {each.event["id"] for each in tagged} & {each.event["id"] for each in life}
    accounts = [
        {account.account_id for person in world.people for account in person.accounts} for world in (tagged, life)
    ]
    assert accounts[0].isdisjoint(accounts[1])


def test_messages_come_in_order_within_the_duration(life: Life) -> None:
    moments = [each.at_s for each in life]
    assert moments == sorted(moments)
    assert moments[0] >= 0
    assert moments[-1] < DURATION_S


@pytest.mark.parametrize("specialists", [10, 100])
def test_every_type_of_message_is_sent_but_refusals_of_replicas(specialists: int) -> None:
    life = Life(seed=1, specialists=specialists, duration_s=DURATION_S, base=BASE)
    sent = {each.event["type"] for each in life if each.event["id"] not in life.spoilt}
    assert CONTRACTS.keys() - sent == {"ru.nmo.replica.refused.v1"}


def test_portals_refuse_and_apply_replicas() -> None:
    portal = SimulatedPortal(EDU, seed=1)
    for number in range(300):
        portal.receive({"type": "ru.nmo.replica.requested.v1", "data": requested(f"E-{number}")})
    assert portal.answers.keys() == {
        "replica.applied.v1",
        "replica.refused.v1 rejected",
        "replica.refused.v1 temporarily",
        "silence",
    }


def requested(account_id: str) -> dict[str, Any]:
    return {"account_id": account_id, "activity_key": "module:module-001:2025-04-01", "revision": 1}


def test_the_service_can_read_all_that_is_not_spoilt_and_nothing_that_is(life: Life) -> None:
    unreadable = {each.event["id"] for each in life if isinstance(decoded(each.event, each.publisher), Unreadable)}
    assert unreadable == life.spoilt
    assert 0 < len(unreadable) < len(life.happenings) / 50


def test_one_message_in_twenty_comes_again_as_it_was(life: Life) -> None:
    first = {each.event["id"]: each.event for each in reversed(life.happenings)}
    assert all(first[each.event["id"]] == each.event for each in life)
    repeats = len(life.happenings) - len(first)
    assert len(life.happenings) / 30 < repeats < len(life.happenings) / 15


def test_messages_travel_by_their_publishers_topic_and_their_accounts_key(life: Life) -> None:
    for each in life:
        if each.event["id"] not in life.spoilt:
            assert topic_of(each.event, "nmo") == f"nmo.{each.publisher}.events.v1"
            data = each.event["data"]
            assert key_of(each.event).decode() == data.get("account_id", data.get("activity_id"))


def test_links_come_in_both_orders_and_are_declined_and_contested(life: Life) -> None:
    halves: dict[str, list[str]] = {}
    for each in life:
        if kind_of(each.event).startswith("link.") and each.event["id"] not in life.spoilt:
            halves.setdefault(each.event["data"]["request_id"], []).append(kind_of(each.event))
    orders = {tuple(kinds[:2]) for kinds in halves.values()}
    assert ("link.requested.v1", "link.confirmed.v1") in orders
    assert ("link.confirmed.v1", "link.requested.v1") in orders
    assert ("link.requested.v1", "link.declined.v1") in orders
    assert ("link.requested.v1",) in orders


def test_a_few_people_have_another_snils_in_their_other_account() -> None:
    people = invent(seed=3, count=100)
    both = [(person.sovetnmo, person.edu) for person in people if person.sovetnmo and person.edu]
    digits = [tuple(re.sub(r"\D", "", account.snils or "") for account in pair) for pair in both]
    assert 0 < sum(1 for first, second in digits if first and second and first != second) < len(digits) / 10


def test_some_people_have_one_account_and_some_both() -> None:
    people = invent(seed=3, count=100)
    kinds = {tuple(account.portal for account in person.accounts) for person in people}
    assert kinds == {(SOVETNMO,), (EDU,), PORTALS}
    assert {re.sub(r".*@", "", account.email) for person in people for account in person.accounts} == {
        "example.org",
        "example.com",
        "example.net",
    }


def test_what_is_typed_is_messy_and_readable_and_a_slip_is_another_code_or_none() -> None:
    random = Random(5)
    shapes = set()
    for _ in range(2_000):
        code = new_code(random)
        text = typed(code, random)
        shapes.add(re.sub(r"\w", "x", text))
        assert canonical(text) == code
        assert canonical(mistyped(code, random)) != code
    assert len(shapes) > 20


@pytest.mark.parametrize(
    ("surname", "hers"), [("Зимин", "Зимина"), ("Полевой", "Полевая"), ("Озерский", "Озерская"), ("Седых", "Седых")]
)
def test_surnames_have_their_form_for_women(surname: str, hers: str) -> None:
    assert surname_of(surname, female=True) == hers
    assert surname_of(surname, female=False) == surname


def test_a_life_needs_people_time_and_an_offset() -> None:
    for specialists, duration_s, base in ((0, 1.0, BASE), (1, 0.0, BASE), (1, 1.0, BASE.replace(tzinfo=None))):
        with pytest.raises(ValueError, match="at least one specialist"):
            Life(seed=1, specialists=specialists, duration_s=duration_s, base=base)
