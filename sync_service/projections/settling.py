"""Waits until the views show what was just written."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.event_store import EventStore
    from sync_service.projections.view_store import ViewStore

PATIENCE_S = 2.0
PAUSE_S = 0.05


def settled(store: EventStore, views: ViewStore, names: Iterable[str]) -> bool:
    """Wait for whoever fills these views to reach the log's present head; False if they do not in two seconds."""
    head, deadline = store.head(), time.monotonic() + PATIENCE_S
    wanted = list(names)
    while any(views.live(view).position < head for view in wanted):
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_S)
    return True
