"""The numbers beside the navigation's words: counted at most once in a few seconds, however many people look."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from sync_service import decisions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.console.ports import Ports

KEPT_S = 3.0


class Badges:
    """Counts what waits for somebody: parked messages, proposals, and cases of which nobody has proposed anything."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._guard = threading.Lock()
        self._counted: dict[str, int] = {}
        self._until = 0.0

    def counts(self) -> Mapping[str, int]:
        """The numbers by section."""
        with self._guard:
            if time.monotonic() >= self._until:
                self._counted = self._count()
                self._until = time.monotonic() + KEPT_S
            return self._counted

    def forget(self) -> None:
        """Count anew the next time: somebody decided something."""
        self._until = 0.0

    def _count(self) -> dict[str, int]:
        proposed = decisions.proposals(self._ports.store)
        pairs = {frozenset(one.decision.accounts) for one in proposed}
        cases = [(case.edu, case.sovetnmo) for case in decisions.cases(self._ports.views)]
        return {
            "parked": self._ports.store.letter_counts()[0],
            "decisions": len(proposed) + sum(frozenset(pair) not in pairs for pair in cases),
        }
