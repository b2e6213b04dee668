"""A cardiologist with something of everything in one cycle, for the tests of reports: nobody real."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from sync_service.aggregates.values import Account
from sync_service.reports.report import Report, Standing, report, standing_at
from tests.model import lines
from tests.unit.support_desk import LINKED, Desk

NOW = datetime(2026, 6, 1, 9, 0, 0, 250_000, tzinfo=UTC)
NAME = "Проверкина Анна Ивановна"
COPY_CODE = "K0MPT9XYHCE1"


def reported_desk() -> Desk:
    """Two linked accounts, a cycle of cardiology and an earlier one; of the entries some count and some do not."""
    return Desk(
        lines.registered("sovetnmo:s1", full_name=NAME),
        lines.registered("edu:e1"),
        *LINKED,
        lines.cycle("edu:e1"),
        lines.cycle("edu:e1", "c0", starts_on="2016-06-01", ends_on="2021-05-31"),
        lines.published(title="Форум «Клиника»; день 3", place="Москва"),
        lines.issued(lines.CODE, COPY_CODE),
        lines.activated("sovetnmo:s1"),
        lines.activated("edu:e1", COPY_CODE),
        lines.published("p1", "programme", title="=Кардиология"),
        lines.programme("edu:e1"),
        lines.published("m1", "module", lines.row(1.5)),
        lines.completed("edu:e1"),
        lines.published("m2", "module", lines.row(2, "хирургия")),
        lines.completed("edu:e1", "m2"),
        lines.completed("edu:e1", "m3", on="2014-02-01"),
        lines.published("m3", "module"),
        lines.completed("edu:e1", "m4", on="2018-02-01"),
        lines.published("m4", "module"),
        lines.completed("edu:e1", "m5"),
        lines.reversal("edu:e1", "module:m5:2025-05-12"),
    )


def standing(desk: Desk) -> Standing:
    """Where the log stands now."""
    return standing_at(desk.store, NOW)


def reported(desk: Desk, account: str = "edu:e1", cycle_id: str = "c1", at: Standing | None = None) -> Report:
    """The report on a cycle, of now unless told otherwise."""
    return report(desk.store, Account.parse(account), cycle_id, at or standing(desk))


def empty_report() -> Report:
    """The report on a cycle of a person who has done nothing yet."""
    return reported(Desk(lines.registered("edu:e1"), lines.cycle("edu:e1")))


def long_report(entries: int) -> Report:
    """A report with so many entries of very wide and very long texts."""
    made = reported(reported_desk())
    wide = msgspec.structs.replace(made.counted[0], title="Ш" * 1000, held_by="Щ " * 500, place="Ю" * 1000)
    long = msgspec.structs.replace(made.uncounted[2], title="Ш" * 1000, held_by="Щ" * 1000, reversed_for="Ж" * 1000)
    days = timedelta(days=1)
    counted = [msgspec.structs.replace(wide, completed_on=wide.completed_on + days * each) for each in range(entries)]
    short = [msgspec.structs.replace(each, title=f"Активность {place}") for place, each in enumerate(counted[3:])]
    return msgspec.structs.replace(made, counted=(*counted[:3], *short), uncounted=(*made.uncounted, long))
