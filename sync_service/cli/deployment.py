"""Commands of a real deployment: `run`, `migrate`, `topics create`, `doctor`."""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from sync_service.cli.app import Json, app, open_service, say, show_json
from sync_service.cli.failures import Failed, exit_code_of, sentence_of
from sync_service.collecting import collect_rarely

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.bootstrap import Service

topics = typer.Typer(no_args_is_help=True, help="Kafka's topics.")
app.add_typer(topics, name="topics")


@app.command()
def run(
    roles: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ROLE]...", help="consumers, backfill, projections, publisher, notifier, console; all if none."
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Where the console listens; 127.0.0.1 by default.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The console's port; 8080 by default.")] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let the console listen where others reach it.")
    ] = False,
) -> None:
    """Run the service's processes until SIGTERM or SIGINT; the work in hand is finished first."""
    from sync_service.bootstrap import ROLES
    from sync_service.cli.entering import say_links

    wanted = list(dict.fromkeys(ROLES if not roles or "all" in roles else roles))
    unknown = [role for role in wanted if role not in ROLES]
    if unknown:
        raise typer.BadParameter(f"there is no role {', '.join(unknown)}; there are {', '.join(ROLES)}")
    given = {"console_host": host, "console_port": port, "console_allow_remote": allow_remote or None}
    service = open_service(chosen={name: value for name, value in given.items() if value is not None})
    if "console" in wanted:
        say_links(service, service.console_address)  # a wrong address ends the command before anything runs
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    collect_rarely()
    service.run(wanted, stopping)


@app.command()
def migrate() -> None:
    """Make the database's tables; safe to run again."""
    open_service().make_tables()
    say("the tables are there")


@topics.command("create")
def create_topics() -> None:
    """Make the topics in Kafka that are not there."""
    service = open_service()
    if service.settings.kafka_bootstrap is None:
        raise Failed("there is no Kafka to make topics in: set SYNC_KAFKA_BOOTSTRAP")
    names = [*service.names.all_in(), *service.names.all_backfill(), *service.names.all_out()]
    partitions = dict.fromkeys(names, service.settings.kafka_partitions)
    retention_h = service.retention_h(service.names)
    made = service.kafka().create_topics(partitions, service.settings.kafka_replication, retention_h)
    say(f"{len(made)} topics made, {len(names) - len(made)} were there")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Reach each dependency and say what is wrong, in one line each."""
    service = open_service(log_level="error")
    probes = {
        "database": lambda: _database(service),
        "kafka": lambda: _kafka(service),
        "mail": lambda: service.mailer().probe(),
        "doors": service.probe_doors,
    }
    found = [{"dependency": name, **_probed(probe)} for name, probe in probes.items()]
    if as_json:
        show_json(found)
    for one in [] if as_json else found:
        sys.stdout.write(f"{'ok  ' if one['ok'] else 'FAIL'}  {one['dependency']}: {one['detail']}\n")
    if not all(one["ok"] for one in found):
        raise typer.Exit(1)


def _probed(probe: Callable[[], str]) -> dict[str, object]:
    try:
        return {"ok": True, "detail": probe()}
    except Exception as error:
        if exit_code_of(error) is None:
            raise
        return {"ok": False, "detail": sentence_of(error)}


def _database(service: Service) -> str:
    head = service.store.head()
    behind = max((head - service.views.live(view).position for view in service.views.names()), default=0)
    kind = f"embedded in {service.settings.data_dir}" if service.is_embedded else "of your own"
    protection = service.protection_of(service.database).words
    version = service.database.server_version()
    return f"PostgreSQL {version}, {kind}, {protection}; log at {head}, views at most {behind} behind"


def _kafka(service: Service) -> str:
    if service.settings.kafka_bootstrap is None:
        return "not set (SYNC_KAFKA_BOOTSTRAP); the embedded default's topic files are used"
    cluster = service.kafka().describe()
    missing = [name for name in service.names.all_in() if name not in cluster.partitions]
    if missing:
        raise Failed(f"{cluster.bootstrap} lacks {', '.join(missing)}: run `sync-service topics create`")
    return f"{cluster.brokers} brokers at {cluster.bootstrap}, {cluster.protection}; all topics are there"
