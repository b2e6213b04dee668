"""Invented СНИЛС with valid checksums, and the ways in which people write them down."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_BODY_LENGTH = 9
_CONTROL_MODULUS = 101
_CONTROL_WRITTEN_AS_ZERO = 100


def control_of(body: str) -> str:
    """The two control digits of a СНИЛС's first nine."""
    weighed = sum(int(digit) * (_BODY_LENGTH - place) for place, digit in enumerate(body))
    remainder = weighed % _CONTROL_MODULUS
    return f"{0 if remainder == _CONTROL_WRITTEN_AS_ZERO else remainder:02d}"


def invented_snils(random: Random) -> str:
    """Eleven digits that pass the checksum; the 9 in front keeps them apart from numbers that were given to people."""
    body = f"9{random.randrange(10**8):08d}"
    return body + control_of(body)


def written_snils(snils: str, random: Random) -> str:
    """The same eleven digits with the punctuation that somebody likes."""
    parts = (snils[:3], snils[3:6], snils[6:9], snils[9:])
    shapes = ("{}-{}-{} {}", "{}{}{}{}", "{} {} {} {}", "{}-{}-{}-{}")
    return random.choices(shapes, weights=(6, 3, 1, 1))[0].format(*parts)
