"""What the portals are told of a fact, and in which account: the bodies of messages, before they have an envelope.

Nothing here knows topics or bytes. A confirmation code is told as certificates print it (`XXXX-XXXXXXXX`), whatever was
typed; a malformed one, of which there is no such form, as it was typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.values import ERASED, Account, Portal, Reason, account_stream, code_key, printed_code
from sync_service.messages import outcome_messages as told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sync_service.aggregates.aggregate import Event, Fact
    from sync_service.messages.fields import Body

    Announcements = Iterator[tuple[Account, Body]]
    LinkFact = (
        facts.LinkRefused
        | facts.LinkDeclined
        | facts.LinkRefusalUpheld
        | facts.SpecialistAbsorbed
        | facts.LinkProgressed
        | facts.LinkCompleted
        | facts.LinkUndone
    )
    OneSided = facts.LinkRefused | facts.LinkDeclined | facts.LinkRefusalUpheld


def announcements_of(event: Event) -> Iterable[tuple[Account, Body]]:
    """What to tell because of an event, each with the account that it is told to; nothing for most events."""
    announce = _ANNOUNCED.get(type(event.fact))
    if announce is None or _is_of_erased(event.fact):
        return ()
    return (told_to for told_to in announce(event.fact, event) if not told_to[0].is_erased)


def _is_of_erased(fact: Fact) -> bool:
    """Whether what a fact would say is about somebody who was erased before it was sent."""
    accounts = (getattr(fact, name, None) for name in ("account", "origin"))
    is_key_erased = ERASED in (getattr(fact, "key", None) or "")
    return is_key_erased or any(account is not None and account.is_erased for account in accounts)


# Replicas


def _replica_requested(fact: facts.ReplicaRequested, _: Event) -> Announcements:
    origin = told.Origin.model_validate(
        {
            "portal": fact.origin.portal.value,
            "account_id": fact.origin.account_id,
            "recorded_at": fact.origin_recorded_at,
        }
    )
    yield (
        fact.account,
        told.ReplicaRequested.model_validate(
            {
                "account_id": fact.account.account_id,
                "activity_key": fact.key,
                "revision": fact.revision,
                "kind": fact.kind,
                "activity_id": fact.activity_id,
                "title": fact.title,
                "credits": fact.credits,
                "completed_on": fact.completed_on,
                "origin": origin,
            }
        ),
    )


def _replica_withdrawn(fact: facts.ReplicaWithdrawn, _: Event) -> Announcements:
    yield (
        fact.account,
        told.ReplicaWithdrawn(
            account_id=fact.account.account_id,
            activity_key=fact.key,
            revision=fact.revision,
            reason=fact.reason,
        ),
    )


# Codes and completions


def _activation_recorded(fact: facts.ActivationRecorded, _: Event) -> Announcements:
    yield _accepted(fact.account, fact.code, code_key(fact.code))


def _moved_here(fact: facts.CodeMovedHere, _: Event) -> Announcements:
    yield _accepted(fact.account, fact.code, fact.key or code_key(fact.code))


def _accepted(account: Account, code: str, key: str) -> tuple[Account, Body]:
    return account, told.ActivationAccepted(account_id=account.account_id, code=printed_code(code), activity_key=key)


def _activation_repeated(fact: facts.ActivationRepeated, _: Event) -> Announcements:
    """The key is that of the credit: the module's, where the code came with its completion."""
    yield (
        fact.account,
        told.ActivationAccepted(
            account_id=fact.account.account_id,
            code=printed_code(fact.code),
            activity_key=fact.key,
            reason=Reason.CODE_ALREADY_YOURS.value,
            repeat=True,
        ),
    )


def _activation_refused(fact: facts.ActivationRefused, _: Event) -> Announcements:
    yield (
        fact.account,
        told.ActivationRefused.model_validate(
            {
                "account_id": fact.account.account_id,
                "code": printed_code(fact.code) if fact.code else fact.typed,
                "reason": fact.reason.value,
            }
        ),
    )


def _completion_refused(fact: facts.CompletionRefused, _: Event) -> Announcements:
    yield (
        fact.account,
        told.CompletionRefused(
            account_id=fact.account.account_id,
            activity_key=fact.key,
            reason=fact.reason.value,
        ),
    )


# Links


def _link_refused(fact: facts.LinkRefused, event: Event) -> Announcements:
    yield _own_side(fact, event), _link_outcome(told.LinkRefused, fact, reason=fact.reason.value)


def _link_declined(fact: facts.LinkDeclined, event: Event) -> Announcements:
    yield _own_side(fact, event), _link_outcome(told.LinkRefused, fact, reason=Reason.DECLINED.value)


def _refusal_upheld(fact: facts.LinkRefusalUpheld, event: Event) -> Announcements:
    yield _own_side(fact, event), _link_outcome(told.LinkRefused, fact, reason=Reason.IDENTITY_MISMATCH.value)


def _link_undone(fact: facts.LinkUndone, _: Event) -> Announcements:
    yield from _both_sides(fact, _link_outcome(told.LinkRefused, fact, reason=Reason.UNDONE.value))


def _absorbed(fact: facts.SpecialistAbsorbed, _: Event) -> Announcements:
    """The joining itself, unless nothing is to be shown: then its completion says it all."""
    if fact.to_edu or fact.to_sovetnmo:
        yield from _both_sides(fact, _link_outcome(told.LinkProgressed, fact))


def _link_progressed(fact: facts.LinkProgressed, _: Event) -> Announcements:
    yield from _both_sides(fact, _link_outcome(told.LinkProgressed, fact, applied=fact.applied))


def _link_completed(fact: facts.LinkCompleted, _: Event) -> Announcements:
    yield from _both_sides(fact, _link_outcome(told.LinkCompleted, fact, applied=fact.applied))


def _own_side(fact: OneSided, event: Event) -> Account:
    """Whom this copy of the fact is for, as it stands in both people's histories.

    The edu account's person always has the edu account's stream, linked or not. So the copy in that stream is edu's,
    and the other one sovetnmo's: it is in that account's stream, or in the stream of whom that account is linked with.
    """
    edu, sovetnmo = _accounts(fact)
    return edu if event.stream == account_stream(edu) else sovetnmo


def _both_sides(fact: LinkFact, body: Body) -> Announcements:
    for account in _accounts(fact):
        if not account.is_erased:
            yield account, body


def _accounts(fact: LinkFact) -> tuple[Account, Account]:
    return Account(Portal.EDU, fact.edu), Account(Portal.SOVETNMO, fact.sovetnmo)


def _link_outcome(
    kind: type[told.LinkOutcome], fact: LinkFact, *, applied: int = 0, reason: str | None = None
) -> told.LinkOutcome:
    return kind.model_validate(
        {
            "request_id": fact.request_id,
            "edu_account_id": fact.edu,
            "sovetnmo_account_id": fact.sovetnmo,
            "to_edu": getattr(fact, "to_edu", 0),
            "to_sovetnmo": getattr(fact, "to_sovetnmo", 0),
            "applied": applied,
            "reason": reason,
        }
    )


def _erased(fact: facts.SpecialistErased | facts.MessageRefusedAsErased, event: Event) -> Announcements:
    """The account's key is its stream, in which this stands; whoever it is told to, no account id goes with it."""
    key = str(event.stream)
    body = told.AccountErased.model_validate({"account_key": key, "erased_at": event.recorded_at})
    yield Account(Portal(fact.portal), key), body


_ANNOUNCED: Final[Mapping[type[Fact], Callable[[Any, Event], Announcements]]] = {
    facts.ReplicaRequested: _replica_requested,
    facts.ReplicaWithdrawn: _replica_withdrawn,
    facts.ActivationRecorded: _activation_recorded,
    facts.CodeMovedHere: _moved_here,
    facts.ActivationRepeated: _activation_repeated,
    facts.ActivationRefused: _activation_refused,
    facts.CompletionRefused: _completion_refused,
    facts.LinkRefused: _link_refused,
    facts.LinkDeclined: _link_declined,
    facts.LinkRefusalUpheld: _refusal_upheld,
    facts.LinkUndone: _link_undone,
    facts.SpecialistAbsorbed: _absorbed,
    facts.LinkProgressed: _link_progressed,
    facts.LinkCompleted: _link_completed,
    facts.SpecialistErased: _erased,
    facts.MessageRefusedAsErased: _erased,
}
