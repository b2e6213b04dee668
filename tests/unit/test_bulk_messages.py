"""The bulk generator: as many messages as asked, the same again, repeats among them, and all of it sound."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import orjson
import pytest

from simulation.bulk import bulk
from simulation.codes import canonical
from sync_service.messages.decoding import Message, decode
from sync_service.messages.records import Record

MESSAGES = 4_000
PEOPLE = 400
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SOURCES = {
    "nmo.edu.events.v1": "/portals/edu",
    "nmo.sovetnmo.events.v1": "/portals/sovetnmo",
    "nmo.catalogue.events.v1": "/catalogue",
}


def test_the_same_arguments_give_the_same_messages_as_many_as_asked() -> None:
    first = list(bulk(3, MESSAGES, PEOPLE, 0.5))
    assert len(first) == MESSAGES
    assert first == list(bulk(3, MESSAGES, PEOPLE, 0.5))
    assert first != list(bulk(4, MESSAGES, PEOPLE, 0.5))


def test_every_line_is_a_message_of_its_topic_under_its_key() -> None:
    for topic, key, line in bulk(3, MESSAGES, PEOPLE, 0.5):
        message = decode(Record(value=line, place="p", offset=0, next_offset=1, key=key), NOW, SOURCES[topic])
        assert isinstance(message, Message)
        data = orjson.loads(line)["data"]
        assert key.decode() == data.get("account_id", data.get("activity_id"))


def test_one_in_twenty_is_a_repeat_of_an_earlier_line() -> None:
    lines = [line for _, _, line in bulk(3, MESSAGES, PEOPLE, 0.5)]
    assert len(lines) - len(set(lines)) == MESSAGES // 20
    assert len({orjson.loads(line)["id"] for line in lines}) == len(set(lines))


def test_most_of_what_people_do_is_to_activate_codes_that_were_issued_before() -> None:
    issued: set[str] = set()
    kinds: Counter[str] = Counter()
    for _, _, line in bulk(3, MESSAGES, PEOPLE, 0.5, repeats_share=0.0):
        event = orjson.loads(line)
        kinds[event["type"]] += 1
        if event["type"] == "ru.nmo.codes.issued.v1":
            issued |= {str(canonical(code)) for code in event["data"]["codes"]}
        if event["type"] == "ru.nmo.code.activated.v1":
            assert canonical(event["data"]["code"]) in issued
    done = [kinds[f"ru.nmo.{kind}.v1"] for kind in ("code.activated", "module.completed", "programme.completed")]
    assert done[0] == pytest.approx(0.7 * sum(done), rel=0.02)
    assert kinds["ru.nmo.link.requested.v1"] == kinds["ru.nmo.link.confirmed.v1"] == PEOPLE // 2
    assert kinds["ru.nmo.account.registered.v1"] == PEOPLE + PEOPLE // 2


def test_malformed_lines_come_when_they_are_asked_for() -> None:
    lines = [line for _, _, line in bulk(3, MESSAGES, PEOPLE, 0.5, malformed=7)]
    decoded = [decode(Record(value=line, place="p", offset=0, next_offset=1), NOW) for line in lines]
    assert len(lines) == MESSAGES
    assert sum(1 for each in decoded if not isinstance(each, Message)) == 7


def test_too_few_messages_are_refused() -> None:
    with pytest.raises(ValueError, match="Too few messages for 400 people"):
        next(bulk(3, 500, PEOPLE, 0.5))
