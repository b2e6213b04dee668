"""An OpenID provider, asked through Authlib: where to sign in, and whom an answer stands for, proven."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import requests
from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sync_service.signing_in import Identity, ProviderRefused, ProviderUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.signing_in import Ceremony

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key that the provider publishes: never one that the client could make itself, and never none."""

LEEWAY_S: Final = 60
"""So far may the provider's clock and ours be apart."""

KEPT_S: Final = 3600
"""How long what the provider says of itself is believed."""

ASK_AGAIN_S: Final = 60
"""The keys are asked for anew at most this often, when a token is signed by one that is not known."""

REFUSALS: Final = frozenset(("invalid_grant", "invalid_client", "invalid_request", "unauthorized_client"))
"""What a token endpoint may answer (RFC 6749, section 5.2) and a log may hold."""

QUIET_S: Final = 5
"""For so long nobody else waits for a provider that has just not answered."""

NEEDED: Final = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


class OidcProvider:
    """One client of one provider; fits IdentityProvider. What the provider says of itself is kept for an hour."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        *,
        scope: str = "openid profile",
        timeout_s: float = 10,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._scope = scope
        self._timeout_s = timeout_s
        self._guard = threading.Lock()
        self._metadata: Mapping[str, Any] = {}
        self._metadata_at = -KEPT_S * 1.0
        self._keys = KeySet([])
        self._keys_at = -KEPT_S * 1.0
        self._quiet_until = 0.0

    def address(self, ceremony: Ceremony, back_to: str) -> str:
        """Where the browser goes to sign in."""
        with self._client(back_to) as client:
            address, _ = client.create_authorization_url(
                self._described()["authorization_endpoint"],
                state=ceremony.state,
                nonce=ceremony.nonce,
                code_verifier=ceremony.verifier,
            )
            return str(address)

    def identity(self, ceremony: Ceremony, code: str, back_to: str) -> Identity:
        """Whom the code stands for: exchanged for a token whose signature, issuer, audience, times and nonce hold."""
        token = self._exchanged(ceremony, code, back_to)
        encoded = token.get("id_token")
        if not isinstance(encoded, str):
            raise ProviderRefused("no_id_token")
        claims = self._verified(encoded, ceremony.nonce, token.get("access_token"))
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject:
            raise ProviderRefused("no_subject")
        return Identity(self._issuer, subject, claims)

    def farewell(self, back_to: str) -> str | None:
        """Where the browser goes to sign out there too."""
        try:
            place = self._described().get("end_session_endpoint")
        except ProviderUnavailable:
            return None
        asked = urlencode({"client_id": self._client_id, "post_logout_redirect_uri": back_to})
        return f"{place}{'&' if '?' in place else '?'}{asked}" if isinstance(place, str) and place else None

    def _client(self, back_to: str) -> Any:  # noqa: ANN401 - Authlib says no types
        methods = self._described().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        by_basic = self._client_secret is None or "client_secret_basic" in methods
        return OAuth2Session(
            self._client_id,
            self._client_secret,
            scope=self._scope,
            redirect_uri=back_to,
            code_challenge_method="S256",
            token_endpoint_auth_method=None if by_basic else "client_secret_post",
            default_timeout=self._timeout_s,
        )

    def _exchanged(self, ceremony: Ceremony, code: str, back_to: str) -> Mapping[str, Any]:
        endpoint = self._described()["token_endpoint"]
        try:
            with self._client(back_to) as client:
                token: Mapping[str, Any] = client.fetch_token(
                    endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=ceremony.verifier,
                    allow_redirects=False,
                )
                return token
        except OAuthError as error:
            raise ProviderRefused(f"token_{error.error}" if error.error in REFUSALS else "token_refused") from None
        except (requests.RequestException, ValueError) as error:
            raise ProviderUnavailable(type(error).__name__) from None

    def _verified(self, encoded: str, nonce: str, access_token: object) -> dict[str, Any]:
        try:
            signed = self._decoded(encoded)
            options = {
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._client_id},
            }
            params = {"nonce": nonce, "client_id": self._client_id, "access_token": access_token}
            CodeIDToken(signed.claims, signed.header, options, params).validate(leeway=LEEWAY_S)
        except (JoseError, ValueError) as error:
            raise ProviderRefused(f"id_token_{getattr(error, 'error', type(error).__name__)}") from None
        return signed.claims

    def _decoded(self, encoded: str) -> jwt.Token:
        """The token, if a published key signed it; keys that changed since are asked for once more."""
        keys, read_at = self._published(KEPT_S)
        try:
            return jwt.decode(encoded, keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            newer, newer_at = self._published(ASK_AGAIN_S)
            if newer_at == read_at:
                raise
            return jwt.decode(encoded, newer, algorithms=ALGORITHMS)

    def _published(self, kept_s: float) -> tuple[KeySet, float]:
        with self._guard:
            if time.monotonic() >= self._keys_at + kept_s:
                asked = self._asked(self._known()["jwks_uri"])
                try:
                    self._keys = KeySet.import_key_set(asked)  # type: ignore[arg-type]
                except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
                    raise ProviderUnavailable(f"keys: {type(error).__name__}") from None
                self._keys_at = time.monotonic()
            return self._keys, self._keys_at

    def _described(self) -> Mapping[str, Any]:
        with self._guard:
            return self._known()

    def _known(self) -> Mapping[str, Any]:
        if time.monotonic() >= self._metadata_at + KEPT_S:
            found = self._asked(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            missing = [name for name in NEEDED if not isinstance(found.get(name), str)]
            if missing or found["issuer"] != self._issuer:
                raise ProviderUnavailable(f"discovery: {', '.join(missing) or 'another issuer'}")
            if self._issuer.startswith("https:") and not all(found[name].startswith("https:") for name in NEEDED):
                raise ProviderUnavailable("discovery: an address without TLS")  # the secret and the keys would go bare
            self._metadata, self._metadata_at = found, time.monotonic()
        return self._metadata

    def _asked(self, address: str) -> Mapping[str, Any]:
        if time.monotonic() < self._quiet_until:
            raise ProviderUnavailable("silent a moment ago")
        try:
            answer = requests.get(address, timeout=self._timeout_s, allow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
        except (requests.RequestException, ValueError) as error:
            self._quiet_until = time.monotonic() + QUIET_S
            raise ProviderUnavailable(type(error).__name__) from None
        if not isinstance(found, dict):
            raise ProviderUnavailable("no JSON object")
        return found
