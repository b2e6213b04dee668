"""Which failures are expected, what is said of them, and the exit code of each (CONTRACT.md, section 3)."""

from __future__ import annotations

from sync_service.aggregates.errors import DomainError

FAILED = 1
WRONG_USAGE = 2

EXIT_CODES = {
    "typer._click.exceptions.ClickException": WRONG_USAGE,
    "typer.exceptions.Abort": FAILED,
    "sync_service.aggregates.errors.AccountMalformed": WRONG_USAGE,
    "sync_service.settings.SettingsError": WRONG_USAGE,
    "sync_service.aggregates.errors.DomainError": FAILED,
    "sync_service.auditing.AuditUnavailable": FAILED,
    "sync_service.backups.manifest.BackupRefused": FAILED,
    "sync_service.adapters.postgres_database.StoreUnavailable": FAILED,
    "sync_service.adapters.embedded_postgres_directory.EmbeddedPostgresError": FAILED,
    "psycopg.OperationalError": FAILED,
    "sync_service.adapters.event_mapper.UnknownFact": FAILED,
    "sync_service.adapters.store_secrets.NotSealed": FAILED,
    "sync_service.sealing.MasterKeyMissing": FAILED,
    "sync_service.sealing.SealBroken": FAILED,
    "sync_service.messages.transport_errors.TransportError": FAILED,
    "sync_service.notices.mailing.MailServerUnavailable": FAILED,
    "sync_service.projections.rebuilding.LiveStandsStill": FAILED,
    "sync_service.projections.rebuilding.NothingToSwitchTo": FAILED,
    "sync_service.projections.view_store.ViewMoved": FAILED,
    "sync_service.event_store.Conflict": FAILED,
    "builtins.OSError": FAILED,
}
"""By the class's full name, so that a command loads only what it uses; anything else is a bug, with its traceback."""


class Failed(DomainError):
    """A command could not do what it was asked; the message is all that there is to say."""


def exit_code_of(error: Exception) -> int | None:
    """The exit code of an expected failure, None for a bug."""
    return next((EXIT_CODES[name] for name in _names(error) if name in EXIT_CODES), None)


def sentence_of(error: Exception) -> str:
    """One line for the person at the terminal."""
    match type(error).__name__:
        case "LiveStandsStill":
            return f"the live view {error} is behind and does not move: start `sync-service run projections`"
        case "NothingToSwitchTo":
            return f"the view {error} has no other generation to switch to"
        case "NoArgsIsHelpError":
            return str(error)
        case "Conflict" | "ViewMoved":
            return "other processes wrote the same all the time; try again"
    if hasattr(error, "format_message"):  # wrong usage, in the words of the command line's parser
        return f"{' '.join(error.format_message().split())} (--help says more)"
    text = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    return " ".join(text.split())


def _names(error: Exception) -> list[str]:
    return [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
