"""Who may do what: roles of people and of programs, and the rights that each role has.

Every page, every address of the JSON API and every command names the right that it needs; nothing is open by silence.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


MARK_CHARACTERS = 12
"""So long is the mark in a signature: it tells apart the people of one service, whatever their names."""


class Role(StrEnum):
    """What a person of staff, or a program with an account of its own, is to the service."""

    VIEWER = "viewer"
    SUPPORT = "support"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class Right(StrEnum):
    """One kind of thing that may be allowed."""

    ENTER = "enter"
    """See what shows nobody: the start page, one's own settings, who one is signed in as."""
    SEE_PERSON = "see_person"
    """Look people and codes up, and see them with personal values masked."""
    REVEAL = "reveal"
    """See a personal value or a whole code, one at a time."""
    MEND = "mend"
    """Repair rows, ask for replicas again, retry or discard parked messages."""
    PROPOSE = "propose"
    """Propose a decision or an erasure, and take it back."""
    APPROVE = "approve"
    """Approve or reject what another has proposed."""
    SEE_OPERATIONS = "see_operations"
    """See the dashboard, and parked messages as a list without what they say."""
    OPERATE = "operate"
    """Order, switch and give up rebuilds."""
    SEE_AUDIT = "see_audit"
    """Read, search and export the audit log."""


_SEES = frozenset({Right.ENTER, Right.SEE_PERSON})
_SUPPORTS = _SEES | {Right.REVEAL, Right.MEND, Right.PROPOSE, Right.SEE_OPERATIONS}

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: _SEES,
    Role.SUPPORT: _SUPPORTS,
    Role.SUPERVISOR: _SUPPORTS | {Right.APPROVE},
    Role.OPERATOR: frozenset({Right.ENTER, Right.SEE_OPERATIONS, Right.OPERATE}),
    Role.AUDITOR: frozenset({Right.ENTER, Right.SEE_AUDIT}),
}


class Visitor(msgspec.Struct, frozen=True):
    """Who is asking: a person who signed in, a service account, or the operating system's user of the command line.

    `subject` names them for good and uniquely (`issuer|sub`, `service:NAME`, `os:USER`); `name` is what people read.
    """

    subject: str
    name: str
    roles: frozenset[Role]

    @property
    def rights(self) -> frozenset[Right]:
        """Everything that any of the roles allows."""
        return frozenset().union(*(RIGHTS[role] for role in self.roles))

    @property
    def signature(self) -> str:
        """How they sign what they decide: the name, and a mark of the subject that no other name changes."""
        return f"{self.name} [{sha256(self.subject.encode()).hexdigest()[:MARK_CHARACTERS]}]"

    def may(self, right: Right) -> bool:
        """Whether one of the roles allows it."""
        return right in self.rights
