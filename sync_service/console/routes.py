"""Every page of the console in one table: its address, what shows it, and what acts on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from sync_service.console.visit import Visit

    Answer = Callable[[Visit], Response]


@dataclass(frozen=True)
class Section:
    """One link of the navigation; `badge` names the number beside it."""

    name: str
    path: str
    title: Sentence
    badge: str = ""


@dataclass(frozen=True)
class Page:
    """One address under `/console`: `show` answers GET, `act` answers POST."""

    path: str
    show: Answer | None = None
    act: Answer | None = None

    @property
    def methods(self) -> list[str]:
        """The methods that it answers."""
        return [name for name, answer in (("GET", self.show), ("POST", self.act)) if answer is not None]
