"""A real OpenID provider as a process of its own, and somebody between it and us who changes what it says."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, make_server

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Tamper = Callable[[dict[str, Any]], str | None]

READY_S = 60.0
ANSWER_S = 20.0


@dataclass
class Provider:
    """A provider at `issuer`; `saw` is what reached its token endpoint."""

    issuer: str
    saw: list[Mapping[str, str]] = field(default_factory=list)

    def signs_in(self, address: str, subject: str) -> str:
        """Do what a person does there: open the page, say who one is; gives where the provider leads back to."""
        assert requests.get(address, timeout=ANSWER_S).status_code == 200
        answer = requests.post(address, data={"sub": subject}, timeout=ANSWER_S, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


@contextmanager
def running(*people: Mapping[str, Any]) -> Iterator[Provider]:
    """Run the provider's program with these people, each a mapping of claims with `sub`."""
    port = _free_port()
    named = [word for person in people for word in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port), "-n"]
    with subprocess.Popen([*command, *named], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        try:
            issuer = f"http://127.0.0.1:{port}"
            _await(f"{issuer}/.well-known/openid-configuration", program)
            yield Provider(issuer)
        finally:
            program.terminate()
            program.wait(10)


def _await(address: str, program: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and program.poll() is None:
        try:
            requests.get(address, timeout=1).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the OpenID provider did not start")


@contextmanager
def in_between(provider: Provider, tamper: Tamper, *keys: RSAKey) -> Iterator[Provider]:
    """Stand before the provider under a name of one's own, and change its ID tokens.

    `tamper` gets the claims of one and gives another token, or None to leave it; `keys` are published with the
    provider's own.
    """
    made = Provider("")

    def answer(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        said = _passed_on(provider, environ, body)
        content = said.content
        if environ["PATH_INFO"] == "/jwks":
            published = [key.as_dict(private=False) for key in keys]
            content = json.dumps({"keys": [*said.json()["keys"], *published]}).encode()
        if environ["PATH_INFO"] == "/oauth2/token":
            made.saw.append({name: values[0] for name, values in parse_qs(body.decode()).items()})
            content = _tampered(content, tamper)
        headers = [(name, said.headers[name]) for name in ("content-type", "location") if name in said.headers]
        start(f"{said.status_code} {said.reason}", headers)
        return [content]

    with make_server("127.0.0.1", 0, answer, handler_class=_Quiet) as server:
        made.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _passed_on(provider: Provider, environ: dict[str, Any], body: bytes) -> requests.Response:
    """What the provider says, asked by the name that we are asked by."""
    kept = {"HTTP_HOST": "host", "CONTENT_TYPE": "content-type", "HTTP_AUTHORIZATION": "authorization"}
    headers = {name: environ[key] for key, name in kept.items() if environ.get(key)}
    query = f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
    return requests.request(
        environ["REQUEST_METHOD"],
        f"{provider.issuer}{environ['PATH_INFO']}{query}",
        data=body,
        headers=headers,
        timeout=ANSWER_S,
        allow_redirects=False,
    )


def _tampered(content: bytes, tamper: Tamper) -> bytes:
    said = json.loads(content)
    if "id_token" not in said:
        return content
    claims = json.loads(_decoded(said["id_token"].split(".")[1]))
    said["id_token"] = tamper(claims) or said["id_token"]
    return json.dumps(said).encode()


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def new_key(kid: str = "another") -> RSAKey:
    """A key that the provider does not have."""
    return RSAKey.generate_key(2048, {"kid": kid})


def signed_by(key: RSAKey, claims: Mapping[str, Any]) -> str:
    """An ID token with these claims."""
    return jwt.encode({"alg": "RS256", "kid": key.kid}, dict(claims), key, algorithms=["RS256"])
