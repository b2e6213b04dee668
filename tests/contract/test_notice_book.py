"""Every book of notices keeps what the notifier relies on: PostgreSQL as memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from sync_service.adapters.memory_notices import MemoryNotices
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.postgres_notices import PostgresNotices
from sync_service.aggregates.values import Account, Portal
from sync_service.notices.notice import Cause, NoticeState
from tests.master_key import MASTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.notices.notice import Notice, NoticeBook

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
SOVETNMO, EDU = Account(Portal.SOVETNMO, "s1"), Account(Portal.EDU, "e1")
FIRST, SECOND, THIRD = Cause(SOVETNMO, "module:m1"), Cause(SOVETNMO, "module:m2"), Cause(EDU, "module:m1")
EVERY = list(NoticeState)


@pytest.fixture(params=["memory", "postgres"])
def book(request: pytest.FixtureRequest) -> Iterator[NoticeBook]:
    """An empty book that has begun."""
    if request.param == "memory":
        memory = MemoryNotices()
        memory.begin(NOW, NOW)
        yield memory
        return
    database = Database(request.getfixturevalue("database_url"), master=MASTER)
    kept = PostgresNotices(database)
    kept.migrate()
    kept.migrate()
    kept.begin(NOW, NOW)
    yield kept
    database.close()


def planned(book: NoticeBook, *causes: Cause) -> list[Notice]:
    """The notices of these causes, planned now and due later."""
    book.plan(causes, NOW, LATER)
    return [one for one in book.listed(EVERY, 10) if one.cause in causes]


def states(book: NoticeBook) -> list[str]:
    """The states of all notices, with their reasons."""
    return [f"{one.state} {one.reason or ''}".strip() for one in book.listed(EVERY, 10)]


def test_a_cause_has_one_notice_for_ever(book: NoticeBook) -> None:
    assert book.plan([FIRST, SECOND, FIRST], NOW, LATER) == 2
    assert book.plan([FIRST, THIRD], LATER, LATER) == 1
    assert book.park_at_once([SECOND], LATER, "store_restored") == 0
    assert sorted(one.cause for one in book.about([SOVETNMO, EDU])) == sorted([FIRST, SECOND, THIRD])
    assert [one.key for one in book.about([EDU])] == ["module:m1"]
    assert (book.plan([], NOW, NOW), book.about([])) == (0, [])


def test_what_is_due_comes_by_account_the_longest_due_first(book: NoticeBook) -> None:
    book.plan([FIRST], NOW, LATER)
    book.plan([THIRD], NOW, NOW)
    book.plan([SECOND], LATER, LATER + timedelta(hours=1))
    assert book.due(NOW, 10) == [EDU]
    assert book.due(LATER, 10) == [EDU, SOVETNMO]
    assert book.due(LATER, 1) == [EDU]
    assert [one.cause for one in book.waiting(SOVETNMO, LATER, 10)] == [FIRST]
    assert [one.cause for one in book.waiting(SOVETNMO, LATER + timedelta(hours=1), 10)] == [FIRST, SECOND]
    assert len(book.waiting(SOVETNMO, LATER + timedelta(hours=1), 1)) == 1


def test_a_claim_takes_all_or_none(book: NoticeBook) -> None:
    first, second = planned(book, FIRST, SECOND)
    mail = uuid4()
    assert book.claim([first], mail, NOW)
    assert not book.claim([first, second], uuid4(), NOW)
    assert states(book) == ["sending", "planned"]
    assert [(one.attempts, one.mail) for one in book.listed([NoticeState.SENDING], 10)] == [(1, mail)]


@pytest.mark.parametrize(
    ("settle", "state"),
    [("sent", "sent"), ("postpone", "planned refused_451"), ("park", "parked refused_550")],
)
def test_a_claimed_mail_is_settled_by_its_answer(book: NoticeBook, settle: str, state: str) -> None:
    mail = uuid4()
    assert book.claim(planned(book, FIRST), mail, NOW)
    match settle:
        case "sent":
            book.sent(mail, NOW)
        case "postpone":
            book.postpone(mail, NOW, LATER + timedelta(hours=1), "refused_451")
        case _:
            book.park(mail, NOW, "refused_550")
    assert states(book) == [state]


def test_what_was_interrupted_is_parked_and_known_as_sent_if_its_sender_lives(book: NoticeBook) -> None:
    mail = uuid4()
    assert book.claim(planned(book, FIRST), mail, NOW)
    assert (book.park_interrupted(NOW), states(book)) == (1, ["parked interrupted"])
    book.postpone(mail, NOW, NOW, "refused_451")
    assert states(book) == ["parked interrupted"]
    book.sent(mail, NOW)
    assert states(book) == ["sent"]


def test_a_person_retries_what_is_parked_and_discards_what_is_not_sent(book: NoticeBook) -> None:
    first, second = planned(book, FIRST, SECOND)
    book.leave([first], NoticeState.PARKED, NOW, "no_address")
    assert book.retry([first.id, second.id], LATER) == 1
    assert {one.next_at for one in book.listed([NoticeState.PLANNED], 10)} == {LATER}
    assert book.discard([first.id, second.id], NOW) == 2
    assert book.discard([first.id], NOW) == 0
    assert (states(book), book.counts()) == (["skipped discarded"] * 2, {NoticeState.SKIPPED: 2})


def test_what_does_not_count_any_more_is_forgotten_unless_it_is_on_its_way(book: NoticeBook) -> None:
    first, second = planned(book, FIRST, SECOND)
    assert book.claim([second], uuid4(), NOW)
    book.forget([first, second])
    assert states(book) == ["sending"]


def test_a_restored_store_parks_what_waits(book: NoticeBook) -> None:
    first, *_ = planned(book, FIRST, SECOND)
    mail = uuid4()
    assert book.claim([first], mail, NOW)
    assert book.mark_restored(LATER) == 2
    assert states(book) == ["parked store_restored"] * 2
    marks = book.begin(LATER, LATER)
    assert (marks.since, marks.restored_at) == (NOW, LATER)
    assert book.marks() == marks


def test_another_copy_of_the_database_is_seen_to_be_one(database_url: str) -> None:
    database = Database(database_url, master=MASTER)
    kept = PostgresNotices(database)
    kept.migrate()
    assert kept.marks() is None
    assert kept.begin(NOW, NOW).restored_at is None
    kept.plan([FIRST], NOW, LATER)
    with database.cursor() as cursor:
        cursor.execute(b"UPDATE sync_notice_marks SET store = 'the one that was backed up'")
    assert kept.begin(LATER, LATER).restored_at == LATER
    assert kept.begin(LATER, LATER + timedelta(days=1)).restored_at == LATER
    assert states(kept) == ["parked store_restored"]
    database.close()
