"""The published schemas are those of the code: `make schema` writes them anew."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sync_service.messages import schema
from sync_service.messages.contracts import CONTRACTS
from sync_service.messages.outcome_messages import OUTGOING_BODIES

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMITTED = Path(__file__).parents[2] / "docs" / "schema"
FILES = schema.files()


def references(document: object) -> Iterator[str]:
    """Every `$ref` in a document."""
    if isinstance(document, dict):
        for name, value in document.items():
            if name == "$ref":
                yield value
            yield from references(value)
    elif isinstance(document, list):
        for value in document:
            yield from references(value)


def resolved(name: str, reference: str) -> Any:  # noqa: ANN401  JSON
    """What a reference leads to."""
    file, _, pointer = reference.partition("#")
    found = json.loads(FILES[file.removeprefix("./") or name])
    for step in pointer.split("/")[1:]:
        found = found[step]
    return found


def test_there_are_no_other_files_than_those_of_the_code() -> None:
    assert {path.name for path in COMMITTED.iterdir()} == FILES.keys()


@pytest.mark.parametrize("name", FILES)
def test_the_committed_file_is_the_generated_one(name: str) -> None:
    assert (COMMITTED / name).read_text(encoding="utf-8") == FILES[name]


def test_the_same_models_give_the_same_bytes(tmp_path: Path) -> None:
    schema.write(tmp_path / "schema")
    assert {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "schema").iterdir()} == FILES


def test_every_message_has_its_schema_and_its_place_in_a_topic() -> None:
    document = json.loads(FILES["asyncapi.json"])
    sent = {ref for channel in document["channels"].values() for ref in references(channel["messages"])}
    for type_ in (*CONTRACTS, *(body.TYPE for body in OUTGOING_BODIES)):
        short = type_.removeprefix("ru.nmo.")
        assert f"{short}.json" in FILES
        assert f"#/components/messages/{short}" in sent


@pytest.mark.parametrize("name", FILES)
def test_every_reference_leads_somewhere(name: str) -> None:
    for reference in references(json.loads(FILES[name])):
        assert resolved(name, reference)


def test_the_topics_are_those_of_the_contract_and_those_of_history() -> None:
    channels = json.loads(FILES["asyncapi.json"])["channels"].values()
    topics_in = {f"{who}.{kind}.v1" for who in ("sovetnmo", "edu", "catalogue") for kind in ("events", "backfill")}
    topics_out = {f"{portal}.{kind}.v1" for portal in ("sovetnmo", "edu") for kind in ("replicas", "outcomes")}
    dead_letters = {f"{topic}.dlq" for topic in topics_in}
    assert {re.sub(r"^\{prefix\}\.", "", channel["address"]) for channel in channels} == (
        topics_in | topics_out | dead_letters
    )
