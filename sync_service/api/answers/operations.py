"""What operators are told: how everything stands, what is wrong, and how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync_service.access import Right
from sync_service.api.answers.people import NOT_FOUND
from sync_service.api.endpoint import Endpoint, Whom
from sync_service.api.problems import not_there
from sync_service.operations.problem import Problem
from sync_service.operations.problems import problems
from sync_service.operations.series import Period, Series
from sync_service.operations.standing import Standing

if TYPE_CHECKING:
    from sync_service.api.call import Call
    from sync_service.console.ports import Operators


class StandingSeen(msgspec.Struct, frozen=True):
    """How everything stands, and what is wrong, the worst first; as `status --json`."""

    problems: tuple[Problem, ...]
    standing: Standing


class SeriesAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far back, and in which steps."""

    period: Period = Period.DAY


def stand(call: Call, _: object) -> StandingSeen:
    """Say how everything stands now, and what is wrong."""
    standing = _operators(call).standing()
    return StandingSeen(tuple(problems(standing, call.ports.zone)), standing)


def went(call: Call, asked: SeriesAsked) -> Series:
    """Say how it went, step by step."""
    return _operators(call).series(asked.period)


def _operators(call: Call) -> Operators:
    if call.ports.operators is None:
        raise not_there()
    return call.ports.operators


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/standing",
        right=Right.SEE_OPERATIONS,
        run=stand,
        answers=StandingSeen,
        whom=Whom.UNRECORDED,
        masks=False,
        refusals=NOT_FOUND,
    ),
    Endpoint(
        method="GET",
        path="/series",
        right=Right.SEE_OPERATIONS,
        run=went,
        asks=SeriesAsked,
        answers=Series,
        whom=Whom.UNRECORDED,
        masks=False,
        refusals=NOT_FOUND,
    ),
)
