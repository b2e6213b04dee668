"""Who is signed in: sessions, one-time links, and the ports behind which both and the identity provider stand.

Tokens are known to browsers alone: what is kept is their hashes.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from sync_service.access import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN_BYTES: Final = 32
SEEN_EVERY: Final = timedelta(minutes=1)
"""So exactly is it known when a session was last used; writing it more often would only cost."""


class ProviderUnavailable(Exception):
    """The identity provider is away, or does not answer as OpenID Connect says; the message is for the log."""


class ProviderRefused(Exception):
    """The provider, or the proof it gave, does not let this person in; the message is a word for the log."""


class Kept(msgspec.Struct, frozen=True):
    """A session as it is kept."""

    visitor: Visitor
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    case: str | None = None


class Link(msgspec.Struct, frozen=True):
    """A one-time link as it is kept: whom it signs in, and until when."""

    visitor: Visitor
    expires_at: datetime


class Session(msgspec.Struct, frozen=True):
    """A session in use: who it is, the key under which it is kept, and what its forms carry against forgery.

    `case` is the number of the case that they said they work on, None until they did.
    """

    visitor: Visitor
    key: bytes
    csrf: str
    case: str | None = None


class SessionBook(Protocol):
    """Keeps sessions and links by the hashes of their tokens."""

    def begin(self, key: bytes, session: Kept) -> None:
        """Keep a new session."""

    def find(self, key: bytes) -> Kept | None:
        """The session, None if there is none."""

    def touch(self, key: bytes, at: datetime) -> None:
        """Note that it was used."""

    def keep_case(self, key: bytes, case: str | None) -> None:
        """Note which case it is for, None for none any more."""

    def end(self, key: bytes) -> None:
        """Forget it; nothing if there is none."""

    def forget(self, now: datetime, unseen_since: datetime) -> None:
        """Drop every session and link whose time is over, and the sessions that nobody has used since then."""

    def offer(self, key: bytes, link: Link) -> None:
        """Keep a new link."""

    def take(self, key: bytes) -> Link | None:
        """The link, which is gone from then on: of two who take it at once only one gets it."""


class Ceremony(msgspec.Struct, frozen=True):
    """One attempt to sign in at the provider: what ties its answer to the browser that began it."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def of(cls, secret: str) -> Ceremony:
        """All three, derived from the one secret that the browser keeps meanwhile."""
        return cls(*(_derived(secret, purpose) for purpose in ("state", "nonce", "verifier")))


class Identity(msgspec.Struct, frozen=True):
    """Whom the provider vouches for, with everything that it says of them."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]


class IdentityProvider(Protocol):
    """Signs people in elsewhere (OpenID Connect, authorization code with PKCE)."""

    def address(self, ceremony: Ceremony, back_to: str) -> str:
        """Where the browser goes to sign in; raises ProviderUnavailable."""

    def identity(self, ceremony: Ceremony, code: str, back_to: str) -> Identity:
        """Whom the code stands for, proven; raises ProviderRefused and ProviderUnavailable."""

    def farewell(self, back_to: str) -> str | None:
        """Where the browser goes to sign out there too, None if the provider has no such place or is away."""


class Sessions:
    """Begins, finds and ends sessions, and makes and redeems one-time links."""

    def __init__(self, book: SessionBook, now: Callable[[], datetime], *, idle: timedelta, longest: timedelta) -> None:
        self._book = book
        self._now = now
        self._idle = idle
        self._longest = longest

    def open(self, visitor: Visitor) -> str:
        """Begin a session; gives its token, which is kept nowhere."""
        now, token = self._now(), secrets.token_urlsafe(TOKEN_BYTES)
        self._book.forget(now, now - self._idle)
        self._book.begin(_key(token), Kept(visitor, now, now, now + self._longest))
        return token

    def find(self, token: str, *, is_watching: bool = False) -> Session | None:
        """The session, if it is neither too old nor was idle too long; `is_watching` does not count as use."""
        now, key = self._now(), _key(token)
        kept = self._book.find(key)
        if kept is None:
            return None
        if now >= kept.expires_at or now >= kept.seen_at + self._idle:
            self._book.end(key)
            return None
        if not is_watching and now >= kept.seen_at + SEEN_EVERY:
            self._book.touch(key, now)
        return Session(kept.visitor, key, _derived(token, "csrf"), kept.case)

    def keep_case(self, session: Session, case: str | None) -> None:
        """Note which case the session is for, None for none any more."""
        self._book.keep_case(session.key, case)

    def close(self, token: str) -> None:
        """End the session of this token."""
        self._book.end(_key(token))

    def offer(self, visitor: Visitor, lasts: timedelta) -> str:
        """Make a link that signs this visitor in, once and for so long; gives its token."""
        now, token = self._now(), secrets.token_urlsafe(TOKEN_BYTES)
        self._book.forget(now, now - self._idle)
        self._book.offer(_key(token), Link(visitor, now + lasts))
        return token

    def redeem(self, token: str) -> Visitor | None:
        """Whom the link signs in; None if there is none, it was used, or its time is over."""
        link = self._book.take(_key(token))
        return link.visitor if link is not None and self._now() < link.expires_at else None


def is_same_secret(expected: str, given: str) -> bool:
    """Whether they are equal; takes as long when they are not."""
    return hmac.compare_digest(expected.encode(), given.encode(errors="surrogatepass"))


def _key(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()


def _derived(secret: str, purpose: str) -> str:
    return hmac.new(secret.encode(errors="surrogatepass"), purpose.encode(), sha256).hexdigest()
