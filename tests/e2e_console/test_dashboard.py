"""The dashboard in a real browser, while messages flow, when a part stops, and on every width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.e2e_console.conftest import LiveConsole

CATALOGUE = "nmo.catalogue.events.v1"
LIVE_MS = 15_000
"""Seven ticks: enough also on a busy machine."""
RECEIVED = "() => Number(document.querySelector('#sum b').textContent.replace(/\\D/g, ''))"
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"


def head(page: Page) -> int:
    """The log's head as the page shows it."""
    text = page.locator("#d-flow .lag-long").first.inner_text()
    return int("".join(letter for letter in text if letter.isdigit()))


def test_the_dashboard_changes_while_messages_flow(page: Page, live_console: LiveConsole) -> None:
    """Nobody touches the page: what is received, the log's head and the time move on by themselves."""
    page.goto(f"{live_console.url}/dashboard")
    received, before, clock = page.evaluate(RECEIVED), head(page), page.locator("#d-clock time").inner_text()
    live_console.publish(CATALOGUE, "flow", lines.published(activity_id="while-we-look"))
    page.wait_for_function(f"before => ({RECEIVED})() === before + 1", arg=received, timeout=LIVE_MS)
    page.wait_for_function(
        "before => document.querySelector('#d-clock time').textContent !== before", arg=clock, timeout=LIVE_MS
    )
    assert head(page) > before
    assert "сходится" in page.locator("#sum").inner_text()


def test_whoever_stands_on_a_button_still_sees_what_is_new(page: Page, live_console: LiveConsole) -> None:
    page.goto(f"{live_console.url}/dashboard")
    page.locator("#charts .legend a").focus()
    clock = page.locator("#d-clock time").inner_text()
    live_console.publish(CATALOGUE, "flow", lines.published(activity_id="while-somebody-stands-there"))
    page.wait_for_function(
        "before => document.querySelector('#d-clock time').textContent !== before", arg=clock, timeout=LIVE_MS
    )
    assert page.evaluate("document.activeElement.textContent") == "таблицей"


def test_a_lost_stream_is_said_and_hatched_until_it_is_found_again(page: Page, console_url: str) -> None:
    ended = {"status": 200, "content_type": "text/event-stream", "body": "retry: 300\n\n"}
    page.route("**/dashboard/live*", lambda route: route.fulfill(**ended))
    page.goto(f"{console_url}/dashboard")
    page.locator("#d-lost").wait_for(state="visible")
    assert "Связь с сервером потеряна. Цифры за" in page.locator("#d-lost").inner_text()
    assert "gradient" in page.locator("#sum").evaluate("one => getComputedStyle(one).backgroundImage")
    page.unroute("**/dashboard/live*")
    page.locator("#d-lost").wait_for(state="hidden")


def test_the_page_is_whole_without_script(page: Page, live_console: LiveConsole) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    live_console.sign_in(tab)
    tab.goto(f"{live_console.url}/dashboard?period=week")
    assert tab.locator("h1").count() == 1
    assert tab.locator("#d-flow .part").count() > 15
    tab.locator("#charts .legend a").click()
    tab.wait_for_url("**/dashboard/table*")
    assert tab.locator("tbody tr").count() == 84
    context.close()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (900, 1100), (360, 780), (320, 700)])
def test_it_fits_every_width_and_is_accessible(
    page: Page,
    console_url: str,
    width: int,
    height: int,
    assert_accessible: Callable[[Page], None],
    shot: Callable[[Page, str], None],
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{console_url}/dashboard")
    assert page.evaluate(OVERFLOW) <= 0
    assert_accessible(page)
    shot(page, f"dashboard-{width}")


def test_the_wall_has_no_navigation_and_large_figures(
    page: Page, console_url: str, assert_accessible: Callable[[Page], None], shot: Callable[[Page, str], None]
) -> None:
    """From three metres: 58 px for the intake, as the design measured it, and what matters without scrolling."""
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{console_url}/dashboard?wall=1")
    assert not page.locator("nav.nav").is_visible()
    size = page.locator(".tiles-wide .lag").first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    assert size > 50
    assert page.locator("#d-flow").evaluate("one => one.getBoundingClientRect().bottom") < 1080
    assert_accessible(page)
    shot(page, "dashboard-wall")


def test_dark_and_english(page: Page, console_url: str, assert_accessible: Callable[[Page], None]) -> None:
    page.context.add_cookies(
        [{"name": "lang", "value": "en", "url": console_url}, {"name": "theme", "value": "dark", "url": console_url}]
    )
    page.goto(f"{console_url}/dashboard?period=quarter")
    assert "Messages received over a quarter" in page.locator("#charts h2").inner_text()
    assert_accessible(page)
    page.goto(f"{console_url}/dashboard/table?period=quarter")
    assert_accessible(page)
