"""What the dashboard shows, made of one look at the service and one series, in one visit's language."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from sync_service.console.pages.dashboard_charts import Chart, Drawer
from sync_service.console.pages.dashboard_tiles import Tile, Tiler, TileState
from sync_service.console.pages.dashboard_watch import Look
from sync_service.console.pages.dashboard_words import AGES, DONE, MAIL_PARKED, PART_STATES, PARTS, READERS
from sync_service.console.templating import teller
from sync_service.messages.reason_kinds import words_of
from sync_service.operations.problem import Severity
from sync_service.operations.problems_of_counts import REASONS
from sync_service.operations.series import Period
from sync_service.operations.standing import PartStanding, PartState, Standing
from sync_service.sentences.words import Sentence, word

if TYPE_CHECKING:
    from sync_service.console.formats import Formats
    from sync_service.operations.series import Series
    from sync_service.operations.standing import ReaderStanding

FOLLOWERS: Final = {"publisher": "publisher", "replication": "replicator", "notifier": "notifier"}
"""The followers in the flow's order, and the parts that move them."""
PROBLEM_PAGES: Final = {
    "dead-letters": ("/console/parked", Sentence("Открыть отложенные", "Open the parked")),
    "replicas": ("#replicas", Sentence("Какие копии ждут", "Which replicas wait")),
    "check": ("#sum", Sentence("Посмотреть сверку", "See the sum")),
}


class Headline(msgspec.Struct, frozen=True):
    """The largest text: one sentence, what follows it, and how it looks (ok, wait, bad)."""

    kind: str
    sentence: str
    rest: str


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One problem, ready to be read: with the command that mends it, and a link to where it can be dealt with.

    `remedy` and `after` stand around the command.
    """

    id: str
    severity: Severity
    what: str
    remedy: str
    command: str
    after: str
    address: str | None
    button: str


class Age(msgspec.Struct, frozen=True):
    """A row of the replicas: how many at each portal, how it looks, and whether it is a count to watch."""

    title: str
    kind: str
    counts: tuple[int, ...]


class Row(msgspec.Struct, frozen=True):
    """A reason with its counts; usual ones are None if the store is too young to tell."""

    title: str
    day: int
    usual_day: float | None = None
    hour: int = 0
    usual_hour: float | None = None


class PartRow(msgspec.Struct, frozen=True, kw_only=True):
    """One process in one role, or a role that nobody runs (`one` is None); `look` is ok, bad (hatched) or off."""

    title: str
    state: str
    look: str
    one: PartStanding | None
    did: str


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the template needs; `old` are views that stand, with the time of day that they show."""

    look: Look
    standing: Standing
    period: Period
    headline: Headline
    troubles: tuple[Trouble, ...]
    intake: tuple[Tile, ...]
    views: tuple[Tile, ...]
    sending: tuple[Tile, ...]
    ages: tuple[Age, ...]
    most_replicas: int
    refusals: tuple[Row, ...]
    parked: tuple[Row, ...]
    mail_parked: tuple[Row, ...]
    parts: tuple[PartRow, ...]
    charts: tuple[Chart, ...]
    at: datetime
    old: dict[str, str]

    @property
    def cuts(self) -> tuple[bool, bool, bool]:
        """Whether the way is cut: into the log, to the views, to the portals."""
        stages = (self.intake, self.views, self.sending)
        cut = [any(tile.state is TileState.STOPPED for tile in tiles) for tiles in stages]
        return cut[0], cut[1], cut[2]


def board_of(look: Look, series: Series, formats: Formats) -> Board:
    """The board of one look."""
    standing, tiler, t = look.standing, Tiler(look, formats), teller(formats.language)
    followers = {one.name: tiler.reader(one) for one in standing.followers}
    moved = [followers.get(name) or tiler.missing(name, part) for name, part in FOLLOWERS.items()]
    ages = ages_of(standing, formats)
    views = {one.name: tiler.reader(one) for one in sorted(standing.views, key=_place)}
    return Board(
        look=look,
        standing=standing,
        period=series.period,
        headline=headline_of(look, formats),
        troubles=troubles_of(look, formats),
        intake=tuple(map(tiler.source, standing.sources)),
        views=tuple(views.values()),
        sending=(*moved[:2], *map(tiler.portal, standing.replicas), *moved[2:], tiler.mail(standing.mail)),
        ages=ages,
        most_replicas=max((count for age in ages for count in age.counts), default=0),
        refusals=tuple(
            Row(t(word(REASONS, one.reason)), one.day, one.usual_day, one.hour, one.usual_hour)
            for one in standing.refusals
            if one.day or one.usual_day
        ),
        parked=tuple(Row(t(Sentence(*words_of(name))), count) for name, count in standing.parked.by_reason.items()),
        mail_parked=tuple(Row(t(word(MAIL_PARKED, name)), n) for name, n in standing.mail.parked_by_reason.items()),
        parts=parts_of(standing, formats),
        charts=tuple(Drawer(series, formats).charts()),
        at=standing.taken_at,
        old={
            one.name: tiler.shown_at(one)
            for one in standing.views
            if one.lag_events and views[one.name].state is TileState.STOPPED
        },
    )


def _place(view: ReaderStanding) -> tuple[int, str]:
    """The places of views, the one that people miss first before the others."""
    order = list(READERS)
    return (order.index(view.name) if view.name in order else len(order), view.name)


def headline_of(look: Look, formats: Formats) -> Headline:
    """What is said largest: that the database is away, that there is nothing yet, or how many problems there are."""
    t = teller(formats.language)
    if look.is_stale:
        at = formats.clock(look.standing.taken_at)
        return Headline(
            "bad",
            t("База не отвечает: страницы показывают %s", "The database is silent: pages show %s") % at,
            t(
                "Порталы копят сообщения у себя, ничего не потеряно.",
                "The portals keep their messages, nothing is lost.",
            ),
        )
    if any(one.severity is not Severity.NOTE for one in look.found):
        is_bad = any(one.severity is Severity.BAD for one in look.found)
        return Headline("bad" if is_bad else "wait", t(look.headline), t(look.waiting))
    if look.is_new:
        return Headline(
            "ok",
            t("Сообщений ещё не было", "No messages yet"),
            t("Всё работает и ждёт первого.", "Everything runs and waits for the first."),
        )
    sentence, dot, rest = t(look.headline).partition(". ")
    return Headline("ok", sentence if dot else sentence.rstrip("."), rest.rstrip("."))


def troubles_of(look: Look, formats: Formats) -> tuple[Trouble, ...]:
    """The problems as sentences, in their order; nobody repeats them while the database is away."""
    t = teller(formats.language)
    troubles = []
    for number, one in enumerate(() if look.is_stale else look.found):
        address, button = PROBLEM_PAGES.get(one.page or "", (None, Sentence("", "")))
        command = one.command or ""
        remedy, _, after = t(one.remedy).partition(command) if command else (t(one.remedy), "", "")
        troubles.append(
            Trouble(
                id=f"trouble-{number}",
                severity=one.severity,
                what=t(one.what),
                remedy=remedy,
                command=command,
                after=after,
                address=address,
                button=t(button),
            )
        )
    return tuple(troubles)


def ages_of(standing: Standing, formats: Formats) -> tuple[Age, ...]:
    """The replicas of every portal: those that wait by age, then what the portals have answered."""
    t, replicas = teller(formats.language), standing.replicas
    kinds = {"minute": "ink", "ten_minutes": "wait"}
    waiting = [
        Age(t(word(AGES, age)), kinds.get(age, "bad"), tuple(one.by_age.get(age, 0) for one in replicas))
        for age in AGES
    ]
    return (
        *waiting,
        Age(t("просят подождать", "asked to wait"), "wait", tuple(one.deferred for one in replicas)),
        Age(t("отклонены за сутки", "refused in a day"), "bad", tuple(one.refused_day for one in replicas)),
    )


def parts_of(standing: Standing, formats: Formats) -> tuple[PartRow, ...]:
    """Every process by its role, in the flow's order, and roles that nobody runs."""
    t, rows = teller(formats.language), []
    for role in standing.roles:
        mine = [one for one in standing.parts if one.part == role.part]
        for one in mine:
            is_over = one.state is PartState.ENDED and role.is_up
            is_silent = one.state in {PartState.STOPPED, PartState.HUNG, PartState.ENDED}
            rows.append(
                PartRow(
                    title=t(word(PARTS, role.part)),
                    state=t(PART_STATES[one.state]),
                    look="off" if is_over else "bad" if is_silent else "ok",
                    one=one,
                    did=t(word(DONE, one.did)) if one.did else "",
                )
            )
        if not mine:
            absent = t(PART_STATES[PartState.ABSENT])
            rows.append(PartRow(title=t(word(PARTS, role.part)), state=absent, look="bad", one=None, did=""))
    return tuple(rows)
