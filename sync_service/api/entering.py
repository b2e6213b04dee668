"""Who asks the JSON API: a service account by its bearer token, or a person by the console's session."""

from __future__ import annotations

import math
from hmac import compare_digest
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from sync_service.api.problems import Fault, Problem
from sync_service.auditing import CaseMalformed, case_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from sync_service.access import Right, Visitor
    from sync_service.limiting import RateLimit
    from sync_service.signing_in import Session

CSRF_HEADER: Final = "x-csrf-token"
CASE_HEADER: Final = "x-case"
SAFE_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS"))


class Entered(NamedTuple):
    """Who is in, and the number of the case that a session was opened for."""

    visitor: Visitor
    case: str | None


class Gate:
    """Lets in whom it knows.

    `account` gives the service account of a request's bearer token, `session` the console's session of its cookie; both
    ask the database. `calls` bounds how often one visitor asks, `searches` how often they search, and `strangers` how
    often one address may try to come in without success.
    """

    def __init__(
        self,
        account: Callable[[Request], Visitor | None],
        session: Callable[[Request], Session | None],
        *,
        calls: RateLimit,
        searches: RateLimit,
        strangers: RateLimit,
    ) -> None:
        self._account = account
        self._session = session
        self._calls = calls
        self._searches = searches
        self._strangers = strangers

    def enter(self, request: Request, right: Right, *, searches: bool) -> Entered:
        """Who asks, if they may; raises Problem (401, 403 or 429), and the database's own errors."""
        entered = self._known(request)
        visitor = entered.visitor
        if not visitor.may(right):
            raise Problem(HTTPStatus.FORBIDDEN, "not-allowed", f"None of your roles has the right {right.value}.")
        _wait(self._calls.wait_s(visitor.subject))
        if searches:
            _wait(self._searches.wait_s(visitor.subject))
        return entered

    def _known(self, request: Request) -> Entered:
        if "authorization" in request.headers:
            visitor = self._account(request)
            if visitor is None:
                raise self._unknown(request)
            return Entered(visitor, None)
        session = self._session(request)
        if session is None:
            raise self._unknown(request)
        if request.method not in SAFE_METHODS and not _is_own(request, session):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "csrf",
                f"A request that changes something and comes with a session carries its token in {CSRF_HEADER}.",
            )
        return Entered(session.visitor, session.case)

    def _unknown(self, request: Request) -> Problem:
        _wait(self._strangers.wait_s(request.client.host if request.client else ""))
        return Problem(
            HTTPStatus.UNAUTHORIZED,
            "not-signed-in",
            "A bearer token of a service account is needed, or a session of the console.",
            headers={"www-authenticate": "Bearer"},
        )


def case_of(request: Request, entered: Entered, *, is_needed: bool) -> str | None:
    """The number of the case: the header's, percent-encoded UTF-8, or else the session's; raises Problem (400)."""
    written = request.headers.get(CASE_HEADER)
    if written is None:
        if is_needed and entered.case is None:
            fault = Fault(CASE_HEADER, "is missing")
            raise Problem(
                HTTPStatus.BAD_REQUEST, "case-missing", "Say for which case you look: it is recorded.", [fault]
            )
        return entered.case
    try:
        return case_number(unquote(written, errors="strict"))
    except (CaseMalformed, UnicodeDecodeError):
        fault = Fault(CASE_HEADER, "is no case's number: a digit at least, 100 characters at most, nothing personal")
        raise Problem(HTTPStatus.BAD_REQUEST, "case-malformed", "The case's number cannot be taken.", [fault]) from None


def _is_own(request: Request, session: Session) -> bool:
    return compare_digest(request.headers.get(CSRF_HEADER, "").encode(), session.csrf.encode())


def _wait(seconds: float) -> None:
    if seconds > 0:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too-often",
            "That was too often: wait, then go on.",
            headers={"retry-after": str(math.ceil(seconds))},
        )
