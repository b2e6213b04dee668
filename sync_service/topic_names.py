"""The names of the topics between the portals and the service (CONTRACT.md, «Kafka topics»)."""

from __future__ import annotations

import re
from typing import Final

from sync_service.aggregates.values import Portal
from sync_service.messages.catalogue_messages import CATALOGUE
from sync_service.messages.portal_messages import EDU, SOVETNMO

PORTAL_OF_SOURCE: Final = {SOVETNMO: Portal.SOVETNMO, EDU: Portal.EDU}
"""The portal behind each `source` that is one."""

DEAD_LETTERS: Final = ".dlq"
"""What the name of a topic of parked messages ends with."""

BACKFILL: Final = ".backfill.v1"
"""What the name of a topic of history ends with."""

_PREFIX = re.compile(r"[A-Za-z0-9._-]{1,200}")  # with the longest ending it is still under Kafka's 249 characters


_OF_PORTAL = re.compile(
    rf".+\.({'|'.join(Portal)})\.(?:events|backfill|replicas|outcomes)\.v1(?:{re.escape(DEAD_LETTERS)})?"
)


def portal_of_topic(topic: str) -> Portal | None:
    """The portal whose accounts a topic's messages speak of, whatever the prefix; None if it is no portal's."""
    found = _OF_PORTAL.fullmatch(topic)
    return Portal(found[1]) if found else None


def is_backfill(topic: str) -> bool:
    """Whether a topic in brings history, apart from what happens now, whatever the prefix."""
    return topic.endswith(BACKFILL)


class TopicNames:
    """Every topic's name, after the prefix that an operator sets; raises ValueError if Kafka would not take it."""

    def __init__(self, prefix: str = "nmo") -> None:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"topics cannot be named with the prefix {prefix!r}")
        self.prefix = prefix
        self.catalogue = f"{prefix}.catalogue.events.v1"
        self._live = {
            self.events(Portal.SOVETNMO): SOVETNMO,
            self.events(Portal.EDU): EDU,
            self.catalogue: CATALOGUE,
        }
        self._backfill = {topic.removesuffix(".events.v1") + BACKFILL: source for topic, source in self._live.items()}
        self._sources = self._live | self._backfill

    def events(self, portal: Portal) -> str:
        """In: what a portal reports, by account."""
        return f"{self.prefix}.{portal}.events.v1"

    def replicas(self, portal: Portal) -> str:
        """Out: what a portal is asked to show in its accounts, or no longer to show."""
        return f"{self.prefix}.{portal}.replicas.v1"

    def outcomes(self, portal: Portal) -> str:
        """Out: what became of a portal's messages."""
        return f"{self.prefix}.{portal}.outcomes.v1"

    def dead_letters(self, topic: str) -> str:
        """Out: copies of the messages of a topic in that were parked."""
        return f"{topic}{DEAD_LETTERS}"

    def is_dead_letters(self, topic: str) -> bool:
        """Whether it is one of the topics of parked messages."""
        return topic.removesuffix(DEAD_LETTERS) in self._sources and topic not in self._sources

    def all_in(self) -> tuple[str, ...]:
        """Every topic by which what happens now comes in."""
        return tuple(self._live)

    def all_backfill(self) -> tuple[str, ...]:
        """Every topic by which history comes in, read with less haste than the others."""
        return tuple(self._backfill)

    def all_of_catalogue(self) -> tuple[str, ...]:
        """Every topic by which the catalogue's messages come in."""
        return tuple(topic for topic, source in self._sources.items() if source == CATALOGUE)

    def all_out(self) -> tuple[str, ...]:
        """Every topic that the service writes."""
        told = (name(portal) for portal in Portal for name in (self.replicas, self.outcomes))
        return (*told, *map(self.dead_letters, self._sources))

    def source_of(self, topic: str | None) -> str | None:
        """The only `source` whose messages may come by this topic; None if it is none of the topics in."""
        return self._sources.get(topic) if topic else None

    def topic_of(self, source: object, *, backfill: bool = False) -> str | None:
        """The topic by which a source's messages come, live ones or its backfill; None if it has none."""
        topics = self._backfill if backfill else self._live
        return next((topic for topic, known in topics.items() if known == source), None)
