"""Operators rebuild views in a real browser: progress, pause, the comparison, the switch, and the way back."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from sync_service.projections import projecting
from sync_service.projections.rebuild_orders import Act, OrderState, ask_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.e2e_console.conftest import LiveConsole

WIDTHS = ((1440, "wide"), (900, "middle"), (360, "phone"))
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def tidied(live_console: LiveConsole) -> Iterator[None]:
    """Leave no rebuild open to the next test."""
    yield
    book = live_console.service.rebuilds
    for order in book.open():
        ask_of(book, order, Act.CANCEL, "test", "tidied")


def wait_for(live: LiveConsole, view: str, state: OrderState) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while live.service.rebuilds.latest()[view].state is not state:
        assert time.monotonic() < deadline, live.service.rebuilds.latest()[view]
        time.sleep(0.05)


def say_why(page: Page, button: str) -> None:
    """Fill the dialog that asks, and press what it offers."""
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=reason]").fill("Проверка")
    dialog.get_by_role("button", name=button, exact=True).click()


def alter_plan(live: LiveConsole) -> int:
    """Spoil rows of the live plan behind the service's back; how many."""
    generation = live.service.views.live("learning_plan").number
    with live.service.database.cursor() as cursor:
        cursor.execute(
            f"UPDATE view_learning_plan_{generation}.entries SET credits = credits + 1 WHERE owner IN"  # noqa: S608 - our own names
            f" (SELECT owner FROM view_learning_plan_{generation}.entries ORDER BY owner LIMIT 1)".encode()
        )
        return cursor.rowcount


def test_an_equal_rebuild_is_asked_for_seen_switched_to_and_taken_back(
    live_console: LiveConsole, console_url: str, page: Page, assert_accessible: Callable[[Page], None]
) -> None:
    before = live_console.service.views.live("directory").number
    page.goto(f"{console_url}/rebuilds")
    page.get_by_role("link", name="Перестроить…").click()
    assert_accessible(page)
    page.locator("dialog[open] select").select_option("directory")
    say_why(page, "Перестроить")
    page.wait_for_url("**/rebuilds/directory")
    page.get_by_text(re.compile("совпадает со служащей до байта")).wait_for()
    assert_accessible(page)
    page.get_by_role("link", name="Переключить…").click()
    page.get_by_text("никто ничего не заметит").wait_for()
    assert_accessible(page)
    say_why(page, "Переключить")
    wait_for(live_console, "directory", OrderState.SWITCHED)
    assert live_console.service.views.live("directory").number != before
    page.get_by_role("link", name=f"Вернуть версию {before}…").click()
    say_why(page, "Вернуть")
    wait_for(live_console, "directory", OrderState.TAKEN_BACK)
    assert live_console.service.views.live("directory").number == before
    page.goto(f"{console_url}/rebuilds")
    assert page.locator("main").get_by_text("Анна Орехова").count() >= 2


def test_differences_are_shown_with_their_rows_and_the_new_version_can_be_dropped(
    live_console: LiveConsole,
    console_url: str,
    page: Page,
    assert_accessible: Callable[[Page], None],
    shot: Callable[[Page, str], None],
) -> None:
    spoiled = alter_plan(live_console)
    assert spoiled > 0
    live_console.service.rebuilds.ask(["learning_plan"], "Смена 1", "Исправлено правило")
    page.goto(f"{console_url}/rebuilds/learning_plan")
    page.get_by_text(re.compile(f"не совпало {spoiled} из")).wait_for()
    page.reload()
    assert page.locator("#rebuild-compared tbody tr").count() == min(spoiled, 20)
    for width, name in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shot(page, f"rebuild-{name}")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="Отменить и удалить новую версию…").click()
    say_why(page, "Отменить перестроение")
    wait_for(live_console, "learning_plan", OrderState.CANCELLED)
    live_console.service.rebuilds.ask(["learning_plan"], "Смена 1", "Теперь по-настоящему")
    wait_for(live_console, "learning_plan", OrderState.READY)
    page.goto(f"{console_url}/rebuilds/learning_plan")
    page.get_by_role("link", name="Переключить…").click()
    page.get_by_text(f"Изменится строк: {spoiled}.").wait_for()
    say_why(page, "Переключить")
    wait_for(live_console, "learning_plan", OrderState.SWITCHED)


def test_the_bar_moves_by_itself_and_a_rebuild_is_paused_and_resumed(
    live_console: LiveConsole, console_url: str, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projecting, "BATCH_EVENTS_MAX", 5)
    live_console.service.rebuilds.ask(["learning_plan", "code_register"], "Смена 1", "Медленно")
    page.goto(f"{console_url}/rebuilds/learning_plan")
    bar = page.get_by_role("progressbar")
    bar.wait_for()
    first, deadline = bar.get_attribute("aria-valuenow"), time.monotonic() + PATIENCE_S
    while bar.get_attribute("aria-valuenow") == first:
        assert time.monotonic() < deadline, "the bar does not move"
        page.wait_for_timeout(100)
    page.get_by_role("button", name="Приостановить").click()
    wait_for(live_console, "learning_plan", OrderState.PAUSED)
    page.get_by_text("Приостановлено на").wait_for()
    position = [one.position for one in live_console.service.views.generations() if one.state.value == "building"]
    page.goto(f"{console_url}/rebuilds")
    page.get_by_text("приостановлено", exact=True).wait_for()
    monkeypatch.undo()
    page.goto(f"{console_url}/rebuilds/learning_plan")
    page.get_by_role("button", name="Продолжить").click()
    wait_for(live_console, "learning_plan", OrderState.READY)
    assert max(position) > 0


def test_a_decision_about_what_has_moved_on_changes_nothing(
    live_console: LiveConsole, console_url: str, page: Page
) -> None:
    live_console.service.rebuilds.ask(["link_progress"], "Смена 1", "Проверка")
    wait_for(live_console, "link_progress", OrderState.READY)
    page.goto(f"{console_url}/rebuilds/link_progress/switch")
    order = live_console.service.rebuilds.latest()["link_progress"]
    ask_of(live_console.service.rebuilds, order, Act.CANCEL, "Смена 3", "Передумали")
    page.locator("main [name=reason]").fill("Проверка")
    page.get_by_role("button", name="Переключить", exact=True).click()
    page.get_by_text("Пока вы смотрели, перестроение продвинулось").wait_for()
    assert live_console.service.rebuilds.latest()["link_progress"].state is OrderState.CANCELLED


def test_the_list_fits_every_width_in_both_languages_and_themes(
    console_url: str, page: Page, assert_accessible: Callable[[Page], None], shot: Callable[[Page, str], None]
) -> None:
    for language, theme in (("ru", "light"), ("en", "dark")):
        page.context.add_cookies(
            [
                {"name": name, "value": value, "url": console_url}
                for name, value in (("lang", language), ("theme", theme))
            ]
        )
        page.goto(f"{console_url}/rebuilds")
        for width, name in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert_accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            shot(page, f"rebuilds-{language}-{name}")
