"""An erasure beside other processes, and beside people who look like the one who is erased."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from sync_service import decisions, questions
from sync_service.aggregates.dead_letter import DeadLetter
from sync_service.aggregates.values import Account, account_stream
from sync_service.notices.notice import Cause
from sync_service.projections.comparing import Comparison, Example, Lack
from sync_service.projections.rebuild_orders import OrderState
from tests.integration.erased_site import (
    CODE,
    EDU,
    OTHER,
    REASON,
    SINCE,
    SOVETNMO,
    TODAY,
    ErasedSite,
    marfas_site,
)
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TWIN = "sovetnmo:" + EDU.partition(":")[2]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ErasedSite]:
    """The whole service, with everything that is known of the person."""
    with marfas_site(tmp_path / "data") as made:
        yield made


def test_comparisons_of_rebuilt_views_keep_their_counts_alone(site: ErasedSite) -> None:
    rebuilds = site.service.rebuilds
    rebuilds.ask(["directory"], "anna", "why not")
    [order] = rebuilds.open()
    example = Example("accounts", Lack.DIFFERS, {"owner": "one"}, {"is_closed": ("true", "false")})
    compared = Comparison(7, (), (example,))
    assert rebuilds.change(order.id, [order.state], OrderState.READY, {"comparison": compared})
    site.erase()
    [order] = rebuilds.open()
    assert order.comparison == Comparison(7, ())


def test_a_process_that_had_read_the_letters_before_finds_them_empty_and_erases_on(site: ErasedSite) -> None:
    other = ErasedSite(site.directory)
    with closing(other):
        letters = [events[0].stream for events in other.service.store.letter_streams()]
        read = [other.service.store.parked_bytes(letter) for letter in letters]
        assert all(kept is not None and kept.record.value for kept in read)
        site.erase()
        read = [other.service.store.parked_bytes(letter) for letter in letters]
        assert [kept and kept.record.value for kept in read] == [b""] * len(letters)
        other.erase(OTHER)
        assert other.check().breaches == []


def test_whoever_has_the_same_id_on_the_other_portal_loses_nothing(site: ErasedSite) -> None:
    site.given(lines.registered(TWIN, email="twin@example.org", full_name="Близнецова Анна Ильинична"))
    wrong = lines.decode(lines.registered(TWIN, email="twin@example.org"))
    del wrong["data"]["audience"]
    site.given(lines.encode(wrong))
    site.send(lines.completed(TWIN, "m1", on=TODAY))  # nobody has read it yet
    site.erase()
    assert len(questions.plan(site.service.views, site.service.store, Account.parse(TWIN)).entries) == 1
    [last] = site.service.store.latest_letters(0, 1)
    assert DeadLetter(last[0].stream).fold(last).is_open
    kept = site.service.store.parked_bytes(last[0].stream)
    assert kept is not None
    assert kept.record.value == lines.encode(wrong)
    assert site.check().breaches == []


def test_a_notice_that_was_planned_at_the_moment_of_the_erasure_goes_with_the_next_events(site: ErasedSite) -> None:
    cause = Cause(Account.parse(SOVETNMO), f"code:{CODE}")
    other = ErasedSite(site.directory)
    with closing(other):
        notices = other.service.notices
        assert other.service.store.load([account_stream(cause.account)])  # it knows the key now
        decisions.erase(site.service.application(), Account.parse(EDU), reason=REASON, by="Анна")
        for moment in (SINCE, SINCE.replace(year=2099)):  # sealed with the old key or with the new one
            notices.plan([Cause(cause.account, f"{cause.key}{moment.year}")], moment, moment)
            other.service.store.load([account_stream(cause.account)])
        assert sum(notices.counts().values()) >= 2
        site.go_on()
        assert notices.about([cause.account]) == []
        with other.service.database.cursor() as cursor:
            owner = account_stream(cause.account)
            cursor.execute(b"SELECT count(*) FROM sync_notices WHERE owner = %s", [owner])
            assert cursor.fetchone() == (0,)
