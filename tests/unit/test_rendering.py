"""What support staff see in a terminal: everything that the answer says, in 80 columns, and nothing that steers it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.console import Console

from sync_service import questions
from sync_service.projections.view import Changes
from sync_service.rendering import show_code, show_history, show_plan, show_replay
from sync_service.rendering.verifications import show_verification
from sync_service.reports.check_value import check_value
from sync_service.reports.verification import verify_value
from tests.model import lines
from tests.unit.reported_person import reported, reported_desk
from tests.unit.support_desk import CODE_KEY, MODULE_KEY, Desk, linked_desk

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH = 80
LONG = "очень-длинный-номер-" * 8


class Screen:
    """A terminal of 80 columns that remembers what was shown."""

    def __init__(self) -> None:
        self._written = io.StringIO()
        self.console = Console(file=self._written, width=WIDTH, force_terminal=False)

    @property
    def lines(self) -> list[str]:
        return self._written.getvalue().split("\n")

    @property
    def words(self) -> str:
        """All that was shown, as if no line had been broken within a column of one."""
        return " ".join(self._written.getvalue().split())


@pytest.fixture
def screen() -> Screen:
    return Screen()


def desk_with_everything() -> Desk:
    return linked_desk().hears(
        lines.cycle("edu:e1"),
        lines.programme("edu:e1"),
        lines.activated("sovetnmo:s1", "не код"),
        lines.completed("edu:e1", LONG),
        lines.not_applied("sovetnmo:s1", MODULE_KEY, "rejected"),
        lines.reversal("sovetnmo:s1", CODE_KEY),
    )


def test_history_says_who_how_it_is_linked_and_what_happened(screen: Screen) -> None:
    show_history(linked_desk().history("edu:e1"), screen.console)
    assert "Кабинеты / accounts: sovetnmo s1, edu e1" in screen.words
    assert "Связываются: показано 0 из 2. Новые записи идут сразу." in screen.words
    assert "Linking: 0 of 2 shown. New entries flow at once." in screen.words
    assert any(line.strip().endswith("Служба узнала о кабинете edu e1.") for line in screen.lines)


def test_history_of_the_unlinked_says_who_may_link() -> None:
    screen = Screen()
    show_history(Desk(lines.completed("edu:e1")).history("edu:e1"), screen.console)
    assert "Кабинеты не связаны. Связывает сам человек" in screen.words


def test_plan_says_what_there_is_and_where_it_is_shown(screen: Screen) -> None:
    show_plan(desk_with_everything().plan("edu:e1"), screen.console)
    assert "Цикл c1: кардиология, высшее образование, с 1 июня 2021 года по 31 мая 2026 года." in screen.words
    assert any("14 мая 2025" in line and "Активность ev1" in line and "введено здесь" in line for line in screen.lines)
    assert "портал отклонил" in screen.words
    assert "Отменено. Причина: «ошибка»." in screen.words


def test_plan_says_what_counts_for_how_much_why_not_and_what_remains(screen: Screen) -> None:
    desk = linked_desk().hears(lines.cycle("edu:e1"), lines.published("m2", "module", lines.row(2, "хирургия")))
    show_plan(desk.hears(lines.completed("edu:e1", "m2")).plan("edu:e1"), screen.console)
    assert "Политика model-144: «Модель: 144 часа за пять лет»." in screen.words
    assert "Мероприятия, баллы: 5 из 16, осталось 11; модули, баллы: 0 из 20, осталось 20;" in screen.words
    assert "Events, credits: 5 of 16, 11 to go;" in screen.words
    shown = "".join(screen.words.split("─"))
    for told in ("Засчитано: 5 баллов.", "Counted: 5 credits.", "Не та специальность.", "Ждёт каталога."):
        assert told in shown


def test_plan_without_cycles_sums_up_what_counts(screen: Screen) -> None:
    show_plan(linked_desk().plan("edu:e1"), screen.console)
    assert "Мероприятия, баллы: 5; модули, баллы: 0;" in screen.words


def test_a_verification_shows_what_the_report_says(screen: Screen) -> None:
    desk = reported_desk()
    show_verification(verify_value(desk.store, str(check_value(reported(desk)))), screen.console)
    assert "Отчёт подлинный: всё совпадает. The report is genuine: equal." in screen.words
    assert "Специалист: Проверкина Анна Ивановна" in screen.words
    assert "Мероприятия, баллы: 5 / 16 / 11" in screen.words
    assert max(map(cell_len, screen.lines)) <= WIDTH


def test_plan_without_entries_says_so(screen: Screen) -> None:
    show_plan(Desk(lines.registered("edu:e1")).plan("edu:e1"), screen.console)
    assert "Записей нет" in screen.words


def test_code_says_for_what_whose_and_who_tried(screen: Screen) -> None:
    desk = linked_desk().hears(lines.activated("edu:e7"), lines.completed("edu:e1", code=lines.CODE), lines.revoked())
    show_code(questions.code(desk.views, lines.CODE), screen.console)
    assert "Код / code: AB12-CDEF3456" in screen.words
    assert "Выдан за активность ev1, для врачей." in screen.words
    assert "Организатор отозвал его 12 мая 2025 года. Причина: «ошибка»." in screen.words
    assert "Владелец: кабинет sovetnmo s1" in screen.words
    assert any("12:00:00 +03:00" in line and "e7" in line for line in screen.lines)


def test_code_never_heard_of_says_so(screen: Screen) -> None:
    show_code(questions.code(Desk().views, lines.CODE), screen.console)
    assert "Этого кода никто не выдавал." in screen.words
    assert "Владельца нет." in screen.words
    assert "Этот код никто не вводил." in screen.words


def test_replay_says_that_all_is_equal_or_what_is_not(screen: Screen) -> None:
    desk = linked_desk()
    show_replay(desk.replay("edu:e1"), screen.console)
    assert "всё совпадает" in screen.words
    live = desk.views.live("directory")
    owner = desk.plan("edu:e1").specialist_id
    desk.views.write([live], [{live: Changes(deletes={"accounts": [(owner, ("edu", "e1"))]})}], live.position)
    show_replay(desk.replay("edu:e1"), screen.console)
    assert "Отличается строк: 1." in screen.words
    assert any("account_id: e1" in line and "no row" in line for line in screen.lines)


SHOWN: dict[str, Callable[[Desk, Console], None]] = {
    "history": lambda desk, console: show_history(desk.history("edu:e1"), console),
    "plan": lambda desk, console: show_plan(desk.plan("edu:e1"), console),
    "code": lambda desk, console: show_code(questions.code(desk.views, lines.CODE), console),
    "replay": lambda desk, console: show_replay(desk.replay("edu:e1"), console),
}


@pytest.mark.parametrize("answer", SHOWN)
def test_every_line_fits_and_no_long_word_is_lost(answer: str, screen: Screen) -> None:
    desk = desk_with_everything()
    live = desk.views.live("learning_plan")
    owner = desk.plan("edu:e1").specialist_id
    desk.views.write([live], [{live: Changes(deletes={"cycles": [(owner, (owner, "c1"))]})}], live.position)
    SHOWN[answer](desk, screen.console)
    assert max(map(cell_len, screen.lines)) <= WIDTH
    assert "…" not in screen.words


def test_what_a_portal_sends_cannot_steer_the_terminal_nor_pass_for_markup(screen: Screen) -> None:
    title = "[bold]\x1b[31mФорум\x07\u202e\x9b"
    desk = linked_desk().hears(lines.published(title=title))
    show_plan(desk.plan("edu:e1"), screen.console)
    show_history(desk.history("edu:e1"), screen.console)
    assert "[bold]�[31mФорум���" in screen.words
    assert not set("\x1b\x07\u202e\x9b") & set(screen.words)
