"""Holds an application against the API's description: schemathesis asks, and judges every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from schemathesis.schemas import APIOperation
    from starlette.types import ASGIApp

OPENED = {"/api/openapi.json"}
"""What is answered to anybody."""

NOT_ASKED = ("use_after_free", "ensure_resource_availability", "object_level_authorization", "positive_data_acceptance")
"""Checks that do not apply: nothing is deleted, and data that fit the description may still be refused by the rules."""


def operations_of(app: ASGIApp) -> dict[str, APIOperation[Any, Any, Any, Any]]:
    """What the application's own description names, `POST /api/v1/search` and so on."""
    load_all_checks()
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    return {operation.label: operation for operation in map(_readable, schema.get_all_operations())}


def _readable(found: Any) -> Any:  # noqa: ANN401 - schemathesis' own
    return found.ok()


def ask(
    operation: APIOperation[Any, Any, Any, Any],
    token: str | None,
    ids: Mapping[str, UUID | str],
    examples: int,
) -> list[int]:
    """Ask with data that fit the description and data that do not, and about things that exist.

    Gives the statuses; raises schemathesis' errors for an answer that the description does not know, or a 5xx.
    """
    known = {name: str(value) for name, value in ids.items() if f"{{{name}}}" in operation.path}
    case = {"x-case": "4711"} if any(each.name == "x-case" for each in operation.headers) else {}
    ways = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
    ways.append(operation.as_strategy(path_parameters=known or None, headers=case or None))
    headers = {"authorization": f"Bearer {token}"} if token else {}
    statuses: list[int] = []
    checks = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in NOT_ASKED]

    @seed(5)
    @settings(
        max_examples=examples, derandomize=False, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.one_of(ways))
    def judge(case: Any) -> None:  # noqa: ANN401 - schemathesis' own
        response = case.call(headers=headers)
        statuses.append(response.status_code)
        case.validate_response(response, checks=checks, headers=headers)

    judge()
    return statuses
