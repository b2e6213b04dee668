"""Writes docs/events.md, the page of everything that the log can hold, from the facts' own classes.

`python -m sync_service.aggregates.event_catalogue docs/events.md` writes it anew; a test checks that it is current.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates import (
    activity,
    confirmation_code,
    dead_letter,
    decided_facts,
    deciding,
    erased_facts,
    link_facts,
    policy,
    specialist_facts,
)
from sync_service.aggregates.aggregate import Fact
from sync_service.aggregates.values import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SECTIONS = {
    "The specialist": specialist_facts,
    "The specialist's link and replicas": link_facts,
    "What people decided for the specialist": decided_facts,
    "Who was erased": erased_facts,
    "The confirmation code": confirmation_code,
    "The catalogue's activity": activity,
    "The parked message": dead_letter,
    "The rule book": policy,
    "The register of decisions": deciding,
}
"""The modules of facts, in the order of the page."""

PARTS = (activity.AccreditationRow, policy.Targets, policy.Altogether, policy.CodePeriod, deciding.Decision)
"""What fields hold beside plain values."""

INTRODUCTION = """\
# Events

Everything that the service knows is in the log, as events. An event is one of the facts below in its place: `stream`,
`version` in the stream, `position` in the log, `recorded_at`, and `cause`, the `source#id` of the message that led to
it (none for a parked message, and for what the service does by itself). A stored name never changes; a fact that has to
say something else becomes a new one, with a higher version in its name, and the old one still loads.

A fact is stored as JSON. An `Account` is `["<portal>", "<account id>"]`, a `date` is `YYYY-MM-DD`, a `datetime` is an
instant with the offset that it was reported with; a field that has its default value is left out.

This page is written by `python -m sync_service.aggregates.event_catalogue docs/events.md`, and a test checks that it is
current.
"""


def page() -> str:
    """The whole page, in Markdown."""
    sections = [
        f"## {title}\n\n{''.join(_entry(fact.TYPE, fact) for fact in facts_of(module))}"
        for title, module in SECTIONS.items()
    ]
    reasons = ", ".join(f"`{reason}`" for reason in Reason)
    parts = f"## What facts are made of\n\n{''.join(_entry(part.__name__, part) for part in PARTS)}"
    return f"{INTRODUCTION}\n{''.join(sections)}{parts}### `Reason`\n\n{inspect.getdoc(Reason)}\n\n{reasons}\n"


def facts_of(module: ModuleType) -> Iterator[type[Fact]]:
    """The kinds of fact that a module defines, in its order."""
    for found in vars(module).values():
        is_its_own = isinstance(found, type) and issubclass(found, Fact) and found.__module__ == module.__name__
        if is_its_own and hasattr(found, "TYPE"):
            yield found


def _entry(name: str, described: type[msgspec.Struct]) -> str:
    rows = "".join(
        f"| `{field.name}` | `{_kind(described, field)}` | {_default(field)} |\n"
        for field in msgspec.structs.fields(described)
    )
    table = f"| Field | Type | Default |\n|---|---|---|\n{rows}\n" if rows else ""
    return f"### `{name}`\n\n{inspect.getdoc(described)}\n\n{table}"


def _kind(described: type[msgspec.Struct], field: msgspec.structs.FieldInfo) -> str:
    """The type as the source has it, without what the default says already."""
    annotations: dict[str, str] = {}
    for kind in reversed(described.__mro__):
        annotations |= vars(kind).get("__annotations__", {})
    written = annotations[field.name]
    return written.replace("|", r"\|") if field.required else written.removesuffix(" | None")


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return ""
    return "none" if field.default is None else f"`{field.default!r}`"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
