"""What is read of a service in which all is well, and what a test changes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from sync_service.operations.asking import standing
from sync_service.operations.judging_parts import ROLES
from sync_service.operations.readings import FlowRow, PartRow, ReaderRow, Readings, UnreadRow
from sync_service.projections.registry import VIEWS
from sync_service.topic_names import TopicNames

if TYPE_CHECKING:
    from sync_service.operations.standing import Standing

NOW = datetime(2026, 5, 21, 11, 32, 7, tzinfo=UTC)
"""14:32:07 in Moscow."""
HEAD = 48_213_907
NAMES = TopicNames()
EVER = datetime(1970, 1, 1, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    """So many seconds before now."""
    return NOW - timedelta(seconds=seconds)


def part(name: str, **changes: Any) -> PartRow:  # noqa: ANN401 - any field of a row
    """A part that works."""
    row = PartRow(name, "host-1-abc", "0.1.0", ago(3600), ago(2), ago(1), None, None, None, None, {}, None, None)
    return msgspec.structs.replace(row, **changes)


def parts(**changed: dict[str, Any]) -> tuple[PartRow, ...]:
    """Every part, with changes by name."""
    return tuple(part(name, **changed.get(name, {})) for name in ROLES)


def reader(name: str, **changes: Any) -> ReaderRow:  # noqa: ANN401 - any field of a row
    """A view, or with `is_view` false a follower, at the head."""
    return msgspec.structs.replace(ReaderRow(name, True, HEAD, ago(1), None), **changes)


def readers(**changed: dict[str, Any]) -> tuple[ReaderRow, ...]:
    """Every view and follower, with changes by name."""
    followers = {"publisher", "replication", "notifier"}
    return tuple(
        reader(name, is_view=name not in followers, **changed.get(name, {})) for name in (*VIEWS, *sorted(followers))
    )


def unread(topic: str, **changes: Any) -> UnreadRow:  # noqa: ANN401 - any field of a row
    """A topic that is read to its end."""
    return msgspec.structs.replace(UnreadRow(topic, f"topic:{topic}:x:0", 900, 900, 0, ago(3), None), **changes)


def topics(**changed: dict[str, Any]) -> tuple[UnreadRow, ...]:
    """Every topic, with changes by the short name of its source."""
    names = ("sovetnmo", "edu", "catalogue")
    return tuple(unread(topic, **changed.get(name, {})) for name, topic in zip(names, NAMES.all_in(), strict=True))


def flow(source: str, received: int, span: int = 0, since: datetime = EVER, **changes: Any) -> FlowRow:  # noqa: ANN401
    """What came from a source, all of it stored."""
    return msgspec.structs.replace(FlowRow(span, since, source, received, received, 0, 0, 0), **changes)


def calm(**changes: Any) -> Readings:  # noqa: ANN401 - any field of the readings
    """Readings of a service in which all is well."""
    readings = Readings(
        now=NOW,
        began_at=ago(90 * 86_400),
        parts=parts(),
        flows=(flow("/portals/edu", 60), flow("/portals/sovetnmo", 40)),
        received=100,
        repeats=0,
        unread=topics(),
        head=HEAD,
        head_at=ago(1),
        events_last_minute=474,
        readers=readers(),
        replicas=(),
        people={},
        people_waiting=0,
        oldest=(),
        answered={"edu": ago(7), "sovetnmo": ago(7)},
        links={"completed": 4, "backfilling": 1},
        oldest_link=ago(60),
        happened=(),
        letters={},
        oldest_letter=None,
        mails={},
        mails_parked={},
        mails_sent_day=12,
        last_sent_at=ago(5),
        oldest_mail=None,
    )
    return msgspec.structs.replace(readings, **changes)


def looked_at(before: Readings | None = None, **changes: Any) -> Standing:  # noqa: ANN401 - any field of the readings
    """The standing of a calm service with these changes."""
    return standing(calm(**changes), NAMES.source_of, before)
