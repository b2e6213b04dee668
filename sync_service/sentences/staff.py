"""The roles of staff, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.access import RIGHTS, Right, Role
from sync_service.sentences.words import Sentence, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROLE_NAMES: Mapping[Role, Sentence] = {
    Role.VIEWER: Sentence("Наблюдатель", "Viewer"),
    Role.SUPPORT: Sentence("Поддержка", "Support"),
    Role.SUPERVISOR: Sentence("Руководитель поддержки", "Supervisor"),
    Role.OPERATOR: Sentence("Оператор службы", "Operator"),
    Role.AUDITOR: Sentence("Аудитор", "Auditor"),
}


def named(roles: Iterable[Role]) -> Sentence:
    """Several roles, in the order of the list of all."""
    known = set(roles)
    return listed(ROLE_NAMES[role] for role in Role if role in known)


def with_right(right: Right) -> Sentence:
    """The roles that have a right."""
    return named(role for role in Role if right in RIGHTS[role])
