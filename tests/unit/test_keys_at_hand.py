"""How many owners' keys stay ready to seal with: each takes as much memory as a person."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from sync_service.adapters import key_ring
from sync_service.adapters.ciphers import Seal, new_key
from sync_service.adapters.event_mapper import opened_runs
from sync_service.adapters.key_ring import KeyRing
from sync_service.adapters.store_secrets import Secrets
from sync_service.sealing import KeyDestroyed

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any

    import psycopg

    from sync_service.adapters.event_mapper import StoredRow

KEYS, EACH = 40, 10
NOTICED = "specialist.account_noticed.v1"


class Asked(Exception):
    """The database was asked for a key."""


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> KeyRing:
    """A ring whose database answers nothing."""
    monkeypatch.setattr(key_ring, "KEYS_MAX", KEYS)
    return KeyRing(_refuse, lambda: Secrets(roots={1: new_key()}, store=new_key(), index=new_key()))


def _refuse() -> AbstractContextManager[psycopg.Cursor[Any]]:
    raise Asked


def _keep_some(ring: KeyRing, count: int) -> dict[UUID, Seal]:
    seals = {uuid4(): Seal(new_key()) for _ in range(count)}
    ring.keep(seals)
    return seals


@pytest.fixture
def erased(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> tuple[UUID, Seal, Seal]:
    """Somebody whose key was another before they were erased; the database has the new one."""
    owner, before, now = uuid4(), Seal(new_key()), Seal(new_key())
    monkeypatch.setattr(ring, "_cursors", nullcontext)
    monkeypatch.setattr(ring, "_fetched", lambda _, owners: dict.fromkeys(owners, now))
    return owner, before, now


def _row(owner: UUID, seal: Seal, cause: bytes) -> StoredRow:
    plain = b'["2025-05-12T00:00:00Z",%s,{"account":["edu","e1"]}]' % cause
    return owner, 1, NOTICED, seal.seal(plain, NOTICED.encode(), b"1 " + owner.bytes, owner.bytes), 1


def test_rows_of_somebody_who_is_erased_meanwhile_are_selected_once_more(
    ring: KeyRing, erased: tuple[UUID, Seal, Seal]
) -> None:
    owner, before, now = erased
    selected = iter([[_row(owner, before, b'"a"')], [_row(owner, now, b"null")]])
    [(stream, [event])] = opened_runs(lambda: next(selected), ring)
    assert (stream, event.cause) == (owner, None)


def test_what_is_sealed_with_a_key_that_is_gone_is_told_as_that(ring: KeyRing, erased: tuple[UUID, Seal, Seal]) -> None:
    owner, before, _ = erased
    with pytest.raises(KeyDestroyed):
        opened_runs(lambda: [_row(owner, before, b"null")], ring)


def _at_hand(ring: KeyRing, owner: UUID) -> bool:
    try:
        ring.seal_of(owner)
    except Asked:
        return False
    return True


def test_no_more_keys_stay_at_hand_than_the_bound_and_one_transaction_say(ring: KeyRing) -> None:
    kept = [owner for _ in range(20) for owner in _keep_some(ring, EACH)]
    assert all(_at_hand(ring, owner) for owner in kept[-EACH:])
    assert sum(_at_hand(ring, owner) for owner in kept) <= KEYS + EACH


def test_no_more_stay_where_all_that_are_known_are_asked_for_in_between(ring: KeyRing) -> None:
    kept: list[UUID] = []
    for _ in range(20):
        kept += _keep_some(ring, EACH)
        at_hand = sum(_at_hand(ring, owner) for owner in kept)
        assert at_hand <= KEYS + EACH


def test_a_key_that_is_asked_for_again_and_again_stays(ring: KeyRing) -> None:
    [(owner, seal)] = _keep_some(ring, 1).items()
    for _ in range(20):
        _keep_some(ring, EACH)
        assert ring.seal_of(owner) is seal


def test_a_key_that_was_dropped_is_nowhere_any_more(ring: KeyRing) -> None:
    kept = _keep_some(ring, KEYS // 2 + 1)
    owner = next(iter(kept))
    assert _at_hand(ring, owner)
    ring.drop([owner])
    assert not _at_hand(ring, owner)
