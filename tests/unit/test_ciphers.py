"""What the seals promise: equal for equal, useless elsewhere, and gone with the key."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.adapters.ciphers import Hashes, Identifiers, Seal, is_sealed, new_key
from sync_service.sealing import KeyDestroyed, SealBroken

KEY = bytes(range(32))


@given(st.binary(max_size=300), st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=3))
def test_what_is_sealed_opens_in_its_place_alone(plain: bytes, place: list[bytes]) -> None:
    sealed = Seal(KEY).seal(plain, *place)
    assert sealed == Seal(KEY).seal(plain, *place)
    assert is_sealed(sealed)
    assert Seal(KEY).open(sealed, *place) == plain
    with pytest.raises(SealBroken):
        Seal(KEY).open(sealed, *place, b"elsewhere")


def test_another_key_is_told_from_altered_bytes() -> None:
    sealed = Seal(KEY).seal(b"text", b"here")
    with pytest.raises(KeyDestroyed):
        Seal(new_key()).open(sealed, b"here")
    for place in range(5, len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(SealBroken):
            Seal(KEY).open(bytes(altered), b"here")
    with pytest.raises(SealBroken):
        Seal(KEY).open(b'["never sealed"]', b"here")


def test_hashes_find_equal_values_of_one_kind_and_need_the_key() -> None:
    hashes = Hashes(KEY)
    assert hashes.hashed("email", "a@example.org") == Hashes(KEY).hashed("email", "a@example.org")
    others = {hashes.hashed("name", "a@example.org"), hashes.hashed("email", "b@example.org")}
    others.add(Hashes(new_key()).hashed("email", "a@example.org"))
    assert hashes.hashed("email", "a@example.org") not in others
    assert len(others) == 3


def test_identifiers_are_hidden_one_to_one() -> None:
    identifiers = Identifiers(KEY)
    known = [uuid4() for _ in range(1000)]
    hidden = [identifiers.hidden(one) for one in known]
    assert len(set(hidden)) == 1000
    assert [identifiers.revealed(one) for one in hidden] == known
    assert str(identifiers.revealed(hidden[0])) == str(known[0])
    assert hash(identifiers.revealed(hidden[0])) == hash(known[0])
    assert hidden[0] != known[0].bytes
