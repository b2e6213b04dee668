"""The HTTP doors by TLS: names and certificates are verified on both sides, and each address answers its own part."""

from __future__ import annotations

import http.client
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import structlog
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from sync_service.bootstrap import Service
from sync_service.connecting.certificates import CertificateFiles
from sync_service.console.peers import fingerprint_of, peer_of
from sync_service.console.protection import Protection
from sync_service.console.serving import LAST_ANSWERS_S, Listener, listen, serve_all
from sync_service.settings import Settings, SettingsError
from tests.certificates import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from starlette.requests import Request


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


def shown(request: Request) -> JSONResponse:
    peer = peer_of(request.scope)
    tls = request.scope.get("extensions", {}).get("tls") or {}
    return JSONResponse(
        {"peer": peer and [peer.fingerprint, peer.subject], "scheme": request.url.scheme, "tls": tls.get("tls_version")}
    )


APP = Starlette(
    routes=[Route("/portal/v1/status", shown), Route("/console/", lambda _: PlainTextResponse("the console"))]
)


@contextmanager
def serving(listeners: Sequence[Listener]) -> Iterator[None]:
    stopping = threading.Event()
    thread = threading.Thread(target=serve_all, args=(listeners, stopping))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(LAST_ANSWERS_S + 2)
    assert not thread.is_alive()


def asked(port: int, path: str, context: ssl.SSLContext | None) -> tuple[int, bytes]:
    connection = (
        http.client.HTTPConnection("localhost", port, timeout=5)
        if context is None
        else http.client.HTTPSConnection("localhost", port, timeout=5, context=context)
    )
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextmanager
def doors(authority: Authority, tmp_path: Path, **settings: object) -> Iterator[Service]:
    own = authority.issue("console")
    given = {"data_dir": tmp_path, "console_port": 0, "console_cert_file": own.cert, "console_key_file": own.key}
    service = Service(Settings.model_validate(given | settings))
    with serving(service.listeners(APP)):
        yield service


def port_of(service: Service) -> int:
    port: int = service.listening.getsockname()[1]
    return port


def test_the_console_answers_by_tls_and_says_so_in_its_address(authority: Authority, tmp_path: Path) -> None:
    with doors(authority, tmp_path) as service:
        assert service.console_address.startswith("https://127.0.0.1:")
        assert asked(port_of(service), "/console/", authority.issue("x").client_context()) == (200, b"the console")
        with pytest.raises(ssl.SSLCertVerificationError, match=r"self-signed certificate|unable to get local issuer"):
            asked(port_of(service), "/console/", CertificateFiles().client_context())
        with pytest.raises((http.client.HTTPException, OSError)):
            asked(port_of(service), "/console/", None)


def test_a_client_that_shows_a_certificate_is_known_by_it(authority: Authority, tmp_path: Path) -> None:
    clients = Authority(tmp_path / "clients")
    edu = clients.issue("portal-edu", "portal.example.org")
    with doors(authority, tmp_path, portal_client_ca_file=clients.file) as service:
        context = CertificateFiles(authority.file, edu.cert, edu.key).client_context()
        assert edu.cert is not None
        expected = fingerprint_of(edu.cert.read_text())
        status, body = asked(port_of(service), "/portal/v1/status", context)
        assert status == 200
        assert f'"peer":["{expected}","CN=portal-edu' in body.decode()
        assert b'"scheme":"https","tls":772' in body
        without = CertificateFiles(authority.file).client_context()
        assert b'"peer":null' in asked(port_of(service), "/portal/v1/status", without)[1]


def test_a_certificate_of_anybody_else_or_of_the_past_is_refused(authority: Authority, tmp_path: Path) -> None:
    clients, others = Authority(tmp_path / "clients"), Authority(tmp_path / "others")
    with doors(authority, tmp_path, portal_client_ca_file=clients.file) as service:
        for wrong in (others.issue("portal-edu"), clients.issue("portal-edu", ended=True)):
            context = CertificateFiles(authority.file, wrong.cert, wrong.key).client_context()
            with pytest.raises((ssl.SSLError, ConnectionError)):
                asked(port_of(service), "/portal/v1/status", context)


def test_the_portals_own_door_wants_a_certificate_and_answers_nothing_else(
    authority: Authority, tmp_path: Path
) -> None:
    clients = Authority(tmp_path / "clients")
    edu = clients.issue("portal-edu", "portal.example.org")
    with doors(authority, tmp_path, portal_client_ca_file=clients.file, portal_port=0) as service:
        assert service.portal_listening is not None
        portals: int = service.portal_listening.getsockname()[1]
        known = CertificateFiles(authority.file, edu.cert, edu.key).client_context()
        unknown = CertificateFiles(authority.file).client_context()
        assert asked(portals, "/portal/v1/status", known)[0] == 200
        assert asked(portals, "/console/", known)[0] == 404
        with pytest.raises((ssl.SSLError, ConnectionError)):
            asked(portals, "/portal/v1/status", unknown)
        assert asked(port_of(service), "/console/", unknown)[0] == 200
        assert asked(port_of(service), "/portal/v1/status", known)[0] == 404


def test_without_tls_nobody_has_a_certificate_whatever_they_say(tmp_path: Path) -> None:
    service = Service(Settings(data_dir=tmp_path, console_port=0))
    with serving(service.listeners(APP)):
        assert service.console_address.startswith("http://")
        assert b'"peer":null,"scheme":"http","tls":null' in asked(port_of(service), "/portal/v1/status", None)[1]
    assert peer_of({"type": "http"}) is None


def test_the_portals_door_is_not_opened_to_others_unless_told_to(tmp_path: Path) -> None:
    service = Service(Settings(data_dir=tmp_path, portal_port=0, portal_host="0.0.0.0"))  # noqa: S104 - it is refused
    with pytest.raises(SettingsError, match="SYNC_PORTAL_HOST"):
        _ = service.portal_listening


def test_a_certificate_that_cannot_be_used_ends_the_process_before_it_answers(tmp_path: Path) -> None:
    service = Service(Settings(data_dir=tmp_path, console_port=0, console_cert_file=tmp_path / "none.pem"))
    with pytest.raises(SettingsError, match=r"none\.pem: No such file"):
        _ = service.console_address
    service.listening.close()


def test_a_renewed_certificate_is_shown_without_a_restart_and_a_broken_one_is_not(authority: Authority) -> None:
    own = authority.issue("console")
    protection = Protection(own)
    listening = listen("127.0.0.1", 0)
    port, context = listening.getsockname()[1], authority.issue("x").client_context()
    with serving([Listener(listening, APP, protection)]):
        first = certificate_at(port, context)
        authority.issue("console")
        protection.renew_if_changed()
        second = certificate_at(port, context)
        assert own.key is not None
        own.key.write_text("broken")
        with structlog.testing.capture_logs() as logs:
            protection.renew_if_changed()
            protection.renew_if_changed()
        assert [entry["event"] for entry in logs] == ["certificate.refused"]
        assert certificate_at(port, context) == second
    assert first != second


def certificate_at(port: int, context: ssl.SSLContext) -> str:
    connection = http.client.HTTPSConnection("localhost", port, timeout=5, context=context)
    connection.connect()
    shown_now = connection.sock.getpeercert(binary_form=True)
    connection.close()
    assert shown_now is not None
    return fingerprint_of(ssl.DER_cert_to_PEM_cert(shown_now))


def test_the_doctor_says_how_the_doors_are_protected_and_when_that_ends(authority: Authority, tmp_path: Path) -> None:
    own, old = authority.issue("console"), authority.issue("old", ended=True)

    def probed(files: CertificateFiles) -> str:
        given = {"console_cert_file": files.cert, "console_key_file": files.key}
        return Service(Settings.model_validate({"data_dir": tmp_path} | given)).probe_doors()

    assert probed(own).startswith("TLS, certificate until 20")
    with pytest.raises(SettingsError, match=r"old\.pem: the certificate ended on"):
        probed(old)
    assert "without TLS" in Service(Settings(data_dir=tmp_path)).probe_doors()
