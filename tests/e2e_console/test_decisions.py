"""An identity decision by two people, each at a browser of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.access import Role
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from tests.e2e_console.conftest import LiveConsole

EDU, SOVETNMO = "dec-e1", "dec-s1"
BORIS = "Борис Сомов"
WIDTHS = (360, 900, 1440)


def heard(console: LiveConsole, account: str, line: bytes) -> None:
    """Let the portal of an account, or the catalogue, publish one message."""
    portal, _, account_id = account.partition(":")
    console.publish(f"nmo.{portal}.events.v1", account_id, line)


def mismatched(console: LiveConsole, edu: str, sovetnmo: str) -> None:
    """Two accounts that ask to be linked, with СНИЛС that differ."""
    heard(console, f"edu:{edu}", lines.registered(f"edu:{edu}", snils=lines.SNILS, full_name="Громова Анна Игоревна"))
    heard(
        console,
        f"sovetnmo:{sovetnmo}",
        lines.registered(f"sovetnmo:{sovetnmo}", snils=lines.OTHER_SNILS, full_name="Громова Анна Игоревна"),
    )
    heard(console, f"sovetnmo:{sovetnmo}", lines.completed(f"sovetnmo:{sovetnmo}", "dec-m1"))
    heard(console, f"edu:{edu}", lines.link_requested(f"r-{edu}", edu, sovetnmo))
    heard(console, f"sovetnmo:{sovetnmo}", lines.link_confirmed(f"r-{edu}", edu, sovetnmo))


def test_two_people_decide_on_an_identity(
    live_console: LiveConsole,
    chromium: Browser,
    page: Page,
    assert_accessible: Callable[[Page], None],
    shot: Callable[[Page, str], None],
) -> None:
    mismatched(live_console, EDU, SOVETNMO)

    page.goto(f"{live_console.url}/decisions")
    page.get_by_role("link", name=f"Кабинеты edu {EDU} и sovetnmo {SOVETNMO} просят связать").click()
    page.get_by_role("heading", level=1, name="Связать кабинеты, у которых не совпал СНИЛС?", exact=True).wait_for()
    assert_accessible(page)
    shot(page, "decision-new")
    page.get_by_label("Основание").fill("Скан прислан, номер как в edu")
    page.get_by_role("button", name="Предложить связать").click()
    page.get_by_text("Предложено. Нужно согласие другого сотрудника.").wait_for()
    address = page.url

    page.get_by_role("heading", name="Это ваше предложение").wait_for()
    assert page.get_by_role("button", name="Согласиться и связать").count() == 0
    assert_accessible(page)

    other = chromium.new_context(viewport={"width": 1024, "height": 800})
    second = other.new_page()
    live_console.sign_in(second, BORIS, Role.SUPERVISOR)
    second.goto(address)
    shot(second, "decision")
    assert_accessible(second)
    second.get_by_role("button", name="Согласиться и связать").click()
    second.get_by_text("Двое согласились, решение исполнено.").wait_for()
    assert_accessible(second)
    other.close()

    assert len(owners(live_console)) == 1


def owners(console: LiveConsole) -> set[object]:
    """Whose the two accounts are."""
    return {
        row["owner"]
        for portal, account_id in (("edu", EDU), ("sovetnmo", SOVETNMO))
        for row in console.service.views.find("directory", "accounts", portal=portal, account_id=account_id)
    }


def test_news_that_comes_between_is_shown_instead_of_written(live_console: LiveConsole, page: Page) -> None:
    edu, sovetnmo = "dec-e2", "dec-s2"
    mismatched(live_console, edu, sovetnmo)
    page.goto(f"{live_console.url}/decisions/new?kind=join&account=edu:{edu}&other=sovetnmo:{sovetnmo}")
    heard(live_console, f"edu:{edu}", lines.completed(f"edu:{edu}", "dec-m2"))

    page.get_by_label("Основание").fill("Номер как в edu")
    page.get_by_role("button", name="Предложить связать").click()

    page.get_by_text("Пока вы смотрели, пришло новое. Вот что произойдёт теперь.").wait_for()
    assert page.get_by_label("Основание").input_value() == "Номер как в edu"
    page.get_by_role("button", name="Предложить связать").click()
    page.get_by_text("Предложено. Нужно согласие другого сотрудника.").wait_for()


def test_the_lists_of_decisions_fit_every_width(
    live_console: LiveConsole, page: Page, assert_accessible: Callable[[Page], None], shot: Callable[[Page, str], None]
) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{live_console.url}/decisions")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert_accessible(page)
        shot(page, f"decisions-{width}")
