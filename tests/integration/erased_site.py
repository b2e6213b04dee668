"""A whole service on the embedded default with one person whose every trace is known, and a search for all of them."""

from __future__ import annotations

import base64
import json
import re
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import msgspec
import psycopg
from psycopg import sql
from pydantic import SecretStr

from sync_service import decisions
from sync_service.adapters.embedded_postgres import stop_store
from sync_service.adapters.file_topics import FileTopics
from sync_service.aggregates.values import Account, printed_code
from sync_service.bootstrap import Service
from sync_service.checking import Verdict, check
from sync_service.decisions import Decision, Kind
from sync_service.messages.records import Outgoing
from sync_service.projections.registry import VIEWS
from sync_service.publishing import Publisher
from sync_service.settings import Settings
from tests.master_key import MASTER_KEY
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
EDU, SOVETNMO = "edu:e-marfa-7731", "sovetnmo:s-marfa-9988"
OTHER = "sovetnmo:s-other-4411"
NAME = "Журавлёва Марфа Тимофеевна"
EMAIL = "marfa.zhuravleva@example.org"
SNILS = lines.SNILS
CODE, MODULE_CODE = "ZQ7XK3M9T1WV", "PP44HH88RR22"
TYPED = "zq7x k3m9-t1wv"
OTHERS_CODE = "AB12CDEF3456"
TODAY = datetime.now(UTC).date().isoformat()
REASON = "Заявление от 20 ноября"
MESSAGE = "message-of-marfa"
_ZEROS = re.compile(rb"\0{32,}")


class ErasedSite:
    """The service in one directory; messages come and go by topic files."""

    def __init__(self, directory: Path, **settings: Any) -> None:  # noqa: ANN401 - any setting
        self.directory = directory
        self.service = Service(
            Settings(
                data_dir=directory,
                master_key=SecretStr(MASTER_KEY),
                notices_since=SINCE,
                notices_gather_s=0,
                **settings,
            )
        )
        self._records = self.service.records(self.service.application())
        self._topics = FileTopics(directory / "topics")

    def given(self, *values: bytes) -> None:
        """Send messages as their portals do, and let the service take them in and do all that follows."""
        for value in values:
            self.send(value)
        self.go_on()

    def send(self, value: bytes, topic: str | None = None) -> None:
        """Put a message into its topic's file; nobody reads it yet."""
        self._topics.send([Outgoing(topic=topic or _topic_of(value), value=value, key=None, headers=())])

    def go_on(self) -> None:
        """Consume, project, publish and mail until there is nothing left to do."""
        application = self.service.application()
        while batch := self._records.poll(500, 8 << 20, 50):
            application.receive(batch)
        assert self.service.catch_up()
        publisher = Publisher(self.service.store, self.service.topics(), self.service.names)
        while publisher.publish_next():
            pass
        with closing(self.service.mailer()) as mailer:
            notifier = self.service.notifier(mailer)
            marks = notifier.take_over()
            while notifier.turn(marks, threading.Event()):
                pass

    def decide(self, kind: Kind, account: str, **about: Any) -> None:  # noqa: ANN401 - of the decision
        """Let two people decide something."""
        application = self.service.application()
        decision = Decision(kind, Account.parse(account), **about)
        proposal = decisions.propose(application, decision, reason=f"Пишет {NAME}", by="Анна")
        decisions.approve(application, proposal, by="Борис")
        self.go_on()

    def erase(self, account: str = EDU) -> None:
        """Erase the person, and let everything follow."""
        decisions.erase(self.service.application(), Account.parse(account), reason=REASON, by="Анна")
        self.go_on()

    def mails(self) -> list[Path]:
        """The mails that were written."""
        return sorted((self.directory / "mail").glob("*"))

    def check(self) -> Verdict:
        """Verify every promise."""
        return check(self.service.store, self.service.views, VIEWS)

    def close(self) -> None:
        """Let go of the database."""
        self._records.close()
        self.service.database.close()

    def dump(self) -> Iterator[tuple[str, bytes]]:
        """Every row of every table, as PostgreSQL gives them out."""
        with psycopg.connect(self.service.database.conninfo) as connection:
            tables = connection.execute(
                "SELECT schemaname, tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"
            ).fetchall()
            for schema, name in tables:
                for form in ("TEXT", "BINARY"):
                    statement = sql.SQL("COPY {}.{} TO STDOUT (FORMAT {})").format(
                        sql.Identifier(schema), sql.Identifier(name), sql.SQL(form)
                    )
                    with connection.cursor() as cursor, cursor.copy(statement) as copy:
                        yield f"{schema}.{name}", b"".join(bytes(chunk) for chunk in copy)

    def opened(self) -> Iterator[tuple[str, bytes]]:
        """Everything that the service itself can read: events, rows and parked messages, opened."""
        store, views = self.service.store, self.service.views
        for event in store.read(0, 1_000_000):
            yield event.fact.TYPE, msgspec.json.encode((event.cause, event.fact))
        for view in VIEWS.values():
            for table in view.tables:
                for row in views.find(view.name, table.name):
                    yield f"{view.name}.{table.name}", repr(row).encode()
        for events in store.letter_streams():
            yield "parked", repr((store.parked_bytes(events[0].stream), store.edited_bytes(events[0].stream))).encode()

    def vacuum(self) -> None:
        """Rewrite every file of the database, and write out what is in memory."""
        with psycopg.connect(self.service.database.conninfo, autocommit=True) as connection:
            connection.execute("VACUUM FULL")
            connection.execute("CHECKPOINT")


def marfa(*, linked: bool = True) -> Sequence[bytes]:
    """Everything that portals ever said of the person: with names, codes, a link, a cycle, a parked message."""
    told = [
        lines.published(),
        lines.published("m1", "module"),
        lines.issued(OTHERS_CODE, CODE, MODULE_CODE),
        lines.registered(SOVETNMO, email=EMAIL, full_name=NAME, snils=SNILS),
        lines.registered(EDU, email=EMAIL.upper(), full_name=NAME),
        lines.cycle(EDU, "cycle-of-marfa", ends_on="2099-05-31"),
        lines.activated(SOVETNMO, TYPED),
        lines.completed(EDU, on=TODAY, code=MODULE_CODE),
        lines.completed(SOVETNMO, "m2", on=TODAY),
        lines.programme(EDU),
        lines.activated(EDU, "не код Марфы"),
        lines.registered(OTHER, email="other@example.org", full_name="Иванов Пётр Ильич"),
        lines.activated(OTHER, OTHERS_CODE),
    ]
    if linked:
        edu, sovetnmo = EDU.partition(":")[2], SOVETNMO.partition(":")[2]
        told += [
            lines.link_requested("request-of-marfa", edu, sovetnmo),
            lines.link_confirmed("request-of-marfa", edu, sovetnmo),
            lines.applied(EDU, f"code:{CODE}"),
            lines.reversal(SOVETNMO, "module:m2:" + TODAY),
        ]
    return [named(value, number) for number, value in enumerate([*told, *parked()])]


def parked() -> Sequence[bytes]:
    """Messages that cannot be applied, and name the person in different ways."""
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in NAME)
    wrong = lines.decode(lines.registered(EDU, email=EMAIL))
    wrong["data"]["snils"] = "112-233-445 96"
    nameless = lines.event("account.changed", "/portals/edu", {"account_id": 5, "email": EMAIL})
    return [
        lines.encode(wrong),
        lines.encode(nameless),
        b'{"specversion": "1.0", "broken": "' + escaped.encode() + b'"',
        f'{{"code": "{TYPED.upper()}", "broken"'.encode(),
    ]


def named(value: bytes, number: int) -> bytes:
    """The message with an id that leads to the person; what is no message stays as it is."""
    try:
        event = json.loads(value)
    except ValueError:
        return value
    if event.get("source") == "/catalogue" or OTHER.partition(":")[2] in json.dumps(event):
        return value
    return lines.encode(event | {"id": f"{MESSAGE}-{number}"})


def needles() -> dict[bytes, str]:
    """What must not be found, in every encoding, with what it was."""
    digits = re.sub(r"\D", "", SNILS)
    accounts = [account.partition(":")[2] for account in (EDU, SOVETNMO)]
    plain = [*NAME.split(), NAME, EMAIL, EMAIL.upper(), SNILS, digits, *accounts, MESSAGE, "of-marfa", TYPED]
    plain += [one for code in (CODE, MODULE_CODE) for one in (code, printed_code(code), code.lower())]
    return {needle: text for text in plain for needle in spelled(text)}


def spelled(text: str) -> set[bytes]:
    """A text in UTF-8, UTF-16, Base64 (as it may lie among other bytes), percent-encoded, and with JSON's escapes."""
    octets = text.encode()
    found = {octets, text.encode("utf-16-le"), text.encode("utf-16-be")}
    found |= {quote(text, safe="").encode(), quote_plus(text).encode(), quote(text, safe="").lower().encode()}
    escaped = json.dumps(text)[1:-1]
    found |= {escaped.encode(), escaped.replace("\\u", "\\\\u").encode()}
    for one in (octets, text.encode("utf-16-le"), text.encode("utf-16-be")):
        for shift in range(3):
            whole = base64.b64encode(bytes(shift) + one)
            inner = whole[(0, 2, 3)[shift] : -4]
            found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return {one for one in found if len(one) >= 8}  # shorter ones stand anywhere by chance


def found_in(content: bytes, wanted: dict[bytes, str]) -> set[str]:
    """What is found in some bytes."""
    return {text for needle, text in wanted.items() if needle in content}


def found_in_files(directory: Path, wanted: dict[bytes, str]) -> dict[str, set[str]]:
    """What is found in which file, in its name too."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = _ZEROS.sub(bytes(32), path.read_bytes())  # most of a database's files is empty space
            here = found_in(content + b"\n" + str(path.relative_to(directory)).encode(), wanted)
            if here:
                found[str(path.relative_to(directory))] = here
    return found


def _topic_of(value: bytes) -> str:
    for source in ("catalogue", "sovetnmo", "edu"):
        if f"/{source}".encode() in value:
            return f"nmo.{source}.events.v1"
    return "nmo.edu.events.v1"


@contextmanager
def marfas_site(directory: Path) -> Iterator[ErasedSite]:
    """The whole service, with everything that is known of the person; its server ends with it."""
    made = ErasedSite(directory)
    try:
        made.given(*marfa())
        yield made
    finally:
        made.close()
        stop_store(directory)
