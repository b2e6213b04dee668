"""What a decision would do, as lines of a preview: told from the events that it would record."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.activity import ActivityPublished, ActivityWithdrawn
from sync_service.aggregates.confirmation_code import Attempted, AttemptRejudged, Revoked
from sync_service.aggregates.specialist_facts import CodeRevoked
from sync_service.aggregates.values import Reason, code_stream
from sync_service.announcements import announcements_of
from sync_service.sentences.telling import told
from sync_service.sentences.words import Sentence, form

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from sync_service.aggregates.aggregate import Event, Fact
    from sync_service.projections.view_store import ViewStore

LINES_SHOWN_MAX = 12
_OF_NO_INTEREST = ("dead_letter.",)


class Effect(msgspec.Struct, frozen=True):
    """One effect: `sign` is "plus", "minus", "send" or "none"; how often it happens is told if more than once."""

    sign: str
    sentence: Sentence
    count: int = 1


def effects_of(events: Sequence[Event], views: ViewStore) -> list[Effect]:
    """What would be recorded, counted by sentence; then whom it reaches beyond, and what the portals would be told."""
    told_already = _told_by_people(events)
    shown = [
        event
        for event in events
        if not event.fact.TYPE.startswith(_OF_NO_INTEREST) and (type(event.fact), event.stream) not in told_already
    ]
    counted: dict[tuple[str, Sentence], int] = {}
    for event in shown:
        key = (_sign(event), told(event))
        counted[key] = counted.get(key, 0) + 1
    lines = [Effect(sign, sentence, count) for (sign, sentence), count in counted.items()]
    return [*_shortened(lines), *_people(shown, views), *_announced(shown)]


def digest_of(events: Iterable[Event]) -> str:
    """What tells one preview from another: an act is written only if it would do what was shown."""
    digest = sha256()
    for event in events:
        digest.update(msgspec.json.encode((event.stream, event.version, event.fact.TYPE, event.fact)))
    return digest.hexdigest()[:16]


def _shortened(lines: list[Effect]) -> list[Effect]:
    rest = len(lines) - LINES_SHOWN_MAX
    if rest <= 1:
        return lines
    return [*lines[:LINES_SHOWN_MAX], Effect("none", Sentence(f"И ещё записей: {rest}.", f"And {rest} more records."))]


def _told_by_people(events: Iterable[Event]) -> set[tuple[type[Fact], UUID]]:
    """What the register of codes records of a code, where somebody's history tells the same of it."""
    found: set[tuple[type[Fact], UUID]] = set()
    for event in events:
        code = getattr(event.fact, "code", None)
        if event.fact.TYPE.startswith("specialist.") and isinstance(code, str):
            copies = (Revoked,) if isinstance(event.fact, CodeRevoked) else (Attempted, AttemptRejudged)
            found.update((copy, code_stream(code)) for copy in copies)
    return found


def _sign(event: Event) -> str:
    """A refusal or a repetition takes nothing away: whoever had nothing has nothing still."""
    outcome = getattr(event.fact, "outcome", None)
    if isinstance(outcome, Reason):
        return "plus" if outcome is Reason.ACCEPTED else "none"
    if "replica_requested" in event.fact.TYPE:
        return "send"
    if any(word in event.fact.TYPE for word in ("refused", "repeated", "declined")):
        return "none"
    gone = ("withdrawn", "revoked", "reversed", "closed")
    return "minus" if any(word in event.fact.TYPE for word in gone) else "plus"


def _people(events: Iterable[Event], views: ViewStore) -> list[Effect]:
    """Whose plans change because the catalogue describes an activity anew."""
    facts = [event.fact for event in events if isinstance(event.fact, ActivityPublished | ActivityWithdrawn)]
    activities = {fact.activity_id for fact in facts}
    if not activities:
        return []
    count = len(views.owners_by_activity(views.live("learning_plan"), "entries", activities))
    if not count:
        return [Effect("none", Sentence("Ни у кого этой активности пока нет.", "Nobody has this activity yet."))]
    people = form(count, "человека", "человек", "человек", "человека")
    return [
        Effect(
            "plus",
            Sentence(
                f"У {count} {people} баллы за неё будут посчитаны заново.",
                f"Its credits are judged anew for {count} {'person' if count == 1 else 'people'}.",
            ),
        )
    ]


def _announced(events: Iterable[Event]) -> list[Effect]:
    count = sum(1 for event in events for _ in announcements_of(event))
    if not count:
        return [Effect("none", Sentence("Порталам ничего не уйдёт.", "Nothing goes to the portals."))]
    messages = form(count, "сообщение", "сообщения", "сообщений", "сообщения")
    return [
        Effect(
            "send",
            Sentence(
                f"Порталам уйдёт {count} {messages}.",
                f"{count} {'message goes' if count == 1 else 'messages go'} to the portals.",
            ),
        )
    ]
