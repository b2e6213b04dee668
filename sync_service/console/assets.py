"""The static files: read once, addressed by the hash of what they hold, kept by browsers for a year."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
YEAR_S = 365 * 24 * 3600
DIGEST_CHARACTERS = 12


class Asset(msgspec.Struct, frozen=True):
    """One static file."""

    content: bytes
    media_type: str
    digest: str


class Assets:
    """The static files of the console, by name."""

    def __init__(self) -> None:
        self._assets = {
            file.name: _asset(file.name, file.read_bytes())
            for file in files("sync_service.console").joinpath("static").iterdir()
            if _suffix(file.name) in MEDIA_TYPES
        }

    def url(self, name: str) -> str:
        """Where the file is; another content has another address. Raises KeyError for a file that is not there."""
        return f"/console/static/{name}?v={self._assets[name].digest}"

    def answer(self, request: Request) -> Response:
        """The file; to be kept for ever if the address names its present content."""
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        is_current = request.query_params.get("v") == asset.digest
        kept = f"public, max-age={YEAR_S}, immutable" if is_current else "no-cache"
        return Response(asset.content, media_type=asset.media_type, headers={"cache-control": kept})


def _asset(name: str, content: bytes) -> Asset:
    return Asset(content, MEDIA_TYPES[_suffix(name)], sha256(content).hexdigest()[:DIGEST_CHARACTERS])


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]
