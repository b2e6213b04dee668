"""A person's page: where their points are, now or as the service knew it at any earlier moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sync_service import decisions
from sync_service.access import Right
from sync_service.aggregates.judging import Counts
from sync_service.aggregates.values import PORTALS, account_stream
from sync_service.console.pages.erasures import ERASED, show_erased
from sync_service.console.person.accounts import (
    REVEALABLE,
    account_names,
    accounts_shown,
    heading,
    link_state,
    snils_compared,
    trained_as,
)
from sync_service.console.person.captions import Asking
from sync_service.console.person.credits import credit_rows, with_differences
from sync_service.console.person.mails import mails_told
from sync_service.console.person.seeing import Moments, Seen, View, moment_of, view_of
from sync_service.console.person.summary import summary
from sync_service.console.person.targets import strips
from sync_service.console.person.telling import FILTERS, SHOWN_STEP, Asked, story
from sync_service.console.person.time_bar import time_bar
from sync_service.console.routes import Page
from sync_service.console.visit import NotThere, Refused
from sync_service.questions.histories import once
from sync_service.questions.moments import Moment, moment
from sync_service.questions.people import is_erased, person_streams
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from starlette.responses import Response

    from sync_service.console.person.credits import CreditRow
    from sync_service.console.visit import Visit
    from sync_service.questions.people import Streams

GROUPS: Mapping[str, Sentence] = {
    "all": Sentence("Все", "All"),
    "counted": Sentence("Засчитаны", "Counted"),
    "not_counted": Sentence("Не засчитаны", "Not counted"),
    "waits": Sentence("Ждут", "Waiting"),
    "unseen_sovetnmo": Sentence("Не видны на sovetnmo", "Not shown at sovetnmo"),
    "unseen_edu": Sentence("Не видны в edu", "Not shown at edu"),
    "differ": Sentence("Отличаются от сегодня", "Differ from today"),
}
UNKNOWN_THEN = Sentence("Тогда служба этого человека ещё не знала.", "The service did not know this person then.")
ROWS_STEP = 50
SHOWN_MAX = 20_000


def show(visit: Visit) -> Response:
    """The page, with every personal value masked."""
    return _answer(visit, ())


def reveal(visit: Visit) -> Response:
    """The page as it is now, with one personal value readable; the address stays as it is."""
    wanted = visit.form.get("reveal", "")
    if wanted not in REVEALABLE:
        raise Refused(
            Sentence("Показать можно имя или почту одного кабинета.", "One account's name or e-mail can be shown.")
        )
    return _answer(visit, (wanted,))


def loaded(visit: Visit) -> tuple[UUID, Streams]:
    """The specialist of the address, and all events that lead to them; raises NotThere, and Refused if erased."""
    specialist, streams = _found(visit)
    if is_erased(streams.events[specialist]):
        raise Refused(ERASED)
    return specialist, streams


def _found(visit: Visit) -> tuple[UUID, Streams]:
    specialist = visit.path_uuid("person")
    streams = person_streams(visit.ports.store, specialist, visit.ports.store.head())
    if streams is None or not any(event.fact.TYPE.startswith("specialist.") for event in streams.events[specialist]):
        raise NotThere
    return specialist, streams


def known_now(visit: Visit) -> tuple[UUID, Moment]:
    """The specialist of the address as they are now; raises NotThere."""
    specialist, streams = loaded(visit)
    now = moment(visit.ports.store, streams, specialist, visit.ports.store.head())
    if now is None:
        raise NotThere
    return specialist, now


def _answer(visit: Visit, revealed: Collection[str]) -> Response:
    specialist, streams = _found(visit)
    if is_erased(streams.events[specialist]):
        return show_erased(visit, specialist, streams.events[specialist])
    head = visit.ports.store.head()
    now = moment(visit.ports.store, streams, specialist, head)
    if now is None:
        raise NotThere
    events = list(once(now.streams.in_log_order()))
    view = view_of(visit, events, head)
    if view.until is None and now.streams.stream != specialist:
        return visit.redirect(f"/console/people/{now.streams.stream}")
    then = now if view.until is None else moment_of(visit, streams, now, view.until)
    if then is None:
        view = View(len(events), None, None, UNKNOWN_THEN)
        then = now
    return visit.render("person.html", **_context(visit, specialist, Seen(Moments(then, now), view, events), revealed))


def _context(visit: Visit, specialist: UUID, seen: Seen, revealed: Collection[str]) -> dict[str, Any]:
    """Everything that the template asks for."""
    moments, f = seen.moments, visit.formats
    at = seen.view.at or visit.ports.now()
    asking = Asking(at, visit.ports.ask_again_after_s)
    today = credit_rows(moments.now, f, Asking(visit.ports.now(), visit.ports.ask_again_after_s))
    rows = with_differences(credit_rows(moments.then, f, asking), today, f) if moments.is_past else today
    context = {
        "specialist": specialist,
        "address": _addresses(visit, specialist),
        "view": seen.view,
        "asked_again": visit.query["asked"] if visit.query.get("asked") in PORTALS and not moments.is_past else "",
        "is_past": moments.is_past,
        "shown_at": at,
        "bar": time_bar(seen.events, seen.view.known, f),
        "other_then": _other_then(moments),
        **_verdicts(visit, moments, at, rows, today),
        **_accounts(visit, moments, revealed),
        **_activities(visit, moments, rows),
        **_history(visit, seen),
    }
    return context | {"differences": _differences(context, rows) if moments.is_past else 0}


def _verdicts(
    visit: Visit, moments: Moments, at: datetime, rows: Sequence[CreditRow], today: Sequence[CreditRow]
) -> dict[str, Any]:
    f = visit.formats
    on = f.local(at).date()
    undecided = [] if moments.is_past else _undecided(visit, moments.now)
    told = summary(moments.then, [row for row in rows if not row.known_on], on, f)
    is_held_up = undecided or any(state.is_closed for state in moments.then.person.by_portal.values())
    return {
        "summary": told._replace(kind="wait") if is_held_up and told.kind == "ok" else told,
        "summary_now": summary(moments.now, today, f.local(visit.ports.now()).date(), f),
        "strips": strips(moments.then, moments.now if moments.is_past else None, on, f),
        "cycles": moments.then.plan.cycles,
        "undecided": undecided,
    }


def _accounts(visit: Visit, moments: Moments, revealed: Collection[str]) -> dict[str, Any]:
    f, person = visit.formats, moments.then.person
    accounts = accounts_shown(person, revealed, f)
    link, link_now = link_state(person, f), link_state(moments.now.person, f)
    return {
        "name": heading(accounts),
        "trained": trained_as(person, f),
        "accounts": accounts,
        "link": link,
        "link_now": link_now if link_now.sentence != link.sentence else None,
        "snils": snils_compared(person, f),
        "mails": mails_told(visit.ports.notices, account_names(person), f),
    }


def _activities(visit: Visit, moments: Moments, rows: Sequence[CreditRow]) -> dict[str, Any]:
    group = visit.query.get("credits", "all")
    wanted = [row for row in rows if _belongs(row, group)]
    shown = visit.number("rows", ROWS_STEP, most=SHOWN_MAX)
    return {
        "rows": wanted[-shown:],
        "rows_left": max(0, len(wanted) - shown),
        "rows_next": shown + ROWS_STEP,
        "group": group if group in GROUPS else "all",
        "groups": _groups(rows, is_past=moments.is_past),
    }


def _history(visit: Visit, seen: Seen) -> dict[str, Any]:
    filtered = visit.query.get("events", "all")
    asked = Asked(
        filtered if filtered in FILTERS else "all",
        visit.number("shown", SHOWN_STEP, most=SHOWN_MAX),
        visit.number("around", 1) if "around" in visit.query else None,
    )
    then = seen.moments.then
    told = list(once(then.streams.in_log_order())) if seen.moments.is_past else seen.events
    return {
        "story": story(told, asked, then.book, visit.formats),
        "filters": {name: title for name, (title, _) in FILTERS.items()},
        "asked": asked,
    }


def _undecided(visit: Visit, now: Moment) -> list[tuple[Sentence, str]]:
    """What waits for a decision about the person: open cases and proposals, each with the page where it is decided."""
    found = [(case.text, "/console/decisions") for case in decisions.cases_of(visit.ports.views, now.person.id)]
    proposed = [
        proposal
        for proposal in decisions.proposals(visit.ports.store)
        if now.person.accounts & set(proposal.decision.accounts)
    ]
    return [*found, *((proposal.text, f"/console/decisions/{proposal.id}") for proposal in proposed)]


def _belongs(row: CreditRow, group: str) -> bool:
    if group.startswith("unseen_"):
        return group.removeprefix("unseen_") in row.unseen_at
    if group == "differ":
        return bool(row.differs)
    return group not in GROUPS or group in {"all", row.group}


def _groups(rows: Sequence[CreditRow], *, is_past: bool) -> list[tuple[str, Sentence, int]]:
    """The filters of the activities that would show something, each with its count."""
    counted = [(name, title, sum(_belongs(row, name) for row in rows)) for name, title in GROUPS.items()]
    return [
        found
        for found in counted
        if found[0] in {"all", Counts.COUNTED.value} or (found[2] and (found[0] != "differ" or is_past))
    ]


def _differences(context: Mapping[str, Any], rows: Sequence[CreditRow]) -> int:
    """In how many places today differs: rows, meters, the link, the sentence itself."""
    meters = sum(meter.today is not None for strip in context["strips"] for meter in strip.meters)
    sentences = context["summary"][1:] != context["summary_now"][1:]
    return sum(bool(row.differs) for row in rows) + meters + bool(context["link_now"]) + bool(sentences)


def _other_then(moments: Moments) -> list[tuple[str, UUID]]:
    """The accounts that are this person's today and were another's, or nobody's, at the moment that is shown."""
    if not moments.is_past:
        return []
    names = [account for account in account_names(moments.now.person) if account not in moments.then.person.accounts]
    return [(str(account), account_stream(account)) for account in names]


def _addresses(visit: Visit, specialist: UUID) -> object:
    """Makes addresses of this page that keep what was asked for, but for what is given."""
    names = ("at", "step", "credits", "rows", "events", "shown")
    kept = {name: visit.query[name] for name in names if name in visit.query}

    def address(**changed: object) -> str:
        wanted = {name: value for name, value in (kept | changed).items() if value not in {None, ""}}
        return f"/console/people/{specialist}{'?' if wanted else ''}{urlencode(wanted)}"

    return address


PAGES = (Page("/console/people/{person}", see=Right.SEE_PERSON, show=show, act_needs=Right.REVEAL, act=reveal),)
