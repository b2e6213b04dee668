"""One request as a page sees it: what was asked, in which language, and the ways to answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from starlette.responses import HTMLResponse, RedirectResponse

from sync_service.auditing import Door, Look
from sync_service.console.formats import Formats
from sync_service.console.languages import KEYS_COOKIE, language_of, theme_of
from sync_service.console.routes import ANYBODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from sync_service.access import Right, Visitor
    from sync_service.auditing import Act
    from sync_service.console.ports import Ports
    from sync_service.console.templating import Templates
    from sync_service.sentences.words import Sentence
    from sync_service.signing_in import Session

COOKIE_AGE_S = 365 * 24 * 3600
NUMBER_DIGITS_MAX = 10


class NotThere(LookupError):
    """What the address names does not exist: answered with the page for 404."""


class Refused(Exception):
    """What was sent cannot be done, and nothing was changed: answered with 422 and this sentence."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


class Lacking(Exception):
    """Whoever asks is signed in and has no role with this right: answered with 403, naming the roles that have it."""

    def __init__(self, right: Right) -> None:
        super().__init__(right.value)
        self.right = right


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
        self.session: Session | None = getattr(request.state, "session", None)
        self.looks = 0
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
    def visitor(self) -> Visitor:
        """Who asks; raises LookupError where nobody has to sign in and nobody did."""
        if self.session is None:
            raise LookupError("nobody is signed in")
        return self.session.visitor

    def may(self, right: str) -> bool:
        """Whether whoever asks has the right, by its value; nobody has any."""
        return self.session is not None and right in self.session.visitor.rights

    @property
    def rights(self) -> frozenset[Right]:
        """Everything that whoever asks may do."""
        return self.session.visitor.rights if self.session else frozenset()

    def opens(self, address: str, method: str = "GET") -> bool:
        """Whether whoever asks may go there, by the console's own table: what they may not is not offered."""
        needed = self.request.app.state.rules.needed(urlsplit(address).path, method)
        return needed is ANYBODY or (needed is not None and self.may(needed))

    @property
    def csrf(self) -> str:
        """What every form carries, so that no other site can send it; empty for nobody."""
        return self.session.csrf if self.session else ""

    @property
    def case(self) -> str | None:
        """The number of the case that whoever asks works on, None until they said it."""
        return self.session.case if self.session else None

    def begin_case(self, case: str | None) -> None:
        """Go on with another case, or with none; the session keeps it."""
        if self.session is not None:
            self.ports.doors.sessions.keep_case(self.session, case)
            self.session = msgspec.structs.replace(self.session, case=case)

    def look(self, act: Act, whom: UUID | None = None, detail: str | None = None) -> None:
        """Record what is about to be shown or changed; raises what the log raises, and then nothing may be shown."""
        look = Look.by(self.visitor, Door.CONSOLE, act, whom=whom, case=self.case, detail=detail)
        self.ports.audit.record(look)
        self.looks += 1

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

    def redirect(self, path: str) -> Response:
        """Go and look there (303): what a POST that changed something answers."""
        return RedirectResponse(path, HTTPStatus.SEE_OTHER)
