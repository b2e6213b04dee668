"""What goes out to the portals: one line of structured CloudEvents JSON, with nothing in it that is absent."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from sync_service.messages.outcome_messages import (
    ActivationAccepted,
    LinkProgressed,
    MessageParked,
    Origin,
    ReplicaRequested,
    cloud_event,
)

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
REPLICA = ReplicaRequested(
    account_id="e-1",
    activity_key="code:AB12CD34EF56",
    revision=1,
    kind="event",
    activity_id="forum-1",
    title="Выдуманный\nфорум",
    credits=5,
    completed_on=date(2025, 5, 12),
    origin=Origin(portal="sovetnmo", account_id="s-1", recorded_at=NOW),
)


def test_a_replica_is_a_whole_event_on_one_line() -> None:
    line = cloud_event(REPLICA.TYPE, REPLICA, "r-1", NOW, "sov-1")
    assert b"\n" not in line
    assert json.loads(line) == {
        "specversion": "1.0",
        "id": "r-1",
        "source": "/sync",
        "type": "ru.nmo.replica.requested.v1",
        "subject": "e-1",
        "time": "2026-03-02T06:00:00Z",
        "datacontenttype": "application/json",
        "cause": "sov-1",
        "data": {
            "account_id": "e-1",
            "activity_key": "code:AB12CD34EF56",
            "revision": 1,
            "kind": "event",
            "activity_id": "forum-1",
            "title": "Выдуманный\nфорум",
            "credits": 5,
            "completed_on": "2025-05-12",
            "origin": {"portal": "sovetnmo", "account_id": "s-1", "recorded_at": "2026-03-02T06:00:00Z"},
        },
    }


def test_what_is_absent_is_left_out() -> None:
    accepted = ActivationAccepted(account_id="s-1", code="AB12CD34EF56")
    event = json.loads(cloud_event(accepted.TYPE, accepted, "r-1", NOW, None))
    assert "cause" not in event
    assert event["data"] == {"account_id": "s-1", "code": "AB12CD34EF56", "repeat": False}


def test_a_body_of_two_accounts_is_addressed_by_its_sender() -> None:
    link = LinkProgressed(
        request_id="r", sovetnmo_account_id="s-1", edu_account_id="e-1", to_edu=2, to_sovetnmo=0, applied=1
    )
    assert json.loads(cloud_event(link.TYPE, link, "r-1", NOW, None, subject="e-1"))["subject"] == "e-1"


def test_a_message_that_named_no_account_is_answered_without_a_subject() -> None:
    parked = MessageParked(reasons=["message: не UTF-8: байт 1 / not UTF-8 at byte 1"])
    assert "subject" not in json.loads(cloud_event(parked.TYPE, parked, "r-1", NOW, "x"))


def test_a_wrong_body_cannot_be_made() -> None:
    with pytest.raises(ValidationError) as error:
        Origin(portal="sovetnmo", account_id="Тайна\0", recorded_at=NOW)
    assert "Тайна" not in str(error.value)
