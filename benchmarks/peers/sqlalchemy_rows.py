"""What a user would write first: SQLAlchemy's ORM in the handler of a consumer loop, one transaction a message.

It validates as we do, stores every (source, id) once, gives a code to one owner, and fills the plans of both accounts.
It leaves out: history and everything as of an earlier time, encryption and erasure, parked messages and ids used twice,
the outcomes of attempts and the messages that tell them, requests for replicas and their answers, verdicts on what
counts in a cycle, and every type of message that benchmarks do not send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from benchmarks.peers import wire
from benchmarks.peers.rows import (
    PLACE,
    AccountRow,
    ActivityRow,
    CodeRow,
    EntryRow,
    LinkRow,
    MessageRow,
    PlanRow,
    PositionRow,
    counted,
    credits_in,
    opened,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.peers.peer import Counts


class RowByRow:
    """Handles one message after another; fits Peer."""

    def __init__(self, conninfo: str) -> None:
        self._engine = opened(conninfo)

    def receive(self, lines: Sequence[bytes]) -> None:
        """A transaction for each."""
        for line in lines:
            message = wire.read(line)
            with Session(self._engine) as session, session.begin():
                is_repeat = not Handler(session).handle(message)
                moved = {"next_offset": PositionRow.next_offset + 1, "repeats": PositionRow.repeats + int(is_repeat)}
                session.execute(update(PositionRow).where(PositionRow.place == PLACE).values(moved))

    def counts(self) -> Counts:
        """What the tables hold."""
        return counted(self._engine)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


class Handler:
    """Applies one message in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def handle(self, message: wire.Incoming) -> bool:
        """Apply it; False if it was stored before."""
        row = insert(MessageRow).values(id=message.id, source=message.source, type=message.type, refused=False)
        stored = self._session.execute(row.on_conflict_do_nothing().returning(MessageRow.id)).first()
        if stored is None:
            return False
        match message:
            case wire.ActivityPublished():
                self._published(message)
            case wire.CodesIssued():
                self._issued(message)
            case wire.AccountRegistered():
                self._registered(message)
            case wire.CodeActivated():
                self._activated(message)
            case wire.ModuleCompleted() | wire.ProgrammeCompleted():
                self._completed(message)
            case wire.LinkRequested() | wire.LinkConfirmed():
                self._linked(message)
        return True

    def _published(self, message: wire.ActivityPublished) -> None:
        said = message.data
        rows = [row.model_dump() for row in said.accreditation]
        self._session.merge(
            ActivityRow(activity_id=said.activity_id, kind=said.kind, title=said.title, accreditation=rows)
        )

    def _issued(self, message: wire.CodesIssued) -> None:
        said = message.data
        codes = [{"code": code.replace("-", "")} for code in said.codes]
        issued = insert(CodeRow).values(activity_id=said.activity_id, audience=said.audience)
        self._session.execute(issued.on_conflict_do_nothing(), codes)

    def _registered(self, message: wire.AccountRegistered) -> None:
        account = self._account(wire.accounts_in(message)[0])
        for name, value in message.data.model_dump(exclude={"account_id"}).items():
            setattr(account, name, value)

    def _activated(self, message: wire.CodeActivated) -> None:
        account, text = self._account(wire.accounts_in(message)[0]), wire.code_in(message)
        code = self._session.get(CodeRow, text, with_for_update=True) if text else None
        if code is None and text and message.data.activity_id:
            code = CodeRow(code=text, activity_id=message.data.activity_id)
            self._session.add(code)
        if code is None or (code.owner is not None and code.owner not in {account.account, account.linked_to}):
            refused = update(MessageRow).where(MessageRow.id == message.id, MessageRow.source == message.source)
            self._session.execute(refused.values(refused=True))
        elif code.owner is None and code.activity_id:
            code.owner, code.activated_at = account.account, message.data.activated_at
            self._add(
                account,
                EntryRow(
                    activity_key=f"code:{code.code}",
                    activity_id=code.activity_id,
                    completed_on=message.data.activated_at.date(),
                ),
            )

    def _completed(self, message: wire.Completed) -> None:
        account, key = self._account(wire.accounts_in(message)[0]), wire.key_of(message)
        if self._session.get(PlanRow, (account.account, key)) is not None:
            return
        entry = EntryRow(
            activity_key=key, activity_id=wire.activity_in(message), completed_on=message.data.completed_on
        )
        if isinstance(message, wire.ProgrammeCompleted):
            entry.hours, entry.distance_hours = message.data.hours, message.data.distance_hours
            entry.organisation = message.data.organisation
        self._add(account, entry)

    def _linked(self, message: wire.Linking) -> None:
        edu, sovetnmo = (self._account(account) for account in wire.accounts_in(message))
        named = (message.data.request_id, edu.account, sovetnmo.account)
        link = self._session.get(LinkRow, named, with_for_update=True)
        if link is None:
            link = LinkRow(request_id=named[0], edu=named[1], sovetnmo=named[2])
            self._session.add(link)
        if isinstance(message, wire.LinkRequested):
            link.requested_at = message.data.requested_at
        else:
            link.confirmed_at = message.data.confirmed_at
        if link.requested_at and link.confirmed_at and edu.linked_to is None and sovetnmo.linked_to is None:
            edu.linked_to, sovetnmo.linked_to = sovetnmo.account, edu.account
            self._show_each_other(edu.account, sovetnmo.account)

    def _show_each_other(self, one: str, other: str) -> None:
        rows = self._session.scalars(select(PlanRow).where(PlanRow.account.in_((one, other)))).all()
        known = {(row.account, row.activity_key) for row in rows}
        for row in rows:
            account = other if row.account == one else one
            if (account, row.activity_key) not in known:
                self._session.add(_replica(row, account))

    def _account(self, account: str) -> AccountRow:
        """The account; the first message that names it makes it exist."""
        found = self._session.get(AccountRow, account)
        if found is None:
            found = AccountRow(account=account)
            self._session.add(found)
            self._session.flush()
        return found

    def _add(self, account: AccountRow, entry: EntryRow) -> None:
        """The entry, its row in the plan, and the replica in the person's other account."""
        entry.account = account.account
        activity = self._session.get(ActivityRow, entry.activity_id)
        row = PlanRow(
            account=account.account,
            activity_key=entry.activity_key,
            is_replica=False,
            activity_id=entry.activity_id,
            kind=activity.kind if activity else None,
            title=activity.title if activity else None,
            completed_on=entry.completed_on,
            credits=credits_in(_training(account), activity.accreditation if activity else ()),
        )
        self._session.add_all((entry, row))
        if account.linked_to is not None:
            self._session.add(_replica(row, account.linked_to))


def _replica(row: PlanRow, account: str) -> PlanRow:
    return PlanRow(
        account=account,
        activity_key=row.activity_key,
        is_replica=True,
        activity_id=row.activity_id,
        kind=row.kind,
        title=row.title,
        completed_on=row.completed_on,
        credits=row.credits,
    )


def _training(account: AccountRow) -> dict[str, object]:
    return {name: getattr(account, name) for name in ("specialties", "audience", "education_level")}
