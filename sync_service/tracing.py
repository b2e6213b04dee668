"""The port of tracing: how a message's trace goes on from where it is received to where what it led to is sent.

Between the two lies only the log. So the trace is found again from the cause that every event names, and nothing is
stored for it. Whoever does not trace takes `NO_TRACES`, which does nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync_service.aggregates.aggregate import Event
    from sync_service.messages.decoding import Message, Unreadable
    from sync_service.messages.records import Outgoing, Record


class SendingTraces(Protocol):
    """The traces of one batch that goes out; one that is not sent after all is left as it is."""

    def marked(self, event: Event, messages: Sequence[Outgoing]) -> Sequence[Outgoing]:
        """The messages of an event, each saying of which trace it is."""

    def sent(self) -> None:
        """All of them are safe."""


class Traces(Protocol):
    """Tells what is done with messages to whoever collects traces."""

    def received(self, given: Iterable[tuple[Record, Message | Unreadable]], began_ns: int) -> None:
        """Records were applied in a transaction that began then (nanoseconds since 1970)."""

    def sending(self) -> SendingTraces:
        """Begin a batch that goes out."""


class _NoTraces:
    """Traces nothing; fits Traces and SendingTraces."""

    def received(self, given: Iterable[tuple[Record, Message | Unreadable]], began_ns: int) -> None:
        pass

    def sending(self) -> _NoTraces:
        return self

    def marked(self, event: Event, messages: Sequence[Outgoing]) -> Sequence[Outgoing]:  # noqa: ARG002 - the port's
        return messages

    def sent(self) -> None:
        pass


NO_TRACES: Final = _NoTraces()
"""For whoever does not trace."""
