"""Support works on a person's page in a real browser: the answer, time travel, a recomputation with repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_service.aggregates.values import Account
from sync_service.questions.histories import once
from sync_service.questions.people import known_streams

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from playwright.sync_api import Page

    from tests.e2e_console.conftest import LiveConsole

WIDTHS = ((1440, "wide"), (900, "middle"), (360, "phone"))


def richest(live: LiveConsole) -> UUID:
    """A linked person with the most entries."""
    rows = live.service.views.find("learning_plan", "entries")
    counts: dict[UUID, int] = {}
    for row in rows:
        if row["shown_in_edu"] != "not_linked" or row["shown_in_sovetnmo"] != "not_linked":
            counts[row["owner"]] = counts.get(row["owner"], 0) + 1
    return max(counts, key=lambda owner: (counts[owner], owner))


@pytest.fixture
def person(live_console: LiveConsole) -> UUID:
    return richest(live_console)


def test_the_page_answers_first_and_passes_the_accessibility_checker(
    person: UUID,
    console_url: str,
    page: Page,
    assert_accessible: Callable[[Page], None],
    shot: Callable[[Page, str], None],
) -> None:
    page.goto(f"{console_url}/people/{person}")
    assert page.locator(".verdict .say").inner_text()
    for width, name in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shot(page, f"person-{name}")


def test_the_slider_travels_through_time_and_the_keyboard_brings_back(
    person: UUID,
    live_console: LiveConsole,
    console_url: str,
    page: Page,
    assert_accessible: Callable[[Page], None],
    shot: Callable[[Page, str], None],
) -> None:
    [account, *_] = live_console.service.views.find("directory", "accounts", owner=person)
    streams = known_streams(
        live_console.service.store, Account.parse(f"{account['portal']}:{account['account_id']}"), None
    )
    steps = len(list(once(streams.in_log_order())))
    page.goto(f"{console_url}/people/{person}")
    slider = page.locator("input[type=range]")
    assert int(slider.get_attribute("max") or 0) == steps
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(".asof")
    assert page.locator("input[type=range]").input_value() == str(steps - 1)
    assert page.locator("text=Ответ пользователю").count() == 0
    page.goto(f"{console_url}/people/{person}?step={steps // 2}")
    page.wait_for_selector(".asof")
    assert page.locator(".diff").count() > 0
    assert_accessible(page)
    shot(page, "person-as-of")
    page.keyboard.press("n")
    page.wait_for_selector(".asof", state="detached")
    assert page.locator(".verdict .say").inner_text()


def test_a_spoiled_row_is_found_and_repaired(
    person: UUID,
    live_console: LiveConsole,
    console_url: str,
    page: Page,
    assert_accessible: Callable[[Page], None],
    shot: Callable[[Page, str], None],
) -> None:
    generation = live_console.service.views.live("learning_plan")
    with live_console.service.database.cursor() as cursor:
        cursor.execute(
            f"UPDATE view_learning_plan_{generation.number}.entries SET credits = credits + 7 WHERE owner = %s",  # noqa: S608
            [person],
        )
        spoiled = cursor.rowcount
    page.goto(f"{console_url}/people/{person}/replay")
    assert page.locator("tbody tr").count() == spoiled
    assert_accessible(page)
    shot(page, "person-replay")
    page.click("text=Исправить строки")
    page.wait_for_selector(".v-ok")
    assert page.locator("tbody tr").count() == 0


def test_the_answer_opens_as_a_dialog_and_asking_again_reaches_the_portal(
    person: UUID,
    live_console: LiveConsole,
    console_url: str,
    page: Page,
    assert_accessible: Callable[[Page], None],
    shot: Callable[[Page, str], None],
) -> None:
    page.goto(f"{console_url}/people/{person}")
    page.click("text=Ответ пользователю")
    page.wait_for_selector("dialog[open] .answer")
    assert "Здравствуйте!" in page.locator("dialog .answer").inner_text()
    assert_accessible(page)
    shot(page, "person-answer")
    page.keyboard.press("Escape")
    before = live_console.service.store.head()
    page.click("text=Спросить edu ещё раз")
    page.click("dialog[open] button.btn-main")
    page.wait_for_url(f"{console_url}/people/{person}?asked=edu")
    assert "Копии снова запрошены у edu." in page.locator("[role=status]").first.inner_text()
    assert live_console.service.store.head() > before


def test_steps_and_filters_keep_the_focus_and_each_other(person: UUID, console_url: str, page: Page) -> None:
    page.goto(f"{console_url}/people/{person}?step=8")
    for expected in ("7", "6"):
        page.locator("#step-left").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(f'input[type=range][value="{expected}"]')
        assert page.evaluate("document.activeElement.id") == "step-left"
    page.keyboard.press("n")
    page.wait_for_selector(".asof", state="detached")
    page.click("#activities >> text=Засчитаны")
    page.wait_for_url("**credits=counted**")
    page.click("#history >> text=Коды")
    page.wait_for_url("**events=codes**")
    assert "credits=counted" in page.url
    assert page.locator("#activities [aria-current]").inner_text().startswith("Засчитаны")
    page.go_back()
    page.wait_for_selector("#history [aria-current] >> text=Все")
