"""The switches of language, theme and keys: kept in cookies, so that the first byte of a page is right already."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync_service.access import Right
from sync_service.console.languages import KEYS, KEYS_COOKIE, LANGUAGE_COOKIE, LANGUAGES, THEME_COOKIE, THEMES
from sync_service.console.routes import ANYBODY, Page
from sync_service.console.visit import COOKIE_AGE_S

if TYPE_CHECKING:
    from starlette.responses import Response

    from sync_service.console.visit import Visit

_INSIDE = re.compile(r"/console/[A-Za-z0-9/._~%-]*(\?[A-Za-z0-9/._~%&=+:,-]*)?")
_CHOICES = {LANGUAGE_COOKIE: frozenset(LANGUAGES), THEME_COOKIE: frozenset(THEMES), KEYS_COOKIE: frozenset(KEYS)}


def switch(visit: Visit) -> Response:
    """Remember what was chosen, and go back to where the person was."""
    answer = visit.redirect(inside(visit.query.get("back", "")))
    for cookie, choices in _CHOICES.items():
        chosen = visit.query.get(cookie)
        if chosen in choices:
            answer.set_cookie(cookie, chosen, max_age=COOKIE_AGE_S, path="/", httponly=True, samesite="lax")
    return answer


def inside(back: str) -> str:
    """The address to go back to if it is one of the console's, otherwise the start."""
    return back if _INSIDE.fullmatch(back) else "/console/"


def show_keys(visit: Visit) -> Response:
    """What can be done by keys, and the switch that turns single keys off."""
    return visit.render("keys.html")


PAGES = (
    Page("/console/preferences", see=ANYBODY, show=switch),
    Page("/console/keys", see=Right.ENTER, show=show_keys),
)
