"""What a portal may bring, the receipt of each event, and what is refused as a whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sync_service.event_store import Conflict
from sync_service.messages.contracts import SOURCES
from sync_service.messages.decoding import MESSAGE_BYTES_MAX
from sync_service.messages.transport_errors import TransportUnavailable
from sync_service.portal_door.door import DoorLimits
from tests.model import lines
from tests.unit.portal.desk import BATCH, LINES, NAMES, NOW, STRUCTURED, Desk
from tests.unit.valid_messages import BODIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.portal_door.sinks import Valid


class Kept:
    """Keeps what it is given, or raises what it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.events: list[tuple[str, bytes | None, bytes]] = []

    def keep(self, topic: str, events: Sequence[Valid]) -> None:
        if self.error:
            raise self.error
        self.events += [(topic, event.key, event.value) for event in events]

    def close(self) -> None:
        """Nothing is held open."""


def batch(*given: bytes) -> bytes:
    return b"[" + b", ".join(given) + b"]"


def statuses(answered: dict[str, Any]) -> list[str]:
    return [receipt["status"] for receipt in answered["receipts"]]


def of_source(kind: str) -> tuple[str, bytes]:
    """The short name of the source of a valid message of this type, and the message."""
    source, said = BODIES[kind]
    return source.rpartition("/")[2], lines.encode(lines.event(kind.removesuffix(".v1"), source, said))


@pytest.mark.parametrize("sender", sorted(source.rpartition("/")[2] for source in SOURCES))
@pytest.mark.parametrize("kind", BODIES)
def test_a_credential_speaks_for_its_own_source_only(kind: str, sender: str) -> None:
    desk = Desk()
    name, event = of_source(kind)
    status, answered = desk.ask(event, sender)
    if sender == name:
        assert (status, statuses(answered)) == (202, ["accepted"])
        return
    assert (status, statuses(answered)) == (422, ["invalid"])
    assert any(error.startswith("source: ") for error in answered["receipts"][0]["errors"])
    assert desk.store.counts().received == 0


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer sync_edu_" + "0" * 64, "Basic x", "service"])
def test_who_proves_nothing_is_let_in_nowhere(token: str) -> None:
    desk = Desk()
    headers = {"authorization": f"Bearer {desk.tokens['reporter']}" if token == "service" else token}
    status, answered = desk.ask(lines.registered("edu:e1"), "edu", **headers)
    assert (status, answered["code"]) == (401, "credential")


def test_what_is_accepted_is_in_the_store_when_the_receipt_is_given() -> None:
    desk = Desk()
    event = lines.registered("edu:e1")
    status, answered = desk.ask(event, "edu")
    assert status == 202
    assert answered == {
        "received": 1,
        "accepted": 1,
        "repeats": 0,
        "invalid": 0,
        "receipts": [
            {
                "index": 0,
                "id": lines.decode(event)["id"],
                "source": "/portals/edu",
                "status": "accepted",
                "errors": [],
            }
        ],
    }
    assert desk.store.counts().stored == 1


def test_the_same_again_is_a_repeat_also_within_one_request_and_however_it_is_laid_out() -> None:
    desk = Desk()
    event = lines.registered("edu:e1")
    laid_out = json.dumps(lines.decode(event), indent=1, sort_keys=True).encode()
    assert statuses(desk.ask(batch(event, laid_out), "edu", BATCH)[1]) == ["accepted", "repeat"]
    status, answered = desk.ask(batch(laid_out), "edu", BATCH)
    assert (status, statuses(answered)) == (202, ["repeat"])
    assert desk.store.counts().received == 1


def test_an_id_that_says_something_else_is_invalid_and_not_parked() -> None:
    desk = Desk()
    event = lines.decode(lines.registered("edu:e1"))
    other = event | {"data": event["data"] | {"email": "other@example.org"}}
    assert statuses(desk.ask(lines.encode([event, other]), "edu", BATCH)[1]) == ["accepted", "invalid"]
    status, answered = desk.ask(lines.encode(other), "edu")
    assert status == 422
    assert answered["receipts"][0]["errors"][0].startswith("id_reused: ")
    assert desk.store.counts().parked == 0


def test_one_bad_event_holds_back_none_of_the_others_and_is_told_every_error() -> None:
    desk = Desk()
    bad = lines.decode(lines.completed("edu:e1"))
    bad["data"] |= {"module_id": 5, "completed_on": "12.05.2025"}
    status, answered = desk.ask(lines.encode([lines.decode(lines.registered("edu:e1")), bad]), "edu", BATCH)
    assert (status, statuses(answered)) == (202, ["accepted", "invalid"])
    paths = [error.split(":")[0] for error in answered["receipts"][1]["errors"]]
    assert sorted(paths) == ["data.completed_on", "data.module_id"]
    assert (desk.store.counts().stored, desk.store.counts().parked) == (1, 0)


def test_lines_stand_for_themselves_and_blank_ones_are_none() -> None:
    desk = Desk()
    body = b"\n".join([lines.registered("edu:e1"), b"", b"  \r", b"{", b"\xff", lines.completed("edu:e1"), b""])
    status, answered = desk.ask(body, "edu", LINES)
    assert (status, statuses(answered)) == (202, ["accepted", "invalid", "invalid", "accepted"])
    assert [receipt["index"] for receipt in answered["receipts"]] == [0, 1, 2, 3]


@pytest.mark.parametrize(("content_type", "body"), [(BATCH, b"[]"), (LINES, b""), (LINES, b"\n\n")])
def test_nothing_is_accepted_too(content_type: str, body: bytes) -> None:
    status, answered = Desk().ask(body, content_type=content_type)
    assert (status, answered["received"]) == (202, 0)


def test_half_a_surrogate_pair_is_the_error_of_its_event_alone() -> None:
    desk = Desk()
    good = lines.registered("edu:e1")
    bad = lines.registered("edu:e2").replace(b"message-", b"\\ud800")
    assert statuses(desk.ask(batch(good, bad), "edu", BATCH)[1]) == ["accepted", "invalid"]


def test_attributes_may_be_headers_in_percent_encoded_utf_8() -> None:
    sink = Kept()
    desk = Desk(sink=sink)
    event = lines.decode(lines.registered("edu:ё1"))
    data = json.dumps(event.pop("data")).encode()
    event["subject"] = "%D1%911"
    headers = {f"ce-{name}": value for name, value in event.items()} | {"ce-tenant": "north"}
    status, answered = desk.ask(data, "edu", "application/json", **headers)
    assert (status, statuses(answered)) == (202, ["accepted"])
    topic, key, value = sink.events[0]
    sent = json.loads(value)
    assert (topic, key) == (NAMES.topic_of("/portals/edu"), "ё1".encode())
    assert (sent["subject"], sent["tenant"], sent["data"]) == ("ё1", "north", json.loads(data))


def test_plain_json_is_a_structured_event() -> None:
    assert Desk().ask(lines.registered("edu:e1"), "edu", "application/json; charset=utf-8")[0] == 202


def test_what_is_sent_on_is_what_came_byte_for_byte_with_the_account_or_the_activity_as_its_key() -> None:
    sink = Kept()
    desk = Desk(sink=sink)
    for kind in BODIES:
        name, event = of_source(kind)
        desk.ask(event, name)
        topic, key, value = sink.events.pop()
        assert value == event
        data = lines.decode(event)["data"]
        assert (topic, key) == (
            NAMES.topic_of(BODIES[kind][0]),
            (data.get("account_id") or data["activity_id"]).encode(),
        )


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (STRUCTURED, b""),
        (STRUCTURED, b"{"),
        (STRUCTURED, b"\xff\xfe"),
        (STRUCTURED, b'{"a": NaN}'),
        (BATCH, b"{}"),
        (BATCH, b"[1, 2"),
        (BATCH, b"[{}] x"),
        (BATCH, b"[" * 5_000 + b"]" * 5_000),
        ("application/json", b"{"),
    ],
)
def test_a_body_that_is_no_json_is_malformed(content_type: str, body: bytes) -> None:
    status, answered = Desk().ask(body, content_type=content_type)
    assert (status, answered["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/cloudevents+avro", f"{STRUCTURED}; charset=cp1251"]
)
def test_other_types_are_not_taken(content_type: str) -> None:
    status, answered = Desk().ask(b"{}", content_type=content_type)
    assert (status, answered["code"]) == (415, "content-type")


def test_a_message_over_its_limit_is_invalid_and_a_body_over_its_limit_is_refused() -> None:
    desk = Desk(DoorLimits(body_bytes_max=2 * MESSAGE_BYTES_MAX))
    large = lines.encode(lines.decode(lines.registered("edu:e1")) | {"extra": "x" * MESSAGE_BYTES_MAX})
    status, answered = desk.ask(large, "edu")
    assert (status, statuses(answered)) == (422, ["invalid"])
    assert answered["receipts"][0]["id"]
    status, answered = desk.ask(b"[" + b" " * (2 * MESSAGE_BYTES_MAX) + b"]", "edu", BATCH)
    assert (status, answered["code"]) == (413, "too-large")
    status, answered = desk.ask(b"[]", "edu", BATCH, **{"content-length": str(2 * MESSAGE_BYTES_MAX + 1)})
    assert (status, answered["code"]) == (413, "too-large")


@pytest.mark.parametrize(
    ("content_type", "body"), [(BATCH, b"[1,1,1]"), (LINES, b"1\n1\n1"), (BATCH, b"[" + b"1," * 1_000_001)]
)
def test_too_many_events_are_refused_before_any_is_judged(content_type: str, body: bytes) -> None:
    status, answered = Desk(DoorLimits(events_max=2)).ask(body, content_type=content_type)
    assert (status, answered["code"]) == (413, "too-many")


@pytest.mark.parametrize("error", [TransportUnavailable("Kafka is away"), Conflict()])
def test_while_what_is_behind_is_away_nothing_is_acknowledged_and_nobody_waits_for_it(error: Exception) -> None:
    sink = Kept(error)
    desk = Desk(sink=sink)
    for _ in range(2):
        status, answered = desk.ask(lines.registered("edu:e1"), "edu")
        assert (status, answered["code"]) == (503, "unavailable")
    assert desk.store.counts().received == 0


def test_ten_thousand_events_are_taken_at_once_in_their_order() -> None:
    desk = Desk(DoorLimits(events_per_s=1))
    given = [lines.registered(f"edu:e{number}") for number in range(10_000)]
    status, answered = desk.ask(b"\n".join(given), "edu", LINES)
    assert (status, answered["accepted"]) == (202, 10_000)
    assert [receipt["id"] for receipt in answered["receipts"]] == [lines.decode(line)["id"] for line in given]
    assert desk.ask(b"\n".join(given), "edu", LINES)[0] == 429
    assert desk.store.counts().stored == 10_000


def test_no_answer_repeats_what_was_sent_but_ids_and_sources() -> None:
    secret = "very-personal"
    bad = lines.decode(lines.registered("edu:e1"))
    bad["data"] |= {"email": [secret], "snils": secret, "education_level": secret, "registered_at": secret, secret: 1}
    _, answered = Desk().ask(lines.encode(bad), "edu")
    assert answered["receipts"][0]["status"] == "invalid"
    assert secret not in json.dumps(answered)


def test_an_event_s_time_is_measured_by_the_service_s_clock() -> None:
    desk = Desk()
    ahead = lines.decode(lines.registered("edu:e1")) | {"time": f"{NOW.year + 1}-01-01T00:00:00+03:00"}
    status, answered = desk.ask(lines.encode(ahead), "edu")
    assert status == 422
    assert answered["receipts"][0]["errors"][0].startswith("time: ")
