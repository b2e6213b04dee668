"""The search: one field, whole values; one hit opens at once, several are listed, and what was tried is always said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync_service.console.masks import masked_name
from sync_service.console.pages.search_words import KINDS, attempt_sentence, hit_sentence, verdict_of
from sync_service.console.routes import Page
from sync_service.console.typed_code import TypedCharacter, read_characters
from sync_service.questions.search import Attempt, Hit, Kind, Skipped, Target, search
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from starlette.responses import Response

    from sync_service.console.visit import Visit

HITS_SHOWN_MAX = 50
TYPED_CHARACTERS_MAX = 1_000
ADDRESSES = {
    Target.PERSON: "/console/people/{}",
    Target.CODE: "/console/codes/{}",
    Target.LETTER: "/console/parked/{}",
}


class Line(msgspec.Struct, frozen=True):
    """One thing that was found, as the list shows it."""

    target: str
    address: str
    name: str
    accounts: tuple[tuple[str, str], ...]
    reasons: tuple[Sentence, ...]


class TriedLine(msgspec.Struct, frozen=True):
    """What the text was taken for, and what came of it."""

    kind: Sentence
    outcome: Sentence
    was_tried: bool
    characters: list[TypedCharacter] = []


def ask(visit: Visit) -> Response:
    """Search for what was typed: what is personal in it never stands in an address."""
    typed = visit.form.get("q", "").strip()[:TYPED_CHARACTERS_MAX]
    if not typed:
        return visit.redirect("/console/")
    found = search(visit.ports.views, visit.ports.store, typed)
    single = found.single()
    if single is not None:
        return visit.redirect(address_of(single))
    return visit.render(
        "search.html",
        typed=typed,
        verdict=verdict_of(found),
        lines=lines_of(visit, found.hits)[:HITS_SHOWN_MAX],
        left_out=max(0, len({hit.id for hit in found.hits}) - HITS_SHOWN_MAX),
        tried=[_tried(attempt, typed) for attempt in found.attempts],
    )


def go_back(visit: Visit) -> Response:
    """A search has no address of its own: whoever asks for it begins anew."""
    return visit.redirect("/console/")


def address_of(hit: Hit) -> str:
    """The permanent address of what was found."""
    return ADDRESSES[hit.target].format(hit.id)


def lines_of(visit: Visit, hits: Iterable[Hit]) -> list[Line]:
    """One line for each thing that was found, with every reason why."""
    by_thing: dict[tuple[Target, UUID], list[Hit]] = {}
    for hit in hits:
        by_thing.setdefault((hit.target, hit.id), []).append(hit)
    return [_line(visit, target, thing, found) for (target, thing), found in by_thing.items()]


def _line(visit: Visit, target: Target, thing: UUID, hits: list[Hit]) -> Line:
    rows = visit.ports.views.find("directory", "accounts", owner=thing) if target is Target.PERSON else []
    names = [row["full_name"] for row in rows if row["full_name"]]
    return Line(
        target=target.value,
        address=address_of(hits[0]),
        name=masked_name(names[0]) if names else "",
        accounts=tuple((row["portal"], row["account_id"]) for row in rows),
        reasons=tuple(hit_sentence(hit) for hit in hits),
    )


def _tried(attempt: Attempt, typed: str) -> TriedLine:
    is_code = attempt.kind is Kind.CODE and attempt.skipped in {None, Skipped.WRONG_LENGTH, Skipped.WRONG_CHARACTER}
    return TriedLine(
        kind=KINDS[attempt.kind],
        outcome=attempt_sentence(attempt),
        was_tried=attempt.skipped is None,
        characters=read_characters(typed) if is_code and any(map(str.isdigit, typed)) else [],
    )


PAGES = (Page("/console/search", show=go_back, act=ask),)
