"""Every setting of the service, in one typed model: from a TOML file and, above it, from the environment.

A setting `data_dir` is `SYNC_DATA_DIR` in the environment and `data_dir` in the file. All wrong ones are named at once.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, SecretStr, ValidationError

from sync_service.entering_settings import EnteringSettings
from sync_service.portal_settings import PortalSettings
from sync_service.transport_settings import TransportSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "SYNC_"
PASSED_ON = frozenset(("SYNC_PG_BIN", "SYNC_PG_LINGER", "SYNC_PG_USER"))
"""What the embedded PostgreSQL reads by itself."""


LISTS = frozenset(
    ("ask_again_after_s", "accept_changed_sources", "console_hosts", "notices_retry_after_s", "oidc_roles")
)
"""Settings with several values, separated by commas in the environment."""


class SettingsError(ValueError):
    """One or several settings are wrong; the message names each."""


def _home_directory() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "sync-service"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError("a time zone is needed, such as Europe/Moscow") from None
    return name


class Settings(TransportSettings, EnteringSettings, PortalSettings):
    """What an operator can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_dir: Path = Field(default_factory=_home_directory)
    """Where the embedded default keeps everything; a new directory is a new store."""
    database_url: str | None = None
    """A PostgreSQL of one's own instead, as a libpq connection string or URL."""
    master_key_file: Path | None = None
    """The file with the master key, under which the personal is encrypted; by default `master.key` in `data_dir`."""
    master_key: SecretStr | None = None
    """The master key itself instead, 32 bytes in Base64; after commas, older ones that secrets may be wrapped with."""
    audit_anchor: Path | None = None
    """The file that anchors the audit log; by default `audit-anchor` in `data_dir`, better far from any database."""
    erasure_ledger: Path | None = None
    """The ledger of erasures, for `erase --reapply` after a restore; by default `erasures.ndjson` in `data_dir`."""
    database_timeout_s: Annotated[float, Field(gt=0, le=600)] = 10
    """How long to wait for the database before it counts as unreachable (seconds)."""
    kafka_bootstrap: str | None = None
    """Kafka's brokers, `host:port,…`; without it the embedded default's topic files are used."""
    kafka_timeout_s: Annotated[float, Field(gt=0, le=600)] = 30
    """How long to wait for Kafka at the start before it counts as unreachable (seconds)."""
    kafka_group: str = "sync-service"
    """The consumer group."""
    kafka_partitions: Annotated[int, Field(ge=1, le=1000)] = 6
    """How many partitions `topics create` gives a topic."""
    kafka_replication: Annotated[int, Field(ge=1, le=10)] = 1
    """How many copies `topics create` asks Kafka to keep of a topic."""
    topic_prefix: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,50}$")] = "nmo"
    """What the topics' names begin with."""
    batch_records_max: Annotated[int, Field(ge=1, le=100_000)] = 500
    """How many records one transaction takes at most; SYNC_BATCH_EVENTS_MAX may end it sooner."""
    batch_bytes_max: Annotated[int, Field(ge=1024)] = 8 * 1024 * 1024
    """How many bytes one poll takes at most."""
    batch_events_max: Annotated[int, Field(ge=1)] = 5_000
    """After so many events a transaction takes no further record."""
    backfill_records_max: Annotated[int, Field(ge=1, le=100_000)] = 100
    """How many records of a backfill one transaction takes at most: what is live may have to wait for one of these."""
    backfill_lag_events_max: Annotated[int, Field(ge=0)] = 500
    """A backfill waits while a view or the publisher is further behind the log than this (events)."""
    backfill_lag_max_s: Annotated[float, Field(gt=0)] = 1.0
    """A backfill waits while a view or the publisher has an event before it that is older than this (seconds)."""
    cache_mib_max: Annotated[int, Field(ge=0)] = 512
    """How much memory the people and codes may take that a consumer keeps at hand (MiB, as it estimates them).

    Keys at hand take up to 130 MiB beside it.
    """
    rebuild_workers: Annotated[int, Field(ge=1, le=64)] | None = None
    """How many Pythons fill the rows of a rebuilt view at a time; by default as many as there are cores, at most 4."""
    ask_again_after_s: tuple[Annotated[float, Field(gt=0)], ...] = (60, 300, 1800, 7200, 28800, 86400)
    """When an unanswered replica is asked for again, counted from the last time (seconds); the last one repeats."""
    accept_changed_sources: tuple[str, ...] = ()
    """What an operator has answered to errors that name this setting: the tokens of changed topics."""
    smtp_url: Annotated[str, Field(pattern=r"^(smtp|smtp\+starttls|smtps)://\S+$")] | None = None
    """The mail server, `smtp+starttls://user:password@host:587`; without it mails are files in `mail` of `data_dir`."""
    smtp_timeout_s: Annotated[float, Field(gt=0, le=600)] = 30
    """How long to wait for an answer of the mail server (seconds)."""
    mail_from: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] = "notices@sync-service.invalid"
    """The address that mails come from; it must be set where there is a mail server."""
    notices_since: AwareDatetime | None = None
    """Nothing recorded before this instant is mailed; by default, and at the earliest, the notifier's first run."""
    notices_hold: bool = False
    """Whether to hold all mail: what is to be told is noted, and sent when this is false again."""
    notices_gather_s: Annotated[float, Field(ge=0, le=3600)] = 60
    """How long credits of one account are gathered for one mail (seconds)."""
    notices_retry_after_s: tuple[Annotated[float, Field(gt=0)], ...] = (60, 300, 1800, 7200, 28800, 86400)
    """When a mail that was refused for now is tried again (seconds); after the last try it is parked."""
    console_host: str = "127.0.0.1"
    """Where the console listens; anything but this machine itself needs `SYNC_CONSOLE_ALLOW_REMOTE`."""
    console_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """The console's port; 0 takes any that is free."""
    console_allow_remote: bool = False
    """Whether the console may listen where others reach it: who comes has to sign in, but the way there needs TLS."""
    console_hosts: tuple[str, ...] = ()
    """The names, beside this machine's own, under which browsers may ask for the console; `*` is any."""
    console_zone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Moscow"
    """The time zone in which the console shows instants."""
    metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Where Prometheus may ask each process what its own roles do; the console's `/metrics` says it of its process."""
    metrics_host: str = "127.0.0.1"
    """The address that `SYNC_METRICS_PORT` is bound to."""
    traces_url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """Where traces go: an OTLP collector over HTTP, `http://host:4318/v1/traces`; without it nothing is traced."""
    traces_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Which share of messages is traced, unless they come with a trace of their own."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important line that is logged."""
    log_format: Literal["auto", "json", "text"] = "auto"
    """How lines are logged; `auto` is text in a terminal and JSON elsewhere."""


def load_settings(environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """Read the settings; raises SettingsError that names every wrong one."""
    given: dict[str, object] = {} if file is None else _read(file)
    for name, value in environ.items():
        field = name.removeprefix(PREFIX).lower()
        if name.startswith(PREFIX) and name not in PASSED_ON and value != "":
            given[field] = _split(value) if field in LISTS else value
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError("; ".join(_sentence(fault) for fault in error.errors())) from None


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",")]


def _read(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as opened:
            return tomllib.load(opened)
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not TOML: {error}") from None


def _sentence(fault: Mapping[str, object]) -> str:
    location = fault["loc"]
    if location == ():  # several settings that do not fit together; the text names them
        return str(fault["msg"]).removeprefix("Value error, ")
    field = ".".join(map(str, location)) if isinstance(location, tuple) else str(location)
    name = PREFIX + field.split(".")[0].upper()
    if fault["type"] == "extra_forbidden":
        return f"{name}: there is no such setting"
    return f"{name}: {fault['msg']}"
