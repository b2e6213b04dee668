"""The page of one code: whose it is, every attempt and its true reason, and what may be said to whom."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import UUID

import msgspec
from starlette.responses import PlainTextResponse

from sync_service import decisions
from sync_service.access import Right
from sync_service.aggregates.errors import AccountMalformed, AccountUnknown
from sync_service.aggregates.values import Account, Reason, masked_code, printed_code
from sync_service.console.masks import masked_name
from sync_service.console.pages import code_words
from sync_service.console.pages.code_typing import Typing, typing_of
from sync_service.console.pages.decisions_words import STATES
from sync_service.console.routes import Page
from sync_service.console.visit import NotThere
from sync_service.publishing import FOLLOWER
from sync_service.questions.codes import CodeTrace, TracedAttempt, code_by_stream
from sync_service.reports.support_letter import NOT_FOR_THE_PERSON, SupportLetter, support_letter
from sync_service.sentences.words import FOR_WHOM, KINDS, NOTHING, Sentence, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.responses import Response

    from sync_service.console.visit import Visit

ATTEMPTS_A_PAGE = 40


class AttemptLine(msgspec.Struct, frozen=True):
    """One attempt as the table shows it; `rejudged_at` is when its outcome changed last, None if it never did."""

    attempt: TracedAttempt
    typing: Typing
    kind: str
    short: Sentence
    reason: Sentence
    told: Sentence
    notice: Sentence
    first: Sentence
    rejudged_at: datetime | None
    letter: str
    move: str


class Holder(msgspec.Struct, frozen=True):
    """Whose the code is, as far as it may be shown."""

    specialist_id: UUID
    name: str
    accounts: tuple[tuple[str, str], ...]


def show(visit: Visit) -> Response:
    """The code's story, the answer first."""
    trace = _trace(visit)
    last = max(1, -(-len(trace.attempts) // ATTEMPTS_A_PAGE))
    page = visit.number("page", 1, most=last)
    shown = trace.attempts[(page - 1) * ATTEMPTS_A_PAGE : page * ATTEMPTS_A_PAGE]
    refused = [attempt for attempt in trace.attempts if attempt.outcome.is_refusal]
    return visit.render(
        "code.html",
        trace=trace,
        masked_code=masked_code(trace.code),
        verdict=code_words.verdict_of(trace),
        lines=_lines(visit, trace, shown),
        page=page,
        last=last,
        answer=code_words.REFUSAL_ANSWER,
        owner_answer=code_words.owner_answer(trace),
        holder=_holder(visit, trace),
        letter=_letter_address(trace, refused[-1].account) if refused else "",
        move=_move_address(trace) if trace.owner and not trace.owner.is_erased else "",
        proposals=_proposals(visit, trace) if trace.owner else [],
        kind=word(KINDS, trace.published.kind) if trace.published else NOTHING,
        audience=word(FOR_WHOM, trace.audience) if trace.audience else NOTHING,
    )


def show_whole(visit: Visit) -> Response:
    """The code in full, to be compared with a certificate: a page of its own, so that each look can be recorded."""
    trace = _trace(visit)
    return visit.render("code_whole.html", trace=trace, printed=printed_code(trace.code))


def show_letter(visit: Visit) -> Response:
    """The letter to the portal's support, to be copied or downloaded."""
    trace, account = _trace(visit), _account(visit)
    return visit.render(
        "code_letter.html",
        trace=trace,
        masked_code=masked_code(trace.code),
        account=account,
        letter=_letter(visit, trace, account),
        warning=NOT_FOR_THE_PERSON,
        download=f"/console/codes/{trace.stream}/letter.txt?account={quote(str(account), safe='')}",
    )


def download_letter(visit: Visit) -> Response:
    """The letter as a file."""
    letter = _letter(visit, _trace(visit), _account(visit))
    return PlainTextResponse(letter.text, headers={"content-disposition": 'attachment; filename="letter.txt"'})


def _trace(visit: Visit) -> CodeTrace:
    trace = code_by_stream(visit.ports.store, visit.ports.views, visit.path_uuid("code"))
    if trace is None:
        raise NotThere
    moved_at = visit.formats.local(trace.moved_at) if trace.moved_at else None
    return msgspec.structs.replace(trace, moved_at=moved_at)


def _account(visit: Visit) -> Account:
    try:
        return Account.parse(visit.query.get("account", ""))
    except AccountMalformed:
        raise NotThere from None


def _letter(visit: Visit, trace: CodeTrace, account: Account) -> SupportLetter:
    try:
        return support_letter(visit.ports.store, account, trace.code)
    except AccountUnknown:
        raise NotThere from None


def _holder(visit: Visit, trace: CodeTrace) -> Holder | None:
    if trace.owner is None or trace.owner_id is None:
        return None
    rows = visit.ports.views.find("directory", "accounts", owner=trace.owner_id)
    names = [row["full_name"] for row in rows if row["full_name"]]
    accounts = tuple((row["portal"], row["account_id"]) for row in rows)
    return Holder(
        trace.owner_id, masked_name(names[0]) if names else "", accounts or ((trace.owner.portal, trace.owner[1]),)
    )


def _lines(visit: Visit, trace: CodeTrace, shown: Iterable[TracedAttempt]) -> list[AttemptLine]:
    published_until = visit.ports.store.followed(FOLLOWER)
    notices = _notices(visit, trace)
    return [_line(trace, attempt, published_until, notices) for attempt in shown]


def _line(
    trace: CodeTrace, attempt: TracedAttempt, published_until: int, notices: Mapping[Account, Sentence]
) -> AttemptLine:
    kind, short = code_words.SHORT.get(attempt.outcome, ("off", word({}, attempt.outcome.value)))
    can_move = attempt.outcome is Reason.CODE_TAKEN and trace.moved_at is None
    return AttemptLine(
        attempt=attempt,
        typing=typing_of(attempt.typed),
        kind=kind,
        short=short,
        reason=code_words.reason_of(trace, attempt),
        told=code_words.told_of(attempt, is_sent=attempt.judged[-1].position <= published_until),
        notice=notices.get(attempt.account, NOTHING) if attempt.outcome is Reason.ACCEPTED else NOTHING,
        first=code_words.first_outcome(attempt),
        rejudged_at=attempt.judged[-1].at if len(attempt.judged) > 1 else None,
        letter=_letter_address(trace, attempt.account) if attempt.outcome.is_refusal else "",
        move=_move_address(trace, attempt.account) if can_move else "",
    )


def _proposals(visit: Visit, trace: CodeTrace) -> list[tuple[str, Sentence]]:
    """What people proposed about the code: each proposal's address, and where it stands."""
    found = decisions.proposals(visit.ports.store, only_open=False)
    return [(f"/console/decisions/{one.id}", STATES[one.state][1]) for one in found if one.decision.code == trace.code]


def _notices(visit: Visit, trace: CodeTrace) -> Mapping[Account, Sentence]:
    """What became of the mail about the owner's credit."""
    if visit.ports.notices is None or trace.credit is None or trace.owner is None:
        return {}
    about = visit.ports.notices.about([trace.owner])
    return {one.account: code_words.NOTICES[one.state] for one in about if one.key == trace.credit.activity_key}


def _letter_address(trace: CodeTrace, account: Account) -> str:
    return f"/console/codes/{trace.stream}/letter?account={quote(str(account), safe='')}"


def _move_address(trace: CodeTrace, account: Account | None = None) -> str:
    address = f"/console/decisions/new?kind=move-code&code={trace.stream}"
    return f"{address}&account={quote(str(account), safe='')}" if account else address


PAGES = (
    Page("/console/codes/{code}", see=Right.SEE_PERSON, show=show),
    Page("/console/codes/{code}/whole", see=Right.REVEAL, show=show_whole),
    Page("/console/codes/{code}/letter", see=Right.REVEAL, show=show_letter),
    Page("/console/codes/{code}/letter.txt", see=Right.REVEAL, show=download_letter),
)
