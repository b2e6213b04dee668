"""A trace goes from a portal's message to the replica that it led to, over the log, and costs nothing when off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sync_service.adapters.memory_store import MemoryStore
from sync_service.adapters.otel_traces import OtelTraces
from sync_service.application import Application
from sync_service.messages.records import Record
from sync_service.messages.transport_errors import TransportUnavailable
from sync_service.publishing import Publisher
from sync_service.topic_names import TopicNames
from sync_service.tracing import NO_TRACES
from tests.model import lines
from tests.unit.support_desk import LINKED_PERSON, START

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan

    from sync_service.messages.records import Outgoing
    from sync_service.tracing import Traces

THEIRS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NAMES = TopicNames()


class FakeTopics:
    """Keeps what is sent; away as long as it is told."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.is_away = False

    def send(self, messages: Sequence[Outgoing]) -> None:
        if self.is_away:
            raise TransportUnavailable("away")
        self.sent.extend(messages)

    def close(self) -> None:
        pass


class Line:
    """The service between two portals, with one collector of traces for both ends."""

    def __init__(self, traces: Traces | None = None, share: float = 1.0) -> None:
        self.exporter = InMemorySpanExporter()
        self.store, self.topics = MemoryStore(), FakeTopics()
        traces = traces or OtelTraces(SimpleSpanProcessor(self.exporter), "0.1.0", share)
        self._application = Application(self.store, lambda: START, traces=traces)
        self._publisher = Publisher(self.store, self.topics, NAMES, traces=traces)
        self._received = 0

    def receive(self, line: bytes, *headers: tuple[str, bytes]) -> None:
        """Receive one line."""
        self._received += 1
        self._application.receive([Record(line, "file:1", self._received, self._received + 1, headers=headers)])

    def publish(self) -> list[Outgoing]:
        """Send all that is to be sent; what was sent now."""
        self.topics.sent.clear()
        while self._publisher.publish_next(1_000):
            pass
        return list(self.topics.sent)

    def spans(self, word: str) -> list[ReadableSpan]:
        """The finished spans whose name begins so."""
        return [span for span in self.exporter.get_finished_spans() if span.name.startswith(word)]


@pytest.fixture
def line() -> Line:
    """A service that has linked a person, and forgotten the spans of that."""
    made = Line()
    for given in LINKED_PERSON:
        made.receive(given)
    made.publish()
    made.exporter.clear()
    return made


def traced(given: bytes, traceparent: str = THEIRS) -> bytes:
    """The message with a trace of its sender."""
    return given[:-1] + b',"traceparent":"%s"}' % traceparent.encode()


def trace_of(message: Outgoing) -> str | None:
    """The trace that an outgoing event names."""
    named: str | None = msgspec.json.decode(message.value).get("traceparent")
    return named and named.split("-")[1]


def test_a_replica_goes_out_in_the_trace_of_the_message_that_led_to_it(line: Line) -> None:
    line.receive(lines.completed("edu:e1", "m7"))
    [replica] = [message for message in line.publish() if "replicas" in message.topic]
    [received] = line.spans("receive")
    sent = line.spans("send")
    assert received.context is not None
    assert {span.context and span.context.trace_id for span in sent} == {received.context.trace_id}
    assert trace_of(replica) == f"{received.context.trace_id:032x}"
    assert received.name == "receive ru.nmo.module.completed.v1"


def binary(given: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The message in binary content mode: its attributes are headers."""
    event = msgspec.json.decode(given)
    headers = [(f"ce_{name}", str(value).encode()) for name, value in event.items() if name != "data"]
    return msgspec.json.encode(event["data"]), [*headers, ("content-type", b"application/json")]


@pytest.mark.parametrize("header", ["traceparent", "ce_traceparent", None])
def test_a_portal_s_own_trace_is_gone_on_with_and_linked_to_the_replica_s(line: Line, header: str | None) -> None:
    given = lines.completed("edu:e1", "m7")
    if header is None:
        line.receive(traced(given))
    elif header == "traceparent":
        line.receive(given, (header, THEIRS.encode()))
    else:
        value, headers = binary(given)
        line.receive(value, *headers, (header, THEIRS.encode()))
    [replica] = [message for message in line.publish() if "replicas" in message.topic]
    [received] = line.spans("receive")
    assert received.context is not None
    assert received.parent is not None
    assert f"{received.context.trace_id:032x}" == THEIRS.split("-")[1]
    assert f"{received.parent.span_id:016x}" == THEIRS.split("-")[2]
    [link] = received.links
    assert f"{link.context.trace_id:032x}" == trace_of(replica)


def test_a_traceparent_that_is_none_does_no_harm(line: Line) -> None:
    line.receive(traced(lines.completed("edu:e1", "m7"), "no trace at all"))
    [received] = line.spans("receive")
    assert not received.links


def test_what_was_not_sent_has_no_span_until_it_is(line: Line) -> None:
    line.receive(lines.completed("edu:e1", "m7"))
    line.topics.is_away = True
    with pytest.raises(TransportUnavailable):
        line.publish()
    assert line.spans("send") == []
    line.topics.is_away = False
    assert len(line.publish()) == len(line.spans("send")) > 0


def test_a_share_of_nothing_traces_only_what_comes_with_a_trace() -> None:
    line = Line(share=0.0)
    for given in LINKED_PERSON:
        line.receive(given)
    line.receive(traced(lines.completed("edu:e1", "m7")))
    line.publish()
    assert [span.name for span in line.exporter.get_finished_spans()] == ["receive ru.nmo.module.completed.v1"]


def test_spans_say_nothing_of_a_person(line: Line) -> None:
    line.receive(lines.registered("edu:e9"))
    line.receive(lines.activated("edu:e1"))
    line.publish()
    said = " ".join(str(span.attributes) + span.name for span in line.exporter.get_finished_spans())
    assert "receive" in said
    for personal in ("@", lines.CODE, "e9"):
        assert personal not in said


def test_off_nothing_is_added_to_what_goes_out() -> None:
    line = Line(NO_TRACES)
    for given in LINKED_PERSON:
        line.receive(given)
    sent = line.publish()
    assert sent
    assert all(b"traceparent" not in message.value for message in sent)
    assert not line.exporter.get_finished_spans()
