"""Judges what was counted: replicas by age, links, refusals and parked messages beside what is usual, mail, the sum."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Final

from sync_service.aggregates.dead_letter import Discarded, Parked, Retried, RetriedEdited, Superseded
from sync_service.aggregates.link_facts import LinkRefused, ReplicaApplied, ReplicaRejected
from sync_service.aggregates.specialist_facts import ActivationRefused, CompletionRefused
from sync_service.aggregates.specialist_state import ReplicaState
from sync_service.operations.limits import AGES
from sync_service.operations.standing import (
    HonestSum,
    LinkStanding,
    MailStanding,
    ParkedStanding,
    PartState,
    RefusalStanding,
    ReplicaStanding,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync_service.operations.readings import HappenedRow, Readings, ReplicaRow
    from sync_service.operations.standing import PartStanding

PORTALS: Final = ("sovetnmo", "edu")
REFUSALS: Final = (ActivationRefused.TYPE, CompletionRefused.TYPE, LinkRefused.TYPE)
OLDER: Final = "older"
DAYS_BEFORE, HOURS_BEFORE = 14, 7


def replica_standing(portal: str, readings: Readings) -> ReplicaStanding:
    """The replicas at one portal."""
    rows = [row for row in readings.replicas if row.portal == portal]
    waiting = [row for row in rows if row.is_waiting]
    oldest = next((row for row in readings.oldest if row.portal == portal), None)
    return ReplicaStanding(
        portal=portal,
        waiting=_sum(waiting),
        by_age=_by_age(waiting, readings),
        deferred=_sum(row for row in waiting if row.is_deferred),
        refused=_sum(row for row in rows if row.state == ReplicaState.REFUSED.value),
        refused_day=_answers(readings, ReplicaRejected.TYPE, portal),
        applied=_sum(row for row in rows if row.state == ReplicaState.APPLIED.value),
        applied_day=_answers(readings, ReplicaApplied.TYPE, portal),
        people=readings.people.get(portal, 0),
        oldest_since=oldest.requested_at if oldest else None,
        oldest_specialist_id=oldest.owner if oldest else None,
        answered_at=readings.answered.get(portal),
    )


def _sum(rows: Iterable[ReplicaRow]) -> int:
    return sum(row.replicas for row in rows)


def _by_age(waiting: Iterable[ReplicaRow], readings: Readings) -> dict[str, int]:
    """The waiting ones by age, counted from the middle of the minute in which they were asked for."""
    ages = dict.fromkeys((*AGES, OLDER), 0)
    for row in waiting:
        age = readings.now - row.minute - timedelta(seconds=30)
        name = next((name for name, limit_s in AGES.items() if age <= timedelta(seconds=limit_s)), OLDER)
        ages[name] += row.replicas
    return ages


def _answers(readings: Readings, type_: str, portal: str) -> int:
    return sum(row.day for row in readings.happened if row.type == type_ and row.source.endswith(f"/{portal}"))


def link_standing(readings: Readings) -> LinkStanding:
    """Attempts to link by state."""
    links = readings.links
    return LinkStanding(
        backfilling=links.get("backfilling", 0),
        requested=links.get("requested", 0),
        confirmed=links.get("confirmed", 0),
        completed=links.get("completed", 0),
        refused=links.get("refused", 0),
        oldest_since=readings.oldest_link,
    )


def refusal_standings(readings: Readings) -> tuple[RefusalStanding, ...]:
    """Refusals by reason, the most frequent of the last day first."""
    by_reason: dict[str, list[HappenedRow]] = {}
    for row in readings.happened:
        if row.type in REFUSALS:
            by_reason.setdefault(row.outcome, []).append(_once(row))
    found = [
        RefusalStanding(
            reason,
            sum(row.day for row in rows),
            usual_day(rows, readings),
            sum(row.hour for row in rows),
            usual_hour(rows, readings),
        )
        for reason, rows in by_reason.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.day, one.reason)))


def _once(row: HappenedRow) -> HappenedRow:
    """A refused link stands in the histories of both accounts, and is one refusal."""
    if row.type != LinkRefused.TYPE:
        return row

    def halved(counts: dict[int, int]) -> dict[int, int]:
        return {day: (count + 1) // 2 for day, count in counts.items()}

    day, hour = (row.day + 1) // 2, (row.hour + 1) // 2
    return type(row)(row.type, row.source, row.outcome, day, hour, halved(row.same_hours), halved(row.days))


def usual_hour(rows: Sequence[HappenedRow], readings: Readings) -> float | None:
    """The middle value of the same hour of the last seven days, or of as many as the store has."""
    return _usual([row.same_hours for row in rows], readings, HOURS_BEFORE, timedelta(hours=1))


def usual_day(rows: Sequence[HappenedRow], readings: Readings) -> float | None:
    """The middle value of the last fourteen days, or of as many as the store has."""
    return _usual([row.days for row in rows], readings, DAYS_BEFORE, timedelta(days=1))


def _usual(counts: list[dict[int, int]], readings: Readings, days_max: int, length: timedelta) -> float | None:
    if readings.began_at is None:
        return None
    days = min(days_max, (readings.now - readings.began_at - length) // timedelta(days=1))
    return median([sum(one.get(day, 0) for one in counts) for day in range(1, days + 1)]) if days > 0 else None


def parked_standing(readings: Readings) -> ParkedStanding:
    """Parked messages."""
    rows = [row for row in readings.happened if row.type == Parked.TYPE]
    day, hour = Counter[str](), Counter[str]()
    for row in rows:
        day[row.outcome] += row.day
        hour[row.outcome] += row.hour
    closed = (readings.letters.get(kind.TYPE, 0) for kind in (Retried, RetriedEdited, Discarded, Superseded))
    return ParkedStanding(
        open=readings.letters.get(Parked.TYPE, 0) - sum(closed),
        hour=hour.total(),
        usual_hour=usual_hour(rows, readings),
        day=day.total(),
        by_reason=_most_first(day),
        hour_by_reason=_most_first(hour),
        oldest_at=readings.oldest_letter,
    )


def _most_first(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in counts.most_common() if count}


def mail_standing(readings: Readings, parts: Sequence[PartStanding]) -> MailStanding:
    """Mail; whether it is held and what hinders it only a notifier that runs can say."""
    notifiers = [one for one in parts if one.part == "notifier" and one.state is PartState.WORKING]
    hindrances = {about: why for one in notifiers for about, why in one.hindrances.items()}
    return MailStanding(
        waiting=readings.mails.get("planned", 0),
        sending=readings.mails.get("sending", 0),
        parked=readings.mails.get("parked", 0),
        parked_by_reason=readings.mails_parked,
        sent_day=readings.mails_sent_day,
        last_sent_at=readings.last_sent_at,
        oldest_waiting_since=readings.oldest_mail,
        held="held" in hindrances if notifiers else None,
        hindrance=hindrances.get("mail_server"),
    )


def honest_sum(readings: Readings) -> HonestSum:
    """Received and repeats as the places counted them, the rest as it was counted with the rows."""
    ever = [row for row in readings.flows if row.span == 0]
    return HonestSum(
        received=readings.received,
        stored=sum(row.stored for row in ever),
        repeats=readings.repeats,
        parked=sum(row.parked for row in ever),
        refused=sum(row.refused for row in ever),
    )
