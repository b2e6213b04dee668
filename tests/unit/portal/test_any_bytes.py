"""Whatever bytes come with whatever headers: an answer that is documented, and sums that are right."""

from __future__ import annotations

import gzip
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model import lines
from tests.unit.portal.desk import BATCH, LINES, STRUCTURED, Desk, answer

DOCUMENTED = {202, 400, 401, 408, 413, 415, 422, 429, 503}
TYPES = st.sampled_from([STRUCTURED, BATCH, LINES, "application/json", "text/plain", ""])
ENCODINGS = st.sampled_from(["", "gzip", "identity", "br"])
GOOD = lines.registered("sovetnmo:s1")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
EVENTS = st.builds(
    lambda fields: lines.decode(GOOD) | fields,
    st.dictionaries(
        st.sampled_from(["id", "source", "type", "time", "data", "subject", "specversion", "extra"]), JSON, max_size=3
    ),
)
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.lists(EVENTS, max_size=4).map(lambda events: json.dumps(events).encode()),
    st.lists(EVENTS, max_size=4).map(lambda events: b"\n".join(json.dumps(event).encode() for event in events)),
    st.lists(st.binary(max_size=50), max_size=4).map(b"\n".join),
)
HEADERS = st.dictionaries(
    st.sampled_from(["ce-id", "ce-source", "ce-type", "ce-time", "ce-", "ce-data", "content-length", "traceparent"]),
    st.text(st.characters(max_codepoint=255), max_size=20),
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(body=BODIES, content_type=TYPES, encoding=ENCODINGS, more=HEADERS, is_packed=st.booleans())
def test_every_body_gets_a_documented_answer(
    body: bytes, content_type: str, encoding: str, more: dict[str, str], is_packed: bool
) -> None:
    desk = Desk()
    sent = gzip.compress(body) if is_packed else body
    headers = more | desk.headers("sovetnmo", content_type, **{"content-encoding": encoding or "identity"})
    status, answered = answer(sent, headers, desk.door)
    told = json.loads(answered)
    assert status in DOCUMENTED
    if status in {202, 422}:
        assert told["received"] == len(told["receipts"]) == told["accepted"] + told["repeats"] + told["invalid"]
        assert desk.store.counts().stored == told["accepted"]
    else:
        assert (told["status"], desk.store.counts().received) == (status, 0)
