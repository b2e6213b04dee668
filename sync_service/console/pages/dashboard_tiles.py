"""The tiles of the flow: how far every reader is behind, and whether it moves at all.

A tile never shows the last good number of what has stopped: if the part that moves a reader does not report, the tile
says so, also when the reader had read everything by then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from sync_service.console.formats import NO_BREAK
from sync_service.console.pages.dashboard_words import READERS, SOURCES, TO_PORTALS
from sync_service.console.templating import teller
from sync_service.operations.problems_of_parts import TRANSPORT
from sync_service.operations.standing import PartState, ReaderState
from sync_service.sentences.words import Sentence, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.console.formats import Formats
    from sync_service.console.pages.dashboard_watch import Look
    from sync_service.operations.standing import (
        MailStanding,
        ReaderStanding,
        ReplicaStanding,
        SourceStanding,
        Standing,
    )

PORTAL_LATE_S: Final = 60.0
"""A replica waits for the portal's answer, so the two seconds of our own readers would be no measure for it."""
UNKNOWN_FIGURE: Final = Sentence("нет данных", "no figures")


WHY: Final[Mapping[PartState, Sentence]] = {
    PartState.HUNG: Sentence("процесс завис", "its process hangs"),
    PartState.STOPPED: Sentence("процесс молчит", "its process is silent"),
    PartState.ENDED: Sentence("процесс остановлен", "its process has ended"),
    PartState.ABSENT: Sentence("процесс не запущен", "its process is not running"),
}


class TileState(StrEnum):
    """How a tile looks: plain, amber, hatched, or without a figure."""

    OK = "ok"
    BEHIND = "behind"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One tile in the words of one language: `figure` and `unit` large, `sub` small."""

    name: str
    state: TileState = TileState.UNKNOWN
    figure: str = ""
    unit: str = ""
    sub: str = ""
    portal: str = ""
    since: datetime | None = None
    specialist_id: UUID | None = None
    spark: tuple[int, ...] = ()


class Halt(msgspec.Struct, frozen=True):
    """That a part does not work: since when, if that is known, and why."""

    since: datetime | None
    why: Sentence


def halt_of(standing: Standing, part: str) -> Halt | None:
    """Why a part does not work, None if it does: it is silent, hangs, was ended, or cannot reach what it works with."""
    role = standing.role(part)
    if role.state in WHY:
        return Halt(role.since, WHY[role.state])
    hindered = any(one.part == part and TRANSPORT in one.hindrances for one in standing.parts)
    return Halt(role.hindered_since, Sentence("нет связи", "no connection")) if hindered else None


class Tiler:
    """Makes the tiles of one look, in one visit's language."""

    def __init__(self, look: Look, formats: Formats) -> None:
        self._standing = look.standing
        self._troubled = {(one.kind, one.subject): one.since for one in look.found}
        self._f = formats
        self._t = teller(formats.language)

    def source(self, one: SourceStanding) -> Tile:
        """A source: how old the oldest unread message is."""
        rate = self._t("%s в с", "%s a second") % self._f.fraction(one.per_s)
        tile = Tile(name=self._t(word(SOURCES, one.source)), portal=one.source, sub=rate, spark=one.spark)
        if halt := halt_of(self._standing, "consumers"):
            return self._stopped(replace(tile, sub=self._unread(one)), halt)
        if one.oldest_s is None:
            return self._unknown(tile)
        tile = replace(tile, sub=f"{self._unread(one)} · {rate}")
        return self._moving(tile, one.oldest_s, is_late=one.state is ReaderState.BEHIND)

    def _unread(self, one: SourceStanding) -> str:
        if one.waiting is not None:
            waits = self._f.form(one.waiting, "ждёт", "ждут", "ждут", "waits", "wait")
            count = self._f.number(one.waiting)
            return f"{waits} {count}" if self._f.language == "ru" else f"{count} {waits}"
        if one.waiting_bytes:
            return self._t("ждут %s КБ", "%s KB wait") % self._f.fraction(one.waiting_bytes / 1000)
        return self._t("сколько ждёт, неизвестно", "nobody knows how many wait")

    def reader(self, one: ReaderStanding) -> Tile:
        """A view or a follower: how old the oldest event is that it has not read, measured against the log's head."""
        tile = Tile(name=self._t(word(READERS, one.name)), sub=self._behind(one.lag_events))
        halt = halt_of(self._standing, one.part)
        if not halt and one.state is ReaderState.STOPPED:
            halt = Halt(one.since, Sentence("не движется", "does not move"))
        if halt:
            stopped = self._stopped(replace(tile, sub=self._t("прочитано всё", "all was read")), halt)
            return replace(stopped, sub=self._shows(one)) if one.lag_events else stopped
        if one.state is ReaderState.UNKNOWN:
            return self._unknown(tile)
        return self._moving(tile, one.lag_s, is_late=one.state is ReaderState.BEHIND)

    def _behind(self, events: int) -> str:
        return self._f.count(events, "событие", "события", "событий", "event")

    def _shows(self, one: ReaderStanding) -> str:
        shown, behind = self.shown_at(one), self._behind(one.lag_events)
        return self._t("показывает %s · %s", "shows %s · %s") % (shown, behind)

    def shown_at(self, one: ReaderStanding) -> str:
        """Of when a reader's figures are: it has read everything before the oldest event that it has not read."""
        return self.at(self._standing.taken_at - timedelta(seconds=one.lag_s))

    def portal(self, one: ReplicaStanding) -> Tile:
        """The replicas at one portal: how long the oldest has been waiting to be shown there."""
        waiting = self._f.count(one.waiting, "копия", "копии", "копий", "replica")
        name = self._t(TO_PORTALS[one.portal])
        tile = Tile(name=name, portal=one.portal, sub=waiting, specialist_id=one.oldest_specialist_id)
        halt = halt_of(self._standing, "publisher")
        if not halt and ("portal_silent", one.portal) in self._troubled:
            halt = Halt(self._troubled["portal_silent", one.portal], Sentence("портал молчит", "the portal is silent"))
        if halt:
            return self._stopped(tile, halt)
        if one.oldest_since is None:
            return self._moving(replace(tile, sub=self._t("никто не ждёт", "nobody waits")), 0.0)
        age_s = (self._standing.taken_at - one.oldest_since).total_seconds()
        return self._moving(tile, age_s, is_late=age_s > PORTAL_LATE_S)

    def mail(self, one: MailStanding) -> Tile:
        """Mail: how long the mail has been due that is due for longest."""
        waiting = self._f.count(one.waiting, "письмо", "письма", "писем", "e-mail")
        if not one.waiting:
            waiting = self._t("никто не ждёт", "nobody waits")
        sent = self._t("%s, за сутки ушло %s", "%s, %s sent in a day") % (waiting, self._f.number(one.sent_day))
        tile = Tile(name=self._t("Письма", "Mail"), sub=sent)
        halt = halt_of(self._standing, "notifier")
        if not halt and ("mail_stopped", "mail") in self._troubled:
            halt = Halt(one.oldest_waiting_since, Sentence("письма не уходят", "no mail goes out"))
        if halt:
            return self._stopped(replace(tile, sub=waiting), halt)
        if one.held:
            return self._moving(replace(tile, sub=self._t("%s · придержаны", "%s · held") % waiting), 0.0)
        due = one.oldest_waiting_since
        due_s = max(0.0, (self._standing.taken_at - due).total_seconds()) if due else 0.0
        return self._moving(tile, due_s, is_late=due_s > PORTAL_LATE_S)

    def missing(self, name: str, part: str) -> Tile:
        """A follower of which the store knows nothing yet."""
        tile = Tile(name=self._t(word(READERS, name)))
        halt = halt_of(self._standing, part)
        if halt or self._standing.log.head:
            return self._stopped(tile, halt) if halt else self._unknown(tile)
        return self._moving(replace(tile, sub=self._behind(0)), 0.0)

    def at(self, moment: datetime) -> str:
        """The time of day, with the date if it is another day than the look's."""
        day, today = self._f.local(moment).date(), self._f.local(self._standing.taken_at).date()
        return (
            self._f.short_clock(moment) if day == today else f"{self._f.short_date(day)}, {self._f.short_clock(moment)}"
        )

    def _unknown(self, tile: Tile) -> Tile:
        return replace(tile, state=TileState.UNKNOWN, figure=self._t(UNKNOWN_FIGURE))

    def _stopped(self, tile: Tile, halt: Halt) -> Tile:
        length = max(self._standing.taken_at - halt.since, timedelta(0)) if halt.since else None
        since = self._t(" с %s", " since %s") % self.at(halt.since) if halt.since else ""
        return replace(
            tile,
            state=TileState.STOPPED,
            figure=self._t("стоит", "stopped"),
            unit=self._f.duration(length) if length is not None else "",
            sub=", ".join(filter(None, (f"{self._t(halt.why)}{since}", tile.sub))),
        )

    def _moving(self, tile: Tile, lag_s: float, *, is_late: bool = False) -> Tile:
        words = self._f.duration(lag_s).split(NO_BREAK)
        figure, unit = words if len(words) == 2 else (" ".join(words), "")  # noqa: PLR2004 - one number, one unit
        return replace(tile, state=TileState.BEHIND if is_late else TileState.OK, figure=figure, unit=unit)
