"""Reads the body of a request: never more than the limit, unpacked or packed, and never longer than it may take."""

from __future__ import annotations

import asyncio
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from sync_service.portal_door.faults import Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sync_service.portal_door.door import PortalDoor
    from sync_service.portal_door.pacing import Hold

GZIP_BITS: Final = 16 + zlib.MAX_WBITS
DRAINED_BYTES_MAX: Final = 64 * 1024 * 1024
DRAIN_S: Final = 5.0
"""So much of a refused body is read on, and so long: its sender then sees the answer, and not a broken pipe."""


async def read(chunks: AsyncIterator[bytes], door: PortalDoor, held: Hold, encoding: str) -> bytes:
    """The whole body, unpacked; raises Refused for one that is too large, too slow, or no gzip."""
    try:
        async with asyncio.timeout(door.limits.body_timeout_s):
            return await _read(chunks, door, held, encoding)
    except TimeoutError:
        limit_s = door.limits.body_timeout_s
        raise Refused(
            HTTPStatus.REQUEST_TIMEOUT,
            "slow",
            f"тело не пришло за {limit_s:g} с / the body did not come within {limit_s:g} s",
        ) from None


async def drain(chunks: AsyncIterator[bytes]) -> None:
    """Read on what nobody wants, within bounds."""
    left = DRAINED_BYTES_MAX
    try:
        async with asyncio.timeout(DRAIN_S):
            async for chunk in chunks:
                left -= len(chunk)
                if left < 0:
                    return
    except TimeoutError:
        return


async def _read(chunks: AsyncIterator[bytes], door: PortalDoor, held: Hold, encoding: str) -> bytes:
    unpacking = zlib.decompressobj(GZIP_BITS) if encoding == "gzip" else None
    body = bytearray()
    async for chunk in chunks:
        added = chunk if unpacking is None else _unpacked(unpacking, chunk, door.limits.body_bytes_max - len(body))
        held.add(len(added))
        body += added
        if len(body) > door.limits.body_bytes_max:
            raise door.too_large()
    if unpacking is not None and not unpacking.eof:
        raise _no_gzip()
    return bytes(body)


def _unpacked(unpacking: zlib._Decompress, chunk: bytes, room: int) -> bytes:
    """What a chunk unpacks to, one byte more than there is room for at most."""
    try:
        unpacked = unpacking.decompress(chunk, room + 1)
    except zlib.error:
        raise _no_gzip() from None
    if unpacking.unused_data:  # what follows the end would be gathered there without a bound
        raise _no_gzip()
    return unpacked


def _no_gzip() -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, "malformed", "тело не gzip / the body is no gzip")
