"""What a provider says of itself is believed only if it keeps what is secret under TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sync_service.adapters.oidc_provider import OidcProvider
from sync_service.signing_in import Ceremony, ProviderUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

BACK = "https://sync.example.org/console/sign-in/callback"
PLACES = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Telling(OidcProvider):
    """A provider whose description the test gives."""

    def __init__(self, issuer: str, **told: str) -> None:
        super().__init__(issuer, "console", None)
        self._told = {"issuer": issuer, **dict.fromkeys(PLACES, f"{issuer}/there"), **told}

    def _asked(self, address: str) -> Mapping[str, Any]:
        assert address.endswith("/.well-known/openid-configuration")
        return self._told


@pytest.mark.parametrize("place", PLACES)
def test_a_provider_over_tls_that_names_a_place_without_it_signs_nobody_in(place: str) -> None:
    provider = Telling("https://id.example.org", **{place: "http://id.example.org/there"})
    with pytest.raises(ProviderUnavailable, match="without TLS"):
        provider.address(Ceremony.of("x"), BACK)


@pytest.mark.parametrize("issuer", ["https://id.example.org", "http://127.0.0.1:9000"])
def test_a_provider_that_keeps_to_its_own_way_does(issuer: str) -> None:
    assert Telling(issuer).address(Ceremony.of("x"), BACK).startswith(f"{issuer}/there?")
