"""The messages of the simulated world: how one is built, and by which topic, key and line it travels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import orjson

Event = dict[str, Any]
"""One CloudEvents 1.0 event in its structured form (contract, section 1)."""

SOVETNMO: Final = "sovetnmo"
EDU: Final = "edu"
CATALOGUE: Final = "catalogue"
PORTALS: Final = (SOVETNMO, EDU)
SOURCES: Final = {SOVETNMO: "/portals/sovetnmo", EDU: "/portals/edu", CATALOGUE: "/catalogue"}
TYPE_PREFIX: Final = "ru.nmo."
MOSCOW_H: Final = 3

_PUBLISHERS = {source: publisher for publisher, source in SOURCES.items()}
_ZONES = {hours: timezone(timedelta(hours=hours)) for hours in range(2, 13)}


def message(publisher: str, event_id: str, kind: str, at: datetime, data: dict[str, Any]) -> Event:
    """A message of this publisher; `kind` is its type without the prefix, such as `code.activated.v1`."""
    about = {"subject": data["account_id"]} if "account_id" in data else {}
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCES[publisher],
        "type": TYPE_PREFIX + kind,
        **about,
        "time": instant(at),
        "datacontenttype": "application/json",
        "data": data,
    }


def kind_of(event: Event) -> str:
    """The type of a message without its prefix, and empty where it has none."""
    return str(event.get("type", "")).removeprefix(TYPE_PREFIX)


def instant(at: datetime, offset_h: int | None = None) -> str:
    """An instant as messages carry it, written in the zone of the place that is so many hours ahead of Greenwich."""
    return at.astimezone(UTC if offset_h is None else _ZONES[offset_h]).isoformat(timespec="milliseconds")


def topic_in(publisher: str, prefix: str) -> str:
    """The topic that a publisher's messages go to (contract, «Kafka topics»)."""
    return f"{prefix}.{publisher}.events.v1"


def topics_out(portal: str, prefix: str) -> tuple[str, str]:
    """The topics on which the service speaks to a portal: replicas and outcomes."""
    return f"{prefix}.{portal}.replicas.v1", f"{prefix}.{portal}.outcomes.v1"


def topic_of(event: Event, prefix: str) -> str:
    """The topic that a message goes to, by its source; raises KeyError for a source that has none."""
    return topic_in(_PUBLISHERS[event["source"]], prefix)


def key_of(event: Event) -> bytes:
    """The message's key: the account, or the activity of a catalogue's message, and empty where neither is named."""
    data = event.get("data")
    named = data if isinstance(data, dict) else {}
    return str(named.get("account_id") or named.get("activity_id") or event.get("subject") or "").encode()


def line_of(event: Event) -> bytes:
    """The message as one line of JSON, without its newline."""
    return orjson.dumps(event)
