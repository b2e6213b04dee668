"""Targets of a cycle as data: which policy holds for a cycle, what it asks for, and what remains."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

import msgspec

DEFAULT_POLICY = "model-144"


class Totals(msgspec.Struct, frozen=True):
    """Credits by events and by modules, academic hours of programmes, and how many of these at a distance."""

    events: float = 0
    modules: float = 0
    programme_hours: float = 0
    distance_hours: float = 0

    def remaining(self, done: Totals) -> Totals:
        """What is still missing to these targets; nothing is less than nothing."""
        names = self.__struct_fields__
        return Totals(**{name: max(0, getattr(self, name) - getattr(done, name)) for name in names})


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One policy: what a five-year cycle asks for."""

    policy: str
    title_ru: str
    title_en: str
    targets: Totals


@lru_cache
def shipped_policies() -> dict[str, Policy]:
    """The policies that come with the service, by name."""
    texts = [file.read_text("utf-8") for file in files(__package__).iterdir() if file.name.endswith(".toml")]
    found = [msgspec.convert(tomllib.loads(text), Policy) for text in texts]
    return {policy.policy: policy for policy in found}


def policy_for(named: str | None) -> Policy:
    """The policy that a cycle names, or the Model where it names none or one that is not known."""
    known = shipped_policies()
    return known.get(named or DEFAULT_POLICY, known[DEFAULT_POLICY])
