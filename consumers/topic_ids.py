"""Watches the metadata that Kafka's client keeps: which topic stands under a name, and whether brokers answer."""

from __future__ import annotations

import base64
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import uuid

ASK_INTERVAL_S = 5.0
ASK_AGAIN_INTERVAL_S = 0.5


class Answer(Protocol):
    """The client's promise of an answer; the part of `kafka.future.Future` that is used here."""

    is_done: bool
    exception: BaseException | None

    def add_both(self, f: Any) -> Any:  # noqa: ANN401 - the client's own signature
        """Call `f` with the outcome, at once if it is there already."""
        ...


class Cluster(Protocol):
    """The part of `kafka.cluster.ClusterMetadata` that is used here."""

    def topic_id(self, topic_name: str) -> uuid.UUID | None:
        """Give the id of the topic that had this name when the metadata was last fetched."""
        ...

    def request_update(self) -> Answer:
        """Have the metadata fetched; repeats share one promise until it is kept."""
        ...


class TopicIds:
    """The ids of topics by name, no older than about `ASK_INTERVAL_S` seconds while brokers answer."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._asked: Answer | None = None
        self._ask_at = 0.0
        self._waiting_since: float | None = None

    def id_of(self, topic: str) -> str | None:
        """Give the topic's id as Kafka's own tools print it; None if there is no such topic as far as is known."""
        found = self._cluster.topic_id(topic)
        return base64.urlsafe_b64encode(found.bytes).decode().rstrip("=") if found and found.int else None

    def refresh(self, timeout_ms: float) -> bool:
        """Fetch the metadata now; false if no broker answered within the time."""
        asked, done = self._cluster.request_update(), threading.Event()
        asked.add_both(lambda _: done.set())
        return done.wait(timeout_ms / 1000) and _is_answer(asked)

    def answered(self) -> bool | None:
        """Ask now and then: true when a broker has answered, false when none does for too long, else None."""
        now = time.monotonic()
        if self._asked is None and now >= self._ask_at:
            self._asked = self._cluster.request_update()
            self._waiting_since = self._waiting_since or now
        if self._asked and self._asked.is_done:
            good, self._asked = _is_answer(self._asked), None
            self._ask_at = now + (ASK_INTERVAL_S if good else ASK_AGAIN_INTERVAL_S)
            if good:
                self._waiting_since = None
                return True
        return False if self._waiting_since and now - self._waiting_since >= ASK_INTERVAL_S else None


def _is_answer(asked: Answer) -> bool:
    """Tell an answer, be it that a topic is unknown, from a failure to get one: only a broker's errors have numbers."""
    return asked.exception is None or getattr(asked.exception, "errno", None) is not None
