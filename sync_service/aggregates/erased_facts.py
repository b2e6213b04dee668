"""What is recorded when a person is erased: in their own streams, and in every other one that had named them.

Each of these facts tells whoever keeps a folded stream in memory that its earlier events were rewritten meanwhile.
"""

from __future__ import annotations

from uuid import UUID

from sync_service.aggregates.aggregate import Fact


class SpecialistErased(Fact, frozen=True):
    """The person was erased: this stream's earlier events say what is left when nobody is known.

    Stands in the stream of each of the person's accounts; `portal` is that account's. `reason` names no person. The
    counts are of the whole erasure: events rewritten, codes that stay taken, parked messages erased.
    """

    TYPE = "specialist.erased.v1"
    portal: str
    reason: str
    proposed_by: str
    approved_by: str
    events: int
    codes: int
    letters: int


class PartnerErased(Fact, frozen=True):
    """Somebody whom this history had named was erased, and is named no more."""

    TYPE = "specialist.partner_erased.v1"


class MessageRefusedAsErased(Fact, frozen=True):
    """A portal's message named an account of the erased person: refused, and nothing else of it is kept."""

    TYPE = "specialist.message_refused_as_erased.v1"
    portal: str
    message_type: str


class HolderErased(Fact, frozen=True):
    """Somebody who had tried the code was erased. If it is theirs, it stays taken by nobody known.

    `code` then stands for it from here on, None if the code is another's.
    """

    TYPE = "code.holder_erased.v1"
    code: str | None = None


class LetterErased(Fact, frozen=True):
    """The parked message had named somebody who was erased: its bytes are gone."""

    TYPE = "dead_letter.erased.v1"


class PersonErased(Fact, frozen=True):
    """Proposals were about somebody who was erased: they name nobody any more, and open ones are over."""

    TYPE = "decision.person_erased.v1"
    proposals: tuple[UUID, ...]


REWRITES = (SpecialistErased, PartnerErased, HolderErased)
"""The facts after which a stream that views are made from must be folded anew, from its first event."""
