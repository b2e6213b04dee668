"""Writes docs/settings.md, the page of every setting, from the model `sync_service.settings.Settings`.

`python -m tests.docs.settings_page docs/settings.md` writes it anew; a test checks that it is current.
"""

from __future__ import annotations

import ast
import inspect
import sys
from datetime import date, datetime
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import AwareDatetime, BaseModel, SecretStr

from sync_service import settings
from sync_service.settings import LISTS, PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

EXAMPLE = """\
database_url = "postgresql://sync@db.example.org/sync"
kafka_bootstrap = "kafka-1.example.org:9092,kafka-2.example.org:9092"
kafka_replication = 3
ask_again_after_s = [60, 300, 1800, 7200, 28800, 86400]
"""

INTRODUCTION = f"""\
# Settings

Every setting has a name in the environment and one in a TOML file that `--config FILE` names; the environment wins. An
empty variable counts as not set. A name that begins with `{PREFIX}` and is no setting is an error, and so is an unknown
name in the file: all wrong settings are named at once, and the command ends with exit code 2.

```toml
{EXAMPLE}```

In the environment a setting with several values separates them with commas:
`{PREFIX}ASK_AGAIN_AFTER_S=60,300,1800`. Passwords: libpq reads `PGPASSWORD` and `~/.pgpass` too, so that
`{PREFIX}DATABASE_URL` needs none.

This page is written by `python -m tests.docs.settings_page docs/settings.md`, and a test checks that it is current.

| Environment | File | Takes | Default | Meaning |
|---|---|---|---|---|
"""

MADE_AT_START = {"data_dir": "`$XDG_DATA_HOME/sync-service`, or `~/.local/share/sync-service`"}
"""In words, what a default is that each machine has its own of."""

KINDS = {
    Path: "a path",
    str: "text",
    SecretStr: "text, never shown",
    int: "a whole number",
    float: "a number",
    bool: "`true` or `false`",
    datetime: "an instant with its offset",
    date: "a date",
}
"""In words, what a setting of each type is."""

BOUNDS = {Gt: ("over", "gt"), Ge: ("at least", "ge"), Le: ("at most", "le")}

EMBEDDED = {
    "SYNC_PG_BIN": "the directory of PostgreSQL's programs, instead of the installed wheel's",
    "SYNC_PG_LINGER": "how long the server stays up after its last user (seconds; 30)",
    "SYNC_PG_USER": "the user as whom root runs the server (`nobody`)",
}
"""What the embedded PostgreSQL reads from the environment by itself."""


def page() -> str:
    """The whole page, in Markdown."""
    return f"{INTRODUCTION}{''.join(_rows())}{_embedded()}"


def _rows() -> Iterator[str]:
    said = docstrings()
    for name, field in Settings.model_fields.items():
        cells = (f"`{PREFIX}{name.upper()}`", f"`{name}`", _takes(name, field), _default(name, field), said[name])
        yield f"| {' | '.join(cells)} |\n"


def docstrings() -> dict[str, str]:
    """What stands under each setting in the model's source."""
    found: dict[str, str] = {}
    models = [base for base in Settings.__mro__ if issubclass(base, BaseModel) and base is not BaseModel]
    for model in models:
        (source,) = ast.parse(inspect.getsource(model)).body
        name = ""
        for node in source.body if isinstance(source, ast.ClassDef) else ():
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                name = node.target.id
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
                found[name] = " ".join(str(node.value.value).split())
    return found


def _takes(name: str, field: FieldInfo) -> str:
    kind, metadata = _peeled(field.annotation, list(field.metadata))
    if get_origin(kind) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(kind))
    if name in LISTS:
        return "several numbers" if "float" in str(kind) else "several texts"
    bounds = [
        f"{word} {getattr(bound, attribute):,}".replace(",", "\N{NO-BREAK SPACE}")
        for bound in metadata
        for word, attribute in [BOUNDS.get(type(bound), ("", ""))]
        if word
    ]
    patterns = [str(bound.pattern).replace("|", r"\|") for bound in metadata if getattr(bound, "pattern", None)]
    return ", ".join([KINDS[kind], *bounds, *(f"matching `{pattern}`" for pattern in patterns)])


def _peeled(kind: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:  # noqa: ANN401 - any annotation
    """The type without `None` and without what limits it, and these limits."""
    arguments = [argument for argument in get_args(kind) if argument is not NoneType]
    if get_origin(kind) is Annotated:
        limits = [inner for limit in arguments[1:] for inner in getattr(limit, "metadata", [limit])]
        return _peeled(arguments[0], metadata + limits)
    if NoneType in get_args(kind):
        return _peeled(arguments[0], metadata)
    return (datetime if kind is AwareDatetime else kind), metadata


def _default(name: str, field: FieldInfo) -> str:
    if field.default_factory is not None:
        return MADE_AT_START[name]
    if field.default is None or field.default == ():
        return "none"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    if isinstance(field.default, tuple):
        return f"`{','.join(map(str, field.default))}`"
    return f"`{field.default}`"


def _embedded() -> str:
    rows = "".join(f"| `{name}` | {EMBEDDED[name]} |\n" for name in sorted(settings.PASSED_ON))
    return (
        "\n## What the embedded PostgreSQL reads\n\n"
        "Only in the environment, and only where no `SYNC_DATABASE_URL` is set.\n\n"
        f"| Environment | Meaning |\n|---|---|\n{rows}"
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
