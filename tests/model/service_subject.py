"""The service itself as a subject of the contract's examples: its own application, views and answers."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sync_service.adapters.memory_store import MemoryStore
from sync_service.adapters.memory_views import MemoryViews
from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.folding import fold_specialist, leads_to
from sync_service.aggregates.specialist import Specialist
from sync_service.aggregates.values import Account, Portal, account_stream, canonical_code
from sync_service.application import Application, Limits
from sync_service.checking import LogTally
from sync_service.dead_letters import letter_of
from sync_service.event_store import EventStore
from sync_service.messages.records import Record
from sync_service.projections.projecting import Projector
from sync_service.projections.registry import VIEWS
from sync_service.projections.view_store import ViewStore
from sync_service.receiving import Receipt
from tests.model.contract_model import Delivered
from tests.model.journal import Person

PLACE = "file:examples"


class ServiceSubject:
    """The service on any store; asks it what support and operators would ask."""

    def __init__(
        self, store: EventStore | None = None, views: ViewStore | None = None, limits: Limits | None = None
    ) -> None:
        self.store = store or MemoryStore()
        self.views = views or MemoryViews(VIEWS.values())
        self._now = datetime.min.replace(tzinfo=UTC)
        self.application = Application(self.store, lambda: self._now, limits=limits)
        self._projector: Projector | None = None
        self._offset = 0

    def deliver(self, line: bytes, now: datetime) -> Delivered:
        if not line.strip():
            return Delivered("blank")
        receipt = self.deliver_all([line], now)
        status = "stored" if receipt.stored else "parked" if receipt.parked else "repeat"
        return Delivered(status, refused=bool(receipt.refused))

    def deliver_all(self, lines: list[bytes], now: datetime) -> Receipt:
        """Receive several lines as one poll."""
        self._now = now
        records = []
        for line in lines:
            if line.strip():
                records.append(Record(line, PLACE, self._offset, self._offset + 1))
                self._offset += 1
        return self.application.receive(records)

    def retry(self, line: bytes, now: datetime) -> Delivered:
        self._now = now
        before = self.store.counts()
        self.application.retry(letter_of(Record(line, PLACE, 0, 0)))
        after = self.store.counts()
        status = "stored" if after.stored > before.stored else "parked"
        return Delivered(status, refused=after.refused > before.refused)

    def discard(self, line: bytes) -> None:
        self.application.discard(letter_of(Record(line, PLACE, 0, 0)), "no use")

    def counts(self) -> dict[str, int]:
        counts = self.store.counts()
        return {name: getattr(counts, name) for name in ("received", "stored", "repeats", "refused", "parked")}

    def known(self, portal: str, account_id: str) -> bool:
        return bool(self.store.load([account_stream(Account(Portal(portal), account_id))]))

    def accounts_of(self, portal: str, account_id: str) -> Person:
        return frozenset((str(a.portal), a.account_id) for a in self._person(portal, account_id).accounts)

    def plan(self, portal: str, account_id: str, *, counting: bool = True) -> dict[str, Any]:
        person = self._person(portal, account_id)
        self._project()
        rows = self.views.find("learning_plan", "entries", owner=person.id)
        rows.sort(key=lambda row: (row["completed_on"], row["activity_key"]))
        entries = [
            {
                "activity_key": row["activity_key"],
                "kind": row["kind"],
                "activity_id": row["activity_id"],
                "title": row["title"],
                "completed_on": row["completed_on"].isoformat(),
                "origin": row["origin"],
                "shown_in": {"sovetnmo": row["shown_in_sovetnmo"], "edu": row["shown_in_edu"]},
            }
            for row in rows
        ]
        return {"entries": entries}

    def link(self, portal: str, account_id: str) -> dict[str, Any] | None:
        person = self._person(portal, account_id)
        if person.link:
            link = person.link
            return {
                "state": link.state,
                "request_id": link.key.request_id,
                "to_edu": link.to_edu,
                "to_sovetnmo": link.to_sovetnmo,
                "applied": link.applied,
                "reason": None,
            }
        if not person.attempts:
            return None
        attempt = list(person.attempts.values())[-1]
        reason = attempt.reason.value if attempt.reason else None
        return {
            "state": attempt.state,
            "request_id": attempt.key.request_id,
            "to_edu": 0,
            "to_sovetnmo": 0,
            "applied": 0,
            "reason": reason,
        }

    def code(self, typed: str) -> dict[str, Any] | None:
        try:
            code = canonical_code(typed)
        except CodeMalformed:
            return None
        self._project()
        rows = self.views.find("code_register", "codes", code=code)
        if not rows:
            return {"code": code, "issued": None, "revoked": False, "owner": None, "attempts": []}
        row = rows[0]
        attempts = self.views.find("code_register", "attempts", owner=row["owner"])
        owner = row["owner_portal"] and {
            "portal": row["owner_portal"],
            "account_id": row["owner_account"],
            "accounts": self.accounts_of(row["owner_portal"], row["owner_account"]),
        }
        issued = row["activity_id"] and {"activity_id": row["activity_id"], "audience": row["audience"]}
        return {
            "code": code,
            "issued": issued,
            "revoked": row["revoked_at"] is not None,
            "owner": owner,
            "attempts": [
                {
                    "portal": a["portal"],
                    "account_id": a["account_id"],
                    "typed": a["typed"],
                    "at": a["at"],
                    "outcome": a["outcome"],
                }
                for a in attempts
            ],
        }

    def specialists(self) -> int:
        return sum(bool(person.accounts) for person in self._tally().people.values())

    def codes_credited(self) -> int:
        return len(self._tally().owners)

    def replicas(self, portal: str) -> dict[tuple[str, str], dict[str, Any]]:
        raise NotImplementedError

    def _tally(self) -> LogTally:
        tally = LogTally()
        for event in self.store.read(0, 10**9):
            tally.take(event)
        return tally

    def _person(self, portal: str, account_id: str) -> Specialist:
        stream = account_stream(Account(Portal(portal), account_id))
        streams = self.store.load([stream])
        if not streams:
            raise LookupError(account_id)
        while wanted := {one for events in streams.values() for one in leads_to(events)} - streams.keys():
            streams |= self.store.load(wanted)
        person = fold_specialist(stream, streams)
        return fold_specialist(person.absorbed_into, streams) if person.absorbed_into else person

    def _project(self) -> None:
        if self._projector is None:
            targets = [(view, self.views.live(view.name)) for view in VIEWS.values()]
            self._projector = Projector(self.store, self.views, targets)
        while self._projector.advance():
            pass


Maker = Callable[[], ServiceSubject]
