"""The parked messages, by cause; and retrying all that share one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_service.access import Right
from sync_service.aggregates.errors import LetterClosed
from sync_service.console.effects import digest_of, effects_of
from sync_service.console.pages.parked_words import (
    SOURCES,
    STATES,
    cause_words,
    person_of,
    portal_of,
    source_word,
    type_word,
)
from sync_service.console.reasons_told import reason_sentence
from sync_service.console.routes import Page
from sync_service.console.visit import NotThere, Refused
from sync_service.questions.letters import GROUP_CHARACTERS, Group, Letter, groups, latest_letters, waiting_letters
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from starlette.responses import Response

    from sync_service.aggregates.aggregate import Event
    from sync_service.console.visit import Visit

LETTERS_A_GROUP = 5
GROUPS_A_PAGE = 20
LETTERS_A_PAGE = 50
BULK_MAX = 1_000
WORDS: Mapping[str, Any] = {
    "cause_words": cause_words,
    "person_of": person_of,
    "portal_of": portal_of,
    "reason_sentence": reason_sentence,
    "source_word": source_word,
    "type_word": type_word,
}
NO_REASON = Sentence("Ничего не изменено: напишите, почему.", "Nothing was changed: write why.")


def show(visit: Visit) -> Response:
    """What waits, by cause, the largest group first; or everything that ever waited."""
    if visit.query.get("state") == "all":
        return _everything(visit)
    waiting = waiting_letters(visit.ports.store)
    source = visit.query.get("source", "")
    chosen = [letter for letter in waiting if source in ("", letter.source or "none")]
    found = groups(chosen)
    page = visit.number("page", 1)
    return visit.render(
        "parked.html",
        **WORDS,
        groups=found[(page - 1) * GROUPS_A_PAGE : page * GROUPS_A_PAGE],
        shown_each=LETTERS_A_GROUP,
        count=visit.ports.store.letter_counts()[0],
        looked_at=len(waiting),
        chosen_count=len(chosen),
        sources=_sources(waiting),
        source=source,
        page=page,
        pages_count=-(-len(found) // GROUPS_A_PAGE),
        stored=visit.number("stored", 0, least=0),
        left=visit.number("left", 0, least=0),
    )


def _everything(visit: Visit) -> Response:
    page = visit.number("page", 1)
    waiting, every = visit.ports.store.letter_counts()
    return visit.render(
        "parked_all.html",
        **WORDS,
        letters=latest_letters(visit.ports.store, (page - 1) * LETTERS_A_PAGE, LETTERS_A_PAGE),
        states=STATES,
        count=every,
        waiting=waiting,
        page=page,
        pages_count=-(-every // LETTERS_A_PAGE),
    )


def _sources(waiting: list[Letter]) -> list[tuple[str, Sentence, int]]:
    """Who sent what waits, and how much of it."""
    names = [*SOURCES, ""]
    counted = [(name or "none", sum((each.source or "") == name for each in waiting)) for name in names]
    words = {**SOURCES, "none": Sentence("без отправителя", "no sender")}
    return [(name, words[name], count) for name, count in counted if count]


def show_group(visit: Visit) -> Response:
    """All that share one cause, and what retrying them would do; nothing is written yet."""
    group = _group(visit)
    page = visit.number("page", 1)
    events, refused = _previewed(visit, group)
    return visit.render(
        "parked_group.html",
        **WORDS,
        group=group,
        letters=group.letters[(page - 1) * LETTERS_A_PAGE : page * LETTERS_A_PAGE],
        page=page,
        pages_count=-(-len(group.letters) // LETTERS_A_PAGE),
        can_be_stored=min(len(group.letters), BULK_MAX) - refused,
        refused=refused,
        left_out=max(0, len(group.letters) - BULK_MAX),
        effects=effects_of(events, visit.ports.views),
        seen=digest_of(events),
        has_moved=visit.query.get("moved") == "1",
    )


def retry_group(visit: Visit) -> Response:
    """Retry all that share one cause, in order of arrival, as they came; what still cannot be applied stays parked."""
    group = _group(visit)
    by, reason = signature_of(visit)
    events, _ = _previewed(visit, group)
    if visit.form.get("seen") != digest_of(events):
        return visit.redirect(f"/console/parked/group/{group.id}?moved=1")
    application = visit.ports.application()
    stored = left = 0
    for letter in group.letters[:BULK_MAX]:
        try:
            reasons = application.retry(letter.id, by=by, reason=reason)
        except LetterClosed:  # somebody else was quicker with this one
            continue
        stored, left = stored + (not reasons), left + bool(reasons)
    visit.ports.settle()
    return visit.redirect(f"/console/parked?stored={stored}&left={left}")


def signature_of(visit: Visit) -> tuple[str, str]:
    """Who acts, and why, as the form says; raises Refused if it does not say why."""
    reason = " ".join(visit.form.get("reason", "").split())
    if not reason:
        raise Refused(NO_REASON)
    return visit.visitor.signature, reason[:1_000]


def _group(visit: Visit) -> Group:
    wanted = visit.request.path_params["group"]
    waiting = [letter for letter in waiting_letters(visit.ports.store) if letter.group == wanted]
    if len(wanted) != GROUP_CHARACTERS or not waiting:
        raise NotThere
    return groups(waiting)[0]


def _previewed(visit: Visit, group: Group) -> tuple[list[Event], int]:
    """What retrying each of them would record, and how many still cannot be applied."""
    application = visit.ports.application()
    events: list[Event] = []
    refused = 0
    for letter in group.letters[:BULK_MAX]:
        preview = application.preview(letter.id)
        events += preview.events
        refused += bool(preview.reasons)
    return events, refused


def find_group(visit: Visit, letter: UUID) -> Group | None:
    """The waiting messages that share the letter's cause, None if it waits no more."""
    waiting = waiting_letters(visit.ports.store)
    shared = next((each.group for each in waiting if each.id == letter), None)
    return next((group for group in groups(waiting) if group.id == shared), None)


PAGES = (
    Page("/console/parked", see=Right.SEE_OPERATIONS, show=show),
    Page(
        "/console/parked/group/{group}",
        see=Right.MEND,
        show=show_group,
        act_needs=Right.MEND,
        act=retry_group,
    ),
)
