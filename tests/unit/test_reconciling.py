"""A portal's own export against what its accounts should show: every cause, and what can be mended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sync_service.aggregates.values import Portal
from sync_service.decisions import Kind
from sync_service.imports.shown import read_export
from sync_service.questions.reconciling import Cause, reconcile
from sync_service.repairing import mend
from tests.model import lines
from tests.unit.decision_desk import DecisionDesk
from tests.unit.support_desk import CODE_KEY, LINKED_PERSON, MODULE_KEY, Desk, linked_desk

if TYPE_CHECKING:
    from sync_service.questions.reconciling import Reconciliation

EVERYTHING = {"e1": {CODE_KEY, MODULE_KEY}}


def compared(desk: Desk, shown: dict[str, set[str]], portal: Portal = Portal.EDU) -> Reconciliation:
    """What comes of the portal's word."""
    return reconcile(desk.views, portal, shown, desk.now)


def causes(found: Reconciliation) -> dict[str, Cause]:
    """What deviates, by key."""
    return {one.activity_key: one.cause for one in (*found.missing, *found.extra)}


def test_an_account_that_shows_what_it_should_is_equal() -> None:
    found = compared(linked_desk(), EVERYTHING)
    assert (found.equal, found.missing, found.extra) == (2, (), ())


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ((), Cause.WAITING),
        ((lines.applied("edu:e1", CODE_KEY),), Cause.LOST),
        ((lines.not_applied("edu:e1", CODE_KEY, "rejected"),), Cause.REFUSED),
        ((lines.not_applied("edu:e1", CODE_KEY, "temporarily"),), Cause.WAITING),
        ((lines.closed("edu:e1"),), Cause.ACCOUNT_CLOSED),
    ],
)
def test_what_is_missing_has_its_cause_and_age(said: tuple[bytes, ...], cause: Cause) -> None:
    found = compared(Desk(*LINKED_PERSON, *said), {"e1": {MODULE_KEY}})
    [missing] = found.missing
    assert (missing.account_id, missing.activity_key, missing.cause) == ("e1", CODE_KEY, cause)
    assert (missing.age_s is None) == (cause is Cause.ACCOUNT_CLOSED)
    assert missing.age_s is None or missing.age_s >= 0


def test_what_a_portal_reported_itself_and_does_not_show_is_lost_at_its_origin() -> None:
    assert causes(compared(linked_desk(), {"e1": {CODE_KEY}})) == {MODULE_KEY: Cause.LOST_AT_ORIGIN}


def test_what_is_shown_too_much_has_its_cause() -> None:
    desk = Desk(*LINKED_PERSON, lines.reversal("sovetnmo:s1", CODE_KEY))
    shown = {"e1": {CODE_KEY, MODULE_KEY, "module:other:2025-01-01"}, "stranger": {"module:x:2025-01-01"}}
    assert causes(compared(desk, shown)) == {
        CODE_KEY: Cause.REVERSED,
        "module:other:2025-01-01": Cause.NOT_REPORTED,
        "module:x:2025-01-01": Cause.ACCOUNT_UNKNOWN,
    }


def test_causes_are_counted() -> None:
    found = compared(linked_desk(), {"e9": {"module:x:2025-01-01"}})
    assert found.causes == {"missing": {"waiting": 1, "lost_at_origin": 1}, "extra": {"account_unknown": 1}}


def test_mending_asks_for_what_is_missing_and_withdraws_what_is_reversed() -> None:
    desk = Desk(*LINKED_PERSON, lines.applied("edu:e1", CODE_KEY))
    found = compared(desk, {"e1": {MODULE_KEY}})
    assert mend(desk.application, Portal.EDU, found) == 1
    assert [event.type for event in desk.history("edu:e1").events][-1] == "specialist.replica_requested.v1"
    desk.hears(lines.reversal("sovetnmo:s1", CODE_KEY))
    again = compared(desk, EVERYTHING)
    assert mend(desk.application, Portal.EDU, again) == 1
    assert [event.type for event in desk.history("edu:e1").events][-1] == "specialist.replica_withdrawn.v1"


def test_what_an_undone_link_left_behind_is_withdrawn_again_from_closed_accounts_too() -> None:
    desk = DecisionDesk(*LINKED_PERSON, lines.applied("edu:e1", CODE_KEY))
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    desk.hears(lines.closed("edu:e1"))
    found = compared(desk, {"e1": {CODE_KEY, MODULE_KEY, "module:other:2025-01-01"}})
    assert causes(found) == {CODE_KEY: Cause.NOT_REPORTED, "module:other:2025-01-01": Cause.NOT_REPORTED}
    head = desk.store.head()
    assert mend(desk.application, Portal.EDU, found) == 1
    [told] = desk.told(head)
    assert (told.kind, told.account, told.said["activity_key"]) == ("replica.withdrawn", "edu:e1", CODE_KEY)
    assert (told.said["revision"], told.said["reason"]) == (3, "link_undone")


def test_what_only_the_portal_can_mend_is_left_alone() -> None:
    desk = Desk(*LINKED_PERSON, lines.reversal("edu:e1", CODE_KEY))
    before = desk.store.head()
    assert mend(desk.application, Portal.EDU, compared(desk, {"e1": {CODE_KEY}, "e9": {"x"}})) == 0
    assert desk.store.head() == before


def test_every_bad_line_is_named_and_the_others_are_read() -> None:
    good = json.dumps({"account_id": "e1", "activity_key": MODULE_KEY, "more": 1}).encode()
    export = read_export(
        [good, b"", b"{", b"\xff", b'{"account_id": 1}', b'{"account_id": "", "activity_key": "x"}', good]
    )
    assert (export.lines, export.shown) == (6, {"e1": {MODULE_KEY}})
    assert [bad.line for bad in export.unreadable] == [3, 4, 5, 6]
