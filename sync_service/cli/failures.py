"""Which failures are expected, what is said of them, and the exit code of each (CONTRACT.md, section 3)."""

from __future__ import annotations

from sync_service.adapters.embedded_postgres import EmbeddedPostgresError
from sync_service.adapters.event_mapper import UnknownFact
from sync_service.adapters.postgres_database import StoreUnavailable
from sync_service.aggregates.errors import AccountMalformed, DomainError
from sync_service.event_store import Conflict
from sync_service.messages.transport_errors import TransportError
from sync_service.projections.rebuilding import LiveStandsStill, NothingToSwitchTo
from sync_service.projections.view_store import ViewMoved
from sync_service.settings import SettingsError

FAILED = 1
WRONG_USAGE = 2

EXIT_CODES: dict[type[Exception], int] = {
    AccountMalformed: WRONG_USAGE,
    SettingsError: WRONG_USAGE,
    DomainError: FAILED,
    StoreUnavailable: FAILED,
    EmbeddedPostgresError: FAILED,
    TransportError: FAILED,
    UnknownFact: FAILED,
    LiveStandsStill: FAILED,
    NothingToSwitchTo: FAILED,
    ViewMoved: FAILED,
    Conflict: FAILED,
    OSError: FAILED,
}
"""The first kind that fits decides; anything else is a bug and shows its traceback."""


class Failed(DomainError):
    """A command could not do what it was asked; the message is all that there is to say."""


def exit_code_of(error: Exception) -> int | None:
    """The exit code of an expected failure, None for a bug."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), None)


def sentence_of(error: Exception) -> str:
    """One line for the person at the terminal."""
    if isinstance(error, LiveStandsStill):
        return f"the live view {error} is behind and does not move: start `sync-service run projections`"
    if isinstance(error, NothingToSwitchTo):
        return f"the view {error} has no other generation to switch to"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, Conflict | ViewMoved):
        return "other processes wrote the same all the time; try again"
    return " ".join(str(error).split())
