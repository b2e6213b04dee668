"""Signing in as people do: at a real provider through real redirects, by a link, and out again."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from sync_service.access import Role, Visitor
from sync_service.bootstrap import Service
from sync_service.settings import Settings
from tests.master_key import MASTER_KEY
from tests.oidc_server import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.e2e_console.conftest import LiveConsole
    from tests.real_postgres import Databases

ANNA = {"sub": "0a1b", "name": "Анна Орехова", "groups": ["nmo-lead"]}
EVE = {"sub": "4e5f", "name": "Ева Чужая", "groups": ["accounting"]}


def keep_inside(tab: Page) -> None:
    """The provider's own pages load a style sheet from elsewhere: it is answered here, empty."""
    tab.route(lambda url: not url.startswith("http://127.0.0.1"), lambda route: route.fulfill(status=200, body=""))


@contextmanager
def console_at(issuer: str, conninfo: str, directory: Path) -> Iterator[str]:
    """A console whose people sign in at this provider; gives its address."""
    given = {
        "data_dir": directory,
        "database_url": conninfo,
        "master_key": MASTER_KEY,
        "console_port": 0,
        "log_level": "error",
        "oidc_issuer": issuer,
        "oidc_client_id": "sync-console",
        "oidc_client_secret": "a secret",
        "oidc_roles_claim": "groups",
        "oidc_roles": ("nmo-lead=supervisor",),
        "console_url": "http://127.0.0.1",
    }
    bound = Service(Settings.model_validate(given))
    port = bound.listening.getsockname()[1]
    service = Service(Settings.model_validate({**given, "console_url": f"http://127.0.0.1:{port}"}))
    service.__dict__["listening"] = bound.listening
    stopping = threading.Event()
    thread = threading.Thread(target=service.run, args=(["console"], stopping), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/console"
    finally:
        stopping.set()
        thread.join(30)
        service.database.close()


@pytest.fixture(scope="module")
def guarded_console(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A console and its provider, each a program of its own."""
    with (
        running(ANNA, EVE) as provider,
        databases.fresh() as conninfo,
        console_at(provider.issuer, conninfo, tmp_path_factory.mktemp("guarded")) as url,
    ):
        yield url


def test_somebody_signs_in_at_the_provider_and_out_again(
    guarded_console: str,
    stranger: Page,
    assert_accessible: Callable[[Page], None],
    shot: Callable[[Page, str], None],
) -> None:
    keep_inside(stranger)
    stranger.goto(f"{guarded_console}/decisions")
    assert stranger.url.endswith("/console/sign-in?back=%2Fconsole%2Fdecisions")
    assert_accessible(stranger)
    shot(stranger, "sign-in-provider")
    stranger.get_by_role("link", name="Войти через службу входа").click()
    stranger.get_by_role("button", name="0a1b", exact=True).click()

    stranger.get_by_role("heading", name="Решения", level=1).wait_for()
    assert stranger.url == f"{guarded_console}/decisions"
    assert "Анна Орехова" in stranger.locator(".who-bar").inner_text()
    stranger.goto(f"{guarded_console}/rebuilds/start")
    stranger.get_by_role("heading", name="Для этого нужна другая роль").wait_for()
    assert_accessible(stranger)
    shot(stranger, "role-missing")

    stranger.goto(f"{guarded_console}/")
    shot(stranger, "signed-in")
    stranger.get_by_role("button", name="Выйти").click()
    stranger.get_by_role("heading", name="Вы вышли из консоли").wait_for()
    assert_accessible(stranger)
    shot(stranger, "signed-out")
    assert stranger.locator("[data-section]").count() == 0
    stranger.goto(f"{guarded_console}/decisions")
    assert "/sign-in" in stranger.url


def test_somebody_without_a_role_reads_why_they_stay_outside(
    guarded_console: str, stranger: Page, assert_accessible: Callable[[Page], None], shot: Callable[[Page, str], None]
) -> None:
    keep_inside(stranger)
    stranger.goto(f"{guarded_console}/sign-in")
    stranger.get_by_role("link", name="Войти через службу входа").click()
    stranger.get_by_role("button", name="4e5f", exact=True).click()
    stranger.get_by_role("alert").get_by_text("Для вас здесь нет роли").wait_for()
    assert_accessible(stranger)
    shot(stranger, "sign-in-no-role")
    assert stranger.context.cookies() == [] or all(one["name"] != "session" for one in stranger.context.cookies())


def test_a_link_works_once_and_its_cookie_is_out_of_reach_of_scripts(
    live_console: LiveConsole,
    stranger: Page,
    assert_accessible: Callable[[Page], None],
    shot: Callable[[Page, str], None],
) -> None:
    stranger.goto(f"{live_console.url}/sign-in")
    assert_accessible(stranger)
    shot(stranger, "sign-in")
    link = live_console.service.sign_in_link(live_console.url.removesuffix("/console"), Role.VIEWER, "Вера")
    stranger.goto(link)
    assert stranger.url == f"{live_console.url}/"
    assert "Вера" in stranger.locator(".who-bar").inner_text()
    assert stranger.evaluate("document.cookie") == ""
    sections = stranger.locator("[data-section]").evaluate_all("all => all.map(one => one.dataset.section)")
    assert sections == ["search", "decisions"]

    stranger.context.clear_cookies()
    stranger.goto(link)
    stranger.get_by_role("alert").get_by_text("Эта ссылка уже не действует").wait_for()
    assert_accessible(stranger)
    shot(stranger, "sign-in-spent")


def test_a_live_page_whose_session_has_ended_asks_to_sign_in(live_console: LiveConsole, stranger: Page) -> None:
    """What the script loads in place is the sign-in page then, not an empty one."""
    live_console.sign_in(stranger, "Вера", Role.VIEWER)
    stranger.goto(f"{live_console.url}/keys")
    token = next(one["value"] for one in stranger.context.cookies() if one["name"] == "session")
    live_console.service.sessions.close(token)
    stranger.get_by_role("link", name="Решения").click()
    stranger.get_by_role("heading", name="Вход в консоль").wait_for()


def test_operators_and_auditors_begin_at_a_page_of_their_own(
    live_console: LiveConsole,
    stranger: Page,
    assert_accessible: Callable[[Page], None],
    shot: Callable[[Page, str], None],
) -> None:
    for role, sections in ((Role.OPERATOR, ["dashboard", "parked", "rebuilds"]), (Role.AUDITOR, ["audit"])):
        visitor = Visitor(f"link:{role}", role.value, frozenset({role}))
        live_console.sign_in(stranger, visitor.name, role)
        found = stranger.locator("[data-section]").evaluate_all("all => all.map(one => one.dataset.section)")
        assert found == sections
        assert stranger.locator("[name=q]").count() == 0
        assert_accessible(stranger)
        shot(stranger, f"start-{role}")
