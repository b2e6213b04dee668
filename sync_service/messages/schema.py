"""Publishes the contract: JSON Schema for each message's `data` and an AsyncAPI document, drawn from the models.

`python -m sync_service.messages.schema docs/schema` writes the files; the same models give the same bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from sync_service.messages.asyncapi import EVENT_FILE, asyncapi, file_name
from sync_service.messages.contracts import CONTRACTS, Attributes
from sync_service.messages.outcome_messages import OUTGOING_BODIES

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _WithoutFieldTitles(GenerateJsonSchema):
    """A field's title would only repeat its name."""

    def field_title_should_be_set(self, schema: object) -> bool:
        """Never."""
        del schema
        return False


def files() -> Mapping[str, str]:
    """Every published file by its name: the messages' schemas, the event around them, and the AsyncAPI document."""
    bodies = [*(contract.body for contract in CONTRACTS.values()), *OUTGOING_BODIES]
    documents = {file_name(body.TYPE): _described(TypeAdapter(body)) for body in bodies}
    documents[EVENT_FILE] = _described(TypeAdapter(Attributes))
    documents["asyncapi.json"] = asyncapi()
    return {name: f"{json.dumps(document, ensure_ascii=False, indent=2)}\n" for name, document in documents.items()}


def write(directory: Path) -> None:
    """Write every file into the directory, which is made if it is not there."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (directory / name).write_text(text, encoding="utf-8")


def _described(model: TypeAdapter[Any]) -> Schema:
    return {"$schema": DIALECT, **model.json_schema(schema_generator=_WithoutFieldTitles)}


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schema"))
