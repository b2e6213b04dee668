"""The page for portal developers tells the truth: each of its examples is read by the code that it describes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync_service.messages.contracts import CONTRACTS, read_attributes
from sync_service.messages.decoding import Message, decode
from sync_service.messages.outcome_messages import OUTGOING_BODIES, SYNC, cloud_event
from sync_service.messages.records import Record

PAGE = (Path(__file__).parents[2] / "docs" / "portals.md").read_text(encoding="utf-8")
EXAMPLES: list[dict[str, Any]] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
INCOMING = {example["id"]: example for example in EXAMPLES if example["source"] != SYNC}
OUTGOING = {example["id"]: example for example in EXAMPLES if example["source"] == SYNC}
BODIES = {body.TYPE: body for body in OUTGOING_BODIES}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_every_type_has_an_example_and_no_two_share_an_id() -> None:
    assert {example["type"] for example in EXAMPLES} == {*CONTRACTS, *BODIES}
    assert len(INCOMING) + len(OUTGOING) == len(EXAMPLES)


@pytest.mark.parametrize("example_id", INCOMING)
def test_what_the_page_says_to_send_is_read(example_id: str) -> None:
    value = json.dumps(INCOMING[example_id]).encode()
    read = decode(Record(value=value, place="page", offset=0, next_offset=1), NOW)
    assert isinstance(read, Message), read.reasons


@pytest.mark.parametrize("example_id", OUTGOING)
def test_what_the_page_says_comes_back_is_what_the_service_writes(example_id: str) -> None:
    example = OUTGOING[example_id]
    assert read_attributes(example)
    body = BODIES[example["type"]].model_validate_json(json.dumps(example["data"]))
    time, subject = datetime.fromisoformat(example["time"]), example["subject"]
    written = json.loads(cloud_event(example["type"], body, example_id, time, example.get("cause"), subject=subject))
    assert written["data"] == example["data"]
    assert written.items() >= {name: example[name] for name in ("id", "source", "type", "subject")}.items()
    assert written.get("cause") == example.get("cause")
    assert datetime.fromisoformat(written["time"]) == time


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\((schema/[^)]+)\)", PAGE))))
def test_the_schemas_that_the_page_names_are_there(path: str) -> None:
    assert (Path(__file__).parents[2] / "docs" / path).is_file()
