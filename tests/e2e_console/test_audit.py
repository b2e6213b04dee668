"""The case that is asked for once, and the auditor's page that shows what was looked at, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_service.access import Role
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.e2e_console.conftest import LiveConsole

TOPIC = "nmo.edu.events.v1"


@pytest.fixture(scope="module")
def somebody(live_console: LiveConsole) -> str:
    """An account whose person the tests look at."""
    live_console.publish(TOPIC, "audited-1", lines.registered("edu:audited-1", email="look@example.org"))
    return "edu:audited-1"


@pytest.fixture
def look(assert_accessible: Callable[[Page], None], shot: Callable[[Page, str], None]) -> Callable[[Page, str], None]:
    """Look at a page as it stands: nothing is wider than the window, axe-core finds nothing; and take a picture."""

    def looked(page: Page, name: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        assert_accessible(page)
        shot(page, name)

    return looked


@pytest.mark.slow
@pytest.mark.parametrize(("width", "language", "theme"), [(360, "en", "dark"), (1440, "ru", "light")])
def test_a_look_is_asked_for_its_case_once_and_is_found_by_an_auditor(
    stranger: Page,
    live_console: LiveConsole,
    somebody: str,
    look: Callable[[Page, str], None],
    width: int,
    language: str,
    theme: str,
) -> None:
    page = stranger
    page.set_viewport_size({"width": width, "height": 900})
    case = f"INC-2026/{width}"
    live_console.sign_in(page, "Пётр Стажёров", Role.SUPPORT)
    page.goto(f"{live_console.url}/preferences?lang={language}&theme={theme}")
    page.goto(f"{live_console.url}/case")
    page.locator("button[value=end]").click()
    page.locator("main input[name=q]").fill(somebody)
    page.keyboard.press("Enter")
    page.locator("#case").wait_for()
    look(page, f"case-{width}-{theme}")
    page.locator("#case").fill(case)
    page.keyboard.press("Enter")
    page.locator(".acct").first.wait_for()
    assert case in page.locator(".who-bar").inner_text()
    look(page, f"person-{width}-{theme}")

    page.locator("button[value='email@edu']").first.click()
    page.get_by_text("look@example.org").wait_for()
    live_console.sign_in(page, "Ада Учётова", Role.AUDITOR)
    page.goto(f"{live_console.url}/audit")
    page.locator("#a-whom").fill(somebody)
    page.keyboard.press("Enter")
    page.wait_for_url("**/audit?*whom=*")
    assert "audited-1" not in page.url
    rows = page.locator("tbody tr")
    assert case in rows.first.inner_text()
    assert "email@edu" in rows.first.inner_text()
    page.locator("button[value=verify]").click()
    page.locator(".v-ok").wait_for()
    look(page, f"audit-{width}-{theme}")
