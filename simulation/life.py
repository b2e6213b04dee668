"""The life of a simulated world: everything that portals and catalogue publish by themselves, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.attendance import write_attendance
from simulation.blots import write_blots
from simulation.corrections import write_corrections
from simulation.links import write_links
from simulation.people import invent
from simulation.registration import write_registrations
from simulation.script import Happening, Script
from simulation.studies import write_studies
from simulation.wire import key_of, line_of, topic_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

__all__ = ["Happening", "Life", "key_of", "line_of", "topic_of"]


class Life:
    """The script of a world of so many specialists, spread over so many seconds.

    Two lives of one seed and size differ in `time` and the `…_at` fields only, which follow `base`. Ids come again
    in every life of a seed: where one store is to see several lives, a `tag` keeps their accounts and ids apart
    (a stored id with other data would be parked as `id_reused`). `spoilt` has the ids of the messages that break
    the contract. Raises ValueError without people or time.
    """

    def __init__(self, seed: int | str, specialists: int, duration_s: float, base: datetime, *, tag: str = "") -> None:
        if specialists < 1 or duration_s <= 0 or base.tzinfo is None:
            message = "A life needs at least one specialist, a duration, and a base instant with its offset."
            raise ValueError(message)
        self.seed = seed
        self.base = base
        self.duration_s = duration_s
        self.people = invent(f"{seed}{tag}", specialists, tag)
        script = Script(seed, base, duration_s, self.people, tag)
        self.happenings = self._written(script)
        self.spoilt = frozenset(script.spoilt)

    def __iter__(self) -> Iterator[Happening]:
        """Every message with the moment at which it is published, the earliest first."""
        return iter(self.happenings)

    def of(self, publisher: str) -> list[Happening]:
        """What one publisher publishes: a portal, or the catalogue."""
        return [happening for happening in self.happenings if happening.publisher == publisher]

    @staticmethod
    def _written(script: Script) -> list[Happening]:
        write_registrations(script)
        write_attendance(script)
        write_studies(script)
        write_links(script)
        write_corrections(script)
        write_blots(script)
        return sorted(script.happenings, key=lambda happening: happening.at_s)
