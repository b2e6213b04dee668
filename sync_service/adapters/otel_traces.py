"""Traces by OpenTelemetry: a span where a message is received, and one where what it led to is sent.

The spans of one cause share a trace whose ids are drawn from the cause itself (`source#id` of the message), so the
process that sends finds it from the log alone. A message that names a trace of its own (`traceparent`, as a CloudEvents
attribute or a Kafka header) is received in that trace, and its span is linked to the cause's.
"""

from __future__ import annotations

import time
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import msgspec
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sync_service.messages.decoding import Message
from sync_service.topic_names import DEAD_LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span, Tracer

    from sync_service.aggregates.aggregate import Event
    from sync_service.messages.decoding import Unreadable
    from sync_service.messages.records import Outgoing, Record

NAME: Final = "sync-service"
HEADER: Final = "traceparent"
_WIDTH: Final = 1 << 64


class _Traced(msgspec.Struct):
    """As much of a structured event as tracing reads."""

    traceparent: str | None = None


class OtelTraces:
    """Makes spans; fits Traces. `share` of the causes is traced, the same ones in every process."""

    def __init__(self, processor: SpanProcessor, version: str, share: float = 1.0) -> None:
        provider = TracerProvider(resource=Resource.create({"service.name": NAME, "service.version": version}))
        provider.add_span_processor(processor)
        self.provider = provider
        self._tracer = provider.get_tracer(NAME, version)
        self._share = share

    def received(self, given: Iterable[tuple[Record, Message | Unreadable]], began_ns: int) -> None:
        """One span a message that was applied, as long as the transaction took."""
        for record, message in given:
            if isinstance(message, Message):
                own = SpanContext(
                    *_ids(f"{message.source}#{message.id}"), is_remote=True, trace_flags=self._flags(message)
                )
                given_context = _given_context(record)
                links = [Link(own)] if given_context is not None else []
                span = self._tracer.start_span(
                    f"receive {message.type}",
                    _within(own) if given_context is None else given_context,
                    kind=SpanKind.CONSUMER,
                    attributes=_attributes(record.topic, message.type, message.source, message.id),
                    links=links,
                    start_time=began_ns,
                )
                span.end()

    def sending(self) -> OtelSending:
        """Begin a batch that goes out."""
        return OtelSending(self._tracer, self._share)

    def _flags(self, message: Message) -> TraceFlags:
        return _flags(f"{message.source}#{message.id}", self._share)


class OtelSending:
    """The spans of one batch that goes out; they end when all of it is safe, and are dropped if it is not."""

    def __init__(self, tracer: Tracer, share: float) -> None:
        self._tracer, self._share = tracer, share
        self._open: list[Span] = []

    def marked(self, event: Event, messages: Sequence[Outgoing]) -> Sequence[Outgoing]:
        """The messages of an event that has a cause, each with the `traceparent` of its span."""
        if event.cause is None:
            return messages
        flags = _flags(event.cause, self._share)
        context = _within(SpanContext(*_ids(event.cause), is_remote=True, trace_flags=flags))
        return [self._mark(message, event, context) for message in messages]

    def _mark(self, message: Outgoing, event: Event, context: Context) -> Outgoing:
        if message.topic.endswith(DEAD_LETTERS):
            return message  # a copy stays as it came
        source, _, message_id = (event.cause or "").partition("#")
        span = self._tracer.start_span(
            f"send {event.fact.TYPE}",
            context,
            kind=SpanKind.PRODUCER,
            attributes=_attributes(message.topic, event.fact.TYPE, source, message_id)
            | {"sync.position": event.position},
            start_time=time.time_ns(),
        )
        self._open.append(span)
        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier, trace.set_span_in_context(span))
        return msgspec.structs.replace(message, value=_with_attribute(message.value, carrier.get(HEADER)))

    def sent(self) -> None:
        """End the spans of the batch."""
        for span in self._open:
            span.end()
        self._open = []


def _ids(cause: str) -> tuple[int, int]:
    """The trace and the span that a cause stands for; neither is ever 0."""
    digest = sha256(cause.encode()).digest()
    return int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:24]) or 1


def _flags(cause: str, share: float) -> TraceFlags:
    is_traced = _ids(cause)[0] % _WIDTH < share * _WIDTH
    return TraceFlags(TraceFlags.SAMPLED if is_traced else TraceFlags.DEFAULT)


def _within(parent: SpanContext) -> Context:
    return trace.set_span_in_context(NonRecordingSpan(parent))


def _given_context(record: Record) -> Context | None:
    """The trace that a message names, None if it names none that is valid."""
    given = _traceparent(record)
    if given is None:
        return None
    context = TraceContextTextMapPropagator().extract({HEADER: given})
    return context if trace.get_current_span(context).get_span_context().is_valid else None


def _traceparent(record: Record) -> str | None:
    for name, value in record.headers:
        if name.lower() in {HEADER, f"ce_{HEADER}"}:
            return value.decode("latin-1")
    try:
        return msgspec.json.decode(record.value, type=_Traced).traceparent
    except msgspec.MsgspecError:
        return None


def _attributes(topic: str | None, type_: str, source: str, message_id: str) -> dict[str, str | int]:
    """What a span says; ids of messages are the portals' own numbers, and nothing of a person stands here."""
    return {
        "messaging.destination.name": topic or "",
        "cloudevents.event_type": type_,
        "cloudevents.event_source": source,
        "cloudevents.event_id": message_id,
    }


def _with_attribute(event: bytes, traceparent: str | None) -> bytes:
    """Our own outgoing event, one JSON object, with one attribute more."""
    return event if traceparent is None else event[:-1] + b',"traceparent":"%s"}' % traceparent.encode()
