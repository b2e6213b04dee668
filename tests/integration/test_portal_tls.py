"""A portal over TLS: a credential that is bound to a client certificate, and a body that comes too slowly."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette

from sync_service.bootstrap import Service, now
from sync_service.console.peers import fingerprint_of
from sync_service.console.serving import serve_all
from sync_service.credentials import Credential, Kind, new_secret
from sync_service.settings import Settings
from tests.certificates import Authority
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 60


@contextmanager
def serving(service: Service) -> Iterator[int]:
    """Serve the portal door as the role `console` does; its port."""
    stopping = threading.Event()
    app = Starlette(routes=service.portal_routes())
    listeners = service.listeners(app)
    thread = threading.Thread(target=serve_all, args=(listeners, stopping))
    thread.start()
    try:
        yield service.listening.getsockname()[1]
    finally:
        stopping.set()
        thread.join(PATIENCE_S)
        service.database.close()


def let_in(service: Service, name: str, certificate: str | None = None) -> str:
    at = now()
    token, secret = new_secret(name, at, certificate=certificate)
    service.credentials.add(
        Credential(name=name, kind=Kind.PORTAL, source="/portals/edu", secrets=(secret,), made_at=at, made_by="os:root")
    )
    return token


def leaf_of(chain: Path) -> str:
    """The first certificate of a file."""
    end = "-----END CERTIFICATE-----"
    return chain.read_text().partition(end)[0] + end


def posted(connection: HTTPConnection, token: str, body: bytes = b"") -> HTTPResponse:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents+json"}
    connection.request("POST", "/portal/v1/events", body or lines.registered("edu:e1"), headers)
    return connection.getresponse()


def test_a_bound_credential_is_let_in_over_its_own_certificate_only(database_url: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    server, edu, other = (authority.issue(name) for name in ("server", "edu", "other"))
    assert edu.cert
    service = Service(
        Settings(
            data_dir=tmp_path,
            database_url=database_url,
            console_port=0,
            console_cert_file=server.cert,
            console_key_file=server.key,
            portal_client_ca_file=authority.file,
        )
    )
    token = let_in(service, "edu", fingerprint_of(leaf_of(edu.cert)))
    with serving(service) as port:
        statuses = {}
        for name, files in {"edu": edu, "other": other, "nobody": None}.items():
            context = ssl.create_default_context(cafile=str(authority.file))
            if files:
                context.load_cert_chain(str(files.cert), str(files.key))
            with closing(HTTPSConnection("localhost", port, timeout=PATIENCE_S, context=context)) as connection:
                statuses[name] = posted(connection, token).status
    assert statuses == {"edu": 202, "other": 401, "nobody": 401}


@pytest.fixture
def plain(database_url: str, tmp_path: Path) -> Service:
    return Service(Settings(data_dir=tmp_path, database_url=database_url, console_port=0, portal_body_timeout_s=0.5))


def test_a_body_that_comes_too_slowly_is_refused_and_others_are_served_meanwhile(plain: Service) -> None:
    token = let_in(plain, "edu")
    head = (
        f"POST /portal/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n{"
    )
    with serving(plain) as port:
        slow = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) for _ in range(20)]
        for one in slow:
            one.sendall(head.encode())
        with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
            assert posted(connection, token).status == 202
        answers = []
        for one in slow:
            with one:
                answers.append(one.recv(65_536).split(b"\r\n")[0])
    assert set(answers) == {b"HTTP/1.1 408 Request Timeout"}


def test_a_body_over_the_limit_is_answered_though_its_sender_does_not_stop(plain: Service) -> None:
    token = let_in(plain, "edu")
    limit = plain.settings.portal_body_bytes_max
    with serving(plain) as port, closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
        began = time.monotonic()
        refused = posted(connection, token, b" " * (limit + 1))
        assert (refused.status, json.loads(refused.read())["code"]) == (413, "too-large")
        assert time.monotonic() - began < PATIENCE_S
