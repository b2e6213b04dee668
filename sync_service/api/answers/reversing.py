"""Taking one credit back from every account of a person: foreseen, or done at once by one person of support."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from sync_service import decisions
from sync_service.access import Right
from sync_service.aggregates.values import entry_id
from sync_service.api.answers.deciding import REFUSED
from sync_service.api.answers.finding import person_of
from sync_service.api.answers.parked import Reason, Seen
from sync_service.api.answers.people import PERSON
from sync_service.api.endpoint import Endpoint, Nothing, Whom
from sync_service.api.problems import not_there
from sync_service.auditing import Act
from sync_service.console.person.accounts import account_names
from sync_service.decisions import Decision, Kind, Preview

if TYPE_CHECKING:
    from sync_service.api.call import Call

ENTRY: Final = f"{PERSON}/entries/{{entry_id}}"


class Reverse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the credit is taken back."""

    reason: Reason
    seen: Seen | None = None


def foresee(call: Call, _: object) -> Preview:
    """Say what reversing a credit would do; nothing is written. Raises DecisionImpossible."""
    return decisions.preview(call.ports.application(), _decision(call), by=call.by)


def reverse(call: Call, asked: Reverse) -> Preview:
    """Take a credit back from every account of the person, and say what that did. Raises DecisionError."""
    application, decision = call.ports.application(), _decision(call)
    foreseen = decisions.preview(application, decision, reason=asked.reason, by=call.by)
    expected = foreseen.seen if asked.seen is None else asked.seen
    account, key = decision.account, decision.key or ""
    decisions.reverse(application, account, key, reason=asked.reason, by=call.by, expected=expected)
    call.ports.settle()
    return foreseen


def _decision(call: Call) -> Decision:
    now, wanted = person_of(call), call.id("entry_id")
    key = next((key for key in now.person.entries if entry_id(key) == wanted), None)
    if key is None:
        raise not_there()
    return Decision(Kind.REVERSE, account_names(now.person)[0], key=key)


ENDPOINTS = (
    Endpoint(
        method="POST",
        path=f"{ENTRY}/preview",
        right=Right.PROPOSE,
        run=foresee,
        asks=Nothing,
        answers=Preview,
        act=Act.DECISION_SEEN,
        whom=Whom.FOUND,
        refusals=REFUSED,
    ),
    Endpoint(
        method="POST",
        path=f"{ENTRY}/reverse",
        right=Right.PROPOSE,
        run=reverse,
        asks=Reverse,
        answers=Preview,
        act=Act.CREDIT_REVERSED,
        whom=Whom.FOUND,
        refusals=REFUSED,
    ),
)
