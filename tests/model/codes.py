"""Attempts at codes: who gets one, why another does not, and which attempts are judged again."""

from collections.abc import Callable
from typing import Any

from tests.model.catalogue import is_barred, issue, revoked_at, withdrawn_at
from tests.model.journal import Attempt, Journal, Message, Person
from tests.model.people import person_of
from tests.model.values import canonical_code


def attempt(journal: Journal, message: Message) -> str:
    """Judge an activation or a completion that carries a code, remember the attempt, and return its outcome."""
    vouched = message.said.get("activity_id") if message.kind == "code.activated" else message.said["module_id"]
    typed = message.said["code"]
    made = Attempt(message, typed, canonical_code(typed), vouched)
    _judge(journal, made, message.position)
    journal.add_attempt(made)
    return made.outcome


def judge_again_after_issue(journal: Journal, issuing: Message) -> None:
    """Judge again, in order of arrival, what the first issue record of a code may turn out otherwise.

    These are the unknown codes, and (promise 5) those that a wrong vouching activity had made `activity_withdrawn`.
    They are judged by what is known now: "known to be barred on arrival" is read as the issue record's arrival.
    """
    codes = {canonical_code(typed) for typed in issuing.said["codes"]}
    named = [made for code in codes for made in journal.attempts_of(code)]
    for made in sorted(named, key=lambda made: made.message.position):
        wrongly_vouched = made.outcome == "activity_withdrawn" and made.vouched != activity_of(journal, made)
        if (made.outcome == "code_unknown" or wrongly_vouched) and not made.judged_with_issue:
            _judge(journal, made, issuing.position)


def recognise_after_joining(journal: Journal, person: Person) -> None:
    """Turn `code_taken` into `code_already_yours` where taker and owner have become one person."""
    for made in (made for account in person for made in journal.attempts_of(account)):
        if made.outcome == "code_taken" and _is_owners(journal, made):
            made.outcome = "code_already_yours"


def owning_attempt(journal: Journal, code: str | None) -> Attempt | None:
    """Return the attempt that got the code, if one did."""
    return next((made for made in journal.attempts_of(code) if made.outcome == "accepted"), None)


def activity_of(journal: Journal, made: Attempt) -> str | None:
    """Return the activity that an attempt's code stands for: the issue record's, else the vouched one."""
    issued = issue(journal, made.code) if made.code else None
    return issued["activity_id"] if issued else made.vouched


def code_view(journal: Journal, code: str) -> dict[str, Any]:
    """Return what `code --json` shows of a canonical code; the owner's `accounts` stand for the specialist's id."""
    won = owning_attempt(journal, code)
    return {
        "code": code,
        "issued": issue(journal, code),
        "revoked": revoked_at(journal, code) is not None,
        "owner": won
        and {
            "accounts": person_of(journal, won.message.account),
            "portal": won.message.portal,
            "account_id": won.message.said["account_id"],
        },
        "attempts": [
            {
                "portal": made.message.portal,
                "account_id": made.message.said["account_id"],
                "typed": made.typed,
                "at": made.message.said.get("activated_at"),
                "outcome": made.outcome,
            }
            for made in journal.attempts_of(code)
        ],
    }


def _judge(journal: Journal, made: Attempt, position: int) -> None:
    made.outcome = next((reason for reason, holds in REASONS if holds(journal, made)), "accepted")
    made.judged_with_issue = made.code is not None and issue(journal, made.code) is not None
    if made.outcome == "accepted" and made.message.kind == "code.activated":
        journal.record(position, f"code:{made.code}", made.message)


def _is_owners(journal: Journal, made: Attempt) -> bool:
    won = owning_attempt(journal, made.code)
    return won is not None and made.message.account in person_of(journal, won.message.account)


def _is_revoked(journal: Journal, made: Attempt) -> bool:
    return made.code is not None and is_barred(made.message, revoked_at(journal, made.code))


def _is_withdrawn(journal: Journal, made: Attempt) -> bool:
    activity_id = activity_of(journal, made)
    return activity_id is not None and is_barred(made.message, withdrawn_at(journal, activity_id))


REASONS: tuple[tuple[str, Callable[[Journal, Attempt], bool]], ...] = (
    ("code_malformed", lambda _, made: made.code is None),
    ("code_already_yours", _is_owners),
    ("code_taken", lambda journal, made: owning_attempt(journal, made.code) is not None),
    ("code_revoked", _is_revoked),
    ("code_unknown", lambda journal, made: activity_of(journal, made) is None),
    ("activity_withdrawn", _is_withdrawn),
)
