"""The case that somebody works on: asked for once, before the first person is shown, and recorded with every look."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from sync_service.access import Right
from sync_service.auditing import CASE_CHARACTERS_MAX, Act, CaseMalformed, case_number
from sync_service.console.pages.preferences import inside
from sync_service.console.recorded import CASE
from sync_service.console.routes import Page

if TYPE_CHECKING:
    from starlette.responses import Response

    from sync_service.console.visit import Visit

END = "end"


def show(visit: Visit) -> Response:
    """Ask for the number of the case, or show the present one with the ways to change and to end it."""
    return _page(visit, inside(visit.query.get("back", "")))


def act(visit: Visit) -> Response:
    """Begin a case or end it; then on to where somebody wanted to go."""
    if visit.form.get("act") == END:
        visit.look(Act.CASE_ENDED)
        visit.begin_case(None)
        return visit.redirect("/console/")
    back, typed = inside(visit.form.get("back", "")), visit.form.get("case", "")
    try:
        number = case_number(typed)
    except CaseMalformed:
        return _page(visit, back, typed)
    visit.begin_case(number)
    visit.look(Act.CASE_OPENED)
    return visit.redirect(back)


def _page(visit: Visit, back: str, refused: str | None = None) -> Response:
    return visit.render(
        "case.html",
        status=HTTPStatus.OK if refused is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        back=back,
        refused=refused,
        characters_max=CASE_CHARACTERS_MAX,
    )


PAGES = (Page(CASE, see=Right.SEE_PERSON, show=show, act_needs=Right.SEE_PERSON, act=act),)
