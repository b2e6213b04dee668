"""The service itself as a subject of the contract's examples: its own application, views and answers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

from sync_service import questions
from sync_service.adapters.memory_store import MemoryStore
from sync_service.adapters.memory_views import MemoryViews
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_store import PostgresStore
from sync_service.adapters.postgres_views import PostgresViews
from sync_service.aggregates.errors import AccountUnknown, CodeMalformed, LetterClosed
from sync_service.aggregates.values import Account, Portal, canonical_code
from sync_service.application import Application, Limits
from sync_service.dead_letters import describe, letter_of
from sync_service.event_store import EventStore
from sync_service.log_tally import LogTally
from sync_service.messages.records import Record
from sync_service.outgoing import messages_of
from sync_service.projections.projecting import Projector
from sync_service.projections.registry import VIEWS
from sync_service.projections.view_store import ViewStore
from sync_service.receiving import Receipt
from sync_service.replication import Replicator
from sync_service.topic_names import TopicNames
from tests.master_key import MASTER
from tests.model.contract_model import Delivered
from tests.model.journal import Person
from tests.real_postgres import Databases

PLACE = "file:examples"
READ_MAX = 1_000_000


class ServiceSubject:
    """The service on any store; asks it what support and operators would ask."""

    def __init__(
        self, store: EventStore | None = None, views: ViewStore | None = None, limits: Limits | None = None
    ) -> None:
        self.store = store or MemoryStore()
        self.views = views or MemoryViews(VIEWS.values())
        self._now = datetime.min.replace(tzinfo=UTC)
        self._limits = limits
        self.application = Application(self.store, lambda: self._now, limits=limits)
        self._projector: Projector | None = None
        self._offset = 0

    def deliver(self, line: bytes, now: datetime) -> Delivered:
        if not line.strip():
            return Delivered("blank")
        receipt = self.deliver_all([line], now)
        if receipt.parked:
            return Delivered("parked", errors=self._errors(line))
        return Delivered("stored" if receipt.stored else "repeat", refused=bool(receipt.refused))

    def deliver_all(self, lines: Sequence[bytes], now: datetime) -> Receipt:
        """Receive several lines as one poll."""
        self._now = now
        start, self._offset = self._offset, self._offset + len(lines)
        records = [Record(line, PLACE, at, at + 1) for at, line in enumerate(lines, start) if line.strip()]
        return self.application.receive(records)

    def restart(self) -> None:
        """Go on in a new process: nothing is known but what is stored."""
        self.application = Application(self.store, lambda: self._now, limits=self._limits)
        self._projector = None

    def retry(self, line: bytes, now: datetime) -> Delivered:
        self._now = now
        before = self.store.counts()
        with suppress(LetterClosed):
            self.application.retry(letter_of(Record(line, PLACE, 0, 0)))
        after = self.store.counts()
        status = "stored" if after.stored > before.stored else "parked"
        return Delivered(status, refused=after.refused > before.refused)

    def discard(self, line: bytes) -> None:
        self.application.discard(letter_of(Record(line, PLACE, 0, 0)), "no use")

    def counts(self) -> dict[str, int]:
        return dict(_json(self.store.counts()))

    def known(self, portal: str, account_id: str) -> bool:
        try:
            self._history(portal, account_id)
        except LookupError:
            return False
        return True

    def accounts_of(self, portal: str, account_id: str) -> Person:
        told = self._history(portal, account_id)["accounts"]
        return frozenset((account["portal"], account["account_id"]) for account in told)

    def plan(self, portal: str, account_id: str, *, counting: bool = True) -> dict[str, Any]:
        """Answer from the live views, and see that the answer recomputed from events is the same."""
        account = Account(Portal(portal), account_id)
        self.project()
        try:
            live = _json(questions.plan(self.views, self.store, account))
            folded = _json(questions.plan_as_of(self.store, account, self.store.head()))
        except AccountUnknown:
            raise LookupError(account_id) from None
        assert live == folded
        return dict(live)

    def plan_as_of(self, portal: str, account_id: str, position: int) -> dict[str, Any]:
        """Answer from the events up to a position."""
        return dict(_json(questions.plan_as_of(self.store, Account(Portal(portal), account_id), position)))

    def link(self, portal: str, account_id: str) -> dict[str, Any] | None:
        told = self._history(portal, account_id)["link"]
        return dict(told) if told else None

    def code(self, typed: str) -> dict[str, Any] | None:
        try:
            code = canonical_code(typed)
        except CodeMalformed:
            return None
        self.project()
        told = dict(_json(questions.code(self.views, code)))
        if told["owner"]:
            account = (told["owner"]["portal"], told["owner"]["account_id"])
            told["owner"] = {"accounts": self.accounts_of(*account), "portal": account[0], "account_id": account[1]}
        return told

    def specialists(self) -> int:
        return sum(bool(person.accounts) for person in self.tally().people.values())

    def codes_credited(self) -> int:
        return len(self.tally().owners)

    def replicas(self, portal: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Return what the portal was told last, as the publisher would have sent it."""
        self.project()
        while Replicator(self.application, self.views, lambda: self._now, (60,)).revise_next():
            self.project()
        names = TopicNames()
        told: dict[tuple[str, str], dict[str, Any]] = {}
        for event in self.store.read(0, READ_MAX):
            for message in messages_of(event, names, self.store.parked_bytes):
                if message.topic == names.replicas(Portal(portal)):
                    _take_over(told, msgspec.json.decode(message.value))
        return told

    def project(self) -> None:
        """Bring the views up to date."""
        if self._projector is None:
            self._projector = Projector(self.store, self.views, [(v, self.views.live(v.name)) for v in VIEWS.values()])
        while self._projector.advance():
            pass

    def _errors(self, line: bytes) -> frozenset[str]:
        """The reasons, each of which begins with its field."""
        (parked, *_) = self.store.load([letter_of(Record(line, PLACE, 0, 0))]).values()
        return frozenset(describe(parked)["reasons"])

    def _history(self, portal: str, account_id: str) -> dict[str, Any]:
        try:
            told = questions.history(self.store, Account(Portal(portal), account_id), None)
        except AccountUnknown:
            raise LookupError(account_id) from None
        return dict(_json(told))

    def tally(self) -> LogTally:
        tally = LogTally()
        for event in self.store.read(0, READ_MAX):
            tally.take(event)
        assert not tally.breaches
        return tally


def _json(answer: object) -> Any:  # noqa: ANN401 - whatever JSON says
    return msgspec.json.decode(msgspec.json.encode(answer))


def _take_over(told: dict[tuple[str, str], dict[str, Any]], message: dict[str, Any]) -> None:
    body = message["data"]
    key = body["account_id"], body["activity_key"]
    if key in told and told[key]["revision"] > body["revision"]:
        return
    told[key] = {"state": "withdrawn", "revision": body["revision"]}
    if message["type"] == "ru.nmo.replica.requested.v1":
        origin = {name: body["origin"][name] for name in ("portal", "account_id")}
        said = {name: body.get(name) for name in ("kind", "activity_id", "title", "completed_on")}
        told[key] |= {"state": "show", "replica": said | {"origin": origin}}


@contextmanager
def on_postgres(databases: Databases, limits: Limits | None = None) -> Iterator[ServiceSubject]:
    """The service on a new PostgreSQL database."""
    with databases.fresh(databases.template("service", _prepare)) as conninfo:
        database = Database(conninfo, master=MASTER)
        yield ServiceSubject(PostgresStore(database), PostgresViews(database, VIEWS.values()), limits)
        database.close()


def _prepare(conninfo: str) -> None:
    database = Database(conninfo, master=MASTER)
    PostgresStore(database).migrate()
    PostgresViews(database, VIEWS.values()).migrate()
    database.close()
