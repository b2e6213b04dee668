"""One decision before it is proposed: what it would do, and the form that proposes it, or reverses a credit at once."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from sync_service import decisions
from sync_service.access import Right
from sync_service.aggregates.errors import AccountMalformed, AccountUnknown, DecisionError, DecisionImpossible
from sync_service.aggregates.values import Account, Portal, account_stream, entry_id, masked_code
from sync_service.console.pages import decisions_words as words
from sync_service.console.pages.decisions_effects import effects_of, events_of
from sync_service.console.pages.decisions_sides import sides_of
from sync_service.console.visit import NotThere, Refused
from sync_service.decisions import KIND_NAMES, Decision, Kind, decision_text
from sync_service.questions.codes import CodeTrace, code_by_stream
from sync_service.questions.people import listed_owner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from sync_service.aggregates.errors import DomainError
    from sync_service.console.visit import Visit
    from sync_service.sentences.words import Sentence

HEIRS_SHOWN_MAX = 20


class Heir(msgspec.Struct, frozen=True):
    """An account that tried a code which is another's: perhaps its rightful owner."""

    account: Account
    specialist_id: UUID
    address: str


def show(visit: Visit) -> Response:
    """The preview and the form; for a code without an heir, the question whose it is."""
    kind = _kind(visit)
    if kind is Kind.MOVE_CODE and not visit.query.get("account"):
        return _ask_heir(visit)
    try:
        return _page(visit, _wanted(visit, kind))
    except (AccountMalformed, AccountUnknown) as error:
        if kind is not Kind.MOVE_CODE:
            raise NotThere from None
        return _ask_heir(visit, words.refusal_of(error))


def act(visit: Visit) -> Response:
    """Propose it, or reverse the credit; whatever stands against it is said on the same page."""
    kind = _kind(visit)
    try:
        decision = _wanted(visit, kind)
    except AccountMalformed:
        raise NotThere from None
    try:
        address = _take(visit, decision)
    except (DecisionError, AccountUnknown) as error:
        return _page(visit, decision, error)
    visit.ports.settle()
    return visit.redirect(address)


def _take(visit: Visit, decision: Decision) -> str:
    application, form = visit.ports.application(), visit.form
    reason, by, seen = form.get("reason", ""), visit.visitor.signature, form.get("seen", "")
    if decision.kind is Kind.REVERSE:
        account, key = decision.account, decision.key or ""
        decisions.reverse(application, account, key, reason=reason, by=by, expected=seen)
        return f"/console/people/{_specialist(visit, account)}"
    proposal = decisions.propose(application, decision, reason=reason, by=by, expected=seen)
    return f"/console/decisions/{proposal}"


def _page(visit: Visit, decision: Decision, refused: DomainError | None = None) -> Response:
    preview, impossible = None, None
    try:
        preview = decisions.preview(visit.ports.application(), decision)
        decision = preview.decision
    except (DecisionImpossible, AccountUnknown) as error:
        impossible = words.refusal_of(error)
    waiting = decisions.proposals(visit.ports.store, account=decision.account)
    events, left_out = events_of(preview) if preview else ([], 0)
    sides = (
        sides_of(visit.ports.views, decision.accounts) if decision.other and decision.kind is not Kind.ERASE else None
    )
    is_for_one = decision.kind is Kind.MOVE_CODE and sides is not None and sides.is_one_person
    return visit.render(
        "decision_new.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        decision=decision,
        question=words.QUESTIONS[decision.kind],
        text=words.hidden(decision_text(decision)),
        afterwards=words.AFTERWARDS[decision.kind],
        button=words.PROPOSE[decision.kind],
        refused=words.refusal_of(refused) if refused and not impossible else None,
        impossible=impossible,
        preview=preview,
        effects=effects_of(preview) if preview else [],
        events=events,
        left_out=left_out,
        sides=sides,
        one_person=words.ONE_PERSON if is_for_one else None,
        waiting=[one for one in waiting if set(one.decision.accounts) == set(decision.accounts)],
        alternatives=_alternatives(decision),
        back=_back(visit, decision),
    )


def _alternatives(decision: Decision) -> Sequence[tuple[Sentence, str, bool]]:
    """What else may be decided of the same, each with its address, and whether it is this one."""
    asked = {"account": str(decision.account)} | ({"other": str(decision.other)} if decision.other else {})
    return [
        (KIND_NAMES[kind], f"/console/decisions/new?{urlencode({'kind': kind.value, **asked})}", kind is decision.kind)
        for kind in words.ALTERNATIVES.get(decision.kind, ())
    ]


def _back(visit: Visit, decision: Decision) -> str:
    """Where one came from: the code's page or the person's."""
    if decision.kind is Kind.MOVE_CODE:
        return f"/console/codes/{visit.query.get('code', '')}"
    return f"/console/people/{_specialist(visit, decision.account)}"


def _specialist(visit: Visit, account: Account) -> UUID:
    return listed_owner(visit.ports.views, account) or account_stream(account)


def _kind(visit: Visit) -> Kind:
    try:
        kind = Kind(visit.query.get("kind", ""))
    except ValueError:
        raise NotThere from None
    if kind is Kind.ERASE and not visit.may(Right.APPROVE):
        raise Refused(words.ERASED_BY_TWO)
    return kind


def _wanted(visit: Visit, kind: Kind) -> Decision:
    """The decision that the address names; raises NotThere, and AccountMalformed for an account that is none."""
    if kind is Kind.MOVE_CODE:
        return Decision(kind, _account(visit, "account"), code=_code(visit).code)
    if kind is Kind.REVERSE:
        account = _person(visit)
        return Decision(kind, account, key=_key(visit, account))
    if kind in {Kind.JOIN, Kind.REFUSE}:
        return _of_case(visit, kind)
    return Decision(kind, _person(visit))


def _of_case(visit: Visit, kind: Kind) -> Decision:
    """Join or refuse: of two named accounts, or of a person's only open case."""
    if "other" in visit.query:
        return Decision(kind, _account(visit, "account"), other=_account(visit, "other"))
    owner = _specialist(visit, _person(visit))
    found = [case for case in decisions.cases_of(visit.ports.views, owner) if case.kind == "mismatch"]
    if len(found) != 1:
        raise NotThere
    return Decision(kind, found[0].edu, other=found[0].sovetnmo)


def _account(visit: Visit, name: str) -> Account:
    return Account.parse(visit.query.get(name, "").strip())


def _person(visit: Visit) -> Account:
    """An account of the person whom the address names: edu's, if there is one."""
    if "account" in visit.query:
        return _account(visit, "account")
    rows = visit.ports.views.find("directory", "accounts", owner=_uuid(visit, "specialist"))
    accounts = [Account(Portal(row["portal"]), row["account_id"]) for row in rows]
    if not accounts:
        raise NotThere
    return min(accounts)


def _key(visit: Visit, account: Account) -> str:
    wanted, owner = _uuid(visit, "entry"), _specialist(visit, account)
    rows = visit.ports.views.find("learning_plan", "entries", owner=owner)
    found = next((str(row["activity_key"]) for row in rows if entry_id(row["activity_key"]) == wanted), None)
    if found is None:
        raise NotThere
    return found


def _code(visit: Visit) -> CodeTrace:
    trace = code_by_stream(visit.ports.store, visit.ports.views, _uuid(visit, "code"))
    if trace is None:
        raise NotThere
    return trace


def _uuid(visit: Visit, name: str) -> UUID:
    try:
        return UUID(visit.query.get(name, ""))
    except ValueError:
        raise NotThere from None


def _ask_heir(visit: Visit, refused: Sentence | None = None) -> Response:
    """Whose the code is to be: somebody who tried it, or any account."""
    trace = _code(visit)
    address = f"/console/decisions/new?kind={Kind.MOVE_CODE}&code={trace.stream}"
    tried = {attempt.account: attempt for attempt in trace.attempts if attempt.specialist_id != trace.owner_id}
    heirs = [
        Heir(one.account, one.specialist_id, f"{address}&{urlencode({'account': str(one.account)})}")
        for one in tried.values()
    ]
    return visit.render(
        "decision_heir.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        trace=trace,
        masked_code=masked_code(trace.code),
        heirs=heirs[:HEIRS_SHOWN_MAX],
        refused=refused,
        typed=visit.query.get("account", ""),
        kind=Kind.MOVE_CODE.value,
    )
