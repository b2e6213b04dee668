"""Both content modes of the CloudEvents Kafka binding, and bytes that are no event at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sync_service.messages.decoding import Message, Unreadable, decode
from tests.unit.valid_messages import (
    ABSENT,
    EDU,
    NOW,
    SOVETNMO,
    decoded,
    enveloped,
    event,
    is_message,
    message,
    reasons,
    record,
)

STRUCTURED = ("content-type", b"application/cloudevents+json; charset=utf-8")
JSON = ("content-type", b"application/json")


def binary(event: dict[str, Any], **replaced: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The value and the `ce_` headers of an event in binary mode."""
    headers = {name: str(value).encode() for name, value in event.items() if name != "data"} | replaced
    return json.dumps(event["data"]).encode(), [(f"ce_{name}", value) for name, value in headers.items()]


def test_both_modes_give_the_same_message() -> None:
    whole = event("code.activated.v1")
    value, headers = binary(whole)
    read = message(whole)
    assert message(value, JSON, *headers) == read
    assert message(value, *headers) == read
    assert message(whole, STRUCTURED) == read
    assert message(whole, ("Content-Type", b"Application/CloudEvents+JSON")) == read


@pytest.mark.parametrize("headers", [[], [("traceparent", b"00-1")], [JSON], [("content-type", b"text/plain")]])
def test_without_ce_headers_the_whole_event_is_in_the_value(headers: list[tuple[str, bytes]]) -> None:
    assert message(enveloped(), *headers).id == "id-account.closed.v1"


def test_a_structured_event_is_not_read_from_its_headers() -> None:
    assert message(enveloped(), STRUCTURED, ("ce_id", b"other")).id == "id-account.closed.v1"


@pytest.mark.parametrize("media", [b"application/cloudevents-batch+json", b"application/cloudevents+avro"])
def test_an_event_format_other_than_json_is_refused(media: bytes) -> None:
    (reason,) = reasons(enveloped(), ("content-type", media))
    assert reason.startswith("content-type: принимается только JSON")


def test_binary_mode_carries_json_only() -> None:
    value, headers = binary(enveloped())
    (reason,) = reasons(value, ("content-type", b"text/xml"), *headers)
    assert reason.startswith("content-type: принимается только JSON")
    assert is_message(value, ("content-type", b"application/vnd.nmo+json"), *headers)


def test_in_binary_mode_all_errors_of_headers_and_value_are_told() -> None:
    value, headers = binary(event("code.activated.v1", code=5), time=b"\xff", id=b"", specversion=b"0.3")
    assert [reason.partition(": ")[0] for reason in reasons(value, *headers)] == [
        "time",
        "specversion",
        "id",
        "data.code",
    ]


def test_headers_of_unknown_attributes_are_ignored_whatever_is_in_them() -> None:
    value, headers = binary(enveloped())
    assert message(value, *headers, ("ce_grown", b"\xff"), ("ce_data", b"{}"), ("x\0", b"")) == message(enveloped())


def test_in_binary_mode_the_headers_still_say_whose_broken_value_it_was() -> None:
    _, headers = binary(event("code.activated.v1"))
    read = decoded(b'{"account_id":', *headers)
    assert isinstance(read, Unreadable)
    assert read.reasons == ("data: не JSON: строка 1, знак 15 / not JSON at line 1, character 15",)
    assert (read.id, read.source, read.account_id) == ("id-code.activated.v1", SOVETNMO, "s-1")
    assert read.key == message(event("code.activated.v1")).key


NO_EVENTS = {
    b"\xff": "не UTF-8: байт 1 / not UTF-8 at byte 1",
    b'{"a": "\xed\xa0\x80"}': "не UTF-8: байт 8 / not UTF-8 at byte 8",
    '{"a": 1}'.encode("utf-16"): "не UTF-8: байт 1 / not UTF-8 at byte 1",
    b"": "не JSON: строка 1, знак 1 / not JSON at line 1, character 1",
    b'{"a":\n 1,}': "не JSON: строка 2, знак 4 / not JSON at line 2, character 4",
    b"{} {}": "не JSON: строка 1, знак 4 / not JSON at line 1, character 4",
    b"\xef\xbb\xbf{}": "не JSON: строка 1, знак 1 / not JSON at line 1, character 1",
    b'{"a": NaN}': "не JSON: NaN и Infinity не числа / not JSON: NaN and Infinity are no numbers",
    b'{"a": [-Infinity]}': "не JSON: NaN и Infinity не числа / not JSON: NaN and Infinity are no numbers",
    b"[" * 501 + b"]" * 501: "вложено слишком глубоко, больше 500 уровней / nested too deep, over 500 levels",
    b'{"a":' * 50_000: "вложено слишком глубоко, больше 500 уровней / nested too deep, over 500 levels",
    b"[]": "не тот тип: нужен объект, а пришёл список / wrong type: an object is expected, not a list",
    b"null": "не тот тип: нужен объект, а пришло другое / wrong type: an object is expected, not something else",
    b" " * 262_145: "больше 256 КиБ / over 256 KiB",
    b" " * 5_000_000: "больше 256 КиБ / over 256 KiB",
}


@pytest.mark.parametrize("value", NO_EVENTS, ids=range(len(NO_EVENTS)))
def test_what_is_no_json_object_has_one_clear_reason(value: bytes) -> None:
    assert decoded(value) == Unreadable((f"message: {NO_EVENTS[value]}",))


def test_brackets_in_text_nest_nothing() -> None:
    assert is_message(enveloped(note='"' + "[{" * 2000))


def test_five_hundred_levels_are_read() -> None:
    line = json.dumps(enveloped()).encode()
    assert is_message(line[:-1] + b',"grown":' + b"[" * 499 + b"]" * 499 + b"}")


def test_a_message_of_256_kib_is_read_and_one_byte_more_is_not() -> None:
    line = json.dumps(enveloped()).encode()
    assert is_message(line + b" " * (262_144 - len(line)))
    read = decoded(line + b" " * (262_145 - len(line)))
    assert isinstance(read, Unreadable)
    assert read.reasons == ("message: больше 256 КиБ / over 256 KiB",)
    assert (read.id, read.account_id) == ("id-account.closed.v1", "s-1")


def test_a_topic_takes_messages_of_its_own_source_only() -> None:
    closed = record(enveloped(time=ABSENT))
    ours, theirs = decode(closed, NOW, SOVETNMO), decode(closed, NOW, EDU)
    assert isinstance(ours, Unreadable)
    assert isinstance(theirs, Unreadable)
    assert set(theirs.reasons) - set(ours.reasons) == {
        f"source: сюда присылает сообщения только {EDU} / only {EDU} sends its messages here"
    }
    assert isinstance(decode(record(enveloped()), NOW, SOVETNMO), Message)
    assert isinstance(decode(record(enveloped()), NOW, EDU), Unreadable)
