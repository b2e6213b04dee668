"""Search, parked messages and the frame around them, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from sync_service.questions.letters import waiting_letters
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.e2e_console.conftest import LiveConsole

CATALOGUE = "nmo.catalogue.events.v1"
LOOKS = [(360, "ru", "dark"), (900, "en", "light"), (1440, "ru", "light"), (1440, "en", "dark")]
"""Every width, language and theme; the long Russian words on the narrowest and the widest."""


def without(line: bytes, field: str, message_id: str) -> bytes:
    """A message of another id whose field is missing."""
    event = lines.decode(line) | {"id": message_id}
    event["data"].pop(field)
    return lines.encode(event)


@pytest.fixture(scope="module")
def parked(live_console: LiveConsole) -> str:
    """The address of a parked message: an event without its date; two more like it wait with it."""
    for number in range(3):
        line = without(
            lines.published(f"EV-26-1187{number}", title="День пульмонолога"), "held_on", f"no-date-{number}"
        )
        live_console.publish(CATALOGUE, f"EV-26-1187{number}", line)
    found = next(letter for letter in waiting_letters(live_console.service.store) if letter.message_id == "no-date-0")
    return f"{live_console.url}/parked/{found.id}"


@pytest.fixture
def look(
    page: Page, assert_accessible: Callable[[Page], None], shot: Callable[[Page, str], None]
) -> Callable[[str], None]:
    """Look at the page as it stands: nothing is wider than the window, axe-core finds nothing; and take a picture."""

    def looked(name: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        assert_accessible(page)
        shot(page, name)

    return looked


@pytest.mark.slow
@pytest.mark.parametrize(("width", "language", "theme"), LOOKS)
def test_every_page_fits_and_is_accessible(
    page: Page, parked: str, look: Callable[[str], None], width: int, language: str, theme: str
) -> None:
    console_url = parked.partition("/parked/")[0]
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{console_url}/preferences?lang={language}&theme={theme}&back=/console/")
    looked_at = {
        "start": f"{console_url}/",
        "parked": f"{console_url}/parked",
        "parked-all": f"{console_url}/parked?state=all",
        "letter": parked,
        "discard": f"{parked}/discard",
        "keys": f"{console_url}/keys",
        "fault": f"{console_url}/nowhere",
    }
    for name, address in looked_at.items():
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        look(f"{name}-{width}-{language}-{theme}")
    page.goto(f"{console_url}/parked")
    page.locator('a[href*="/group/"]').first.click()
    page.wait_for_url("**/group/*")
    look(f"group-{width}-{language}-{theme}")
    page.goto(f"{console_url}/")
    page.locator("main .find [name=q][type=search]").fill("АВ12-3456789")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tried")
    look(f"search-{width}-{language}-{theme}")


def test_a_slash_leads_to_the_search_and_an_account_opens_at_once(page: Page, live_console: LiveConsole) -> None:
    account = next(iter(live_console.service.views.find("directory", "accounts", portal="edu")))
    page.goto(f"{live_console.url}/parked")
    page.keyboard.press("/")
    page.keyboard.type(account["account_id"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/*")
    assert page.url == f"{live_console.url}/people/{account['owner']}"


def test_a_parked_message_is_edited_seen_and_retried(page: Page, parked: str, live_console: LiveConsole) -> None:
    page.goto(parked)
    assert "held_on" in page.locator(".wrongs").inner_text()
    assert page.locator("#edited").count() == 0
    page.get_by_role("button", name="Показать целиком и исправить").click()
    text = page.locator("#edited").input_value()
    page.locator("#edited").fill(text.replace('"kind": "event"', '"kind": "event", "held_on": "2026-05-19"'))
    letter, store = UUID(parked.rpartition("/")[2]), live_console.service.store
    page.get_by_role("button", name="Проверить правку").click()
    page.wait_for_selector(".preview")
    assert len(store.load([letter])[letter]) == 1, "a preview writes nothing"
    page.get_by_label("Почему исправляете").fill("Дата подтверждена организатором")
    page.get_by_role("button", name="Повторить исправленное").click()
    page.wait_for_selector(".chip-ok")
    assert "Анна Орехова" in page.locator("main").inner_text()
    assert [
        row["text"]
        for row in page.evaluate("[...document.querySelectorAll('.json .fixd')].map(e => ({text: e.innerText}))")
    ]
    assert len(store.load([letter])[letter]) == 2


def test_discarding_asks_in_a_dialog_that_the_keyboard_can_leave(
    page: Page, live_console: LiveConsole, parked: str
) -> None:
    other = next(one for one in waiting_letters(live_console.service.store) if one.message_id == "no-date-1")
    page.goto(f"{live_console.url}/parked/{other.id}")
    page.get_by_role("link", name="Не применять…").press("Enter")
    page.wait_for_selector("dialog[open]")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    page.get_by_role("link", name="Не применять…").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Почему не применяете").fill("Пришло по ошибке отправителя")
    dialog.get_by_role("button", name="Не применять").click()
    page.wait_for_selector("main .chip")
    assert "не применяем" in page.locator("main .chip").inner_text()


def test_a_filter_changes_the_page_in_place_and_the_way_back_leads_back(
    page: Page, console_url: str, parked: str
) -> None:
    page.goto(f"{console_url}/parked")
    page.evaluate("window.same = true")
    page.get_by_role("link", name="С решёнными").click()
    page.wait_for_url("**state=all")
    page.get_by_role("heading", name="Все отложенные сообщения").wait_for()
    assert page.title().startswith("Все отложенные сообщения")
    assert page.evaluate("window.same")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    page.go_back()
    page.get_by_role("heading", name="Отложенные сообщения", exact=False).first.wait_for()
    page.wait_for_selector(".queue")
    assert page.title().startswith("Отложенные")
    assert page.evaluate("window.same")
