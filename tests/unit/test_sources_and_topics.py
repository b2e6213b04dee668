"""Who may say what: a message's source must fit the topic that it came by, on every way in, then and later."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from consumers.topic_file_records import TopicFileRecords
from sync_service.adapters.file_topics import FileTopics
from sync_service.adapters.memory_store import MemoryStore
from sync_service.aggregates.dead_letter import Parked
from sync_service.application import Application
from sync_service.messages.catalogue_messages import CATALOGUE
from sync_service.messages.portal_messages import EDU, SOVETNMO
from sync_service.messages.records import Outgoing, Record
from tests.model import lines
from tests.told import NAMES, NOW, Service, id_of

if TYPE_CHECKING:
    from pathlib import Path

SAID = {
    SOVETNMO: lines.registered("sovetnmo:s1"),
    EDU: lines.registered("edu:e1"),
    CATALOGUE: lines.published("ev1"),
}
TOPICS = {source: str(NAMES.topic_of(source)) for source in SAID}
WRONG_WAYS = [(source, other) for source, other in product(SAID, TOPICS) if source != other]


def by(topic: str | None, value: bytes) -> Record:
    return Record(value, f"kafka:{topic}", 0, 1, topic=topic)


@pytest.mark.parametrize(("source", "other"), WRONG_WAYS)
def test_nobody_speaks_for_another_by_their_own_topic(source: str, other: str) -> None:
    service = Service().given_records([by(TOPICS[other], SAID[source])])
    parked, *more = service.store.read(0, 10)
    assert not more
    assert isinstance(parked.fact, Parked)
    assert parked.fact.reasons == (
        f"source: сюда присылает сообщения только {other} / only {other} sends its messages here",
    )


@pytest.mark.parametrize("source", SAID)
def test_everybody_speaks_for_themselves(source: str) -> None:
    receipt = Application(MemoryStore(), lambda: NOW, NAMES.source_of).receive([by(TOPICS[source], SAID[source])])
    assert (receipt.stored, receipt.parked) == (1, 0)


@pytest.mark.parametrize(("source", "other"), WRONG_WAYS)
def test_whom_a_forged_message_names_is_not_told_of_it(source: str, other: str) -> None:
    told = Service().given_records([by(TOPICS[other], SAID[source])]).told()
    assert [one.portal for one in told] == ([] if other == CATALOGUE else [other.rpartition("/")[2]])


def test_topic_files_are_held_to_the_same(tmp_path: Path) -> None:
    FileTopics(tmp_path).send([Outgoing(TOPICS[EDU], SAID[SOVETNMO], key=b"s1")])
    application = Application(MemoryStore(), lambda: NOW, NAMES.source_of)
    records = TopicFileRecords(tmp_path, NAMES.all_in(), application)
    receipt = application.receive(records.poll(10, 10**6, 0))
    assert (receipt.stored, receipt.parked) == (0, 1)


def test_no_retry_gets_a_forged_message_through_edited_or_not() -> None:
    service = Service().given_records([by(TOPICS[EDU], SAID[SOVETNMO])])
    (letter,) = {event.stream for event in service.store.read(0, 10)}
    for edited in (None, SAID[SOVETNMO], SAID[SOVETNMO].replace(b"education", b"education")):
        (reason,) = service.application.retry(letter, edited=edited, by="test", reason="test")
        assert reason.startswith("source: ")
        assert service.application.preview(letter, edited).reasons == (reason,)
    renamed = lines.encode(lines.decode(SAID[EDU]) | {"id": id_of(SAID[SOVETNMO])})
    (reason,) = service.application.retry(letter, edited=renamed, by="test", reason="test")
    assert reason.startswith("id: ")


def test_the_same_bytes_by_the_wrong_topic_first_do_not_silence_who_may_say_them() -> None:
    store = MemoryStore()
    application = Application(store, lambda: NOW, NAMES.source_of)
    forged = application.receive([Record(SAID[SOVETNMO], "edu", 0, 1, topic=TOPICS[EDU])])
    genuine = application.receive([Record(SAID[SOVETNMO], "sovetnmo", 0, 1, topic=TOPICS[SOVETNMO])])
    again = application.receive([Record(SAID[SOVETNMO], "sovetnmo", 1, 2, topic=TOPICS[SOVETNMO])])
    assert (forged.parked, genuine.stored, again.repeats) == (1, 1, 1)
    assert [event.fact.TYPE for event in store.read(0, 10) if event.fact.TYPE.startswith("dead_letter")] == [
        "dead_letter.parked.v1",
        "dead_letter.superseded.v1",
    ]


def test_the_same_bytes_by_the_right_topic_twice_are_a_repeat_as_before() -> None:
    wrong = lines.encode(lines.decode(SAID[EDU]) | {"time": "2999-01-01T00:00:00Z"})
    application = Application(MemoryStore(), lambda: NOW, NAMES.source_of)
    receipts = [
        application.receive([Record(wrong, "edu", offset, offset + 1, topic=TOPICS[EDU])]) for offset in range(2)
    ]
    assert [(receipt.parked, receipt.repeats) for receipt in receipts] == [(1, 0), (0, 1)]
