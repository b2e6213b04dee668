"""`import-activities`: rows of the accreditation matrix, of which each activity becomes one message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
from pydantic import ValidationError

from sync_service.aggregates.activity import ActivityPublished as Published
from sync_service.aggregates.values import activity_stream
from sync_service.imports.feeding import Draft, Feeder, base_id, result_of
from sync_service.imports.rows import read_table
from sync_service.messages.catalogue_messages import ActivityPublished
from sync_service.messages.problems import Problem, problems_of, reasons_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sync_service.application import Application
    from sync_service.imports.feeding import ImportResult, Progress
    from sync_service.imports.rows import Row

OF_ACTIVITY: Final = ("activity_id", "kind", "title", "provider", "place", "held_on", "foreign")
OF_MATRIX: Final = ("audience", "education_level", "credits", "specialties")
REQUIRED: Final = ("activity_id", "kind", "title", "provider")
MATRIX = "accreditation"

_YES = frozenset(("true", "yes", "1", "да", "истина"))
_NO = frozenset(("false", "no", "0", "нет", "ложь"))
_NUMBER = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")
_SEPARATORS = re.compile(r"[;|]")


def import_activities(application: Application, path: Path, now: datetime, progress: Progress) -> ImportResult:
    """Import what the file describes; raises FileUnreadable. An activity with a wrong row is left out as a whole.

    Half a matrix would take credits from those whose row is wrong.
    """
    table = read_table(path, (*OF_ACTIVITY, *OF_MATRIX), REQUIRED)
    bodies = {row.number: _body(_typed(row.values) if table.is_csv else row.values) for row in table.rows}
    groups: dict[str, list[Row]] = {}
    for row in table.rows:
        body = bodies[row.number]
        row.errors = [*row.errors, *(_errors(body) if row.values else ())]
        if isinstance(body.get("activity_id"), str):
            groups.setdefault(body["activity_id"], []).append(row)
    for rows in groups.values():
        _compare(rows, bodies)
    good = [rows for rows in groups.values() if _is_whole(rows)]
    feeder = Feeder(application, now, f"import:activities:{now.isoformat()}")
    feeder.feed((_draft(application, rows, bodies) for rows in good), progress, sum(map(len, good)))
    return result_of(table.rows, feeder.receipt, table.ignored)


def _typed(cells: dict[str, str]) -> dict[str, Any]:
    """A CSV row's cells as JSON has them; what cannot be one stays text, and the contract's rules say so."""
    values: dict[str, Any] = dict(cells)
    number, flag = cells.get("credits", ""), cells.get("foreign", "").casefold()
    if _NUMBER.fullmatch(number):
        credits_ = float(number.replace(",", "."))
        values["credits"] = int(credits_) if credits_.is_integer() else credits_
    if flag in _YES | _NO:
        values["foreign"] = flag in _YES
    if "specialties" in cells:
        values["specialties"] = [name.strip() for name in _SEPARATORS.split(cells["specialties"]) if name.strip()]
    return values


def _body(values: dict[str, Any]) -> dict[str, Any]:
    """What a row says, as a message's data; a row without any of the matrix describes the activity alone."""
    body = {name: values[name] for name in OF_ACTIVITY if name in values}
    if MATRIX in values:
        return body | {MATRIX: values[MATRIX]}
    row = {name: values[name] for name in OF_MATRIX if name in values}
    return body | {MATRIX: [row] if row else []}


def _errors(body: dict[str, Any]) -> tuple[str, ...]:
    try:
        ActivityPublished.model_validate(body)
    except ValidationError as error:
        return reasons_of(map(_by_column, problems_of(error)))
    return ()


def _by_column(problem: Problem) -> Problem:
    """A fault of the matrix is named by its column: the row is the file's own."""
    if len(problem.path) > 2 and problem.path[:2] == (MATRIX, 0):  # noqa: PLR2004 - the matrix and its first row
        return msgspec.structs.replace(problem, path=problem.path[2:])
    return problem


def _compare(rows: list[Row], bodies: dict[int, dict[str, Any]]) -> None:
    """All rows of an activity must describe the same one."""
    first = rows[0]
    for row in rows[1:]:
        for name in OF_ACTIVITY:
            if (bodies[row.number].get(name) or None) != (bodies[first.number].get(name) or None):
                row.errors.append(
                    f"{name}: не так, как в строке {first.number} той же активности"
                    f" / not as in row {first.number} of the same activity"
                )


def _is_whole(rows: list[Row]) -> bool:
    """Whether all rows of an activity are good; otherwise the good ones say why they are not imported either."""
    wrong = next((row.number for row in rows if not row.is_good), None)
    if wrong is None:
        return True
    for row in rows:
        if row.is_good:
            row.errors.append(
                f"activity_id: активность не внесена: неверна её строка {wrong}"
                f" / the activity is not imported: its row {wrong} is wrong"
            )
    return False


def _draft(application: Application, rows: list[Row], bodies: dict[int, dict[str, Any]]) -> Draft:
    """One message of an activity's rows.

    What was described so before, and otherwise since, must be said anew; what stands so is the same message again.
    """
    matrix = []
    for line in (line for row in rows for line in bodies[row.number][MATRIX]):
        if line not in matrix:
            matrix.append(line)
    body = bodies[rows[0].number] | {MATRIX: matrix}
    draft = Draft(ActivityPublished.TYPE, body, rows)
    draft.salt = _salt(application, body["activity_id"], base_id(draft.type, body))
    return draft


def _salt(application: Application, activity_id: str, base: str) -> int:
    said = list(_descriptions(application, activity_id))
    if not any(cause.startswith(base) for cause in said):
        return 0
    if said[-1].startswith(base):
        return int(said[-1].removeprefix(base).removeprefix("-") or 0)
    return len(said)


def _descriptions(application: Application, activity_id: str) -> Iterator[str]:
    """The ids of the messages that described the activity, in order."""
    stream = activity_stream(activity_id)
    for event in application.store.load([stream]).get(stream, []):
        if isinstance(event.fact, Published):
            yield event.cause_id or ""
