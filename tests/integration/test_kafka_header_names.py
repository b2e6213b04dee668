"""A record that Kafka's client takes for corrupt, because a header's name is no UTF-8, holds back nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from kafka import KafkaProducer

from tests.fake_application import FakeApplication
from tests.real_kafka import REFUSED
from tests.transports import KafkaTransport, consuming, wait_for

if TYPE_CHECKING:
    from tests.real_kafka import Kafka

pytestmark = REFUSED


class NoUtf8(str):
    """A text that the client writes as bytes that are none."""

    __slots__ = ()

    def encode(self, _encoding: str = "utf-8", _errors: str = "strict") -> bytes:
        return b"ce_\xff\xfe"


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_a_header_whose_name_is_no_utf_8_is_read_with_question_marks(
    kafka: Kafka, compression: Literal["gzip"] | None
) -> None:
    transport, application = KafkaTransport(kafka, partitions=1), FakeApplication()
    headers = [("before", b"\xff\xfe"), (NoUtf8("?"), b"1"), ("ключ", b"2")]
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, compression_type=compression, linger_ms=200)
    for value, with_headers in [(b"one", []), (b"ce_\xff\xfe", headers), (b"three", [])]:
        producer.send(transport.topic, value, key=b"\xff\xfe", headers=with_headers)
    producer.close()
    with consuming(transport, application):
        wait_for(3, application)
    assert [(record.value, record.key) for record in application.stored] == [
        (b"one", b"\xff\xfe"),
        (b"ce_\xff\xfe", b"\xff\xfe"),
        (b"three", b"\xff\xfe"),
    ]
    assert application.stored[1].headers == (("before", b"\xff\xfe"), ("ce_??", b"1"), ("ключ", b"2"))
