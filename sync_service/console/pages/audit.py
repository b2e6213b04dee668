"""The auditor's page: who looked at whom, why and when; search, export, and whether the log is what was recorded."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import StreamingResponse

from sync_service.access import Right
from sync_service.aggregates.errors import AccountMalformed
from sync_service.auditing import Act, AuditWanted, Door
from sync_service.console.pages import audit_words as words
from sync_service.console.routes import Page
from sync_service.console.visit import NotThere
from sync_service.questions.looked_at import every_row, streams_meant
from sync_service.rendering.audits import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from sync_service.auditing import AuditFault
    from sync_service.console.visit import Visit

PATH = "/console/audit"
VERIFY = "verify"
ROWS_A_PAGE = 100
FAULTS_SHOWN_MAX = 100
CHARACTERS_MAX = 300
TEXTS = ("who", "act", "case", "door", "since", "until")
"""What stands in the address as it was asked; whom stands there by streams alone."""


class Malformed(ValueError):
    """An account, an id or an instant was asked for that is none."""


def show(visit: Visit) -> Response:
    """The rows that the address asks for, the newest first."""
    try:
        wanted = _wanted(visit)
    except Malformed:
        return _page(visit, AuditWanted(limit=0), is_malformed=True)
    return _page(visit, wanted)


def act(visit: Visit) -> Response:
    """Search by what the form says, so that no account stands in an address; or walk the whole chain."""
    if visit.form.get("act") == VERIFY:
        return _page(visit, AuditWanted(limit=ROWS_A_PAGE), faults=list(visit.ports.audit.verify()))
    asked = [(name, visit.form.get(name, "").strip()[:CHARACTERS_MAX]) for name in TEXTS]
    typed = visit.form.get("whom", "").strip()
    try:
        streams = streams_meant(visit.ports.views, typed) if typed else ()
    except AccountMalformed:
        return _page(visit, AuditWanted(limit=0), is_malformed=True)
    query = urlencode([*((name, text) for name, text in asked if text), *(("whom", str(one)) for one in streams)])
    return visit.redirect(f"{PATH}?{query}" if query else PATH)


def export(visit: Visit) -> Response:
    """Every row that fits as a file, written while it is read."""
    found = FORMATS.get(visit.query.get("format", ""))
    if found is None:
        raise NotThere
    write, media_type = found
    try:
        wanted = _wanted(visit)
    except Malformed:
        raise NotThere from None
    name = f"audit-log.{visit.query['format']}"
    return StreamingResponse(
        write(every_row(visit.ports.audit, wanted)),
        media_type=media_type,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _page(
    visit: Visit, wanted: AuditWanted, faults: Sequence[AuditFault] | None = None, *, is_malformed: bool = False
) -> Response:
    rows = visit.ports.audit.find(wanted) if wanted.limit else []
    query = [(name, text) for name, text in visit.request.query_params.multi_items() if name in {*TEXTS, "whom"}]
    return visit.render(
        "audit.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_malformed else HTTPStatus.OK,
        rows=rows,
        asked={name: visit.form.get(name, visit.query.get(name, "")) for name in TEXTS},
        whom=visit.form.get("whom", "") or ", ".join(visit.request.query_params.getlist("whom")),
        is_malformed=is_malformed,
        words=words,
        doors=[(door.value, words.DOORS[door]) for door in Door],
        acts=[(one.value, words.act_word(one)) for one in Act],
        anchored=words.anchored_sentence(visit.ports.audit.standing()),
        faults=None if faults is None else faults[:FAULTS_SHOWN_MAX],
        broken=words.broken_sentence(faults) if faults else None,
        address=f"{PATH}?{urlencode(query)}&" if query else f"{PATH}?",
        exports=f"{PATH}/export?{urlencode([*query, ('format', '')])}",
        older=rows[-1].number if len(rows) == wanted.limit and rows else None,
        is_newest=wanted.before is None,
    )


def _wanted(visit: Visit) -> AuditWanted:
    """What the address asks for; raises Malformed."""
    found: dict[str, Any] = {name: visit.query.get(name) or None for name in ("who", "act", "case")}
    try:
        streams = tuple(UUID(text) for text in visit.request.query_params.getlist("whom"))
        door = Door(visit.query["door"]) if visit.query.get("door") else None
    except ValueError:
        raise Malformed from None
    before = visit.number("before", 0, least=0, most=2**53)
    since, until = _midnight(visit, "since", 0), _midnight(visit, "until", 1)
    return AuditWanted(since, until, whom=streams, door=door, before=before or None, limit=ROWS_A_PAGE, **found)


def _midnight(visit: Visit, name: str, days_later: int) -> datetime | None:
    """The beginning of a day in the console's zone, or of one after it."""
    text = visit.query.get(name, "")
    try:
        day = date.fromisoformat(text) + timedelta(days=days_later) if text else None
    except (ValueError, OverflowError):
        raise Malformed from None
    return None if day is None else datetime.combine(day, time.min, visit.ports.zone)


PAGES = (
    Page(PATH, see=Right.SEE_AUDIT, show=show, act_needs=Right.SEE_AUDIT, act=act),
    Page(f"{PATH}/export", see=Right.SEE_AUDIT, show=export),
)
