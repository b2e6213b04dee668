"""A code's page in a real browser: found by any spelling, answered by a copied text, moved by two people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.e2e_console.conftest import LiveConsole

CODE = "9XTR7Q2MKTCE"
BORIS = "Борис Сомов"
WIDTHS = (360, 900, 1440)


@pytest.fixture(scope="module")
def taken(live_console: LiveConsole) -> LiveConsole:
    """A code that edu:code-e1 has, and that sovetnmo:code-s1 entered with Cyrillic letters."""
    told = (
        ("catalogue", "code-ev", lines.published("code-ev", title="Ревматология для терапевта", place="Тверь")),
        ("catalogue", "code-ev", lines.issued(CODE, activity_id="code-ev")),
        ("edu", "code-e1", lines.registered("edu:code-e1", full_name="Волкова Мария Сергеевна")),
        ("sovetnmo", "code-s1", lines.registered("sovetnmo:code-s1", full_name="Иванов Пётр Ильич")),
        ("edu", "code-e1", lines.activated("edu:code-e1", CODE)),
        ("sovetnmo", "code-s1", lines.activated("sovetnmo:code-s1", "9xтr—7Q2MКТСЕ", at=lines.AFTER)),
    )
    for source, key, line in told:
        live_console.publish(f"nmo.{source}.events.v1", key, line)
    return live_console


def find(page: Page, console: LiveConsole) -> None:
    """Look the code up by the search field, in lower case and without its hyphen."""
    page.goto(f"{console.url}/")
    page.get_by_role("searchbox").first.fill(CODE.lower())
    page.keyboard.press("Enter")
    page.get_by_text("Код занят: 12 мая 2025 года его ввёл в edu другой человек.").first.wait_for()


def test_the_answer_to_the_user_is_copied(taken: LiveConsole, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    find(page, taken)
    assert CODE not in page.url
    assert CODE not in page.content()

    page.locator("#answer").get_by_role("button", name="Скопировать").click()
    page.get_by_text("Скопировано").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Здравствуйте! Код не был активирован.")
    assert copied.endswith("приложите фото свидетельства.")


def test_the_code_is_shown_in_full_by_one_click_and_the_letter_is_a_file(taken: LiveConsole, page: Page) -> None:
    find(page, taken)
    page.get_by_role("link", name="показать целиком").click()
    page.get_by_text("9XTR-7Q2MKTCE").wait_for()
    page.get_by_role("link", name="К странице кода").click()
    page.get_by_role("dialog").wait_for(state="detached")

    page.get_by_role("link", name="Письмо в поддержку портала").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Скачать").click()
    assert download.value.suggested_filename == "letter.txt"
    assert "9XTR-7Q2MKTCE" in download.value.path().read_text(encoding="utf-8")


def test_a_codes_page_is_accessible_and_fits_every_width(
    taken: LiveConsole, page: Page, assert_accessible: Callable[[Page], None], shot: Callable[[Page, str], None]
) -> None:
    find(page, taken)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert_accessible(page)
        shot(page, f"code-{width}")


def test_two_people_move_a_code_from_its_page(taken: LiveConsole, page: Page) -> None:
    find(page, taken)
    page.get_by_role("link", name="передать код сюда…").click()
    page.get_by_text("sovetnmo code-s1: появится «Ревматология для терапевта»").wait_for()
    page.get_by_label("Основание").fill("Свидетельство на имя второго")
    page.get_by_role("button", name="Предложить передать код").click()
    page.get_by_role("heading", name="Это ваше предложение").wait_for()
    proposal = page.url
    taken.sign_in(page, BORIS)
    page.goto(proposal)
    page.get_by_role("button", name="Согласиться и передать код").click()
    page.get_by_text("Двое согласились, решение исполнено.").wait_for()

    page.get_by_role("link", name="Страница кода").click()
    page.get_by_text("Передан решением двоих сотрудников").wait_for()
