"""What is known of a person: accounts, history, plan, an answer to give them, and one personal value at a time."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from uuid import UUID

import msgspec

from sync_service import decisions, questions
from sync_service.access import Right
from sync_service.aggregates.values import Portal, account_stream, entry_id
from sync_service.api.answers.finding import Found, accounts_of, person_of
from sync_service.api.endpoint import Endpoint, Whom
from sync_service.api.problems import not_there
from sync_service.auditing import Act
from sync_service.console.formats import Formats
from sync_service.console.person.accounts import account_names
from sync_service.console.person.answer import answer_to_user
from sync_service.console.person.captions import Asking
from sync_service.console.person.credits import credit_rows
from sync_service.decisions import Case, Proposal
from sync_service.policies.targets import rule_book
from sync_service.questions.histories import Happening, History, LinkShown, history_of, link_shown
from sync_service.questions.moments import moment_around
from sync_service.questions.plans import Plan, PlanEntry, plan_then

if TYPE_CHECKING:
    from sync_service.aggregates.specialist import Specialist
    from sync_service.aggregates.specialist_state import AccountState
    from sync_service.api.call import Call
    from sync_service.questions.people import Streams

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
PERSON: Final = "/people/{specialist_id}"
NOT_FOUND: Final = frozenset({HTTPStatus.NOT_FOUND})


class AsOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As the service knew it at an earlier moment; now, if none is named."""

    as_of: Instant | None = None


class PlanAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As the service knew it at an earlier moment, and only what was done by the day `on`."""

    as_of: Instant | None = None
    on: date | None = None


class AccountSeen(msgspec.Struct, frozen=True):
    """One account: what its portal said of it. Personal values are masked; None is what it never said."""

    portal: str
    account_id: str
    full_name: str | None
    email: str | None
    snils: str | None
    audience: str | None
    education_level: str | None
    specialties: tuple[str, ...]
    closed_at: datetime | None


class PersonSeen(msgspec.Struct, frozen=True):
    """Who a person is to the service. `mails` counts what they were told by e-mail, by state."""

    specialist_id: UUID
    accounts: tuple[AccountSeen, ...]
    link: LinkShown | None
    cases: tuple[Case, ...]
    proposals: tuple[Proposal, ...]
    mails: dict[str, int]


class EntrySeen(PlanEntry, frozen=True):
    """One credited activity. `entry_id` names it in addresses, where its key must not stand; the key is masked."""

    entry_id: UUID


class PlanSeen(Plan, frozen=True):
    """The plan of one specialist; either account of a linked person gives the same."""

    entries: tuple[EntrySeen, ...]


class HappeningSeen(Happening, frozen=True):
    """One event of the story; `occurred_at` is an instant with its offset, or for a completion a date."""

    occurred_at: str  # type: ignore[assignment]  # msgspec has no type for an instant or a date


class HistorySeen(History, frozen=True):
    """The story of one specialist, oldest event first; personal values and codes are masked."""

    events: tuple[HappeningSeen, ...]


class ReadyAnswer(msgspec.Struct, frozen=True):
    """A text in Russian, to be sent to the person: nothing of others, no codes, no names."""

    text: str


class Reveal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One personal value of one account."""

    field: Literal["full_name", "email", "snils"]
    portal: Portal


class Revealed(msgspec.Struct, frozen=True):
    """The value as the portal said it; None if it never did."""

    field: str
    portal: Portal
    value: str | None


def see(call: Call, _: object) -> PersonSeen:
    """Say who a person is to the service: accounts, link, what waits for a decision, what they were told by e-mail."""
    now = person_of(call)
    accounts = set(account_names(now.person))
    mails: dict[str, int] = {}
    for notice in call.ports.notices.about(accounts) if call.ports.notices else ():
        mails[notice.state.value] = mails.get(notice.state.value, 0) + 1
    return PersonSeen(
        specialist_id=now.streams.stream,
        accounts=tuple(_account(now.person.by_portal[portal]) for portal in Portal if portal in now.person.by_portal),
        link=link_shown(now.person),
        cases=decisions.cases_of(call.ports.views, now.person.id),
        proposals=tuple(one for one in decisions.proposals(call.ports.store) if accounts & set(one.decision.accounts)),
        mails=mails,
    )


def _account(state: AccountState) -> AccountSeen:
    return AccountSeen(
        portal=state.account.portal.value,
        account_id=state.account.account_id,
        full_name=state.get("full_name"),
        email=state.get("email"),
        snils=state.get("snils"),
        audience=state.get("audience"),
        education_level=state.get("education_level"),
        specialties=tuple(state.get("specialties") or ()),
        closed_at=state.closing[0] if state.closing and state.is_closed else None,
    )


def tell(call: Call, asked: AsOf) -> HistorySeen:
    """Tell the whole story of a person, oldest event first, as `history --json` does."""
    now, until = _found(call, asked.as_of), _until(call, asked.as_of)
    streams, person = (now.streams, now.person) if until is None else _known_then(call, now, until)
    told = history_of(streams, person, rule_book(call.ports.store, until))
    events = tuple(HappeningSeen(**_told(event)) for event in told.events)
    return HistorySeen(**(msgspec.structs.asdict(told) | {"events": events}))


def _told(event: Happening) -> dict[str, Any]:
    return msgspec.structs.asdict(event) | {"occurred_at": msgspec.to_builtins(event.occurred_at)}


def show_plan(call: Call, asked: PlanAsked) -> PlanSeen:
    """Show the plan of a person as `plan --json` does: every entry, what it counts for, where it is shown."""
    ports, now, until = call.ports, _found(call, asked.as_of), _until(call, asked.as_of)
    if until is None:
        plan = questions.plan(ports.views, ports.store, accounts_of(call, now)[0], asked.on)
    else:
        plan = plan_then(ports.store, _known_then(call, now, until)[1], until, asked.on)
    entries = tuple(
        EntrySeen(**msgspec.structs.asdict(entry), entry_id=entry_id(entry.activity_key)) for entry in plan.entries
    )
    return PlanSeen(**(msgspec.structs.asdict(plan) | {"entries": entries}))


def _known_then(call: Call, now: Found, until: int) -> tuple[Streams, Specialist]:
    """The person after the event at a position, by whichever of their accounts was known then."""
    known = (now.streams.until(until, account_stream(account)) for account in accounts_of(call, now))
    streams = next((each for each in known if each.is_anybody), None)
    if streams is None:
        raise not_there()
    return streams, streams.fold()


def _until(call: Call, as_of: datetime | None) -> int | None:
    return None if as_of is None else call.ports.store.position_at(as_of)


def _found(call: Call, as_of: datetime | None) -> Found:
    """The person of the address now; the look is recorded with the moment that is asked for."""
    return person_of(call, f"as of {as_of.isoformat()}" if as_of else None)


def answer(call: Call, _: object) -> ReadyAnswer:
    """Write the answer that may be sent to the person."""
    found, ports = person_of(call), call.ports
    now = moment_around(ports.store, found.streams, found.person, found.head)
    f = Formats("ru", ports.zone)
    rows = credit_rows(now, f, Asking(ports.now(), ports.ask_again_after_s))
    return ReadyAnswer(answer_to_user(now, rows, f, f.local(ports.now()).date()))


def reveal(call: Call, asked: Reveal) -> Revealed:
    """Reveal one personal value of one account; this is recorded with what was revealed."""
    now = person_of(call, f"{asked.field}@{asked.portal}")
    state = now.person.by_portal.get(asked.portal)
    if state is None:
        raise not_there()
    return Revealed(asked.field, asked.portal, state.get(asked.field))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path=PERSON,
        right=Right.SEE_PERSON,
        run=see,
        answers=PersonSeen,
        act=Act.PERSON_SEEN,
        whom=Whom.FOUND,
        refusals=NOT_FOUND,
    ),
    Endpoint(
        method="GET",
        path=f"{PERSON}/history",
        right=Right.SEE_PERSON,
        run=tell,
        asks=AsOf,
        answers=HistorySeen,
        act=Act.HISTORY_SEEN,
        whom=Whom.FOUND,
        refusals=NOT_FOUND,
    ),
    Endpoint(
        method="GET",
        path=f"{PERSON}/plan",
        right=Right.SEE_PERSON,
        run=show_plan,
        asks=PlanAsked,
        answers=PlanSeen,
        act=Act.PLAN_SEEN,
        whom=Whom.FOUND,
        refusals=NOT_FOUND,
    ),
    Endpoint(
        method="GET",
        path=f"{PERSON}/answer",
        right=Right.SEE_PERSON,
        run=answer,
        answers=ReadyAnswer,
        act=Act.ANSWER_SEEN,
        whom=Whom.FOUND,
        refusals=NOT_FOUND,
    ),
    Endpoint(
        method="POST",
        path=f"{PERSON}/reveal",
        right=Right.REVEAL,
        run=reveal,
        asks=Reveal,
        answers=Revealed,
        act=Act.VALUE_REVEALED,
        whom=Whom.FOUND,
        masks=False,
        refusals=NOT_FOUND,
    ),
)
