"""The settings of who comes in: sign-in by OpenID Connect, sessions, one-time links, how often things may be tried."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from sync_service.access import Role

if TYPE_CHECKING:
    from typing import Self

HERE: Final = frozenset(("localhost", "127.0.0.1", "::1"))
"""Where the provider may be asked without TLS: nobody listens on the way."""


class EnteringSettings(BaseModel):
    """Who may come in, and for how long."""

    oidc_issuer: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """The OpenID provider that staff sign in at, as it writes its own name; without it one-time links are used."""
    oidc_client_id: str | None = None
    """The name under which the provider knows this service."""
    oidc_client_secret: SecretStr | None = None
    """The secret that the provider gave it; none for a public client, which PKCE protects."""
    oidc_client_secret_file: Path | None = None
    """The file whose first line is that secret, instead."""
    oidc_scopes: Annotated[str, Field(pattern=r"^openid( \S+)*$")] = "openid profile"
    """What the provider is asked for, separated by blanks; some give roles only for a scope of their own."""
    oidc_roles_claim: Annotated[str, Field(min_length=1)] = "roles"
    """The claim of the ID token that names roles or groups; dots lead into objects: `realm_access.roles`."""
    oidc_roles: tuple[str, ...] = ()
    """What a value of that claim makes of somebody: `nmo-support=support`; a value may stand in several."""
    console_url: Annotated[str, Field(pattern=r"^https?://[^/\s]+/?$")] | None = None
    """The address under which browsers reach the service, without a path; the provider leads back there."""
    session_idle_s: Annotated[int, Field(ge=60, le=86_400)] = 3_600
    """After so long without a request a session is over (seconds); live pages that nobody touches do not count."""
    session_longest_s: Annotated[int, Field(ge=300, le=604_800)] = 43_200
    """So long after the sign-in it is over in any case (seconds)."""
    sign_in_link_s: Annotated[int, Field(ge=30, le=86_400)] = 600
    """How long a one-time link can be used (seconds); `demo` gives its own a day."""
    sign_ins_per_minute: Annotated[int, Field(ge=1, le=10_000)] = 30
    """How often one address may try to sign in; all together ten times as often."""
    searches_per_minute: Annotated[int, Field(ge=1, le=10_000)] = 60
    """How often one member of staff may search."""
    looks_per_minute: Annotated[int, Field(ge=1, le=10_000)] = 240
    """How often one member of staff may open a page about a person, a code or a parked message in the console."""
    api_calls_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 1_200
    """How often one service account, or one person, may ask the JSON API; a minute's worth of it at once."""
    metrics_token: SecretStr | None = None
    """What `/metrics` is asked with, as a bearer token; without it only this machine itself may ask."""

    @field_validator("oidc_roles")
    @classmethod
    def _lead_to_roles(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            value, equals, role = one.rpartition("=")
            if not (value and equals and role in list(Role)):
                raise ValueError(f"VALUE=ROLE is needed, with a role of {', '.join(Role)}")
        return given

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.oidc_issuer is None:
            return self
        needed = {"oidc_client_id": self.oidc_client_id, "oidc_roles": self.oidc_roles, "console_url": self.console_url}
        missing = [f"SYNC_{name.upper()}" for name, value in needed.items() if not value]
        if missing:
            raise ValueError(f"SYNC_OIDC_ISSUER needs {', '.join(missing)} too")
        issuer = urlsplit(self.oidc_issuer)
        if issuer.scheme != "https" and issuer.hostname not in HERE:
            raise ValueError("SYNC_OIDC_ISSUER: a provider on another machine is asked over https only")
        return self

    def roles_by_value(self) -> dict[str, frozenset[Role]]:
        """What each value of the roles' claim makes of somebody."""
        found: dict[str, frozenset[Role]] = {}
        for one in self.oidc_roles:
            value, _, role = one.rpartition("=")
            found[value] = found.get(value, frozenset()) | {Role(role)}
        return found
