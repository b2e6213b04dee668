"""The bare Kafka round trip: takes the same messages from one topic and puts them into another, and does nothing else.

What it leaves out: everything. It reads no message, keeps nothing, and commits nothing; a crash loses or doubles what
was on the way. It is the least that two topics, kafka-python and one process between them take.
Run by itself: `python -m benchmarks.peers.kafka_round_trip BOOTSTRAP FROM TO`; it says one line when it is ready.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kafka import KafkaConsumer, KafkaProducer

from benchmarks.portals import listen_from_now_on

if TYPE_CHECKING:
    from collections.abc import Iterator

READY = b"ready\n"
POLL_MS = 500


@contextmanager
def a_relay(bootstrap: str, there: str, back: str) -> Iterator[None]:
    """A process that relays from one topic to the other while the context is open."""
    command = [sys.executable, "-m", __name__, bootstrap, there, back]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as relay:
        try:
            if relay.stdout is None or relay.stdout.readline() != READY:
                raise RuntimeError("the relay did not start")
            yield
        finally:
            relay.kill()


def relay(bootstrap: str, there: str, back: str) -> None:
    """Relay until killed; what one poll gives is handed on at once, and nobody waits for acknowledgements."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    listen_from_now_on(consumer, [there])
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    while True:
        for records in consumer.poll(timeout_ms=POLL_MS).values():
            for record in records:
                producer.send(back, record.value, record.key)


if __name__ == "__main__":
    relay(*sys.argv[1:])
