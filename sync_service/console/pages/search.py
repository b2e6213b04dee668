"""The search: one field, whole values; one hit opens at once, several are listed, and what was tried is always said."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from sync_service.access import Right
from sync_service.aggregates.values import Portal
from sync_service.auditing import Act
from sync_service.console.masks import masked_name
from sync_service.console.pages.search_words import KINDS, attempt_sentence, hit_sentence, verdict_of
from sync_service.console.recorded import HITS_SHOWN_MAX
from sync_service.console.routes import Page
from sync_service.console.typed_code import TypedCharacter, read_characters
from sync_service.questions.search import Attempt, Found, Hit, Kind, Skipped, Target, search
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.responses import Response

    from sync_service.console.visit import Visit

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
    """Search for what was typed: what is personal in it never stands in an address. Raises TooOften."""
    typed = visit.form.get("q", "").strip()[:TYPED_CHARACTERS_MAX]
    if not typed:
        return visit.redirect("/console/")
    visit.ports.doors.searches.take(visit.visitor.subject)
    found = search(visit.ports.views, visit.ports.store, typed)
    single = found.single()
    visit.look(Act.SEARCHED, single.id if single else None, _counted(found))
    if single is not None:
        return visit.redirect(address_of(single))
    if found.hits:
        named = [("hit", _name_of(hit)) for hit in found.hits[:HITS_SHOWN_MAX]]
        left_out = len(found.hits) - len(named)
        return visit.redirect(f"/console/search?{urlencode([*named, *([('more', left_out)] if left_out else [])])}")
    tried = [_tried(attempt, typed) for attempt in found.attempts]
    return visit.render("search.html", typed=typed, verdict=verdict_of(found), lines=[], left_out=0, tried=tried)


def show(visit: Visit) -> Response:
    """What a search found, by an address that can be come back to: it says what, and by which kind of value.

    Without anything found a search has no address: whoever asks for it begins anew.
    """
    hits = [hit for name in visit.request.query_params.getlist("hit")[:HITS_SHOWN_MAX] if (hit := _hit_of(name))]
    if not hits:
        return visit.redirect("/console/")
    return visit.render(
        "search.html",
        typed="",
        verdict=verdict_of(Found(tuple(hits), (), is_code_like=False)),
        lines=lines_of(visit, hits),
        left_out=visit.number("more", 0, least=0),
        tried=[],
    )


def _counted(found: Found) -> str:
    """What was searched for and how much was found, for the audit log: never what was typed."""
    kinds = [hit.by for hit in found.hits] or [one.kind for one in found.attempts if one.skipped is None]
    return f"{' '.join(dict.fromkeys(kind.value for kind in kinds)) or 'nothing'}: {len(found.hits)}"


def _name_of(hit: Hit) -> str:
    return ".".join((hit.target, str(hit.id), hit.by, *hit.portals))


def _hit_of(name: str) -> Hit | None:
    target, _, rest = name.partition(".")
    thing, _, rest = rest.partition(".")
    by, *portals = rest.split(".")
    try:
        return Hit(Target(target), UUID(thing), Kind(by), tuple(Portal(portal) for portal in portals))
    except ValueError:
        return None


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


PAGES = (Page("/console/search", see=Right.SEE_PERSON, show=show, act_needs=Right.SEE_PERSON, act=ask),)
