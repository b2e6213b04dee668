"""How often Python looks for garbage that only cycles keep alive."""

from __future__ import annotations

import gc
from typing import Final

YOUNG_MAX: Final = 100_000
"""So many more objects made than freed before the young ones are looked through; Python's own default is 700."""


def collect_rarely() -> None:
    """For a process that keeps very many objects for long; call it once, when everything is loaded.

    A consumer holds the people and codes of its cache, and each batch makes and frees tens of thousands of objects.
    With Python's defaults, made for small heaps, a third of its time goes into looking through what is still in use.
    What was loaded by now lives as long as the process, so that it is not looked through at all.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX)
