"""Reads what is written for people: pages, their links and anchors, and the commands in their shell blocks."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "docs" / "decisions" / "template.md"

_FENCE = re.compile(r"^[ \t]*```(\w*)\n(.*?)^[ \t]*```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+?) *$", re.MULTILINE)
_OUTSIDE = ("http://", "https://", "mailto:")


class Command(NamedTuple):
    """One command as a page has it, without the settings before it."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {shlex.join(self.words)}"


def pages() -> list[Path]:
    """Every page that is written for people, but the template of decisions, whose links are placeholders."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(path for path in found if path != TEMPLATE)


def named(page: Path) -> str:
    """A page by its path from the root."""
    return str(page.relative_to(ROOT))


@cache
def text_of(page: Path) -> str:
    """The whole page."""
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    """The page without its code blocks."""
    return _FENCE.sub("", text_of(page))


def links_of(page: Path) -> Iterator[str]:
    """Where the page's links lead, but those that leave the repository."""
    return (link for link in _LINK.findall(prose_of(page)) if not link.startswith(_OUTSIDE))


def anchors_of(page: Path) -> set[str]:
    """The page's anchors, as GitHub makes them from its headings."""
    found: set[str] = set()
    for heading in _HEADING.findall(prose_of(page)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = next(n for n in range(100) if (f"{anchor}-{n}" if n else anchor) not in found)
        found.add(f"{anchor}-{number}" if number else anchor)
    return found


def commands() -> Iterator[Command]:
    """Every command in a shell block of any page."""
    for page in pages():
        for language, block in _FENCE.findall(text_of(page)):
            if language == "sh":
                for line in block.replace("\\\n", " ").splitlines():
                    yield from _commands_of(named(page), line)


def _commands_of(page: str, line: str) -> Iterator[Command]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word.strip("|&;"):
            words.append(word)
        elif words := list(_without_settings(words)):
            yield Command(page, tuple(words))
            words = []


def _without_settings(words: list[str]) -> Iterator[str]:
    """The words after those that only set variables; nothing of an `export`."""
    has_begun = False
    for word in words:
        has_begun = has_begun or not re.match(r"[A-Z_]+=", word)
        if has_begun and words[0] != "export":
            yield word
