"""Proposing, approving and rejecting, each in one transaction: what is stored is what was looked at, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.deciding import Decision, Kind, Signature, signed
from sync_service.aggregates.errors import MovedOn
from sync_service.decisions.carrying_out import carry_out, completed, seen

if TYPE_CHECKING:
    from uuid import UUID

    from sync_service.aggregates.values import Account
    from sync_service.application import Application
    from sync_service.unit_of_work import UnitOfWork


def propose(application: Application, decision: Decision, *, reason: str, by: str, expected: str | None = None) -> UUID:
    """Record a proposal that waits for a second person; gives its id.

    `expected` is `Preview.seen`. Raises AccountUnknown, DecisionImpossible, DecisionUnsigned, MovedOn, ProposedAlready.
    """
    signature = Signature(signed(reason), signed(by), signed(by))
    application.foresee(lambda work: carry_out(work, completed(work, decision), signature))
    found: list[UUID] = []

    def decide(work: UnitOfWork) -> None:
        whole = completed(work, decision)
        _verify(work, whole, expected)
        found[:] = [work.register().propose(whole, reason, by)]

    application.act(decide)
    return found[0]


def approve(application: Application, proposal: UUID, *, by: str, expected: str | None = None) -> None:
    """Approve what another person proposed, and carry it out.

    `expected` is `Preview.seen`. Raises OwnProposal, ProposalUnknown, ProposalClosed, DecisionImpossible,
    DecisionUnsigned, MovedOn.
    """

    def decide(work: UnitOfWork) -> None:
        register = work.register()
        decision = register.open(proposal).decision
        signature = register.approve(proposal, by)
        if completed(work, decision) != decision:
            raise MovedOn
        _verify(work, decision, expected)
        carry_out(work, decision, signature)

    application.act(decide)


def reject(application: Application, proposal: UUID, *, by: str, reason: str) -> None:
    """Record that nothing comes of a proposal; who proposed it takes it back.

    Raises ProposalUnknown, ProposalClosed, DecisionUnsigned.
    """
    application.act(lambda work: work.register().reject(proposal, reason, by))


def reverse(
    application: Application, account: Account, key: str, *, reason: str, by: str, expected: str | None = None
) -> None:
    """Take a credit back at once: one person is enough.

    Raises AccountUnknown, DecisionImpossible, DecisionUnsigned, MovedOn.
    """
    decision = Decision(Kind.REVERSE, account, key=key)
    signature = Signature(signed(reason), signed(by), signed(by))

    def decide(work: UnitOfWork) -> None:
        _verify(work, decision, expected)
        carry_out(work, decision, signature)

    application.act(decide)


def erase(application: Application, account: Account, *, reason: str, by: str, approved_by: str | None = None) -> None:
    """Erase a person at once: who has the rights of the command line needs nobody else.

    Raises AccountUnknown, AccountErased, DecisionImpossible, DecisionUnsigned.
    """
    signature = Signature(signed(reason), signed(by), signed(approved_by or by))

    def decide(work: UnitOfWork) -> None:
        carry_out(work, completed(work, Decision(Kind.ERASE, account)), signature)

    application.act(decide)


def _verify(work: UnitOfWork, decision: Decision, expected: str | None) -> None:
    if expected is not None and expected != seen(work, decision):
        raise MovedOn
