"""A provider's file: every row has its result, good rows go in, and the same file again changes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from sync_service.aggregates.activity import Activity, ActivityPublished
from sync_service.aggregates.values import activity_stream
from sync_service.application import Application
from sync_service.imports import codes
from sync_service.imports.activities import import_activities
from sync_service.imports.codes import import_codes
from sync_service.imports.rows import FileUnreadable
from tests.model import lines
from tests.unit.support_desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sync_service.imports.feeding import ImportResult

ACTIVITIES = """\
activity_id,kind,title,provider,place,held_on,foreign,audience,education_level,credits,specialties
f1,event,"Форум, день 1",Орг,Москва,2025-05-12,,doctors,higher,5,Терапия; кардиология
m1,module,Модуль,Орг,,,нет,doctors,higher,"2,5",кардиология
f1,event,"Форум, день 1",Орг,Москва,2025-05-12,,nurses,secondary,2,сестринское дело|лечебное дело
"""
CODES = """\
activity_id,audience,code
f1,doctors,AB12-CDEF3456
f1,doctors,АВ12-CDEF3457
f1,nurses,AB12 cdef3458
"""


class Provider:
    """Writes files and imports them into a desk."""

    def __init__(self, directory: Path, desk: Desk) -> None:
        self.desk = desk
        self.told: list[tuple[int, int]] = []
        self._directory = directory

    def activities(self, text: str, name: str = "a.csv") -> ImportResult:
        return self._import(import_activities, text, name)

    def codes(self, text: str, name: str = "c.csv") -> ImportResult:
        return self._import(import_codes, text, name)

    def activity(self, activity_id: str) -> Activity:
        stream = activity_stream(activity_id)
        return Activity(activity_id).fold(self.desk.store.load([stream]).get(stream, []))

    def _import(self, work: Callable[..., ImportResult], text: str, name: str) -> ImportResult:
        path = self._directory / name
        path.write_text(text, encoding="utf-8")
        self.desk.now = self.desk.now.replace(microsecond=self.desk.now.microsecond + 1)
        self.told.clear()
        application = Application(self.desk.store, lambda: self.desk.now)
        result = work(application, path, self.desk.now, lambda done, total: self.told.append((done, total)))
        self.desk.catch_up()
        return result


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    """Lend a provider with nothing imported."""
    return Provider(tmp_path, Desk())


def errors(result: ImportResult) -> dict[int, tuple[str, ...]]:
    """The fields that are wrong, by row."""
    return {row.row: tuple(error.partition(":")[0] for error in row.errors) for row in result.rows if not row.ok}


def test_several_rows_of_one_activity_are_one_description(provider: Provider) -> None:
    result = provider.activities(ACTIVITIES)
    assert (result.imported, result.failed, [row.row for row in result.rows]) == (3, 0, [2, 3, 4])
    assert (result.messages.stored, result.messages.parked) == (2, 0)
    published = provider.activity("f1").published
    assert published is not None
    assert (published.title, str(published.held_on), published.place) == ("Форум, день 1", "2025-05-12", "Москва")
    assert [(row.credits, row.specialties) for row in published.accreditation] == [
        (5, ("Терапия", "кардиология")),
        (2, ("сестринское дело", "лечебное дело")),
    ]
    module = provider.activity("m1").published
    assert module is not None
    assert (module.accreditation[0].credits, module.foreign) == (2.5, False)
    assert provider.told[-1] == (3, 3)


def test_the_same_file_again_changes_nothing(provider: Provider) -> None:
    provider.activities(ACTIVITIES)
    provider.codes(CODES)
    head = provider.desk.store.head()
    again = provider.activities(ACTIVITIES)
    assert (again.imported, again.messages.stored, again.messages.repeats) == (3, 0, 2)
    assert provider.codes(CODES).imported == 3
    assert provider.desk.store.head() == head
    counts = provider.desk.store.counts()
    assert counts.received == counts.stored + counts.repeats + counts.parked


def test_what_is_described_otherwise_and_then_as_before_stands_as_before(provider: Provider) -> None:
    other = ACTIVITIES.replace("Форум", "Конгресс")
    for text, title in ((ACTIVITIES, "Форум"), (other, "Конгресс"), (ACTIVITIES, "Форум"), (other, "Конгресс")):
        provider.activities(text)
        head = provider.desk.store.head()
        provider.activities(text)
        assert provider.desk.store.head() == head
        assert (provider.activity("f1").title or "").startswith(title)


def test_a_code_is_issued_for_its_activity_and_audience_in_any_spelling(provider: Provider) -> None:
    provider.activities(ACTIVITIES)
    assert provider.codes(CODES).messages.stored == 2
    desk = provider.desk.hears(
        lines.registered("edu:e1"),
        lines.activated("edu:e1", "AB12CDEF3457"),
        lines.activated("edu:e1", "AB12CDEF3458"),
    )
    assert [(entry.activity_id, entry.counts) for entry in desk.plan("edu:e1").entries] == [
        ("f1", "counted"),
        ("f1", "audience_not_covered"),
    ]


def test_codes_go_in_batches_and_a_longer_file_issues_only_what_is_new(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "CODES_MAX", 2)
    rows = [f"f1,doctors,AB12CDEF{number:04}" for number in range(5)]
    assert provider.codes("\n".join(["activity_id,audience,code", *rows])).messages.stored == 3
    more = [*rows, "f1,doctors,AB12CDEF0005"]
    result = provider.codes("\n".join(["activity_id,audience,code", *more]))
    assert (result.imported, result.messages.stored) == (6, 1)


def test_an_audience_can_be_corrected_and_corrected_back(provider: Provider) -> None:
    other = CODES.replace("doctors", "nurses")
    for text in (CODES, other, CODES, other):
        provider.codes(text)
        head = provider.desk.store.head()
        assert provider.codes(text).failed == 0
        assert provider.desk.store.head() == head
    plan = provider.desk.hears(lines.activated("edu:e1"), lines.registered("edu:e1"))
    assert plan.store.head() > head


def test_every_error_of_every_row_is_named_and_good_rows_go_in(provider: Provider) -> None:
    result = provider.codes(
        "activity_id,audience,code,seat\n"
        "f1,doctors,AB12-CDEF3456,1\n"
        ",nobody,AB12,2\n"
        "f1,doctors,AB12CDEF3456,3\n"
        "f2,doctors,AB12-CDEF3456,4\n"
        "f1,doctors,,5\n"
        "\n"
        "f1,doctors,AB12-CDEF3457,7,8\n"
    )
    assert errors(result) == {
        3: ("code", "activity_id", "audience"),
        5: ("code",),
        6: ("code",),
        8: (
            "в строке больше значений, чем столбцов в заголовке / the row has more values than the header has columns",
        ),
    }
    assert (result.imported, result.ignored_columns) == (2, ("seat",))
    assert not result.is_whole
    assert "AB12" not in str(result)


def test_a_wrong_row_keeps_out_its_activity_and_no_other(provider: Provider) -> None:
    """Half a matrix would take the credits of those whose row is wrong."""
    wrong = ACTIVITIES.replace("nurses,secondary,2", "nurse,,two")
    result = provider.activities(wrong)
    assert errors(result) == {2: ("activity_id",), 4: ("audience", "education_level", "credits")}
    assert provider.activity("f1").published is None
    assert provider.activity("m1").published is not None


def test_rows_that_describe_one_activity_differently_are_told_apart(provider: Provider) -> None:
    result = provider.activities(
        ACTIVITIES.replace('Форум, день 1",Орг,Москва,2025-05-12,,nurses', 'Форум",Орг,,,,nurses')
    )
    assert errors(result) == {2: ("activity_id",), 4: ("held_on", "title", "place", "held_on")}


def test_a_code_that_another_activity_has_already_is_told_and_the_others_go_in(provider: Provider) -> None:
    provider.codes(CODES)
    result = provider.codes(CODES.replace("f1", "f2").replace("3458", "3459"))
    assert errors(result) == {2: ("code",), 3: ("code",)}
    assert result.imported == 1


def test_ndjson_has_the_same_rows_and_may_carry_the_whole_matrix(provider: Provider) -> None:
    matrix = [lines.row(5, "терапия"), lines.row(2, "сестринское дело", audience="nurses", level="secondary")]
    activity: dict[str, Any] = {"activity_id": "f1", "kind": "event", "title": "Форум", "provider": "Орг"}
    rows = [
        activity | {"held_on": "2025-05-12", "accreditation": matrix},
        activity | {"activity_id": "m1", "kind": "module"} | lines.row(3, "терапия"),
        activity | {"activity_id": "m2", "kind": "module"} | lines.row(3) | {"credits": "3"},
        activity | {"activity_id": 7, "kind": "module", "accreditation": [lines.row(-1)]},
        [],
    ]
    result = provider.activities("\n".join(map(json.dumps, rows)) + "\n\n{", "a.ndjson")
    assert [row.row for row in result.rows] == [1, 2, 3, 4, 5, 7]
    assert {number: len(found) for number, found in errors(result).items()} == {3: 1, 4: 2, 5: 1, 7: 1}
    published = provider.activity("f1").published
    assert isinstance(published, ActivityPublished)
    assert len(published.accreditation) == 2
    assert provider.codes('{"activity_id": "f1", "audience": "doctors", "code": 5}', "c.jsonl").failed == 1


def test_an_empty_object_is_a_wrong_row(provider: Provider) -> None:
    good = '{"activity_id": "f1", "audience": "doctors", "code": "AB12-CDEF3456"}'
    for import_ in (provider.codes, provider.activities):
        assert errors(import_("{}", "a.ndjson")).keys() == {1}
    assert provider.codes(f"{{}}\n{good}", "a.ndjson").imported == 1


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_spreadsheet_s_own_csv_is_read(provider: Provider, delimiter: str) -> None:
    text = "\ufeff" + CODES.replace(",", delimiter).replace("\n", "\r\n").replace("code", " Code ")
    assert provider.codes(text).imported == 3


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("activity_id,code\n", "c.csv", "columns are missing: audience"),
        ("activity_id,code,code,audience\n", "c.csv", "named twice: code"),
        ("", "c.csv", "columns are missing"),
        ("x", "c.xlsx", ".csv, .ndjson or .jsonl"),
        ('activity_id,audience,code\n"f1"x,doctors,y\n', "c.csv", "line 2 is not CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused_as_a_whole(provider: Provider, text: str, name: str, said: str) -> None:
    with pytest.raises(FileUnreadable, match=said):
        provider.codes(text, name)
    assert provider.desk.store.head() == 0


def test_a_file_in_another_encoding_is_refused(tmp_path: Path, provider: Provider) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes("activity_id,audience,code\nфорум,doctors,AB12\n".encode("cp1251"))
    with pytest.raises(FileUnreadable, match="not UTF-8"):
        import_codes(
            Application(provider.desk.store, lambda: provider.desk.now), path, provider.desk.now, lambda *_: None
        )


def test_a_message_that_the_contract_does_not_take_is_said_of_its_rows_and_not_parked(provider: Provider) -> None:
    row = {"activity_id": "f1", "kind": "module", "title": "М", "provider": "О"} | lines.row(1, *["я" * 900] * 200)
    result = provider.activities(json.dumps(row), "a.ndjson")
    assert errors(result) == {1: ("message",)}
    assert provider.desk.store.counts().parked == 0


def test_the_result_is_json(provider: Provider) -> None:
    answer = msgspec.json.decode(msgspec.json.encode(provider.codes(CODES)))
    assert answer["rows"][0] == {"row": 2, "ok": True, "errors": []}
    assert (answer["imported"], answer["failed"], answer["messages"]["stored"]) == (3, 0, 2)
