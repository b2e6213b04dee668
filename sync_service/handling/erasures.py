"""What people decide about a person's data: erase all of it, for good.

Decided here: what is left of every stored event when nobody is known, and the facts that say that this was done. Both
are stored by the commit, together or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.dead_letter import ERASED_REASON, Discarded
from sync_service.aggregates.deciding import REGISTER
from sync_service.aggregates.erased_facts import (
    HolderErased,
    LetterErased,
    PartnerErased,
    PersonErased,
    SpecialistErased,
)
from sync_service.aggregates.errors import DecisionImpossible
from sync_service.aggregates.values import ERASED, account_stream, code_stream
from sync_service.aggregates.veiling import Veil, is_about
from sync_service.event_store import Conflict, Erasure
from sync_service.footprints import Erased
from sync_service.handling.gathering import Gathered, gather, is_holder
from sync_service.messages.decoding import message_key
from sync_service.messages.reason_kinds import kind_only

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from uuid import UUID

    from sync_service.aggregates.aggregate import Event, Fact
    from sync_service.aggregates.deciding import Decision, Signature
    from sync_service.unit_of_work import UnitOfWork


def erase(work: UnitOfWork, decision: Decision, signed: Signature) -> None:
    """Erase the person behind an account; raises AccountUnknown, AccountErased and DecisionImpossible."""
    person = work.known_person(decision.account)
    found = gather(work.store, person)
    if found.footprints.in_plain(signed.reason):
        raise DecisionImpossible(
            "Причина называет этого человека: напишите её так, чтобы после стирания она никого не называла.",
            "The reason names this person: word it so that it names nobody when the rest is erased.",
        )
    veil = Veil(found.named, kind_only)
    rewritten = list(_rewritten(found, veil))
    _record_own(work, found, signed, len(rewritten))
    _record_elsewhere(work, found, veil)
    _verify(work, found)
    work.erasure = Erasure(
        rewritten=rewritten,
        rekeyed=frozenset(found.own),
        letters=[events[0].stream for events in found.letters],
        owners=frozenset(found.own) | frozenset(found.others) | frozenset(map(code_stream, found.codes)),
    )
    work.erased = Erased(
        streams=found.streams,
        at=work.journal.recorded_at,
        reason=signed.reason,
        proposed_by=signed.proposed_by,
        approved_by=signed.approved_by,
        footprints=found.footprints,
        codes=tuple(sorted(map(code_stream, found.footprints.codes))),
    )


def keep_taken(work: UnitOfWork, codes: Collection[UUID]) -> int:
    """Let codes be taken whose holder was erased before this store had heard of it; how many were free."""
    free = [code for code in map(work.code_of_stream, codes) if code.owner is None]
    for code in free:
        code.record(HolderErased(code=f"{ERASED}{code.id}"))
    return len(free)


def veiled_cause(cause: str) -> str:
    """A message as the cause of an event, known by its key alone: so it still counts as stored."""
    source, _, message_id = cause.partition("#")
    if message_id.startswith(ERASED):
        return cause
    return f"{source}#{ERASED}{message_key(source, message_id)}"


def _rewritten(found: Gathered, veil: Veil) -> Iterator[Event]:
    """Every event of the person's streams as it is from now on; of all others those that change."""
    for events in found.own.values():
        yield from (_veiled(event, veil.own(event.fact), found) for event in events)
    for events in found.others.values():
        for event in events:
            yield from _changed(event, _veiled(event, veil.mention(event.fact), found))
    for code, events in found.codes.items():
        holder_erased = is_holder(found.named, code, events)
        for event in events:
            fact = veil.attempt(event.fact, holder_erased=holder_erased)
            yield from _changed(event, _veiled(event, fact, found))
    about = {event.version for event in _about(found)}
    for event in found.register:
        fact = veil.whole(event.fact) if event.version in about else event.fact
        yield from _changed(event, _veiled(event, fact, found))
    for events in found.letters:
        yield from (_veiled(event, veil.whole(event.fact), found) for event in events)


def _veiled(event: Event, fact: Fact, found: Gathered) -> Event:
    cause = veiled_cause(event.cause) if event.cause in found.causes and event.cause is not None else event.cause
    return msgspec.structs.replace(event, fact=fact, cause=cause)


def _changed(before: Event, after: Event) -> Iterator[Event]:
    if (before.fact, before.cause) != (after.fact, after.cause):
        yield after


def _about(found: Gathered) -> list[Event]:
    """The register's events on proposals about the person."""
    proposals = {_proposal(event) for event in found.register if is_about(event.fact, found.named)}
    return [event for event in found.register if _proposal(event) in proposals]


def _proposal(event: Event) -> UUID | None:
    proposal: UUID | None = getattr(event.fact, "proposal", None)
    return proposal


def _record_own(work: UnitOfWork, found: Gathered, signed: Signature, events: int) -> None:
    """Say in the person's own streams that they were rewritten: whoever has one in memory must load it anew."""
    for account in sorted(found.named.accounts):
        work.specialist(account_stream(account)).record(
            SpecialistErased(
                portal=account.portal.value,
                reason=signed.reason,
                proposed_by=signed.proposed_by,
                approved_by=signed.approved_by,
                events=events,
                codes=len(found.footprints.codes),
                letters=len(found.letters),
            )
        )


def _record_elsewhere(work: UnitOfWork, found: Gathered, veil: Veil) -> None:
    """Say so in every other stream that was rewritten too."""
    for stream in sorted(found.others):
        work.specialist(stream).record(PartnerErased())
    for code, events in sorted(found.codes.items()):
        work.code(code).record(HolderErased(code=veil.code(code) if is_holder(found.named, code, events) else None))
    for events in found.letters:
        letter = work.letter(events[0].stream)
        letter.record(Discarded(reason=ERASED_REASON) if letter.is_open else LetterErased())
    proposals = tuple(dict.fromkeys(proposal for event in _about(found) if (proposal := _proposal(event))))
    if proposals:
        work.register().record(PersonErased(proposals=proposals))


def _verify(work: UnitOfWork, found: Gathered) -> None:
    """Raise Conflict if a stream grew between being read and being decided on: its newest event would be lost."""
    first = {event.stream: event.version for event in reversed(work.journal.events)}
    read = found.own | found.others | {code_stream(code): events for code, events in found.codes.items()}
    read |= {events[0].stream: events for events in found.letters}
    if found.register:
        read[REGISTER] = found.register
    for stream, events in read.items():
        if stream in first and first[stream] != len(events) + 1:
            raise Conflict
