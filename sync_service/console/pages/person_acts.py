"""What can be done from a person's page: an answer to the user, a recomputation, asking a portal again, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from sync_service import questions
from sync_service.access import Right
from sync_service.aggregates.specialist_state import ReplicaState
from sync_service.aggregates.values import Portal
from sync_service.console.formats import Formats
from sync_service.console.pages.person import known_now
from sync_service.console.person.accounts import account_names
from sync_service.console.person.answer import answer_to_user
from sync_service.console.person.captions import Asking
from sync_service.console.person.credits import credit_rows
from sync_service.console.person.differences import differences_shown
from sync_service.console.routes import Page
from sync_service.console.visit import NotThere, Refused
from sync_service.projections.view_store import ViewMoved
from sync_service.replication import resend_to
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from sync_service.aggregates.values import Account
    from sync_service.console.visit import Visit
    from sync_service.questions.moments import Moment
    from sync_service.questions.replays import Replay

_TYPES = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}


def show_answer(visit: Visit) -> Response:
    """A ready text for the user: what they have, what waits and why, in Russian and without anything of others."""
    specialist, now = known_now(visit)
    f = Formats("ru", visit.ports.zone)
    rows = credit_rows(now, f, Asking(visit.ports.now(), visit.ports.ask_again_after_s))
    text = answer_to_user(now, rows, f, f.local(visit.ports.now()).date())
    return visit.render("person_answer.html", specialist=specialist, text=text)


def show_replay(visit: Visit) -> Response:
    """The person recomputed from events, beside the live rows: equal, or every difference."""
    specialist, now = known_now(visit)
    replayed = _replayed(visit, now)
    return visit.render(
        "person_replay.html", specialist=specialist, replayed=replayed, differences=differences_shown(replayed)
    )


def repair(visit: Visit) -> Response:
    """Write the recomputed rows; if the views moved on meanwhile, the comparison is shown anew instead."""
    specialist, now = known_now(visit)
    replayed = _replayed(visit, now)
    if not replayed.equal:
        visit.ports.views.mend(replayed.changes)
    return visit.redirect(f"/console/people/{specialist}/replay")


def show_ask(visit: Visit) -> Response:
    """How many replicas would be asked for again, before anything is written."""
    specialist, now = known_now(visit)
    portal = _portal(visit.query.get("portal", ""))
    states = [replica.state for (place, _), replica in now.person.replicas.items() if place is portal]
    return visit.render(
        "person_ask.html",
        specialist=specialist,
        portal=portal,
        replicas=len(states),
        shown=states.count(ReplicaState.APPLIED),
    )


def ask(visit: Visit) -> Response:
    """Ask the portal again for every replica of the person that it should show."""
    specialist, now = known_now(visit)
    portal = _portal(visit.form.get("portal", ""))
    resend_to(visit.ports.application(), _account(now), portal)
    visit.ports.settle()
    return visit.redirect(f"/console/people/{specialist}?asked={portal}")


def report(visit: Visit) -> Response:
    """The report for the educational organisation, as a file."""
    from sync_service.reports.report import CycleUnknown, standing_at  # noqa: PLC0415 - few visits ask for one
    from sync_service.reports.report import report as make  # noqa: PLC0415

    specialist, now = known_now(visit)
    written_as = visit.query.get("format", "")
    write = visit.ports.report_writers().get(written_as)
    if write is None:
        raise NotThere
    try:
        made = make(
            visit.ports.store,
            _account(now),
            visit.query.get("cycle", ""),
            standing_at(visit.ports.store, visit.ports.now(), None),
        )
    except CycleUnknown:
        raise NotThere from None
    name = f"report-{str(specialist)[:8]}.{written_as}"
    return Response(
        write(made), media_type=_TYPES[written_as], headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def _replayed(visit: Visit, now: Moment) -> Replay:
    try:
        return questions.replay(visit.ports.store, visit.ports.views, _account(now))
    except ViewMoved:
        sentence = Sentence(
            "Представления движутся так быстро, что сравнить не вышло. Повторите.",
            "The views move too fast to be compared. Try again.",
        )
        raise Refused(sentence) from None


def _account(now: Moment) -> Account:
    return account_names(now.person)[0]


def _portal(name: str) -> Portal:
    try:
        return Portal(name)
    except ValueError:
        raise NotThere from None


PAGES = (
    Page("/console/people/{person}/answer", see=Right.SEE_PERSON, show=show_answer),
    Page("/console/people/{person}/replay", see=Right.SEE_PERSON, show=show_replay, act_needs=Right.MEND, act=repair),
    Page("/console/people/{person}/ask", see=Right.MEND, show=show_ask, act_needs=Right.MEND, act=ask),
    Page("/console/people/{person}/report", see=Right.REVEAL, show=report),
)
