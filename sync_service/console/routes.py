"""What the console's table of addresses is made of: each names its address, what answers, and the right it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import KW_ONLY, dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from sync_service.access import Right
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.console.visit import Visit

    Answer = Callable[[Visit], Response]


class Open(Enum):
    """Instead of a right: no sign-in is asked for."""

    ANYBODY = "anybody"


ANYBODY: Final = Open.ANYBODY
Needed = Right | Open


@dataclass(frozen=True)
class Section:
    """One link of the navigation, for those who may go there; `badge` names the number beside it."""

    name: str
    path: str
    title: Sentence
    badge: str = ""
    _: KW_ONLY
    needs: Right


@dataclass(frozen=True)
class Page:
    """One address under `/console`: `show` answers GET to who has the right `see`, `act` POST to who has `act_needs`.

    Neither has a default, so that no page is open by silence; raises TypeError for an act without its right.
    """

    path: str
    _: KW_ONLY
    see: Needed
    show: Answer | None = None
    act_needs: Needed | None = None
    act: Answer | None = None

    def __post_init__(self) -> None:
        """Refuse an act that nobody said a right for, and a right for no act."""
        if (self.act is None) != (self.act_needs is None):
            raise TypeError(f"{self.path}: `act` and `act_needs` come together")

    @property
    def methods(self) -> list[str]:
        """The methods that it answers."""
        return [name for name, answer in (("GET", self.show), ("POST", self.act)) if answer is not None]

    def needed(self, method: str) -> Needed:
        """What somebody needs to come here with this method."""
        return self.act_needs if method == "POST" and self.act_needs is not None else self.see


@dataclass(frozen=True)
class Plain:
    """One address that is no page: files, live streams, what machines ask. Answers GET to who has the right `see`.

    `is_stream` says that it goes on for as long as somebody listens: it ends with their session.
    """

    path: str
    _: KW_ONLY
    see: Needed
    answer: Callable[[Request], Response] | Callable[[Request], Awaitable[Response]]
    is_stream: bool = False

    @property
    def methods(self) -> list[str]:
        """The methods that it answers."""
        return ["GET"]

    def needed(self, method: str) -> Needed:  # noqa: ARG002 - there is one rule for all
        """What somebody needs to come here."""
        return self.see


Entry = Page | Plain


class Rules:
    """The table, asked by address: what somebody needs to go there."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = [(compile_path(entry.path)[0], entry) for entry in entries]

    def needed(self, path: str, method: str = "GET") -> Needed | None:
        """What the first entry that fits asks for; None if nothing is there."""
        for pattern, entry in self._entries:
            if pattern.match(path):
                return entry.needed(method) if method in entry.methods else None
        return None
