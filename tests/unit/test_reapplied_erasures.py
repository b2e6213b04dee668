"""Erased again by the ledger: whom a restored store knows, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from sync_service.aggregates.errors import AccountErased
from sync_service.aggregates.values import Account, account_stream
from sync_service.decisions import Kind
from sync_service.erasures.ledger import Entry
from sync_service.erasures.reapplying import Reapplied, reapply
from tests.unit.support_desk import LINKED_PERSON
from tests.unit.test_erasures import ErasingDesk

AT = datetime(2026, 11, 20, tzinfo=UTC)


class WrittenLedger:
    """A ledger that names some accounts, each erased by itself."""

    def __init__(self, *accounts: str) -> None:
        self._streams = [account_stream(Account.parse(account)) for account in accounts]

    def add(self, entry: Entry) -> None:
        raise NotImplementedError

    def entries(self) -> list[Entry]:
        return [Entry(uuid4(), (stream,), AT, "why", "Anna", "Boris") for stream in self._streams]


def test_whoever_is_linked_in_an_older_copy_with_the_erased_person_is_not_erased_with_them() -> None:
    desk, ledger = ErasingDesk(*LINKED_PERSON), WrittenLedger("edu:e1")
    assert reapply(desk.application, ledger) == Reapplied(again=0, already=0, unknown=0, codes=0, linked=1)
    desk.catch_up()
    assert desk.plan("sovetnmo:s1").entries
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    assert reapply(desk.application, ledger) == Reapplied(again=1, already=0, unknown=0, codes=0)
    desk.catch_up()
    assert desk.plan("sovetnmo:s1").entries
    with pytest.raises(AccountErased):
        desk.plan("edu:e1")
    desk.verify()


def test_both_accounts_of_a_person_go_though_each_has_a_line_of_its_own() -> None:
    desk = ErasingDesk(*LINKED_PERSON)
    ledger = WrittenLedger("edu:e1", "sovetnmo:s1")
    assert reapply(desk.application, ledger) == Reapplied(again=1, already=1, unknown=0, codes=0)
    assert reapply(desk.application, ledger) == Reapplied(again=0, already=2, unknown=0, codes=0)
