"""One-time links as the command makes them, and as a console on a real PostgreSQL takes them."""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests
from typer.testing import CliRunner

from sync_service.access import Role
from sync_service.bootstrap import Service
from sync_service.cli import app
from sync_service.cli.entering import say_links
from sync_service.cli.failures import Failed
from sync_service.settings import Settings, SettingsError, load_settings
from tests.master_key import MASTER_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINK = re.compile(r"http://127\.0\.0\.1:(\d+)/console/sign-in\?once=([\w-]{43})")
ANSWER_S = 20


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a console, also in the environment of commands."""
    environ = {
        "SYNC_DATA_DIR": str(tmp_path),
        "SYNC_DATABASE_URL": database_url,
        "SYNC_MASTER_KEY": MASTER_KEY,
        "SYNC_LOG_LEVEL": "error",
        "SYNC_CONSOLE_PORT": "0",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return load_settings(environ)


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[Service, str]]:
    """Run a console; gives its service and address."""
    service = Service(settings)
    address = service.console_address.removesuffix("/console/")
    stopping = threading.Event()
    thread = threading.Thread(target=service.run, args=(["console"], stopping), daemon=True)
    thread.start()
    try:
        yield service, address
    finally:
        stopping.set()
        thread.join(30)
        service.database.close()


def made(*words: str) -> str:
    """The link that the command says."""
    result = CliRunner().invoke(app, ["sign-in-link", *words])
    assert result.exit_code == 0, result.output
    assert LINK.fullmatch(result.stdout.strip()), result.stdout
    return result.stdout.strip()


def test_the_commands_link_signs_in_once_over_real_http(settings: Settings) -> None:
    with serving(settings) as (_, address):
        link = made("--role", "support", "--name", "Анна", "--address", address)
        assert link.startswith(f"{address}/console/sign-in?once=")
        with requests.Session() as browser:
            home = browser.get(link, timeout=ANSWER_S)
            assert (home.status_code, home.url) == (200, f"{address}/console/")
            assert "Анна" in home.text
            assert browser.get(f"{address}/console/rebuilds/start", timeout=ANSWER_S).status_code == 403
        again = requests.get(link, timeout=ANSWER_S)
        assert again.status_code == 403
        assert requests.get(f"{address}/console/", timeout=ANSWER_S, allow_redirects=False).status_code == 303


def test_only_the_sign_in_and_what_machines_ask_is_open_to_everybody(settings: Settings) -> None:
    with serving(settings) as (_, address):
        for path in ("/healthz", "/readyz", "/metrics", "/console/sign-in"):
            assert requests.get(f"{address}{path}", timeout=ANSWER_S).status_code == 200, path
        for path in ("/console/dashboard/live", "/console/live/rebuilds"):
            assert requests.get(f"{address}{path}", timeout=ANSWER_S).status_code == 401, path
        forwarded = {"x-forwarded-for": "192.0.2.7"}
        assert requests.get(f"{address}/metrics", headers=forwarded, timeout=ANSWER_S).status_code == 401
        away = requests.get(f"{address}/console/parked", timeout=ANSWER_S, allow_redirects=False)
        assert away.headers["location"] == "/console/sign-in?back=%2Fconsole%2Fparked"


def test_a_live_stream_ends_with_the_session(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync_service.console.entrance.LOOK_AGAIN_S", 0.3)
    with serving(settings) as (service, address), requests.Session() as browser:
        browser.get(service.sign_in_link(address, Role.OPERATOR, "Олег"), timeout=ANSWER_S)
        stream = browser.get(f"{address}/console/dashboard/live", stream=True, timeout=ANSWER_S)
        assert stream.status_code == 200
        lines = stream.iter_lines()
        assert next(lines).startswith(b"retry")
        service.sessions.close(browser.cookies["session"])
        began = time.monotonic()
        for _ in lines:
            assert time.monotonic() - began < ANSWER_S, "the stream goes on for nobody"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "emperor"), "emperor"),
        (("--name", "Анна"), "--role"),
        (("--role", "support", "--name", " \u200b "), "name"),
    ],
)
def test_a_link_needs_a_role_that_there_is_and_a_name_that_can_be_read(
    settings: Settings, words: tuple[str, ...], said: str
) -> None:
    result = CliRunner().invoke(app, ["sign-in-link", *words])
    assert result.exit_code == 2
    assert said in result.output


def test_there_are_no_links_where_people_sign_in_at_a_provider(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at_provider = {
        "SYNC_OIDC_ISSUER": "https://login.example",
        "SYNC_OIDC_CLIENT_ID": "sync",
        "SYNC_OIDC_ROLES": "a=support",
        "SYNC_CONSOLE_URL": "https://nmo.example",
    }
    for name, value in at_provider.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["sign-in-link", "--role", "support"])
    assert isinstance(result.exception, Failed)
    service = Service(settings.model_copy(update={"oidc_issuer": "https://login.example"}))
    say_links(service, "http://127.0.0.1:8080/console/")
    assert "once=" not in capsys.readouterr().err


def test_a_console_prints_a_link_for_each_role_only_where_nobody_else_collects_its_output(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(settings)
    say_links(service, "http://127.0.0.1:8123/console/")
    said = capsys.readouterr().err
    assert "once=" not in said
    assert "sync-service sign-in-link" in said
    monkeypatch.setattr(Service, "is_embedded", property(lambda _: True))
    say_links(service, "http://127.0.0.1:8123/console/")
    links = LINK.findall(capsys.readouterr().err)
    assert [port for port, _ in links] == ["8123"] * len(Role)
    found = [service.sessions.redeem(once) for _, once in links]
    assert [set(one.roles) for one in found if one] == [{role} for role in Role]
    assert len({one.subject for one in found if one}) == len(Role)
    service.database.close()


WHOLE: dict[str, Any] = {
    "oidc_issuer": "https://login.example",
    "oidc_client_id": "sync",
    "oidc_roles": "a=support,b=auditor,a=operator",
    "console_url": "https://nmo.example",
}


def of(**changes: str) -> Settings:
    given = {f"SYNC_{name.upper()}": value for name, value in (WHOLE | changes).items()}
    return load_settings(given)


def test_one_value_may_stand_for_several_roles() -> None:
    assert of().roles_by_value() == {"a": {Role.SUPPORT, Role.OPERATOR}, "b": {Role.AUDITOR}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"oidc_roles": "a=emperor"}, "SYNC_OIDC_ROLES"),
        ({"oidc_roles": "support"}, "SYNC_OIDC_ROLES"),
        ({"oidc_roles": "=support"}, "SYNC_OIDC_ROLES"),
        ({"oidc_roles": ""}, "needs SYNC_OIDC_ROLES"),
        ({"oidc_client_id": ""}, "needs SYNC_OIDC_CLIENT_ID"),
        ({"console_url": ""}, "needs SYNC_CONSOLE_URL"),
        ({"console_url": "https://nmo.example/console"}, "SYNC_CONSOLE_URL"),
        ({"oidc_issuer": "http://login.example"}, "https only"),
        ({"oidc_scopes": "profile"}, "SYNC_OIDC_SCOPES"),
        ({"session_idle_s": "1"}, "SYNC_SESSION_IDLE_S"),
    ],
)
def test_settings_that_do_not_fit_are_refused_by_name(changes: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        of(**changes)


def test_a_secret_never_shows_where_settings_are_printed(tmp_path: Path) -> None:
    settings = of(oidc_client_secret="very-secret", metrics_token="also-secret")
    assert "secret" not in repr(settings).replace("oidc_client_secret", "")
    missing = of(oidc_client_secret_file=str(tmp_path / "nothing"))
    with pytest.raises(SettingsError, match="SYNC_OIDC_CLIENT_SECRET_FILE"):
        _ = Service(missing).provider


def test_the_name_in_the_public_address_is_one_that_browsers_may_ask_by(settings: Settings) -> None:
    service = Service(settings.model_copy(update={"console_url": "https://nmo.example:8443/"}))
    assert "nmo.example" in service.console_ports().hosts
    link = service.sign_in_link("http://127.0.0.1:1", Role.VIEWER, "Вера")
    assert link.startswith("https://nmo.example:8443/console/sign-in?once=")
    service.database.close()
