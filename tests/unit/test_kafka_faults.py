"""Why Kafka cannot be used is told by the try that says most, and not by the one that the end of the time cut off."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from kafka.errors import KafkaConnectionError, KafkaTimeoutError, RequestTimedOutError
from kafka.future import Future

from sync_service.connecting.kafka_connection import KafkaConnection
from sync_service.connecting.kafka_faults import BrokerFaults

TOLD = "broker:9092: socket disconnected; perhaps it wants TLS or a sign-in: SYNC_KAFKA_SECURITY is plaintext"


class OneBroker:
    """Stands for the library's network client: each connection that it is asked for waits for what a test says."""

    def __init__(self) -> None:
        self._broker = SimpleNamespace(host="broker", port=9092)
        self.cluster = SimpleNamespace(
            config={}, broker_metadata=lambda _: self._broker, bootstrap_brokers=lambda: [self._broker]
        )
        self._manager = self
        self.get_connection = lambda _: SimpleNamespace(init_future=Future(), close_future=Future())


def told(*errors: Exception, lets_in: bool = False) -> str | None:
    """What is said when tries failed so, one after the other, perhaps after one that came about."""
    client = OneBroker()
    faults = BrokerFaults(KafkaConnection(bootstrap="broker:9092"), lambda: client)
    faults()
    if lets_in:
        client.get_connection(0).init_future.success(None)  # type: ignore[no-untyped-call]
    for error in errors:
        client.get_connection(0).init_future.failure(error)  # type: ignore[no-untyped-call]
    return faults.reason


@pytest.mark.parametrize(
    "cut_off",
    [KafkaConnectionError("Connection timed out"), KafkaTimeoutError("x"), RequestTimedOutError("x")],
    ids=["while it connects", "while it asks for versions", "while it waits"],
)
def test_a_try_that_the_end_of_the_time_cut_off_says_less_than_the_one_before(cut_off: Exception) -> None:
    assert told(KafkaConnectionError("socket disconnected"), cut_off) == TOLD


def test_it_is_told_where_nothing_else_is_known() -> None:
    assert told(KafkaConnectionError("Connection timed out")) == "broker:9092: Connection timed out"


def test_what_the_network_says_later_is_told() -> None:
    unreachable = KafkaConnectionError("113 EHOSTUNREACH")
    assert told(KafkaConnectionError("socket disconnected"), unreachable) == "broker:9092: No route to host"


def test_a_broker_that_had_let_us_in_and_does_not_answer_any_more_is_told_as_that() -> None:
    ended, silent = KafkaConnectionError("socket disconnected"), KafkaConnectionError("Connection timed out")
    assert told(ended, silent, lets_in=True) == "broker:9092: Connection timed out"
