"""A channel on Kafka: how the simulated portals publish and listen in a real deployment and in the fault tests."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_UNSAFE_MAX = 2_000
_ACKNOWLEDGED_S = 60.0
_ATTEMPTS_MAX = 3
_RECORDS_MAX = 2_000
_RECONNECT_MS_MAX = 2_000
_OPTIONS = {
    "CA_FILE": "ssl_cafile",
    "CERT_FILE": "ssl_certfile",
    "KEY_FILE": "ssl_keyfile",
    "SASL_MECHANISM": "sasl_mechanism",
    "USER": "sasl_plain_username",
}


class KafkaUnavailable(Exception):
    """Kafka at {bootstrap} does not answer."""

    def __init__(self, bootstrap: str, error: KafkaError) -> None:
        self.bootstrap = bootstrap
        super().__init__(f"Kafka at {bootstrap} does not answer: {error}")


class _Message(NamedTuple):
    topic: str
    key: bytes
    value: bytes


class KafkaChannel:
    """Publishes with all acknowledgements, and reads every topic from its beginning.

    The portals keep what they show in memory, so nothing is committed and no group remembers a position: a new
    channel hears everything again. Raises KafkaUnavailable when no broker answers in several attempts.
    """

    def __init__(self, bootstrap: str, security: Mapping[str, Any] | None = None) -> None:
        self._bootstrap, self._security = bootstrap, dict(security or {})
        self._messages: deque[_Message] = deque()
        self._producer: KafkaProducer | None = None
        self._consumers: dict[frozenset[str], KafkaConsumer] = {}

    def publish(self, topic: str, key: bytes, value: bytes) -> None:
        """Take a message to be sent with the next flush; a full buffer is sent at once."""
        self._messages.append(_Message(topic, key, value))
        if len(self._messages) >= _UNSAFE_MAX:
            self.flush()

    def flush(self) -> None:
        """Send what was taken and wait for the broker; after a failure a new producer sends what is not safe again."""
        for attempt in range(1, _ATTEMPTS_MAX + 1):
            try:
                self._send_all()
            except KafkaError as error:
                self._forget_producer()
                if attempt == _ATTEMPTS_MAX:
                    raise KafkaUnavailable(self._bootstrap, error) from error
            else:
                return

    def read(self, topics: Collection[str]) -> list[tuple[str, bytes]]:
        """The messages that came on these topics since the last read."""
        consumer = self._consumer(frozenset(topics))
        polled = consumer.poll(timeout_ms=0, max_records=_RECORDS_MAX)
        return [(record.topic, record.value) for records in polled.values() for record in records]

    def close(self) -> None:
        """Leave the broker; what was taken and not flushed is lost."""
        self._forget_producer()
        for consumer in self._consumers.values():
            consumer.close()
        self._consumers.clear()

    def _send_all(self) -> None:
        """Send in order and wait; what the broker has is taken off the front, so a failure leaves the rest."""
        producer = self._connected()
        futures = [producer.send(each.topic, key=each.key, value=each.value) for each in self._messages]
        for future in futures:
            future.get(timeout=_ACKNOWLEDGED_S)  # type: ignore[no-untyped-call]  # the stubs say no more
            self._messages.popleft()

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = KafkaProducer(**self._settings(), acks="all", linger_ms=5, compression_type="lz4")
        return self._producer

    def _forget_producer(self) -> None:
        if self._producer is not None:
            with suppress(KafkaError):
                self._producer.close(timeout=0)
            self._producer = None

    def _consumer(self, topics: frozenset[str]) -> KafkaConsumer:
        if topics not in self._consumers:
            try:
                self._consumers[topics] = KafkaConsumer(
                    *sorted(topics),
                    **self._settings(),
                    group_id=None,
                    enable_auto_commit=False,
                    auto_offset_reset="earliest",
                )
            except KafkaError as error:
                raise KafkaUnavailable(self._bootstrap, error) from error
        return self._consumers[topics]

    def _settings(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self._bootstrap,
            "reconnect_backoff_max_ms": _RECONNECT_MS_MAX,
            **self._security,
        }


def security_of(environment: Mapping[str, str]) -> dict[str, Any]:
    """How the client is secured, by the names under which the service's own settings stand; nothing by default."""
    protocol = environment.get("SYNC_KAFKA_SECURITY", "plaintext").upper().replace("TLS", "SSL")
    options = {
        option: environment[f"SYNC_KAFKA_{name}"]
        for name, option in _OPTIONS.items()
        if f"SYNC_KAFKA_{name}" in environment
    }
    if "SYNC_KAFKA_PASSWORD_FILE" in environment:
        password, _, _ = Path(environment["SYNC_KAFKA_PASSWORD_FILE"]).read_text(encoding="utf-8").partition("\n")
        options["sasl_plain_password"] = password
    if protocol.startswith("SASL"):
        options.setdefault("sasl_mechanism", "SCRAM-SHA-512")
    return {"security_protocol": protocol, **options}
