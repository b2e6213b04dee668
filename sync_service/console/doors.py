"""The door of the console: whose session a request carries, the cookies, and how often what may be tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sync_service.access import Role, Visitor
from sync_service.limiting import RateLimit
from sync_service.signing_in import IdentityProvider, Sessions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.responses import Response

    from sync_service.signing_in import Identity, Session

SESSION: Final = "session"
CEREMONY: Final = "signing-in"
CEREMONY_S: Final = 600
"""How long somebody may take to sign in at the provider (seconds)."""

HOST_ONLY: Final = "__Host-"
"""What a cookie's name begins with that browsers take only over TLS, and only from this very host."""

NAME_CHARACTERS_MAX: Final = 80


@dataclass(frozen=True, kw_only=True)
class RoleRule:
    """How the claims of a person become roles: where they stand (dots lead into objects), and what each value means."""

    claim: str = "roles"
    by_value: Mapping[str, frozenset[Role]] = field(default_factory=dict)

    def roles(self, claims: Mapping[str, object]) -> frozenset[Role]:
        """The roles, none for somebody whom the settings do not know."""
        found: frozenset[Role] = frozenset()
        return found.union(*(self.by_value.get(value, found) for value in self._values(claims)))

    def _values(self, claims: Mapping[str, object]) -> Iterable[str]:
        found: object = claims.get(self.claim)  # a name with dots in it, such as an address, is taken whole first
        if found is None:
            found = claims
            for step in self.claim.split("."):
                found = found.get(step) if isinstance(found, Mapping) else None
        values = found if isinstance(found, list) else [found]
        return [value for value in values if isinstance(value, str)]


@dataclass(frozen=True, kw_only=True)
class Doors:
    """What signing in goes by. `url` is the public address; the limits are of tries, searches and looks a minute."""

    sessions: Sessions
    provider: IdentityProvider | None = None
    role_rule: RoleRule = field(default_factory=RoleRule)
    url: str | None = None
    sign_ins: RateLimit = field(default_factory=lambda: RateLimit(30))
    all_sign_ins: RateLimit = field(default_factory=lambda: RateLimit(300))
    searches: RateLimit = field(default_factory=lambda: RateLimit(60))
    looks: RateLimit = field(default_factory=lambda: RateLimit(240))
    metrics_token: str | None = None

    def session_of(self, request: Request, *, is_watching: bool = False) -> Session | None:
        """Whose session the request carries; asks the database, so not in the event loop."""
        token = request.cookies.get(self.cookie(request, SESSION))
        return self.sessions.find(token, is_watching=is_watching) if token else None

    def welcome(self, request: Request, answer: Response, visitor: Visitor) -> None:
        """Begin a session, always a new one: a token that somebody else may have planted is worth nothing then."""
        self.dismiss(request, answer)
        self.give(request, answer, SESSION, self.sessions.open(visitor))

    def dismiss(self, request: Request, answer: Response) -> None:
        """End the session that the request carries, and forget its cookie."""
        name = self.cookie(request, SESSION)
        if token := request.cookies.get(name):
            self.sessions.close(token)
            self.forget(request, answer, SESSION)

    def cookie(self, request: Request, name: str) -> str:
        """The cookie's full name for this way to the console."""
        return f"{HOST_ONLY}{name}" if self._is_secure(request) else name

    def give(self, request: Request, answer: Response, name: str, value: str, max_age_s: int | None = None) -> None:
        """Set a cookie that no script reads, and that other sites' forms do not carry."""
        is_secure, named = self._is_secure(request), self.cookie(request, name)
        answer.set_cookie(named, value, max_age=max_age_s, httponly=True, secure=is_secure, samesite="lax")

    def forget(self, request: Request, answer: Response, name: str) -> None:
        """Take a cookie back."""
        is_secure, named = self._is_secure(request), self.cookie(request, name)
        answer.delete_cookie(named, httponly=True, secure=is_secure, samesite="lax")

    def take_a_try(self, request: Request) -> None:
        """Count an attempt to sign in; raises TooOften."""
        self.sign_ins.take(request.client.host if request.client else "")
        self.all_sign_ins.take("")

    def base(self, request: Request) -> str:
        """The public address without a slash at its end; the one that was asked for where none is set."""
        return (self.url or f"{request.url.scheme}://{request.url.netloc}").rstrip("/")

    def visitor(self, identity: Identity) -> Visitor:
        """Whom the provider vouches for, as the service knows them; without roles if its claims give none."""
        claims = identity.claims
        name = next((claims[one] for one in ("name", "preferred_username") if isinstance(claims.get(one), str)), "")
        shown = clean_name(name) or clean_name(identity.subject)
        return Visitor(f"{identity.issuer}|{identity.subject}", shown, self.role_rule.roles(claims))

    def _is_secure(self, request: Request) -> bool:
        return self.base(request).startswith("https:")


def clean_name(text: str) -> str:
    """A name as it can be signed with: one line without anything invisible, and not too long."""
    shown = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(shown.split())[:NAME_CHARACTERS_MAX].strip()
