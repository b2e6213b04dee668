"""What the rebuilds' pages say in each state, and that they have a word for everything that they show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from sync_service.console.formats import Formats
from sync_service.console.pages.rebuild_board import Line, steps_of
from sync_service.console.pages.rebuild_examples import examples_of
from sync_service.console.pages.rebuild_sentences import said_of
from sync_service.console.pages.rebuild_words import ACTS, COLUMNS, LACKS, STATES, TABLES, VIEWS, title_of
from sync_service.projections import registry
from sync_service.projections.comparing import MASK, Comparison, Lack, TableComparison, example_of, shown
from sync_service.projections.rebuild_orders import ALLOWED, ENDS, STANDS_STILL, Act, NotNow, Order, OrderState, ask_of
from sync_service.projections.view_store import Generation, GenerationState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

NOW = datetime(2026, 5, 21, 11, 32, tzinfo=UTC)
F = Formats("ru", ZoneInfo("Europe/Moscow"))
OWNER = "8f2c0000-0000-4000-8000-0000000041d0"


def comparison(differing: int = 0, only_in_live: int = 0, only_in_other: int = 0) -> Comparison:
    table = TableComparison("entries", 1_000, 1_000, only_in_live, only_in_other, differing)
    return Comparison(500, (table,))


def line(state: OrderState | None, *, position: int = 250, is_carried_out: bool = True, **values: Any) -> Line:  # noqa: ANN401 - an order's fields
    order = Order(7, "learning_plan", state, "Смена 1", "проверка", NOW, NOW, generation=8, **values) if state else None
    building = Generation("learning_plan", 8, GenerationState.BUILDING, position, NOW)
    return Line(
        view="learning_plan",
        title=title_of("learning_plan"),
        live=Generation("learning_plan", 7, GenerationState.LIVE, 1_000, NOW),
        building=building if state else None,
        previous=None,
        order=order,
        head=1_000,
        size=None,
        since=None,
        is_carried_out=is_carried_out,
    )


def test_there_is_a_word_for_everything_that_is_shown() -> None:
    tables = [table for view in registry.VIEWS.values() for table in view.tables]
    assert set(registry.VIEWS) <= VIEWS.keys()
    assert {table.name for table in tables} <= TABLES.keys()
    assert {name for table in tables for name in table.names} <= COLUMNS.keys()
    assert set(OrderState) == STATES.keys()
    assert set(Act) == ACTS.keys()
    assert set(Lack) == LACKS.keys()


def test_filling_says_how_far_how_fast_and_how_long() -> None:
    said = said_of(line(OrderState.FILLING, rate=25.0), F)
    assert (said.kind, said.sentence.ru) == ("wait", "Версия 8 заполняется: 25\u00a0%.")
    assert "25\u00a0событий в секунду, осталось 30\u00a0с." in said.more.ru
    assert said.more.ru.endswith("Служит версия 7, сообщения идут.")


def test_time_left_is_not_told_where_it_is_not_known() -> None:
    assert "осталось" not in said_of(line(OrderState.FILLING), F).more.ru
    assert line(OrderState.PAUSED, rate=25.0).left_s is None


@pytest.mark.parametrize("state", [OrderState.ASKED, OrderState.FILLING, OrderState.COMPARING, OrderState.SWITCHING])
def test_what_nobody_carries_out_is_said_to_stand_with_the_remedy(state: OrderState) -> None:
    said = said_of(line(state, is_carried_out=False, rate=25.0), F)
    assert said.kind == "bad"
    assert said.sentence.ru.startswith("Стоит на 25")
    assert "sync-service run projections" in said.more.ru
    assert line(state, is_carried_out=False, rate=25.0).left_s is None


def test_an_equal_comparison_is_well_and_a_differing_one_waits() -> None:
    equal = said_of(line(OrderState.READY, position=1_000, comparison=comparison()), F)
    assert equal.kind == "ok"
    assert "совпадает со служащей до байта: 1\u202f000\u00a0строк" in equal.sentence.ru
    differing = said_of(line(OrderState.READY, comparison=comparison(5, 2, 3)), F)
    assert differing.kind == "wait"
    assert "не совпало 10 из" in differing.sentence.ru
    stands = said_of(line(OrderState.READY, error=STANDS_STILL), F)
    assert stands.kind == "wait"
    assert "не сравнена: служащая отстаёт" in stands.sentence.ru


def test_every_state_has_a_sentence_in_both_languages_that_ends() -> None:
    for state in OrderState:
        said = said_of(line(state, error="KeyError", decided_by="Смена 2"), F)
        assert said.sentence.ru.endswith(".")
        assert said.sentence.en.endswith(".")
        assert "None" not in said.sentence.ru + said.more.ru + said.more.en


def test_the_steps_show_what_is_done_and_what_waits_for_the_person() -> None:
    ready = steps_of(line(OrderState.READY, began_at=NOW, filled_at=NOW, compared_at=NOW), F)
    assert [state for _, state in ready] == ["done", "done", "current", ""]
    assert ready[2][0] == "Переключение: ждёт вас"
    assert [state for _, state in steps_of(line(OrderState.SWITCHED), F)] == ["done"] * 4
    assert steps_of(line(None), F) == steps_of(line(OrderState.CANCELLED), F) == []


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("full_name", "Иванова Анна", MASK),
        ("email", None, None),
        ("activity_key", "code:AB12CDEF3456", f"code:AB12{MASK}"),
        ("duplicate_of", "code:AB12CDEF3456", f"code:AB12{MASK}"),
        ("activity_key", "module:m1:2025-05-12", "module:m1:2025-05-12"),
        ("credits", 2.5, "2.5"),
        ("is_closed", True, "true"),
        ("counts_in", ["c1"], '["c1"]'),
    ],
)
def test_nothing_personal_stands_in_an_example(column: str, value: object, expected: str | None) -> None:
    assert shown(column, value) == expected


def test_an_example_is_a_line_for_each_column_and_leads_to_its_person() -> None:
    live = {"owner": OWNER, "activity_key": "module:m1:2025-05-12", "credits": 1, "title": "А", "email": "a@b"}
    example = example_of("entries", ("owner", "activity_key"), live, live | {"credits": 2, "email": "c@d"})
    found = examples_of("learning_plan", Comparison(1, (), (example,)), Lack.DIFFERS)
    assert [(one.column.ru if one.column else "", one.live, one.other, one.is_hidden) for one in found] == [
        ("баллы", "1", "2", False),
        ("почта", MASK, MASK, True),
    ]
    assert {one.address for one in found} == {f"/console/people/{OWNER}"}
    lone = example_of("codes", ("owner",), None, {"owner": OWNER, "code": "AB12CDEF3456"})
    [alone] = examples_of("code_register", Comparison(1, (), (lone,)), Lack.ONLY_IN_OTHER)
    assert (alone.address, alone.column) == (f"/console/codes/{OWNER}", None)


class OneOrder:
    """A book with one order, for what people ask of it."""

    def __init__(self, state: OrderState) -> None:
        self.state = state
        self.values: dict[str, object] = {}

    def change(
        self, _: int, expected: Collection[OrderState], to: OrderState, values: Mapping[str, object] | None = None
    ) -> bool:
        """As a book does it."""
        if self.state not in expected:
            return False
        self.state, self.values = to, dict(values or {})
        return True


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("state", OrderState)
def test_only_what_fits_an_order_s_state_can_be_asked_of_it(act: Act, state: OrderState) -> None:
    book: Any = OneOrder(state)
    order = line(state).order
    assert order is not None
    if state in ALLOWED[act]:
        ask_of(book, order, act, "Смена 2", "надо")
        assert book.values["decided_by"] == "Смена 2"
    else:
        with pytest.raises(NotNow):
            ask_of(book, order, act, "Смена 2", "надо")
        assert book.state is state


def test_nothing_can_be_asked_of_what_has_ended() -> None:
    assert not any(ENDS & states for states in ALLOWED.values())
