"""What is recorded of every address of the console before it is answered: one table, which no page can be missing from.

The application asks it (entrance.py): first for the number of the case where one is needed, then it records, and only
then the page's own code runs. Whatever cannot be recorded is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode
from uuid import UUID

from sync_service import decisions
from sync_service.aggregates.errors import AccountMalformed, ProposalUnknown
from sync_service.aggregates.values import PORTALS, Account, account_stream
from sync_service.auditing import Act
from sync_service.console.person.accounts import REVEALABLE
from sync_service.console.routes import Page
from sync_service.console.visit import NotThere, Visit
from sync_service.decisions import Kind
from sync_service.decisions.concerning import concerned
from sync_service.questions.people import listed_owner

if TYPE_CHECKING:
    from starlette.responses import Response

    from sync_service.console.routes import Answer, Entry

CASE: Final = "/console/case"
HITS_SHOWN_MAX: Final = 50
"""So much of what a search found is shown, and recorded."""
_WHOLE: Final = "/whole"
_TAKE_BACK: Final = "/take-back"


class NotRecorded(AssertionError):
    """A page that records by itself did not: a bug, and nothing is shown."""


@dataclass(frozen=True)
class Recording:
    """What one method of one address is recorded as; without an act it shows nobody.

    `whom` is the part of the address that names a stream, or finds the streams (a row each); `detail` says which part.
    `needs_case` asks for the number of a case first. `is_by_page` leaves recording to the page: if that shows anything
    and did not record, nothing is shown.
    """

    act: Act | Callable[[Visit], Act] | None = None
    whom: str | Callable[[Visit], Iterable[UUID]] = ""
    detail: Callable[[Visit], str | None] = lambda _: None
    needs_case: bool = True
    is_by_page: bool = False

    def answer(self, visit: Visit, answer: Answer) -> Response:
        """Record the visit, then let the page answer it; whoever has no case yet is asked for it."""
        if self.needs_case and visit.case is None:
            return visit.redirect(f"{CASE}?{urlencode({'back': _back(visit)})}")
        if self.needs_case:
            visit.ports.doors.looks.take(visit.visitor.subject)
        if self.act is not None:
            act = self.act if isinstance(self.act, Act) else self.act(visit)
            streams: list[UUID | None] = list(dict.fromkeys(self._streams(visit)))
            for stream in streams or [None]:
                visit.look(act, stream, self.detail(visit))
        answered = answer(visit)
        if self.is_by_page and answered.status_code == HTTPStatus.OK and not visit.looks:
            raise NotRecorded(visit.request.url.path)
        return answered

    def _streams(self, visit: Visit) -> Iterable[UUID]:
        if callable(self.whom):
            return self.whom(visit)
        return (visit.path_uuid(self.whom),) if self.whom else ()


def recording_of(entry: Entry, method: str) -> Recording:
    """The line of the table; raises LookupError for a page that has none."""
    if not isinstance(entry, Page):
        return NOBODY
    found = RECORDED.get((entry.path, method))
    if found is None:
        raise LookupError(f"{method} {entry.path} is not in the table of console/recorded.py")
    return found


def _back(visit: Visit) -> str:
    """Where to go on once there is a case; what was sent is not repeated, so it goes to the page with the form."""
    if visit.request.method != "POST":
        return visit.path
    return visit.path.removesuffix(_WHOLE).removesuffix(_TAKE_BACK)


def _past(visit: Visit) -> str | None:
    return "as of" if visit.query.get("at") or visit.query.get("step") else None


def _revealed(visit: Visit) -> str | None:
    wanted = visit.form.get("reveal", "")
    return wanted if wanted in REVEALABLE else None


def _portal(visit: Visit) -> str | None:
    wanted = visit.form.get("portal") or visit.query.get("portal", "")
    return wanted if wanted in PORTALS else None


def _format(visit: Visit) -> str | None:
    wanted = visit.query.get("format", "")
    return wanted if wanted.isalpha() else None


def _kind(visit: Visit) -> str | None:
    wanted = visit.query.get("kind", "")
    return wanted if wanted in list(Kind) else None


def _view(visit: Visit) -> str | None:
    parts = (visit.request.path_params.get(name) or visit.form.get(name, "") for name in ("view", "act"))
    return " ".join(part for part in parts if part.replace("_", "").isalpha()) or None


def _named(visit: Visit) -> Iterable[UUID]:
    """Whom the address of a decision that is not proposed yet names."""
    for name in ("specialist", "code"):
        try:
            yield UUID(visit.query.get(name, ""))
        except ValueError:
            continue
    for name in ("account", "other"):
        try:
            yield account_stream(Account.parse(visit.query.get(name, "").strip()))
        except AccountMalformed:
            continue


def _compared(visit: Visit) -> Iterable[UUID]:
    """Whom the page of a decision shows: whom its address names, and both sides of the case that it is about."""
    yield from _named(visit)
    if _kind(visit) in {Kind.JOIN, Kind.REFUSE} and "other" not in visit.query:
        for owner in list(_named(visit)):
            for case in decisions.cases_of(visit.ports.views, owner):
                yield from map(account_stream, (case.edu, case.sovetnmo))


def _of_letter(visit: Visit) -> Iterable[UUID]:
    """The code, and the person whose account the letter is from: it holds their name."""
    yield visit.path_uuid("code")
    with suppress(AccountMalformed):
        account = Account.parse(visit.query.get("account", ""))
        yield listed_owner(visit.ports.views, account) or account_stream(account)


def _hits(visit: Visit) -> Iterable[UUID]:
    """Everything that the page of a search shows, whoever wrote its address."""
    for hit in visit.request.query_params.getlist("hit")[:HITS_SHOWN_MAX]:
        with suppress(ValueError, IndexError):
            yield UUID(hit.split(".")[1])


def _proposed(visit: Visit) -> Iterable[UUID]:
    try:
        return concerned(decisions.proposal(visit.ports.store, visit.path_uuid("proposal")).decision)
    except ProposalUnknown:
        raise NotThere from None


def _whole(visit: Visit) -> str | None:
    return "whole" if "edited" in visit.form else None


def _by_form(name: str, value: str, then: Act, otherwise: Act) -> Callable[[Visit], Act]:
    return lambda visit: then if visit.form.get(name) == value else otherwise


NOBODY: Final = Recording(needs_case=False)
_LETTERS: Final = Recording(Act.LETTERS_LISTED, needs_case=False)
_PROPOSAL: Final = Recording(Act.DECISION_SEEN, _proposed)
_REBUILD: Final = Recording(Act.REBUILD_SEEN, detail=_view, needs_case=False)
_AUDIT: Final = Recording(Act.AUDIT_SEEN, needs_case=False)
_PERSON: Final = "/console/people/{person}"
_CODE: Final = "/console/codes/{code}"
_LETTER: Final = "/console/parked/{letter}"
_OF_PERSON: Final = Recording(Act.PERSON_SEEN, "person")

RECORDED: Final[dict[tuple[str, str], Recording]] = {
    ("/console/", "GET"): NOBODY,
    ("/console/keys", "GET"): NOBODY,
    ("/console/preferences", "GET"): NOBODY,
    ("/console/sign-in", "GET"): NOBODY,
    ("/console/sign-in", "POST"): NOBODY,
    ("/console/sign-in/begin", "GET"): NOBODY,
    ("/console/sign-in/callback", "GET"): NOBODY,
    ("/console/sign-out", "POST"): Recording(Act.SIGNED_OUT, needs_case=False),
    (CASE, "GET"): NOBODY,
    (CASE, "POST"): Recording(needs_case=False, is_by_page=True),
    ("/console/search", "GET"): Recording(
        Act.FOUND_SEEN, _hits, lambda visit: str(len(visit.request.query_params.getlist("hit")))
    ),
    ("/console/search", "POST"): Recording(needs_case=False, is_by_page=True),
    (_PERSON, "GET"): replace(_OF_PERSON, detail=_past),
    (_PERSON, "POST"): replace(_OF_PERSON, act=Act.VALUE_REVEALED, detail=_revealed),
    (f"{_PERSON}/answer", "GET"): replace(_OF_PERSON, act=Act.ANSWER_SEEN),
    (f"{_PERSON}/replay", "GET"): replace(_OF_PERSON, act=Act.REPLAY_SEEN),
    (f"{_PERSON}/replay", "POST"): replace(_OF_PERSON, act=Act.ROWS_REPAIRED),
    (f"{_PERSON}/ask", "GET"): replace(_OF_PERSON, act=Act.RESEND_FORESEEN, detail=_portal),
    (f"{_PERSON}/ask", "POST"): replace(_OF_PERSON, act=Act.RESENT, detail=_portal),
    (f"{_PERSON}/report", "GET"): replace(_OF_PERSON, act=Act.REPORT_MADE, detail=_format),
    (f"{_PERSON}/certificate", "GET"): replace(_OF_PERSON, act=Act.CERTIFICATE_SEEN),
    (_CODE, "GET"): Recording(Act.CODE_SEEN, "code"),
    (f"{_CODE}/whole", "GET"): Recording(Act.CODE_REVEALED, "code"),
    (f"{_CODE}/letter", "GET"): Recording(Act.SUPPORT_LETTER_SEEN, _of_letter),
    (f"{_CODE}/letter.txt", "GET"): Recording(Act.SUPPORT_LETTER_SEEN, _of_letter, lambda _: "file"),
    ("/console/parked", "GET"): _LETTERS,
    ("/console/parked/group/{group}", "GET"): _LETTERS,
    ("/console/parked/group/{group}", "POST"): Recording(
        Act.LETTER_RETRIED, detail=lambda visit: f"group {visit.request.path_params['group'][:40]}", needs_case=False
    ),
    (_LETTER, "GET"): Recording(Act.LETTER_SEEN, "letter"),
    (_LETTER, "POST"): Recording(_by_form("act", "retry", Act.LETTER_RETRIED, Act.LETTER_FORESEEN), "letter", _whole),
    (f"{_LETTER}{_WHOLE}", "POST"): Recording(Act.LETTER_REVEALED, "letter"),
    (f"{_LETTER}/discard", "GET"): Recording(Act.LETTER_SEEN, "letter"),
    (f"{_LETTER}/discard", "POST"): Recording(Act.LETTER_DISCARDED, "letter"),
    ("/console/decisions", "GET"): Recording(Act.DECISIONS_LISTED, needs_case=False),
    ("/console/decisions/new", "GET"): Recording(Act.DECISION_SEEN, _compared, _kind),
    ("/console/decisions/new", "POST"): Recording(
        lambda visit: Act.CREDIT_REVERSED if _kind(visit) == Kind.REVERSE else Act.DECISION_PROPOSED, _compared, _kind
    ),
    ("/console/decisions/{proposal}", "GET"): _PROPOSAL,
    ("/console/decisions/{proposal}", "POST"): replace(
        _PROPOSAL, act=_by_form("act", "reject", Act.DECISION_REJECTED, Act.DECISION_APPROVED)
    ),
    (f"/console/decisions/{{proposal}}{_TAKE_BACK}", "POST"): replace(_PROPOSAL, act=Act.DECISION_REJECTED),
    ("/console/rebuilds", "GET"): NOBODY,
    ("/console/rebuilds/start", "GET"): NOBODY,
    ("/console/rebuilds/start", "POST"): replace(_REBUILD, act=Act.REBUILD_DECIDED),
    ("/console/rebuilds/{view}", "GET"): _REBUILD,
    ("/console/rebuilds/{view}/{act}", "GET"): _REBUILD,
    ("/console/rebuilds/{view}/{act}", "POST"): replace(_REBUILD, act=Act.REBUILD_DECIDED),
    ("/console/audit", "GET"): _AUDIT,
    ("/console/audit", "POST"): replace(_AUDIT, act=_by_form("act", "verify", Act.AUDIT_VERIFIED, Act.AUDIT_SEEN)),
    ("/console/audit/export", "GET"): replace(_AUDIT, act=Act.AUDIT_EXPORTED, detail=_format),
}
"""By address and method; a page without a line here makes `console(ports)` fail."""
