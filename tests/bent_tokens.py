"""ID tokens that must not be believed: what somebody between the provider and us, or a careless one, may send."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any, Final

from joserfc import jwt
from joserfc.jwk import OctKey

from tests.oidc_server import new_key, signed_by

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT: Final = "sync-console"
SECRET: Final = "a secret of thirty-two characters!"
KEY: Final = new_key()
"""Published beside the provider's own where a test says so."""


def changed(**claims: object) -> Callable[[dict[str, Any]], str]:
    """A token whose signature holds, with other claims; None takes one away."""

    def tamper(told: dict[str, Any]) -> str:
        return signed_by(KEY, {name: value for name, value in (told | claims).items() if value is not None})

    return tamper


def unsigned(told: dict[str, Any]) -> str:
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, told)
    )
    return f"{head}.{body}."


def signed_with_our_secret(told: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256"}, told, OctKey.import_key(SECRET), algorithms=["HS256"])


HOUR = 3600
TAMPERED: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "another audience": changed(aud=["another-client"]),
    "another audience beside ours": changed(aud=[CLIENT, "another-client"]),
    "another authorized party": changed(azp="another-client"),
    "no audience": changed(aud=None),
    "another issuer": changed(iss="https://elsewhere.example"),
    "no issuer": changed(iss=None),
    "expired": changed(exp=int(time.time()) - HOUR),
    "no expiry": changed(exp=None),
    "issued in the future": changed(iat=int(time.time()) + HOUR),
    "not valid yet": changed(nbf=int(time.time()) + HOUR),
    "no nonce": changed(nonce=None),
    "no subject": changed(sub=None),
    "an empty subject": changed(sub=""),
    "a subject that is no text": changed(sub=7),
    "not signed": unsigned,
    "signed with the client's own secret": signed_with_our_secret,
    "no token at all": lambda _: "not.a.token",
}
