"""The catalogue's activities as they are at a position of the log, each loaded when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sync_service.aggregates.activity import Activity, ActivityPublished, ActivityWithdrawn
from sync_service.aggregates.values import activity_stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.aggregates.aggregate import Event
    from sync_service.event_store import EventStore


class KnownActivities:
    """Fits Catalogue, for views' rows; `head` is the position that whatever is loaded is of."""

    def __init__(self, log: EventStore, head: int = 0) -> None:
        self._log = log
        self.head = head
        self._known: dict[str, Activity] = {}

    def __call__(self, activity_id: str) -> Activity:
        """The activity, known or only named so far."""
        found = self._known.get(activity_id)
        if found is None:
            self.fetch((activity_id,))
            found = self._known[activity_id]
        return found

    def fetch(self, activity_ids: Iterable[str]) -> None:
        """Have these activities at hand, with one query for those that are not."""
        missing = {activity_stream(one): one for one in activity_ids if one not in self._known}
        if missing:
            found = self._log.load(missing.keys(), until=self.head)
            for stream, activity_id in missing.items():
                self._known[activity_id] = Activity(activity_id).fold(found.get(stream, []))

    def follow(self, events: Iterable[Event]) -> set[str]:
        """Bring the known ones up to date; the ids of those that are described or withdrawn anew."""
        described = set()
        for event in events:
            fact = cast("Any", event.fact)
            if fact.activity_id in self._known:
                self._known[fact.activity_id].evolve(event)
            if isinstance(fact, ActivityPublished | ActivityWithdrawn):
                described.add(fact.activity_id)
        return described
