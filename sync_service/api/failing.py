"""Makes an answer of an error: expected ones in their own words, others as a number under which the log has them."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import structlog
from starlette.responses import Response

from sync_service.api.problems import PROBLEM_JSON, Problem, problem_of, silent_database
from sync_service.auditing import AuditUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection

log = structlog.get_logger(__name__)

CASE_BYTES: Final = 4


def refusal(error: Exception, unavailable: Collection[type[Exception]]) -> Response:
    """The answer to an error; `unavailable` are the errors that mean that the database is away."""
    case = None
    problem = problem_of(error)
    if problem is None:
        is_away = isinstance(error, (AuditUnavailable, *unavailable))
        problem = silent_database() if is_away else _unexpected()
        case = secrets.token_hex(CASE_BYTES)
        log.error("api.failed", case=case, error=type(error).__name__, status=problem.status.value)
    headers = {"content-type": PROBLEM_JSON, **problem.headers}
    return Response(problem.shown(case), problem.status, headers)


def _unexpected() -> Problem:
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "unexpected",
        "It did not work, and nothing was changed. The service's log has more under this case.",
    )
