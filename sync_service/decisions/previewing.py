"""What a decision would do, found out by really deciding it in a transaction that is never written."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from sync_service.aggregates.deciding import Decision, Signature
from sync_service.aggregates.judging import Judgement, done_on, judge_all
from sync_service.aggregates.values import Account, activity_stream
from sync_service.announcements import announcements_of
from sync_service.decisions.carrying_out import carry_out, completed, seen
from sync_service.sentences.sends import send_text
from sync_service.sentences.telling import told
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync_service.aggregates.aggregate import Event
    from sync_service.application import Application
    from sync_service.unit_of_work import UnitOfWork

NOT_SAID = "…"
"""Stands in the preview's sentences where nobody has said yet who decides, or why."""


class Foreseen(msgspec.Struct, frozen=True):
    """One event that would be stored, as history would tell it."""

    type: str
    about: Account | None
    text: Sentence


class EntryChange(msgspec.Struct, frozen=True):
    """An entry of a plan that comes, goes or counts differently; `before` and `after` are None outside the plan."""

    key: str
    activity_id: str
    title: str | None
    completed_on: date
    before: str | None
    after: str | None
    credits_before: float
    credits_after: float


class PersonChange(msgspec.Struct, frozen=True):
    """What an account's plan gains, loses, and counts differently; credits are the sum of what counts."""

    account: Account
    accounts_before: tuple[Account, ...]
    accounts_after: tuple[Account, ...]
    credits_before: float
    credits_after: float
    gains: tuple[EntryChange, ...]
    losses: tuple[EntryChange, ...]
    changes: tuple[EntryChange, ...]


class Send(msgspec.Struct, frozen=True):
    """One message that a portal would get."""

    account: Account
    type: str
    key: str | None
    text: Sentence


class Preview(msgspec.Struct, frozen=True):
    """The effect of a decision as things stand; `seen` is to be given back as `expected` when it is taken."""

    decision: Decision
    seen: str
    events: tuple[Foreseen, ...]
    people: tuple[PersonChange, ...]
    sends: tuple[Send, ...]


class Line(NamedTuple):
    """One entry of a plan, and its verdict."""

    activity_id: str
    title: str | None
    completed_on: date
    verdict: Judgement


class Outline(NamedTuple):
    """Whose an account is, and the plan that it shows."""

    accounts: tuple[Account, ...]
    lines: Mapping[str, Line]

    @property
    def credits(self) -> float:
        """The sum of what counts."""
        return sum(line.verdict.credits for line in self.lines.values())


def preview(application: Application, decision: Decision, *, reason: str = "", by: str = "") -> Preview:
    """Say what the decision would store, change and send; writes nothing.

    Raises AccountUnknown, and DecisionImpossible if it cannot be carried out.
    """
    signature = Signature(reason.strip() or NOT_SAID, by.strip() or NOT_SAID, NOT_SAID)
    found: list[Preview] = []

    def decide(work: UnitOfWork) -> None:
        whole = completed(work, decision)
        version = seen(work, whole)
        before = {account: _outline(work, account) for account in whole.accounts}
        carry_out(work, whole, signature)
        people = tuple(_changed(account, before[account], _outline(work, account)) for account in whole.accounts)
        found[:] = [Preview(whole, version, (), people, ())]

    events = application.foresee(decide)
    return msgspec.structs.replace(
        found[0], events=tuple(map(_foreseen, events)), sends=tuple(send for event in events for send in _sends(event))
    )


def _foreseen(event: Event) -> Foreseen:
    about: Account | None = getattr(event.fact, "account", None)
    return Foreseen(event.fact.TYPE, about, told(event))


def _sends(event: Event) -> Iterable[Send]:
    for account, body in announcements_of(event):
        kind = body.TYPE.removeprefix("ru.nmo.").removesuffix(".v1")
        yield Send(account, kind, getattr(body, "activity_key", None), send_text(account, body))


def _outline(work: UnitOfWork, account: Account) -> Outline:
    person = work.person(account)
    work.preload(activity_stream(entry.activity_id) for entry in person.entries.values())
    verdicts = judge_all(person, work.activity)
    lines = {}
    for key, entry in person.entries.items():
        activity = work.activity(entry.activity_id)
        lines[key] = Line(entry.activity_id, activity.title, done_on(entry, activity), verdicts[key])
    return Outline(tuple(sorted(person.accounts)), lines)


def _changed(account: Account, before: Outline, after: Outline) -> PersonChange:
    changes = [
        _change(key, before.lines.get(key), after.lines.get(key)) for key in sorted({**before.lines, **after.lines})
    ]
    return PersonChange(
        account=account,
        accounts_before=before.accounts,
        accounts_after=after.accounts,
        credits_before=before.credits,
        credits_after=after.credits,
        gains=tuple(change for change in changes if change.before is None),
        losses=tuple(change for change in changes if change.after is None),
        changes=tuple(change for change in changes if _is_judged_anew(change)),
    )


def _is_judged_anew(change: EntryChange) -> bool:
    is_kept = change.before is not None and change.after is not None
    return is_kept and (change.before, change.credits_before) != (change.after, change.credits_after)


def _change(key: str, before: Line | None, after: Line | None) -> EntryChange:
    line = after or before
    if line is None:
        raise KeyError(key)
    return EntryChange(
        key=key,
        activity_id=line.activity_id,
        title=line.title,
        completed_on=line.completed_on,
        before=before.verdict.counts.value if before else None,
        after=after.verdict.counts.value if after else None,
        credits_before=before.verdict.credits if before else 0,
        credits_after=after.verdict.credits if after else 0,
    )
