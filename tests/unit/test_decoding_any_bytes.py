"""Whatever bytes come, they are a message or have reasons, the same that the model of the contract finds."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_service.messages.decoding import Message, Unreadable
from tests.model.streams import steps
from tests.model.validation import read as read_by_the_model
from tests.unit.valid_messages import BODIES, NOW, Event, decoded, event

TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda values: st.lists(values, max_size=4) | st.dictionaries(TEXT, values, max_size=4),
    max_leaves=8,
)
ATTRIBUTES = st.sampled_from(["specversion", "id", "source", "type", "subject", "time", "data"])
HEADER_NAMES = st.sampled_from(["content-type", "ce_id", "ce_type", "ce_source", "ce_time", "ce_specversion", "x"])
HEADER_VALUES = st.binary(max_size=20) | st.sampled_from(
    [b"application/cloudevents+json", b"application/json", b"1.0", b"ru.nmo.account.closed.v1", b"/portals/edu"]
)
HEADERS = st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES), max_size=6)
WHOLE = {"too_large", "not_utf8", "too_deep", "not_json", "not_an_object"}
"""The model's words for bytes that are no event."""


@st.composite
def broken_events(draw: st.DrawFn) -> Event:
    """A valid event with some attributes and some fields replaced by anything."""
    made = event(draw(st.sampled_from(list(BODIES))))
    for name, value in draw(st.dictionaries(ATTRIBUTES, VALUES, max_size=2)).items():
        made[name] = value
    if isinstance(made["data"], dict):
        names = st.sampled_from([*made["data"], "account_id"])
        made["data"] |= draw(st.dictionaries(names, VALUES, max_size=3))
    return made


def paths(read: Message | Unreadable) -> set[str]:
    """The fields that the reasons name, wherever in a list."""
    return set() if isinstance(read, Message) else {reason.partition(": ")[0] for reason in read.reasons}


def paths_by_the_model(line: bytes) -> set[str]:
    """The fields that the model finds wrong, wherever in a list."""
    errors = {re.sub(r"\.\d+", "", error) for error in read_by_the_model(line, NOW).errors}
    return {"message"} if errors & WHOLE else errors


@given(st.binary() | TEXT.map(lambda text: text.encode(errors="surrogatepass")), HEADERS)
def test_any_bytes_are_read(value: bytes, headers: list[tuple[str, bytes]]) -> None:
    assert isinstance(decoded(value, *headers), Message | Unreadable)


@given(VALUES, HEADERS)
def test_any_json_is_read(value: object, headers: list[tuple[str, bytes]]) -> None:
    assert isinstance(decoded(json.dumps(value).encode(), *headers), Message | Unreadable)


@settings(max_examples=400)
@given(broken_events())
def test_any_spoiled_event_is_read_and_each_reason_names_a_field(made: Event) -> None:
    read = decoded(made)
    if isinstance(read, Unreadable):
        assert read.reasons
        assert all(re.match(r"[a-z_.]+: .+ / .+", reason) for reason in read.reasons)
        assert max(map(len, read.reasons)) <= 1000


@pytest.mark.parametrize("seed", range(12))
def test_decoding_and_the_model_of_the_contract_find_the_same_fields_wrong(seed: int) -> None:
    lines = [step.line for step in steps(seed, 100, malformed=0.5)]
    told = [paths(decoded(line)) for line in lines]
    assert told == [paths_by_the_model(line) for line in lines]
    assert any(told)
    assert not all(told)
