"""The commands for credentials: a token is shown once, kept as a hash, recorded, replaced and revoked."""

from __future__ import annotations

import json
import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from typer.testing import CliRunner

from sync_service.auditing import Act, AuditWanted
from sync_service.bootstrap import Service
from sync_service.cli import app
from sync_service.credentials import TOKEN, Kind
from sync_service.settings import load_settings
from tests.certificates import Authority

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


class Terminal:
    """Runs commands on one store."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url

    def __call__(self, *words: str, exit_code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["credentials", *words])
        assert result.exit_code == exit_code, result.output
        return result

    def listed(self, *words: str) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in json.loads(self("list", "--json", *words).stdout)}

    def service(self) -> Service:
        return Service(load_settings(os.environ))


@pytest.fixture
def terminal(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("SYNC_DATABASE_URL", database_url)
    monkeypatch.setenv("SYNC_DATA_DIR", str(tmp_path))
    return Terminal(database_url)


def test_a_token_is_shown_once_lets_in_and_is_nowhere_in_the_database(terminal: Terminal) -> None:
    token = terminal("add", "edu", "--portal", "edu").stdout.strip()
    found = TOKEN.fullmatch(token)
    assert found
    service = terminal.service()
    with closing(service.database):
        admitted = service.doorkeeper.admit(f"Bearer {token}", Kind.PORTAL)
        assert admitted
        assert (admitted.source, service.doorkeeper.admit(f"Bearer {token}", Kind.SERVICE)) == ("/portals/edu", None)
    with psycopg.connect(terminal.database_url) as connection:
        kept = str(connection.execute("SELECT * FROM sync_credentials, sync_credential_secrets").fetchall())
    assert found["secret"] not in kept
    shown = terminal.listed()["edu"]
    assert (shown["source"], shown["last_used_at"] is not None) == ("/portals/edu", True)
    assert found["secret"] not in json.dumps(shown)
    assert "edu  portal  /portals/edu" in terminal("list").stdout


def test_each_change_is_recorded_with_who_and_the_name_alone(terminal: Terminal) -> None:
    terminal("add", "tool", "--role", "auditor", "--role", "viewer")
    terminal("rotate", "tool")
    terminal("revoke", "tool")
    service = terminal.service()
    with closing(service.database):
        rows = service.audit.find(AuditWanted(act=Act.CREDENTIALS_CHANGED))
    assert [row.look.detail for row in reversed(rows)] == ["add tool auditor viewer", "rotate tool", "revoke tool"]
    assert all(row.look.who.startswith("os:") for row in rows)


def test_a_rotated_credential_has_two_secrets_and_a_revoked_one_none(terminal: Terminal) -> None:
    tokens = [terminal("add", "tool", "--role", "viewer", "--expires", "30").stdout.strip()]
    tokens.append(terminal("rotate", "tool", "--overlap", "1").stdout.strip())
    service = terminal.service()
    with closing(service.database):
        assert all(service.doorkeeper.admit(f"Bearer {token}", Kind.SERVICE) for token in tokens)
    assert [end is None for end in terminal.listed()["tool"]["ends"]] == [False, True]
    terminal("revoke", "tool")
    assert terminal.listed() == {}
    gone = terminal.listed("--all")["tool"]
    assert (gone["ends"], gone["revoked_by"].startswith("os:")) == ([], True)
    terminal("revoke", "tool", exit_code=1)
    terminal("rotate", "tool", exit_code=1)
    terminal("add", "tool", "--role", "viewer", exit_code=1)


def test_a_credential_may_be_bound_to_a_certificate(terminal: Terminal, tmp_path: Path) -> None:
    made = Authority(tmp_path / "authority").issue("edu")
    assert made.cert
    token = terminal("add", "edu", "--portal", "edu", "--certificate", str(made.cert)).stdout.strip()
    (fingerprint,) = terminal.listed()["edu"]["certificates"]
    service = terminal.service()
    with closing(service.database):
        admits = [service.doorkeeper.admit(f"Bearer {token}", Kind.PORTAL, one) for one in (None, fingerprint)]
    assert [one is not None for one in admits] == [False, True]
    terminal("add", "other", "--portal", "edu", "--certificate", str(made.key), exit_code=1)


@pytest.mark.parametrize(
    "words",
    [
        ("add", "edu"),
        ("add", "edu", "--portal", "nowhere"),
        ("add", "edu", "--portal", "edu", "--role", "viewer"),
        ("add", "edu", "--role", "king"),
        ("add", "Анна Выдуманная", "--portal", "edu"),
        ("revoke", "anna@example.org"),
        ("rotate", "x" * 41),
        ("add", "edu", "--portal", "edu", "--expires", "0"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_nothing_is_made(terminal: Terminal, words: tuple[str, ...]) -> None:
    terminal(*words, exit_code=2)
