"""Watches the metadata that Kafka's client keeps: which topic stands under a name, and whether brokers answer."""

from __future__ import annotations

import base64
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import uuid

ASK_INTERVAL_S = 5.0


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
        self._asked_at = 0.0

    def id_of(self, topic: str) -> str | None:
        """Give the topic's id as Kafka's own tools print it; None if there is no such topic as far as is known."""
        found = self._cluster.topic_id(topic)
        return base64.urlsafe_b64encode(found.bytes).decode().rstrip("=") if found and found.int else None

    def refresh(self, timeout_ms: float) -> bool:
        """Fetch the metadata now; false if no broker answered within the time."""
        answer, done = self._cluster.request_update(), threading.Event()
        answer.add_both(lambda _: done.set())
        return done.wait(timeout_ms / 1000)

    def answered(self) -> bool | None:
        """Tell whether brokers answer, as far as is known: true or false when there is news, None otherwise."""
        now = time.monotonic()
        if self._asked is None:
            if now >= self._asked_at + ASK_INTERVAL_S:
                self._asked, self._asked_at = self._cluster.request_update(), now
            return None
        if self._asked.is_done:
            self._asked = None
            return True
        return False if now >= self._asked_at + ASK_INTERVAL_S else None
