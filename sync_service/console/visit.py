"""One request as a page sees it: what was asked, in which language, and the ways to answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote
from uuid import UUID

from starlette.responses import HTMLResponse, RedirectResponse

from sync_service.console.formats import Formats
from sync_service.console.languages import KEYS_COOKIE, language_of, theme_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from sync_service.console.ports import Ports
    from sync_service.console.templating import Templates
    from sync_service.sentences.words import Sentence

SIGNATURE_COOKIE = "who"
COOKIE_AGE_S = 365 * 24 * 3600
SIGNATURE_CHARACTERS_MAX = 100
NUMBER_DIGITS_MAX = 10


class NotThere(LookupError):
    """What the address names does not exist: answered with the page for 404."""


class Refused(Exception):
    """What was sent cannot be done, and nothing was changed: answered with 422 and this sentence."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


class Visit:
    """One request. `form` holds the fields of a POST (each name's last value), and is empty otherwise."""

    def __init__(self, request: Request, ports: Ports, templates: Templates, form: Mapping[str, str]) -> None:
        self.request = request
        self.ports = ports
        self.form = form
        self.language = language_of(request.cookies)
        self.theme = theme_of(request.cookies)
        self.has_keys = request.cookies.get(KEYS_COOKIE) != "off"
        self.formats = Formats(self.language, ports.zone)
        self._templates = templates

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the address."""
        return self.request.query_params

    @property
    def badges(self) -> Mapping[str, int]:
        """The numbers beside the navigation's words: what waits for somebody."""
        return self._templates.badges()

    @property
    def path(self) -> str:
        """The address within the console, with its parameters: where a switch of language comes back to."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def who(self) -> str:
        """How the person signs what they decide, as they last wrote it themselves; empty until then.

        Nobody signs in yet: this is a name, not a proof.
        """
        written = self.form.get("who", "").strip() or unquote(self.request.cookies.get(SIGNATURE_COOKIE, ""))
        return written[:SIGNATURE_CHARACTERS_MAX]

    def path_uuid(self, name: str) -> UUID:
        """A part of the address that is a UUID; raises NotThere if it is none."""
        try:
            return UUID(self.request.path_params[name])
        except ValueError:
            raise NotThere from None

    def number(self, name: str, default: int, *, least: int = 1, most: int = 1_000_000) -> int:
        """A parameter that is a whole number within these bounds; the default if it is none."""
        text = self.query.get(name, "")
        is_number = text.isascii() and text.isdigit() and len(text) < NUMBER_DIGITS_MAX
        return min(max(int(text), least), most) if is_number else default

    def render(self, template: str, *, status: int = HTTPStatus.OK, **context: object) -> Response:
        """A page from its template; beside `context` it knows what `Templates.render` adds."""
        return HTMLResponse(self._templates.render(template, self, context), status_code=status)

    def signed(self, answer: Response) -> Response:
        """The answer, with the name that the form was signed with remembered for the next one."""
        who = self.form.get("who", "").strip()[:SIGNATURE_CHARACTERS_MAX]
        if who:
            answer.set_cookie(
                SIGNATURE_COOKIE, quote(who), max_age=COOKIE_AGE_S, path="/console", httponly=True, samesite="strict"
            )
        return answer

    def redirect(self, path: str) -> Response:
        """Go and look there (303): what a POST that changed something answers."""
        return RedirectResponse(path, HTTPStatus.SEE_OTHER)
