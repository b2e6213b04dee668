"""The search, by the body of a request: what is personal never stands in an address. And who one is oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import msgspec

from sync_service.access import Right, Role
from sync_service.api.endpoint import Endpoint, Whom
from sync_service.auditing import Act
from sync_service.questions.people import AccountName
from sync_service.questions.search import Attempt, Kind, Target
from sync_service.questions.search import search as find

if TYPE_CHECKING:
    from sync_service.api.call import Call
    from sync_service.questions.search import Found, Hit

TYPED_CHARACTERS_MAX: Final = 1_000
HITS_SHOWN_MAX: Final = 50


class Me(msgspec.Struct, frozen=True):
    """Who asks: `signature` is how their decisions are signed, `case` the number of the case that they look for."""

    subject: str
    name: str
    signature: str
    roles: tuple[Role, ...]
    rights: tuple[Right, ...]
    case: str | None


class SearchAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text: an account, a code, an e-mail address, a СНИЛС, a full name, or an id of the service's own."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=TYPED_CHARACTERS_MAX)]


class HitSeen(msgspec.Struct, frozen=True):
    """Something that was found, and by what; of a person the accounts, and the name masked."""

    target: Target
    id: UUID
    by: Kind
    portals: tuple[str, ...]
    accounts: tuple[AccountName, ...]
    full_name: str | None


class FoundSeen(msgspec.Struct, frozen=True):
    """What was found (`count` in all, the first 50 shown), and what the text was taken for."""

    count: int
    hits: tuple[HitSeen, ...]
    attempts: tuple[Attempt, ...]
    is_code_like: bool


def me(call: Call, _: object) -> Me:
    """Say who one is, with which roles and rights."""
    visitor = call.visitor
    rights = tuple(sorted(visitor.rights))
    return Me(visitor.subject, visitor.name, visitor.signature, tuple(sorted(visitor.roles)), rights, call.case)


def search(call: Call, asked: SearchAsked) -> FoundSeen:
    """Find people, codes and parked messages by one text; whole values only."""
    found = find(call.ports.views, call.ports.store, asked.text)
    shown = found.hits[:HITS_SHOWN_MAX]
    for each in dict.fromkeys(hit.id for hit in shown) or (None,):
        call.look(each, _detail(found))
    return FoundSeen(
        count=len(found.hits),
        hits=tuple(_hit(call, hit) for hit in shown),
        attempts=found.attempts,
        is_code_like=found.is_code_like,
    )


def _detail(found: Found) -> str:
    """By which kinds of value something was found, and how much; never what was typed."""
    kinds = ", ".join(sorted({hit.by.value for hit in found.hits}))
    return f"{len(found.hits)} found{f' by {kinds}' if kinds else ''}"


def _hit(call: Call, hit: Hit) -> HitSeen:
    rows = call.ports.views.find("directory", "accounts", owner=hit.id) if hit.target is Target.PERSON else []
    return HitSeen(
        target=hit.target,
        id=hit.id,
        by=hit.by,
        portals=hit.portals,
        accounts=tuple(AccountName(row["portal"], row["account_id"]) for row in rows),
        full_name=next((row["full_name"] for row in rows if row["full_name"]), None),
    )


ENDPOINTS = (
    Endpoint(method="GET", path="/me", right=Right.ENTER, run=me, answers=Me, whom=Whom.UNRECORDED, masks=False),
    Endpoint(
        method="POST",
        path="/search",
        right=Right.SEE_PERSON,
        run=search,
        asks=SearchAsked,
        answers=FoundSeen,
        act=Act.SEARCHED,
        whom=Whom.FOUND,
        searches=True,
    ),
)
