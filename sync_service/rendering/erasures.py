"""Erasures in a terminal: the certificate, and the ledger's lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sync_service.erasures.certificate import LEFT, TITLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.erasures.certificate import Certificate
    from sync_service.erasures.ledger import Entry


def show_certificate(told: Certificate) -> None:
    """Print the certificate, Russian first."""
    lines = [
        f"{TITLE.ru} / {TITLE.en}",
        f"  № {told.id}",
        f"  {told.erased_at:%Y-%m-%d %H:%M:%S} UTC",
        f"  Основание / Reason: {told.reason}",
        f"  Запросил, утвердил / Asked for, approved: {told.proposed_by}, {told.approved_by}",
        *(f"  {what.ru} / {what.en}: {count}" for what, count in told.counted),
        "Что осталось и почему / What is left, and why:",
        *(f"  {one.ru} / {one.en}" for one in LEFT),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def show_entries(entries: Iterable[Entry]) -> None:
    """Print one line for each erasure of the ledger."""
    for entry in entries:
        state = "стёрто / erased" if entry.is_done else "начато / begun"
        sys.stdout.write(f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.id}  {state}  {entry.reason}\n")
