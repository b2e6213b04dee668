"""What goes out of a message that was parked: its reasons to who sent it, and a copy for whoever watches the topic."""

from __future__ import annotations

import json

import pytest

from sync_service.aggregates.values import Portal
from sync_service.messages.records import Record
from sync_service.outgoing import messages_of, opened_copy
from sync_service.sealing import KeyDestroyed, SealBroken
from tests.fake_sealer import FakeSealer
from tests.model import lines
from tests.told import NAMES, Service, opened


@pytest.fixture
def service() -> Service:
    return Service()


def test_a_parked_message_is_told_to_its_portal_with_every_reason(service: Service) -> None:
    broken = lines.decode(lines.completed("edu:e1"))
    del broken["data"]["module_id"]
    broken["data"]["completed_on"] = "yesterday"
    (sent,) = service.then(lines.encode(broken))
    assert (sent.to, sent.channel) == (("message.parked", "edu", "e1"), "outcomes")
    assert [reason.partition(":")[0] for reason in sent.said["reasons"]] == ["data.module_id", "data.completed_on"]
    assert sent.cause == broken["id"]


def test_a_parked_message_without_an_account_keeps_its_key(service: Service) -> None:
    record = Record(b"{", "kafka:nmo.edu.events.v1:abc:3", 0, 1, key=b"e7", topic="nmo.edu.events.v1")
    parked, copy = service.given_records([record]).outgoing()
    assert opened(parked).to == ("message.parked", "edu", "e7")
    assert "cause" not in json.loads(parked.value)
    assert copy.key == str(service.store.read(0, 1)[0].stream).encode()


def test_the_copy_of_a_parked_message_has_its_bytes_sealed_and_says_why_and_where(service: Service) -> None:
    headers = (("content-type", b"application/cloudevents+json"), ("trace", b"\xff"))
    value = b"\xff{ somebody@example.org"
    record = Record(value, "kafka:nmo.edu.events.v1:abc:3", 0, 1, b"e-7000", headers, "nmo.edu.events.v1")
    _, copy = service.given_records([record]).outgoing()
    letter = service.store.read(0, 1)[0].stream
    assert copy.topic == "nmo.edu.events.v1.dlq"
    assert opened_copy(letter, copy.value, service.sealer) == (value, b"e-7000", headers)
    why = dict(copy.headers)
    assert "UTF-8" in why.pop("dlq-reason-1").decode()
    assert why == {
        "content-type": b"application/vnd.sync-service.sealed",
        "sync-sealed": b"1",
        "dlq-source-topic": b"nmo.edu.events.v1",
        "dlq-partition": b"3",
        "dlq-offset": b"1",
        "dlq-letter": str(letter).encode(),
    }
    shown = copy.value + (copy.key or b"") + b"".join(content for _, content in copy.headers)
    assert b"somebody" not in shown
    assert b"e-7000" not in shown


def test_whoever_has_no_key_opens_no_copy_and_nobody_does_once_it_is_destroyed(service: Service) -> None:
    record = Record(b"{", "kafka:nmo.edu.events.v1:abc:3", 0, 1, b"e7", topic="nmo.edu.events.v1")
    _, copy = service.given_records([record]).outgoing()
    letter = service.store.read(0, 1)[0].stream
    with pytest.raises(KeyDestroyed):
        opened_copy(letter, copy.value, FakeSealer())
    with pytest.raises(SealBroken):
        opened_copy(letter, copy.value[:-1] + bytes([copy.value[-1] ^ 1]), service.sealer)
    service.sealer.destroy(letter)
    with pytest.raises(KeyDestroyed):
        opened_copy(letter, copy.value, service.sealer)
    assert [message.topic for message in service.outgoing()] == [NAMES.outcomes(Portal.EDU)]


def test_without_keys_nothing_of_a_parked_message_is_copied(service: Service) -> None:
    record = Record(b"{", "kafka:nmo.edu.events.v1:abc:3", 0, 1, b"e7", topic="nmo.edu.events.v1")
    service.given_records([record])
    (parked,) = messages_of(service.store.read(0, 1)[0], NAMES, service.store.parked_bytes)
    assert opened(parked).kind == "message.parked"


def test_the_catalogue_is_told_nothing_but_its_parked_messages_are_copied(service: Service) -> None:
    record = Record(b"{", "topic:nmo.catalogue.events.v1:abc:0", 0, 1, topic=NAMES.catalogue)
    assert [message.topic for message in service.given_records([record]).outgoing()] == ["nmo.catalogue.events.v1.dlq"]


def test_a_message_that_came_by_another_portal_s_topic_is_answered_to_who_sent_it(service: Service) -> None:
    """Whoever writes on a topic is who its owner is; the source is only what a message says of itself."""
    record = Record(lines.completed("edu:e1"), "topic:t:abc:0", 0, 1, topic=NAMES.events(Portal.SOVETNMO))
    (sent,) = service.given_records([record]).told()
    assert (sent.kind, sent.portal) == ("message.parked", "sovetnmo")


def test_nobody_is_told_of_a_parked_message_from_nowhere(service: Service) -> None:
    assert service.given(b"not JSON").outgoing() == []


def test_a_parked_message_whose_bytes_are_gone_is_told_without_a_copy(service: Service) -> None:
    record = Record(b"{", "kafka:nmo.edu.events.v1:abc:3", 0, 1, b"e7", topic="nmo.edu.events.v1")
    service.given_records([record])
    (parked,) = messages_of(service.store.read(0, 1)[0], NAMES, lambda _: None)
    assert (opened(parked).kind, parked.key) == ("message.parked", None)


def test_the_same_bytes_again_and_a_retry_tell_nobody(service: Service) -> None:
    broken = lines.encode(lines.decode(lines.completed("edu:e1")) | {"time": "2027-01-01T00:00:00Z"})
    service.given(broken)
    letter = service.store.read(0, 1)[0].stream
    before = service.store.head()
    service.given(broken)
    service.application.discard(letter, "нет смысла")
    assert service.outgoing(before) == []
