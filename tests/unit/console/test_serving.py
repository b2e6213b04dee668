"""The console listens on this machine alone, says where, and stops when it is told."""

from __future__ import annotations

import threading
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sync_service.bootstrap import Service
from sync_service.console.serving import LAST_ANSWERS_S, address_of, is_free, listen, serve
from sync_service.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

PATIENCE_S = 30
"""What takes a moment takes longer on a busy machine."""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "console.example"])  # noqa: S104 - it is refused
def test_nothing_listens_where_others_reach_it_unless_told_to(tmp_path: Path, host: str) -> None:
    service = Service(Settings(data_dir=tmp_path, console_host=host, console_port=0))
    with pytest.raises(SettingsError, match="SYNC_CONSOLE_ALLOW_REMOTE"):
        _ = service.listening


def test_who_is_told_to_listen_everywhere_does(tmp_path: Path) -> None:
    service = Service(
        Settings(data_dir=tmp_path, console_host="0.0.0.0", console_port=0, console_allow_remote=True)  # noqa: S104
    )
    with service.listening as listening:
        assert listening.getsockname()[0] == "0.0.0.0"  # noqa: S104


def test_a_port_that_is_taken_is_named() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(OSError, match=f"127.0.0.1:{port}"):
            listen("127.0.0.1", port)
    assert is_free(port)


def test_it_answers_at_the_address_that_it_says_and_stops_when_told() -> None:
    app = Starlette(routes=[Route("/console/", lambda _: PlainTextResponse("here"))])
    listening, stopping = listen("127.0.0.1", 0), threading.Event()
    address = address_of(listening)
    serving = threading.Thread(target=serve, args=(app, listening, stopping))
    serving.start()
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:  # noqa: S310 - our own address
        assert answer.read() == b"here"
        assert "server" not in answer.headers
    stopping.set()
    serving.join(LAST_ANSWERS_S + PATIENCE_S)
    assert not serving.is_alive()


def test_an_answer_under_way_is_ended_first() -> None:
    def slow(_: Request) -> PlainTextResponse:
        stopping.set()
        time.sleep(0.5)
        return PlainTextResponse("whole")

    listening, stopping = listen("127.0.0.1", 0), threading.Event()
    address = address_of(listening)
    serving = threading.Thread(target=serve, args=(Starlette(routes=[Route("/console/", slow)]), listening, stopping))
    serving.start()
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:  # noqa: S310 - our own address
        assert answer.read() == b"whole"
    serving.join(LAST_ANSWERS_S + PATIENCE_S)
    assert not serving.is_alive()


def test_a_zone_that_nobody_knows_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match="SYNC_CONSOLE_ZONE"):
        load_settings({"SYNC_CONSOLE_ZONE": "Europe/Nowhere"})
    assert load_settings({"SYNC_CONSOLE_HOSTS": "a.example, b.example"}).console_hosts == ("a.example", "b.example")
