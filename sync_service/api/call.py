"""One use of an address as its code sees it: who asks, for which case, about what, and how the look is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sync_service.api.problems import not_there
from sync_service.auditing import Door, Look

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.access import Visitor
    from sync_service.api.endpoint import Endpoint
    from sync_service.console.ports import Ports


class Call:
    """Someone who may do so uses an endpoint; `path` holds the ids of the address."""

    def __init__(
        self, endpoint: Endpoint, ports: Ports, visitor: Visitor, case: str | None, path: Mapping[str, str]
    ) -> None:
        self.endpoint = endpoint
        self.ports = ports
        self.visitor = visitor
        self.case = case
        self.path = path
        self.is_recorded = False

    @property
    def by(self) -> str:
        """How the visitor signs what they decide."""
        return self.visitor.signature

    def id(self, name: str) -> UUID:
        """A part of the address that is an id; raises Problem (404) if it is none."""
        try:
            return UUID(self.path[name])
        except ValueError:
            raise not_there() from None

    def look(self, whom: UUID | None, detail: str | None = None) -> None:
        """Record that the visitor is about to see or to change something; raises what says that it was not recorded."""
        act = self.endpoint.act
        if act is None:
            raise TypeError(f"{self.endpoint.name} looks at somebody and says that it does not")
        self.ports.audit.record(Look.by(self.visitor, Door.API, act, whom=whom, case=self.case, detail=detail))
        self.is_recorded = True
