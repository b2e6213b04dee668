"""The JSON Schema of what the table of endpoints asks and answers, drawn from the structs themselves."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sync_service.api.problems import ProblemShown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.api.endpoint import Endpoint

Schema = dict[str, Any]

_REF: Final = "#/components/schemas/{name}"
_LONG_NAME: Final = re.compile(r"sync_service(?:\.\w+)*\.(\w+)\.([A-Z]\w+)")


class Schemas:
    """The JSON Schema of every type that the table names; what has a name of its own is a component."""

    def __init__(self, table: Iterable[Endpoint]) -> None:
        fields = [field.type for each in table for field in msgspec.structs.fields(each.asks)]
        kinds = [ProblemShown, *fields, *(kind for each in table for kind in (each.asks, each.answers))]
        made, components = msgspec.json.schema_components(kinds, ref_template=_REF)
        self.components: Schema = _renamed(components)
        self._made = list(zip(kinds, map(_renamed, made), strict=True))

    def of(self, kind: object) -> Schema:
        """The schema of one of them; types may not be hashable, and are few."""
        return next(schema for known, schema in self._made if known == kind)


def _renamed(schema: Schema) -> Schema:
    """The schema with short names for types that share theirs: `DecidingKind` for `sync_service.….deciding.Kind`."""
    text = json.dumps(schema, ensure_ascii=False)
    short = _LONG_NAME.sub(lambda found: f"{found[1].capitalize()}{found[2]}", text)
    renamed: Schema = json.loads(short, object_hook=_without_places)
    return renamed


def _without_places(schema: Schema) -> Schema:
    """A pair as a list of two: not every reader of OpenAPI knows `prefixItems`."""
    members = schema.pop("prefixItems", None)
    if members is None:
        return schema
    kinds = [member for place, member in enumerate(members) if member not in members[:place]]
    return schema | {"items": kinds[0] if len(kinds) == 1 else {"anyOf": kinds}}
