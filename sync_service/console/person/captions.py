"""Where an entry is shown: one caption for each portal that did not record it (CONTRACT.md, «Replicas»)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sync_service.aggregates.specialist_state import ReplicaState
from sync_service.console.languages import said
from sync_service.sentences.words import Sentence, at_portal, quoted

if TYPE_CHECKING:
    from sync_service.aggregates.specialist import Specialist
    from sync_service.aggregates.specialist_state import Entry, Replica
    from sync_service.aggregates.values import Portal
    from sync_service.console.formats import Formats

LONG = timedelta(days=1)
NO_ACCOUNT = Sentence("второго кабинета нет: показывать негде", "no second account to show it in")


@dataclass(frozen=True)
class Asking:
    """When the page speaks, and after how many seconds a silent portal is asked the second time, the third, …."""

    now: datetime
    again_after_s: Sequence[float] = ()

    def next_at(self, replica: Replica) -> datetime | None:
        """When the portal is asked again; None if that is not known or due already."""
        if not self.again_after_s:
            return None
        delay_s = self.again_after_s[min(replica.asked, len(self.again_after_s)) - 1]
        due = replica.asked_at + timedelta(seconds=delay_s)
        return due if due > self.now else None


def shown_caption(person: Specialist, entry: Entry, portal: Portal, f: Formats, asking: Asking) -> str:
    """Whether the portal shows a copy, since when, or what it waits for; nothing if it recorded the entry itself."""
    return said(_caption(person, entry, portal, f, asking), f.language)


def _caption(person: Specialist, entry: Entry, portal: Portal, f: Formats, asking: Asking) -> Sentence:
    place = at_portal(portal)
    replica = person.replicas.get((portal, entry.key))
    if replica is not None and replica.state is ReplicaState.APPLIED:
        on = f.short_date(f.local(replica.answered_at or replica.asked_at).date())
        return Sentence(f"{place.ru} с {on}", f"{place.en} since {on}")
    if replica is not None and replica.state is ReplicaState.REFUSED:
        on = f.short_date(f.local(replica.answered_at or replica.asked_at).date())
        words = quoted(replica.detail)
        return Sentence(
            f"{portal} отклонил {on}{': ' if words.ru else ''}{words.ru}",
            f"{portal} refused on {on}{': ' if words.en else ''}{words.en}",
        )
    return _hindered(person, entry, portal) or (_waiting(replica, portal, f, asking) if replica else NO_ACCOUNT)


def _hindered(person: Specialist, entry: Entry, portal: Portal) -> Sentence | None:
    """Why nothing is asked of the portal, or not any more; None if nothing keeps it from showing the entry."""
    if portal not in person.by_portal:
        return NO_ACCOUNT
    if entry.key in person.reversals:
        place = at_portal(portal)
        return Sentence(f"{place.ru} не показывали: отменено раньше", f"never shown {place.en}: reversed before")
    if not person.is_open(portal):
        return Sentence(
            f"кабинет {portal} закрыт: копия уйдёт, когда его откроют снова",
            f"the {portal} account is closed: the replica goes once it is reopened",
        )
    return None


def _waiting(replica: Replica, portal: Portal, f: Formats, asking: Asking) -> Sentence:
    if replica.asked == 1 and not replica.deferred:
        at = f.instant(replica.asked_at)
        return Sentence(f"у {portal} запрошена копия {at}", f"{portal} was asked on {at}")
    since = asking.now - replica.requested_at
    if since > LONG:
        length = f.duration(since)
        return Sentence(
            f"ждёт уже {length}, спрашиваем {portal} раз в сутки", f"waiting for {length}, {portal} is asked daily"
        )
    how = ("просит подождать", "asks to wait") if replica.deferred else ("молчит", "is silent")
    times = f.count(replica.asked, "раз", "раза", "раз", "time")
    due = asking.next_at(replica)
    again = (f", снова в {f.short_clock(due)}", f", again at {f.short_clock(due)}") if due else ("", "")
    return Sentence(f"{portal} {how[0]}: спросили {times}{again[0]}", f"{portal} {how[1]}: asked {times}{again[1]}")
