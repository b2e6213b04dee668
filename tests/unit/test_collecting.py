"""How often a process that keeps much at hand looks for garbage."""

from __future__ import annotations

import gc

from sync_service.collecting import YOUNG_MAX, collect_rarely


def test_what_is_loaded_is_left_alone_and_the_rest_is_looked_through_rarely() -> None:
    threshold, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        collect_rarely()
        assert gc.get_threshold()[0] == YOUNG_MAX
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
