"""`import-codes`: rows of codes, issued in batches by activity and audience."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from sync_service.aggregates.confirmation_code import ConfirmationCode
from sync_service.aggregates.errors import CodeMalformed
from sync_service.aggregates.values import canonical_code, code_stream
from sync_service.imports.feeding import Draft, Feeder, result_of
from sync_service.imports.rows import read_table
from sync_service.messages.catalogue_messages import CodesIssued
from sync_service.messages.fields import CODES_MAX
from sync_service.messages.problems import problems_of, reasons_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sync_service.application import Application
    from sync_service.imports.feeding import ImportResult, Progress
    from sync_service.imports.rows import Row

    Group = tuple[str, str]
    Groups = dict[Group, dict[str, list[Row]]]

COLUMNS: Final = ("activity_id", "audience", "code")
_NO_TEXT = "code: нужен текст / text is needed"
_NO_CODE = "code: обязательного поля нет / a required field is missing"

_ELSEWHERE = (
    "code: код уже выдан за другую активность, и это остаётся в силе"
    " / the code is issued for another activity already, and that stands"
)


def import_codes(application: Application, path: Path, now: datetime, progress: Progress) -> ImportResult:
    """Import the codes of the file; raises FileUnreadable. Every good row is imported, whatever stands beside it."""
    table = read_table(path, COLUMNS, COLUMNS)
    groups: Groups = {}
    first: dict[str, tuple[int, Group]] = {}
    for row in table.rows:
        row.errors = [*row.errors, *(_errors(row.values) if row.values else ())]
        if row.is_good:
            _take(row, groups, first)
    total = sum(row.is_good for row in table.rows)
    feeder = Feeder(application, now, f"import:codes:{now.isoformat()}")
    feeder.feed(_drafts(application, groups), progress, total)
    return result_of(table.rows, feeder.receipt, table.ignored)


def _errors(values: dict[str, Any]) -> Iterator[str]:
    typed = values.get("code")
    if typed is None:
        yield _NO_CODE
    elif not isinstance(typed, str):
        yield _NO_TEXT
    else:
        try:
            canonical_code(typed)
        except CodeMalformed as malformed:
            yield f"code: {malformed}"
    try:
        CodesIssued.model_validate({"codes": []} | {name: values[name] for name in COLUMNS[:2] if name in values})
    except ValidationError as error:
        yield from reasons_of(problems_of(error))


def _take(row: Row, groups: Groups, first: dict[str, tuple[int, Group]]) -> None:
    """Put a good row's code to its group; the same code again for the same group is the same row again."""
    code, group = canonical_code(row.values["code"]), (row.values["activity_id"], row.values["audience"])
    number, other = first.setdefault(code, (row.number, group))
    if other == group:
        groups.setdefault(group, {}).setdefault(code, []).append(row)
    else:
        row.errors.append(
            f"code: этот код уже в строке {number}, за другую активность или для других"
            f" / the code stands in row {number} already, for another activity or audience"
        )


def _drafts(application: Application, groups: Groups) -> Iterator[Draft]:
    """Batches of codes; one whose codes are all issued so already has nothing to say."""
    for group, issues in groups.items():
        codes = list(issues)
        for start in range(0, len(codes), CODES_MAX):
            draft = _draft(application, group, {code: issues[code] for code in codes[start : start + CODES_MAX]})
            if draft.body["codes"]:
                yield draft


def _draft(application: Application, group: Group, issues: dict[str, list[Row]]) -> Draft:
    """The codes that are not issued so already; a code that has another activity is told to its rows."""
    activity_id, audience = group
    streams = application.store.load([code_stream(code) for code in issues])
    draft = Draft(CodesIssued.TYPE, {"activity_id": activity_id, "audience": audience, "codes": []}, [])
    for code, rows in issues.items():
        known = ConfirmationCode(code).fold(streams.get(code_stream(code), []))
        if known.activity_id not in {None, activity_id}:
            for row in rows:
                row.errors.append(_ELSEWHERE)
            continue
        draft.rows.extend(rows)
        if known.activity_id is None:
            draft.body["codes"].append(code)
        elif known.audience != audience:
            draft.body["codes"].append(code)
            draft.salt += known.version  # a correction of a correction says what an earlier message said
    return draft
