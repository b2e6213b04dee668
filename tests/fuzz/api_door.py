"""Fuzzes the JSON API: every address of its table, with bodies and parameters that are almost what is asked."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from sync_service.access import Role
from sync_service.api.table import ENDPOINTS
from tests.fuzz.asgi import Asked, asking
from tests.fuzz.spoiling import TEXTS, encoded, spoiled_bytes, spoiled_json, spoiled_text
from tests.unit.api.office import CODE, OTHER_STREAM, PERSON, personal_office
from tests.unit.support_desk import CODE_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from sync_service.api.endpoint import Endpoint
    from tests.fuzz.door import Enter

PLACEHOLDER = re.compile(r"\{\w+\}")
IDS = (*map(str, (PERSON, PERSON, OTHER_STREAM, CODE)), "directory", "0" * 36, "{x}", "1", "edu:e1")
WORDS = ("edu:e1", "edu", "join", CODE_KEY, "17", "2026-03-12T10:00:00Z", "2026-03-12", "pdf", "email", True, 5, None)
HEADERS = (
    (b"x-case", b"4711"),
    (b"x-case", b"4711"),
    (b"x-case", b"4711"),
    (b"x-case", b"%D0%"),
    (b"x-case", b"\xff" * 300),
    (b"x-csrf-token", b"\xff"),
    (b"accept", b"a/b;q=x"),
    (b"cookie", b"session=\xff"),
)
CONTENT_TYPES = (*[b"application/json"] * 8, b"application/json; charset=latin-1", b"text/plain", b"")
STRANGERS = (b"", b"Bearer", b"Bearer sync_x_" + b"0" * 64, b"Basic \xff", b"Bearer " + b"\xff" * 5_000)
STRANGER_SHARE = 0.05


class ApiDoor:
    """Requests to the JSON API of a service account with every role, and of strangers."""

    name = "api"
    lasts = 250
    share = 2

    def make(self, chance: Random) -> Asked:
        """Make a request of an address that there is."""
        endpoint = chance.choice(ENDPOINTS)
        asks = _asks(chance, endpoint)
        is_reading = endpoint.method == "GET"
        body = b"" if is_reading else encoded(spoiled_json(chance, asks, chance.choice((0, 0, 1, 2))))
        if chance.random() < 0.1:
            body = spoiled_bytes(chance, body, 2)
        said = [(name, str(value).encode(errors="replace").decode()) for name, value in asks.items()]
        return Asked(
            endpoint.method,
            "/api/v1" + PLACEHOLDER.sub(lambda _: chance.choice(IDS), endpoint.path),
            query=urlencode(said).encode() if is_reading else b"",
            headers=(
                (b"content-type", chance.choice(CONTENT_TYPES)),
                *chance.sample(HEADERS, chance.choice((1, 1, 2))),
                *([(b"authorization", chance.choice(STRANGERS))] if chance.random() < STRANGER_SHARE else ()),
            ),
            body=body,
        )

    @contextmanager
    def open(self) -> Iterator[Enter]:
        """Open an office with somebody parked and somebody linked; every answer is below 500."""
        office = personal_office()
        token = office.token_of(*Role).encode()
        with asking(office.app) as ask:

            def enter(asked: Asked) -> str:
                known = dict(asked.headers)
                more = () if b"authorization" in known else ((b"authorization", b"Bearer " + token),)
                status, _ = ask(asked, ((b"host", b"127.0.0.1:8080"), *more))
                assert 200 <= status < 500, f"{asked.method} {asked.path} was answered with {status}"
                assert known.get(b"authorization") is None or status == 401, f"a stranger was answered with {status}"
                return str(status)

            yield enter


def _asks(chance: Random, endpoint: Endpoint) -> dict[str, Any]:
    """What the address asks, by its fields' names, with words that fit some of them."""
    asked: dict[str, Any] = {}
    for field in msgspec.structs.fields(endpoint.asks):
        if chance.random() < 0.8:
            word = chance.choice((*WORDS, *TEXTS))
            asked[field.encode_name] = (
                spoiled_text(chance, word, 1) if isinstance(word, str) and chance.random() < 0.2 else word
            )
    return asked
