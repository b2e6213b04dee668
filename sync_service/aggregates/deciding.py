"""Decisions that only people may take: proposed by one member of staff with a reason, approved by another.

One stream, the register, holds every proposal and what became of it. What a decision does to people and codes is
recorded in their own streams, in the same transaction as the approval.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

import msgspec

from sync_service.aggregates.aggregate import Aggregate, Event, Fact, Journal, evolves
from sync_service.aggregates.erased_facts import PersonErased
from sync_service.aggregates.errors import (
    DecisionUnsigned,
    OwnProposal,
    ProposalClosed,
    ProposalUnknown,
    ProposedAlready,
)
from sync_service.aggregates.identifiers import named
from sync_service.aggregates.values import Account, is_text

REGISTER = named("decision:register")
"""The stream of the register."""

TEXT_CHARACTERS_MAX = 1_000

_UNSEEN = frozenset({"Cf", "Mn", "Me"})
"""The categories of characters that do not show, or hardly: joiners, marks."""

_BLANK = frozenset("\u115f\u1160\u2800")
"""Letters and signs without a shape."""

_LOOKS_LIKE = str.maketrans("АВЕЅІӀЈКМНҺОРСТУҮХԚԜԀΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABESIIJKMHHOPCTYYXQWDABEZHIKMNOPTYX")
"""Cyrillic and Greek capitals, and the Latin ones that nobody can tell from them."""

_MARK = re.compile(r"\s\[([0-9a-f]{12})\]$")
"""What ends the signature of somebody who signed in (`access.Visitor.signature`): it stays when their name changes."""


class Kind(StrEnum):
    """What people may decide: the names of the command line."""

    JOIN = "join"
    REFUSE = "refuse"
    KEEP = "keep"
    UNDO_LINK = "undo-link"
    MOVE_CODE = "move-code"
    REVERSE = "reverse"
    ERASE = "erase"

    @property
    def needs_approval(self) -> bool:
        """Whether a second person has to approve it."""
        return self is not Kind.REVERSE


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be decided.

    `account` and `other` are the edu and the sovetnmo account of a link (either order may be asked for), or who is to
    get the `code` and whose it is now; a `key` that is reversed is the account's. `request_id` is the request for the
    link that a case is about: another request is another case.
    """

    kind: Kind
    account: Account
    other: Account | None = None
    code: str | None = None
    key: str | None = None
    request_id: str | None = None

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts that it concerns."""
        return (self.account, self.other) if self.other else (self.account,)


class Signature(msgspec.Struct, frozen=True):
    """Why something is decided, and by whom; who decides alone signs twice."""

    reason: str
    proposed_by: str
    approved_by: str


class DecisionProposed(Fact, frozen=True):
    """A member of staff proposed a decision, for a second one to approve."""

    TYPE = "decision.proposed.v1"
    proposal: UUID
    decision: Decision
    reason: str
    by: str


class DecisionApproved(Fact, frozen=True):
    """A second member of staff approved the proposal, and it was carried out in the same transaction."""

    TYPE = "decision.approved.v1"
    proposal: UUID
    by: str


class DecisionRejected(Fact, frozen=True):
    """Another member of staff rejected the proposal; nothing came of it."""

    TYPE = "decision.rejected.v1"
    proposal: UUID
    reason: str
    by: str


class DecisionTakenBack(Fact, frozen=True):
    """Who had proposed it took the proposal back; nothing came of it."""

    TYPE = "decision.taken_back.v1"
    proposal: UUID
    reason: str
    by: str


class ProposalState(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    TAKEN_BACK = "taken_back"


class Proposed(msgspec.Struct):
    """A proposal, and what became of it."""

    id: UUID
    decision: Decision
    reason: str
    proposed_by: str
    proposed_at: datetime
    state: ProposalState = ProposalState.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    rejected_for: str | None = None


class DecisionRegister(Aggregate):
    """Every proposal, in the order in which they came."""

    def __init__(self, journal: Journal | None = None) -> None:
        super().__init__(REGISTER, journal)
        self.proposals: dict[UUID, Proposed] = {}

    def propose(self, decision: Decision, reason: str, by: str) -> UUID:
        """Record a proposal; raises ProposedAlready if the same one waits, and DecisionUnsigned."""
        said, name = signed(reason), signed(by)
        if any(one.decision == decision and one.state is ProposalState.OPEN for one in self.proposals.values()):
            raise ProposedAlready
        proposal = uuid5(REGISTER, str(self.version + 1))
        self.record(DecisionProposed(proposal=proposal, decision=decision, reason=said, by=name))
        return proposal

    def approve(self, proposal: UUID, by: str) -> Signature:
        """Record the approval; raises OwnProposal, ProposalUnknown, ProposalClosed and DecisionUnsigned."""
        found, name = self.open(proposal), signed(by)
        if is_same_person(name, found.proposed_by):
            raise OwnProposal
        self.record(DecisionApproved(proposal=proposal, by=name))
        return Signature(found.reason, found.proposed_by, name)

    def reject(self, proposal: UUID, reason: str, by: str) -> None:
        """Record that nothing comes of it; raises ProposalUnknown, ProposalClosed and DecisionUnsigned."""
        found, said, name = self.open(proposal), signed(reason), signed(by)
        kind = DecisionTakenBack if is_same_person(name, found.proposed_by) else DecisionRejected
        self.record(kind(proposal=proposal, reason=said, by=name))

    def open(self, proposal: UUID) -> Proposed:
        """A proposal that waits; raises ProposalUnknown and ProposalClosed."""
        if proposal not in self.proposals:
            raise ProposalUnknown
        found = self.proposals[proposal]
        if found.state is not ProposalState.OPEN:
            raise ProposalClosed
        return found

    @evolves(DecisionProposed)
    def _proposed(self, fact: DecisionProposed, event: Event) -> None:
        self.proposals[fact.proposal] = Proposed(fact.proposal, fact.decision, fact.reason, fact.by, event.recorded_at)

    @evolves(DecisionApproved)
    def _approved(self, fact: DecisionApproved, event: Event) -> None:
        self._close(fact.proposal, ProposalState.APPROVED, fact.by, event)

    @evolves(DecisionRejected)
    def _rejected(self, fact: DecisionRejected, event: Event) -> None:
        self._close(fact.proposal, ProposalState.REJECTED, fact.by, event).rejected_for = fact.reason

    @evolves(DecisionTakenBack)
    def _taken_back(self, fact: DecisionTakenBack, event: Event) -> None:
        self._close(fact.proposal, ProposalState.TAKEN_BACK, fact.by, event).rejected_for = fact.reason

    @evolves(PersonErased)
    def _person_erased(self, fact: PersonErased, event: Event) -> None:
        for proposal in fact.proposals:
            if self.proposals[proposal].state is ProposalState.OPEN:
                self._close(proposal, ProposalState.REJECTED, "", event)

    def _close(self, proposal: UUID, state: ProposalState, by: str, event: Event) -> Proposed:
        found = self.proposals[proposal]
        found.state = state
        found.decided_by = by
        found.decided_at = event.recorded_at
        return found


def signed(text: str) -> str:
    """A reason or a name without blanks around it; raises DecisionUnsigned if nothing is left, or far too much."""
    found = text.strip()
    if not found or len(found) > TEXT_CHARACTERS_MAX or not is_text(found):
        raise DecisionUnsigned(TEXT_CHARACTERS_MAX)
    return found


def is_same_person(name: str, other: str) -> bool:
    """Whether two signatures are one person's: by their marks if both have one, otherwise by the names as they look."""
    mine, theirs = _MARK.search(name), _MARK.search(other)
    if mine and theirs:
        return mine[1] == theirs[1]
    return folded(_MARK.sub("", name)) == folded(_MARK.sub("", other))


def folded(name: str) -> str:
    """The name as it looks: without case, accents, what is invisible, and which alphabet a letter is of."""
    seen = (one for one in unicodedata.normalize("NFKD", name) if unicodedata.category(one) not in _UNSEEN)
    return " ".join("".join(one for one in seen if one not in _BLANK).upper().translate(_LOOKS_LIKE).split())
