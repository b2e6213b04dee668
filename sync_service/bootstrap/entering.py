"""What lets people in: sessions, one-time links, the identity provider."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sync_service.access import Role, Visitor
from sync_service.adapters.postgres_sessions import PostgresSessions
from sync_service.aggregates.deciding import folded
from sync_service.bootstrap.keeping import Keeping
from sync_service.bootstrap.surroundings import now
from sync_service.limiting import RateLimit
from sync_service.sentences.staff import ROLE_NAMES
from sync_service.settings import SettingsError
from sync_service.signing_in import Sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.console.doors import Doors
    from sync_service.signing_in import IdentityProvider

ALL_TOGETHER = 10
"""So many times as often as one address may all together try to sign in."""


class Entering(Keeping):
    """Sessions of people, and the ways to get one."""

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        _ = self.store
        book = PostgresSessions(self.database)
        book.migrate()
        idle, longest = (timedelta(seconds=s) for s in (self.settings.session_idle_s, self.settings.session_longest_s))
        return Sessions(book, now, idle=idle, longest=longest)

    @cached_property
    def provider(self) -> IdentityProvider | None:
        """Where people sign in, None for one-time links; raises SettingsError for a secret that cannot be read."""
        if self.settings.oidc_issuer is None:
            return None
        from sync_service.adapters.oidc_provider import OidcProvider  # noqa: PLC0415 - only who signs in there needs it

        return OidcProvider(
            self.settings.oidc_issuer,
            self.settings.oidc_client_id or "",
            self._client_secret(),
            scope=self.settings.oidc_scopes,
        )

    def doors(self) -> Doors:
        """What signing in to the console goes by."""
        from sync_service.console.doors import Doors, RoleRule  # noqa: PLC0415 - only who serves needs it

        settings = self.settings
        token = settings.metrics_token
        return Doors(
            sessions=self.sessions,
            provider=self.provider,
            role_rule=RoleRule(claim=settings.oidc_roles_claim, by_value=settings.roles_by_value()),
            url=settings.console_url,
            sign_ins=RateLimit(settings.sign_ins_per_minute),
            all_sign_ins=RateLimit(settings.sign_ins_per_minute * ALL_TOGETHER),
            searches=RateLimit(settings.searches_per_minute),
            looks=RateLimit(settings.looks_per_minute),
            metrics_token=token.get_secret_value() if token is not None else None,
        )

    @property
    def public_hosts(self) -> tuple[str, ...]:
        """The name in the console's public address, under which browsers ask for it."""
        url = self.settings.console_url
        host = urlsplit(url).hostname if url is not None else None
        return (host,) if host else ()

    def sign_in_link(self, base: str, role: Role, name: str) -> str:
        """A link that signs somebody in once; whoever signs with the same name is the same person."""
        visitor = Visitor(f"link:{folded(name)}", name, frozenset({role}))
        token = self.sessions.offer(visitor, timedelta(seconds=self.settings.sign_in_link_s))
        return f"{(self.settings.console_url or base).rstrip('/')}/console/sign-in?once={token}"

    def sign_in_links(self, base: str) -> Iterator[tuple[str, str]]:
        """A link for each role, with the name that it carries; none where people sign in at a provider."""
        if self.settings.oidc_issuer is not None:
            return
        for role in Role:
            name = f"{ROLE_NAMES[role].ru} (эта машина)"
            yield name, self.sign_in_link(base, role, name)

    def _client_secret(self) -> str | None:
        written, file = self.settings.oidc_client_secret, self.settings.oidc_client_secret_file
        if file is None:
            return written.get_secret_value() if written is not None else None
        try:
            return file.read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"SYNC_OIDC_CLIENT_SECRET_FILE: {file} cannot be read") from None
