"""Compares what a portal says that its accounts show with what they should show: missing, extra, by cause and age."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from sync_service.projections.directory import ACCOUNTS, Directory
from sync_service.projections.learning_plan import ENTRIES, LearningPlan
from sync_service.projections.replica_ledger import REPLICAS, ReplicaLedger

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sync_service.aggregates.values import Portal
    from sync_service.projections.view import Table
    from sync_service.projections.view_store import ViewStore

    ShownByAccount = Mapping[str, Collection[str]]

OWNERS_AT_ONCE = 2_000


class Cause(StrEnum):
    """Why an entry is missing in an account, or shown there too much."""

    WAITING = "waiting"
    """The portal was asked to show it, and has not answered."""

    REFUSED = "refused"
    """The portal refused to show it."""

    LOST = "lost"
    """The portal said that it shows it, and does not."""

    LOST_AT_ORIGIN = "lost_at_origin"
    """The portal reported it itself, and does not show it; only the portal can mend that."""

    ACCOUNT_CLOSED = "account_closed"
    """The account is closed: nothing is asked of it until it is reopened."""

    REVERSED = "reversed"
    """It was taken back, and is still shown."""

    NOT_REPORTED = "not_reported"
    """The portal shows what it never reported, and only it can report; or what is another's, as a link was undone."""

    ACCOUNT_UNKNOWN = "account_unknown"
    """The portal has never named the account."""


class Deviation(msgspec.Struct, frozen=True):
    """One entry of one account; `since` is when the cause began, where that is known, and `age_s` how long ago."""

    account_id: str
    activity_key: str
    cause: Cause
    since: datetime | None
    age_s: float | None


class Reconciliation(msgspec.Struct, frozen=True):
    """What was compared. `equal` counts the entries that are shown as they should be; `causes` counts the rest."""

    portal: str
    accounts: int
    equal: int
    missing: tuple[Deviation, ...]
    extra: tuple[Deviation, ...]
    causes: dict[str, dict[str, int]]


class _Account(msgspec.Struct, frozen=True):
    account_id: str
    owner: UUID
    is_closed: bool


def reconcile(views: ViewStore, portal: Portal, shown: ShownByAccount, now: datetime) -> Reconciliation:
    """Compare all accounts of a portal; `shown` are the activity keys that each account shows by the portal's word."""
    accounts = msgspec.convert(views.find(Directory.name, ACCOUNTS.name, portal=portal.value), list[_Account])
    missing: list[Deviation] = []
    extra = [
        Deviation(account_id, key, Cause.ACCOUNT_UNKNOWN, None, None)
        for account_id in sorted(shown.keys() - {account.account_id for account in accounts})
        for key in sorted(shown[account_id])
    ]
    equal = 0
    for start in range(0, len(accounts), OWNERS_AT_ONCE):
        for account, known in _known(views, portal, accounts[start : start + OWNERS_AT_ONCE]):
            keys = frozenset(shown.get(account.account_id, ()))
            due = {key: entry for key, entry in known.items() if not entry.is_reversed}
            equal += len(due.keys() & keys)
            missing += [_missing(account, due[key], now) for key in sorted(due.keys() - keys)]
            extra += _extra(account, keys, known)
    causes = {
        "missing": dict(Counter(one.cause.value for one in missing)),
        "extra": dict(Counter(one.cause.value for one in extra)),
    }
    return Reconciliation(portal.value, len(accounts), equal, tuple(missing), tuple(extra), causes)


class _Entry(msgspec.Struct, frozen=True):
    """An entry of a person, seen from one of their accounts; the replica is the one that this account was asked for."""

    activity_key: str
    shown: str
    is_reversed: bool
    recorded_at: datetime
    replica: dict[str, Any] | None


def _known(
    views: ViewStore, portal: Portal, accounts: Sequence[_Account]
) -> Iterator[tuple[_Account, dict[str, _Entry]]]:
    """Every account with the entries of its person."""
    owners = [account.owner for account in accounts]
    plans = _rows(views, LearningPlan.name, ENTRIES, owners)
    ledgers = _rows(views, ReplicaLedger.name, REPLICAS, owners)
    for account in accounts:
        replicas = {row["activity_key"]: row for row in ledgers.get(account.owner, ()) if row["portal"] == portal}
        yield (
            account,
            {
                row["activity_key"]: _Entry(
                    row["activity_key"],
                    row[f"shown_in_{portal}"],
                    row["reversed_for"] is not None,
                    row["recorded_at"],
                    replicas.get(row["activity_key"]),
                )
                for row in plans.get(account.owner, ())
            },
        )


def _rows(views: ViewStore, view: str, table: Table, owners: Collection[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    return {
        owner: [dict(zip(table.names, row, strict=True)) for row in rows.get(table.name, {}).values()]
        for owner, rows in views.existing(views.live(view), owners).items()
    }


def _missing(account: _Account, entry: _Entry, now: datetime) -> Deviation:
    cause, since = _why_missing(account, entry)
    return Deviation(account.account_id, entry.activity_key, cause, since, _age_s(since, now))


def _why_missing(account: _Account, entry: _Entry) -> tuple[Cause, datetime | None]:
    replica = entry.replica
    if entry.shown == "origin":
        return Cause.LOST_AT_ORIGIN, entry.recorded_at
    if replica is None or account.is_closed:
        return Cause.ACCOUNT_CLOSED, None
    if entry.shown == "refused":
        return Cause.REFUSED, replica["answered_at"]
    if entry.shown == "applied":
        return Cause.LOST, replica["answered_at"]
    return Cause.WAITING, replica["requested_at"]


def _extra(account: _Account, shown: Iterable[str], known: Mapping[str, _Entry]) -> list[Deviation]:
    found = []
    for key in sorted(shown):
        if key not in known:
            found.append(Deviation(account.account_id, key, Cause.NOT_REPORTED, None, None))
        elif known[key].is_reversed:
            found.append(Deviation(account.account_id, key, Cause.REVERSED, None, None))
    return found


def _age_s(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max(0.0, (now - since).total_seconds())
