"""What a batch of the SQLAlchemy peer knows and changes, in memory: rows as dictionaries, by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.peers import wire
from benchmarks.peers.rows import AccountRow, ActivityRow, CodeRow, EntryRow, LinkRow, MessageRow, PlanRow, credits_in

if TYPE_CHECKING:
    from benchmarks.peers.rows import Base

    Row = dict[str, Any]

_NOBODY = dict.fromkeys(
    ("linked_to", "email", "full_name", "education_level", "audience", "specialties", "registered_at")
)


class BatchState:
    """The rows that were read, what messages change in them, and the rows to add."""

    def __init__(self) -> None:
        self.accounts: dict[str, Row] = {}
        self.codes: dict[str, Row] = {}
        self.activities: dict[str, Row] = {}
        self.links: dict[tuple[str, str, str], Row] = {}
        self.plans: dict[str, dict[str, Row]] = {}
        self._upserts: dict[type[Base], dict[Any, Row]] = {}
        self._messages: list[Row] = []
        self._entries: list[Row] = []
        self._plan_rows: list[Row] = []

    def changed(self) -> dict[type[Base], list[Row]]:
        """The rows to write, by table."""
        return {table: list(rows.values()) for table, rows in self._upserts.items()} | {
            MessageRow: self._messages,
            EntryRow: self._entries,
            PlanRow: self._plan_rows,
        }

    def apply(self, message: wire.Incoming) -> None:
        """Decide on one message, after all before it."""
        refused = False
        match message:
            case wire.CodeActivated():
                refused = not self._activated(message)
            case wire.ModuleCompleted() | wire.ProgrammeCompleted():
                self._completed(message)
            case wire.AccountRegistered():
                self._account(wire.accounts_in(message)[0], **message.data.model_dump(exclude={"account_id"}))
            case wire.LinkRequested() | wire.LinkConfirmed():
                self._linked(message)
            case wire.CodesIssued():
                self._issued(message)
            case wire.ActivityPublished():
                self._published(message)
        self._messages.append({"id": message.id, "source": message.source, "type": message.type, "refused": refused})

    def _published(self, message: wire.ActivityPublished) -> None:
        said = message.data
        row = said.model_dump(include={"activity_id", "kind", "title", "accreditation"})
        self.activities[said.activity_id] = self._upserted(ActivityRow, said.activity_id, row)

    def _issued(self, message: wire.CodesIssued) -> None:
        for printed in message.data.codes:
            code = printed.replace("-", "")
            if code not in self.codes:
                self._code(code, message.data.activity_id, message.data.audience)

    def _code(self, code: str, activity_id: str | None, audience: str | None) -> Row:
        row = {"code": code, "activity_id": activity_id, "audience": audience, "owner": None, "activated_at": None}
        self.codes[code] = self._upserted(CodeRow, code, row)
        return row

    def _activated(self, message: wire.CodeActivated) -> bool:
        account, text = self._account(wire.accounts_in(message)[0]), wire.code_in(message)
        code = self.codes.get(text) if text else None
        if code is None and text and message.data.activity_id:
            code = self._code(text, message.data.activity_id, None)
        if code is None:
            return False
        if code["owner"] is None:
            code["owner"], code["activated_at"] = account["account"], message.data.activated_at
            self._upserted(CodeRow, text, code)
            self._add(account, f"code:{text}", code["activity_id"], message.data.activated_at.date())
        return code["owner"] in {account["account"], account["linked_to"]}

    def _completed(self, message: wire.Completed) -> None:
        account, key = self._account(wire.accounts_in(message)[0]), wire.key_of(message)
        if key in self.plans.get(account["account"], {}):
            return
        done = {}
        if isinstance(message, wire.ProgrammeCompleted):
            done = message.data.model_dump(include={"hours", "distance_hours", "organisation"})
        self._add(account, key, wire.activity_in(message), message.data.completed_on, **done)

    def _linked(self, message: wire.Linking) -> None:
        edu, sovetnmo = (self._account(account) for account in wire.accounts_in(message))
        named = (message.data.request_id, edu["account"], sovetnmo["account"])
        link = self.links.setdefault(named, dict(zip(("request_id", "edu", "sovetnmo"), named, strict=True)))
        said = message.data.model_dump(include={"requested_at", "confirmed_at"})
        link |= dict.fromkeys(("requested_at", "confirmed_at")) | link | said
        self._upserted(LinkRow, named, link)
        if link["requested_at"] and link["confirmed_at"] and not edu["linked_to"] and not sovetnmo["linked_to"]:
            self._account(edu["account"], linked_to=sovetnmo["account"])
            self._account(sovetnmo["account"], linked_to=edu["account"])
            self._show(edu["account"], sovetnmo["account"])
            self._show(sovetnmo["account"], edu["account"])

    def _show(self, origin: str, account: str) -> None:
        known = self.plans.get(account, {})
        for row in list(self.plans.get(origin, {}).values()):
            if not row["is_replica"] and row["activity_key"] not in known:
                self._plan(row | {"account": account, "is_replica": True})

    def _account(self, account: str, **said: object) -> Row:
        """The account, with what is said of it; the first message that names it makes it exist."""
        row = self.accounts.get(account)
        if row is None or said:
            row = self.accounts.setdefault(account, {"account": account, **_NOBODY})
            row |= said
            self._upserted(AccountRow, account, row)
        return row

    def _add(self, account: Row, key: str, activity_id: str, completed_on: object, **done: object) -> None:
        """The entry, its row in the plan, and the replica in the person's other account."""
        entry = {"account": account["account"], "activity_key": key, "activity_id": activity_id}
        told = {"completed_on": completed_on, "hours": None, "distance_hours": None, "organisation": None}
        self._entries.append(entry | told | done)
        activity = self.activities.get(activity_id, {})
        row = entry | {
            "is_replica": False,
            "kind": activity.get("kind"),
            "title": activity.get("title"),
            "completed_on": completed_on,
            "credits": credits_in(account, activity.get("accreditation", ())),
        }
        self._plan(row)
        if account["linked_to"]:
            self._plan(row | {"account": account["linked_to"], "is_replica": True})

    def _plan(self, row: Row) -> None:
        self.plans.setdefault(row["account"], {})[row["activity_key"]] = row
        self._plan_rows.append(row)

    def _upserted(self, table: type[Base], key: object, row: Row) -> Row:
        self._upserts.setdefault(table, {})[key] = row
        return row
