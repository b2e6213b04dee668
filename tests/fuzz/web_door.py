"""Fuzzes what comes by HTTP: the console's pages and forms, and what portals post."""

from __future__ import annotations

import gzip
import re
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

import msgspec

from sync_service.access import Role, Visitor
from sync_service.aggregates.values import code_stream
from sync_service.console.site import PAGES
from sync_service.console.web import console
from tests.fuzz.asgi import Asked, asking
from tests.fuzz.messages_door import event_of
from tests.fuzz.spoiling import JSON_SCRAPS, TEXTS, encoded, spoiled_bytes, spoiled_json, spoiled_text
from tests.model import lines
from tests.unit.console.browsing import ports_of
from tests.unit.portal.desk import BATCH, LINES, STRUCTURED, answer
from tests.unit.portal.desk import Desk as PortalDesk
from tests.unit.support_desk import EDU, LINKED_PERSON, SOVETNMO, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from tests.fuzz.door import Enter

PLACEHOLDER = re.compile(r"\{\w+(?::\w+)?\}")
UNSENT = re.compile(rb"[^\x21-\x7e]")
"""What the HTTP server lets nobody send in an address."""

IDS = (EDU, SOVETNMO, str(code_stream(lines.CODE)), EDU.upper(), "0" * 36, lines.CODE, "1", "edu:e1")
FIELDS = (
    "q",
    "case",
    "back",
    "reason",
    "edited",
    "hit",
    "more",
    "as_of",
    "page",
    "kind",
    "after",
    "lang",
    "code",
    "by",
)
VALUES = ("edu:e1", lines.CODE, EDU, "17/26", "2026-03-12T10:00:00Z", "/console/", "1", "ru", "on", *TEXTS)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cookie", b"session=\xff; session=1; lang=xx"),
    (b"cookie", b"case=%D0; theme=dark"),
    (b"accept-language", b"ru,en;q=x, *;q=0." + b"9" * 300),
    (b"sec-fetch-site", b"cross-site"),
    (b"origin", b"http://[::1"),
    (b"host", b"[::1]:8080:1"),
    (b"range", b"bytes=5-1"),
    (b"content-type", b"multipart/form-data; boundary="),
    (b"content-length", b"-1"),
    (b"x-csrf-token", b"\xff"),
    (b"if-none-match", b'"' * 200),
)
PATHS = tuple(page.path for page in PAGES)
METHODS = ("GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW")
CONTENT_TYPES = (STRUCTURED, STRUCTURED, BATCH, BATCH, LINES, LINES, "application/json", "text/plain", "", "a/b;c")


class ConsoleDoor:
    """Requests to every page of the console: its addresses, queries, forms and headers."""

    name = "console"
    lasts = 250
    share = 1

    def make(self, chance: Random) -> Asked:
        """Make a request, mostly of an address that there is."""
        path = PLACEHOLDER.sub(lambda _: _word(chance, IDS), chance.choice(PATHS))
        if chance.random() < 0.1:
            path = "/" + spoiled_text(chance, path.removeprefix("/"), 1)
        said = [(chance.choice(FIELDS), _word(chance, VALUES)) for _ in range(chance.choice((0, 1, 2, 4)))]
        pairs = urlencode(said, errors="surrogatepass").encode()
        if chance.random() < 0.1:
            pairs = UNSENT.sub(b"", spoiled_bytes(chance, pairs, 2))
        method = chance.choice(METHODS)
        return Asked(
            method,
            unquote(quote(path, errors="surrogatepass")),  # as the server decodes it
            query=pairs if method != "POST" else b"",
            headers=tuple(chance.sample(HEADERS, chance.choice((0, 0, 0, 1, 2)))),
            body=pairs if method == "POST" else b"",
            is_signed_in=chance.random() < 0.9,
        )

    @contextmanager
    def open(self) -> Iterator[Enter]:
        """Open the console for somebody with every role; no request may end in an error of ours."""
        desk = Desk(*LINKED_PERSON, b"{", encoded({"specversion": "1.0", "data": {}}))
        ports = ports_of(desk)
        token = ports.doors.sessions.open(Visitor("test|fuzz", "Анна Орехова", frozenset(Role)))
        session = ports.doors.sessions.find(token)
        assert session is not None
        ports.doors.sessions.keep_case(session, "17/26")
        with asking(console(ports)) as ask:

            def enter(asked: Asked) -> str:
                headers = [(b"host", b"127.0.0.1:8080")]
                body = asked.body
                if asked.is_signed_in:
                    headers.append((b"cookie", f"session={token}".encode()))
                    body += b"&csrf=" + session.csrf.encode()
                status, _ = ask(msgspec.structs.replace(asked, body=body), tuple(headers))
                assert 200 <= status < 500, f"{asked.method} {asked.path} was answered with {status}"
                return str(status)

            yield enter


class PortalDoor:
    """Bodies and headers that a portal posts: one event, batches, lines; packed, cut off, with another's credential."""

    name = "portal"
    lasts = 200
    share = 8

    def make(self, chance: Random) -> tuple[str, str, dict[str, str], bytes]:
        """Make whose credential is used, the content type, further headers, and the body."""
        events = [
            spoiled_json(chance, event_of(chance), chance.choice((0, 0, 0, 1, 2))) for _ in range(chance.randrange(4))
        ]
        content_type = chance.choice(CONTENT_TYPES)
        body = _posted(content_type, events)
        if chance.random() < 0.2:
            body = spoiled_bytes(chance, body, chance.randint(1, 3))
        more: dict[str, str] = {}
        if chance.random() < 0.1:
            more["content-encoding"] = chance.choice(("gzip", "gzip", "br", "identity", "gzip, gzip", ""))
            body = gzip.compress(body, 1, mtime=0) if chance.random() < 0.7 else body
        if chance.random() < 0.05:
            more["authorization"] = chance.choice(("Bearer", "Bearer sync_edu_", "Basic \xff", "Bearer " + "0" * 5_000))
        if chance.random() < 0.05:
            more[chance.choice(("ce-id", "ce-type", "content-length"))] = chance.choice(("", "-1", "9" * 99, "\xff"))
        return chance.choice(("sovetnmo", "edu", "catalogue", "support", "reporter")), content_type, more, body

    @contextmanager
    def open(self) -> Iterator[Enter]:
        """Answer every request with a documented status, and JSON."""
        desk = PortalDesk()

        def enter(given: tuple[str, str, dict[str, str], bytes]) -> str:
            name, content_type, more, body = given
            status, answered = answer(body, desk.headers(name, content_type) | more, desk.door)
            assert status in DOCUMENTED, f"answered with {status}"
            msgspec.json.decode(answered)
            return str(int(status))

        yield enter


DOCUMENTED = frozenset(
    (
        HTTPStatus.ACCEPTED,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
    )
)
"""What a portal may be answered while nothing is down."""


def _word(chance: Random, words: tuple[str, ...]) -> str:
    word = chance.choice(words)
    return spoiled_text(chance, word, 1)[:2_000] if chance.random() < 0.2 else word


def _posted(content_type: str, events: list[Any]) -> bytes:
    if content_type == LINES:
        return b"\n".join(map(encoded, events))
    if content_type == BATCH:
        return encoded(events)
    return encoded(events[0]) if events else JSON_SCRAPS[0]
