"""How the comparison of a rebuilt view is stored with its order: sealed, for it names whose rows differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from sync_service.projections.comparing import Comparison

if TYPE_CHECKING:
    import psycopg

    from sync_service.sealing import Sealer

_PLACE: Final = b"comparison"


def sealed_comparison(keys: Sealer, compared: Comparison) -> bytes:
    """The stored bytes of a comparison."""
    return keys.seal(None, msgspec.json.encode(compared), _PLACE)


def opened_comparison(keys: Sealer, stored: bytes) -> Comparison:
    """The comparison that is stored; raises SealBroken."""
    return msgspec.json.decode(keys.open(None, stored, _PLACE), type=Comparison)


def drop_examples(cursor: psycopg.Cursor[Any], keys: Sealer) -> None:
    """Keep of every comparison the counts alone: what an example shows may be of somebody who is erased now."""
    cursor.execute(b"SELECT id, comparison FROM sync_rebuilds WHERE comparison IS NOT NULL FOR UPDATE")
    for order, stored in cursor.fetchall():
        compared = opened_comparison(keys, stored)
        if compared.examples:
            left = sealed_comparison(keys, msgspec.structs.replace(compared, examples=()))
            cursor.execute(b"UPDATE sync_rebuilds SET comparison = %s WHERE id = %s", [left, order])
