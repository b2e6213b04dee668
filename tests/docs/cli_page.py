"""Writes docs/cli.md, the reference of the command line, from the `--help` of every command.

`python -m tests.docs.cli_page docs/cli.md` writes it anew; a test checks that it is current.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.main import get_command
from typer.testing import CliRunner

from sync_service.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "sync-service"
WIDTH = "80"

INTRODUCTION = """\
# The command line

`make setup` makes `.venv`, so the command is `.venv/bin/sync-service`. Data goes to stdout, prose and logs to stderr.
Commands that show data take `--json`. Settings come from the environment and from `--config FILE`, which stands before
the command: [settings](settings.md).

| Exit code | Means |
|---|---|
| 0 | done; for `ingest`, every file was read to its end, whatever was refused or parked |
| 1 | refused or failed: one line on stderr says why |
| 2 | wrong usage: an unknown option, a wrong setting, an account that is not written `portal:id` |
| 130 | interrupted from the keyboard |

Exit code 1 is also the answer of `check` when a promise does not hold, of `replay` when rows differ, and of
`dead-letters retry` when something stays parked.

An account is written `sovetnmo:ID` or `edu:ID`; either account of a linked person gives the same answer. A code may be
typed in any spelling that a person would use.

This page is written by `python -m tests.docs.cli_page docs/cli.md`, and a test checks that it is current.
"""


def page() -> str:
    """The whole page, in Markdown."""
    return INTRODUCTION + "".join(_section(path) for path in command_paths())


def command_paths() -> list[tuple[str, ...]]:
    """Every command by its words, the program itself first, then in the order of its own help."""
    return list(_paths(get_command(app), ()))


def help_of(path: tuple[str, ...]) -> str:
    """What `--help` prints for a command, laid out for a terminal of 80 columns."""
    result = CliRunner().invoke(app, [*path, "--help"], prog_name=PROGRAM, env={"COLUMNS": WIDTH, "NO_COLOR": "1"})
    if result.exit_code:
        raise RuntimeError(result.output)
    return "\n".join(line.rstrip() for line in result.output.strip().splitlines())


def _paths(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - typer's own
    yield path
    for name, below in getattr(command, "commands", {}).items():
        yield from _paths(below, (*path, name))


def _section(path: tuple[str, ...]) -> str:
    title = f"`{' '.join(path)}`" if path else f"`{PROGRAM}`"
    return f"\n## {title}\n\n```text\n{help_of(path)}\n```\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
