"""What the parts of a process stand on: names of places, the clock, the writers of reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync_service.adapters.postgres_database import CONNECTION_LOST, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.erasures.certificate import Certificate
    from sync_service.reports.report import Report

EMBEDDED_TOPICS = "topics"
EMBEDDED_MAIL = "mail"
MASTER_KEY = "master.key"
AUDIT_ANCHOR = "audit-anchor"
LEDGER = "erasures.ndjson"
ROLES = ("consumers", "backfill", "projections", "publisher", "notifier", "console")
MS = 1000
UNAVAILABLE = (StoreUnavailable, *CONNECTION_LOST)
"""What says that the database is away."""


def now() -> datetime:
    """The clock of the service (UTC)."""
    return datetime.now(UTC)


def certificate_as_pdf(told: Certificate) -> bytes:
    """The certificate of an erasure as a PDF; what writes it is loaded when it is asked for."""
    from sync_service.adapters.pdf_certificate import as_pdf  # noqa: PLC0415 - only this needs so large a library

    return as_pdf(told)


def report_writers() -> dict[str, Callable[[Report], bytes]]:
    """The formats of a report, by the name of each; what writes them is loaded when it is asked for."""
    from sync_service.adapters.pdf_report import as_pdf  # noqa: PLC0415 - only one command needs so large a library
    from sync_service.reports.csv_report import as_csv  # noqa: PLC0415

    return {"pdf": as_pdf, "csv": as_csv}
