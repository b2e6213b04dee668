"""Given messages and the real application, what both portals are told of replicas, codes, completions and links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sync_service.aggregates import replicating
from sync_service.aggregates.values import Account, Portal
from tests.model import lines
from tests.model.lines import CODE
from tests.told import Service, id_of

if TYPE_CHECKING:
    from sync_service.unit_of_work import UnitOfWork

KEY = "module:m1:2025-05-12"
CODE_KEY = f"code:{CODE}"
PRINTED = f"{CODE[:4]}-{CODE[4:]}"
LINKED = (lines.link_requested(), lines.link_confirmed())


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def linked(service: Service) -> Service:
    """The accounts edu:e1 and sovetnmo:s1 are one person's."""
    return service.given(*LINKED)


# Replicas


def test_a_replica_is_requested_from_the_other_portal_with_its_origin(linked: Service) -> None:
    completion = lines.completed("edu:e1")
    (sent,) = linked.given(lines.published("m1", "module")).then(completion)
    assert (sent.to, sent.channel) == (("replica.requested", "sovetnmo", "s1"), "replicas")
    assert sent.cause == id_of(completion)
    assert sent.said == {
        "account_id": "s1",
        "activity_key": KEY,
        "revision": 1,
        "kind": "module",
        "activity_id": "m1",
        "title": "Активность m1",
        "completed_on": "2025-05-12",
        "origin": {"portal": "edu", "account_id": "e1", "recorded_at": "2026-01-01T00:00:00Z"},
    }


def test_the_credits_of_a_replica_are_those_that_the_catalogue_gives(linked: Service) -> None:
    linked.given(lines.registered("edu:e1"), lines.published(), lines.issued())
    requested = linked.then(lines.activated("edu:e1"))[-1]
    assert (requested.said["credits"], requested.said["completed_on"]) == (5, "2025-05-14")


def test_the_history_before_a_link_goes_both_ways(service: Service) -> None:
    service.given(lines.completed("edu:e1"), lines.programme("sovetnmo:s1"))
    assert service.told() == []
    sent = service.then(*LINKED)
    assert [one.to for one in sent if one.channel == "replicas"] == [
        ("replica.requested", "edu", "e1"),
        ("replica.requested", "sovetnmo", "s1"),
    ]


def test_a_reversal_is_told_to_the_other_portal_with_a_higher_revision(linked: Service) -> None:
    linked.given(lines.completed("edu:e1"))
    reversal = lines.reversal("edu:e1", KEY)
    (sent,) = linked.then(reversal)
    assert sent.to == ("replica.withdrawn", "sovetnmo", "s1")
    assert sent.said == {"account_id": "s1", "activity_key": KEY, "revision": 2, "reason": "ошибка"}
    assert sent.cause == id_of(reversal)


def test_a_closed_account_is_told_nothing_of_replicas_until_it_is_reopened(linked: Service) -> None:
    linked.given(lines.completed("edu:e1", "m0"))
    assert linked.then(lines.closed("sovetnmo:s1"), lines.completed("edu:e1"), lines.reversal("edu:e1", KEY)) == []
    linked.given(lines.completed("edu:e1", "m2"))
    reopening = lines.reopened("sovetnmo:s1")
    (sent,) = linked.then(reopening)
    assert (sent.to, sent.said["activity_key"]) == (("replica.requested", "sovetnmo", "s1"), "module:m2:2025-05-12")
    assert sent.cause == id_of(reopening)


def test_a_reminder_repeats_the_revision_and_answers_nobody(linked: Service) -> None:
    linked.given(lines.completed("edu:e1"))
    before = linked.store.head()

    def remind(work: UnitOfWork) -> None:
        assert replicating.ask_again(work.person(Account(Portal.EDU, "e1")), Portal.SOVETNMO, KEY)

    linked.application.act(remind)
    first, reminder = linked.told()[-2:]
    assert linked.told(before) == [reminder]
    assert reminder.said == first.said
    assert reminder.cause is None
    assert reminder.event["id"] != first.event["id"]


# Codes and completions


def test_an_activation_is_accepted_with_the_code_as_it_is_printed(service: Service) -> None:
    activation = lines.activated("sovetnmo:s1", f" {CODE.lower()} ", activity_id="ev1")
    (sent,) = service.then(activation)
    assert (sent.to, sent.channel) == (("activation.accepted", "sovetnmo", "s1"), "outcomes")
    assert sent.said == {"account_id": "s1", "code": PRINTED, "activity_key": CODE_KEY, "repeat": False}
    assert sent.cause == id_of(activation)


def test_a_code_that_is_the_person_s_already_is_accepted_again_as_a_repeat(linked: Service) -> None:
    linked.given(lines.issued(), lines.activated("edu:e1"))
    (sent,) = linked.then(lines.activated("sovetnmo:s1"))
    assert sent.to == ("activation.accepted", "sovetnmo", "s1")
    assert sent.said == {"account_id": "s1", "code": PRINTED, "reason": "code_already_yours", "repeat": True}


def test_a_refused_activation_says_the_true_reason(service: Service) -> None:
    service.given(lines.issued(), lines.activated("edu:e1"))
    (taken,) = service.then(lines.activated("edu:e2"))
    assert taken.to == ("activation.refused", "edu", "e2")
    assert taken.said == {"account_id": "e2", "code": PRINTED, "reason": "code_taken", "repeat": False}


def test_a_malformed_code_goes_back_as_it_was_typed(service: Service) -> None:
    (sent,) = service.then(lines.activated("edu:e1", "АБВ 12"))
    assert sent.said == {"account_id": "e1", "code": "АБВ 12", "reason": "code_malformed", "repeat": False}


def test_an_attempt_that_is_judged_again_answers_its_own_message(linked: Service) -> None:
    early = lines.activated("edu:e1")
    (refused,) = linked.then(early)
    accepted, replica = linked.then(lines.issued())
    assert (refused.said["reason"], accepted.kind) == ("code_unknown", "activation.accepted")
    assert refused.cause == accepted.cause == id_of(early)
    assert (replica.kind, replica.cause) == ("replica.requested", None)


def test_a_code_taken_by_the_other_half_is_told_again_after_the_link(service: Service) -> None:
    refused = lines.activated("sovetnmo:s1")
    service.given(lines.issued(), lines.activated("edu:e1"), refused)
    told_again = [sent for sent in service.then(*LINKED) if sent.kind == "activation.accepted"]
    assert [(sent.to[1:], sent.said["repeat"], sent.cause) for sent in told_again] == [
        (("sovetnmo", "s1"), True, id_of(refused))
    ]


def test_a_completion_after_the_withdrawal_is_refused(service: Service) -> None:
    service.given(lines.withdrawn("m1", "2025-01-01T00:00:00Z"))
    (sent,) = service.then(lines.completed("sovetnmo:s1"))
    assert sent.to == ("completion.refused", "sovetnmo", "s1")
    assert sent.said == {"account_id": "s1", "activity_key": KEY, "reason": "activity_withdrawn"}


def test_an_echo_or_a_repeat_tells_nobody_anything(linked: Service) -> None:
    completion = lines.completed("edu:e1")
    linked.given(completion)
    assert linked.then(completion, lines.completed("edu:e1"), lines.completed("sovetnmo:s1")) == []


# Links


def link_said(to_edu: int, to_sovetnmo: int, applied: int, **more: str) -> dict[str, Any]:
    """The body of every message on the link r1."""
    counts = {"to_edu": to_edu, "to_sovetnmo": to_sovetnmo, "applied": applied}
    return {"request_id": "r1", "edu_account_id": "e1", "sovetnmo_account_id": "s1"} | counts | more


def both(kind: str) -> list[tuple[str, str, str]]:
    """The message to both portals."""
    return [(kind, "edu", "e1"), (kind, "sovetnmo", "s1")]


def test_a_link_with_nothing_to_show_is_completed_at_once(service: Service) -> None:
    request, confirmation = LINKED
    assert service.then(request) == []
    sent = service.then(confirmation)
    assert [one.to for one in sent] == both("link.completed")
    assert all(one.said == link_said(0, 0, 0) for one in sent)
    assert {one.cause for one in sent} == {id_of(confirmation)}
    assert len({one.event["id"] for one in sent}) == 2


def test_the_progress_of_a_link_is_told_to_both_portals_until_it_is_completed(service: Service) -> None:
    service.given(lines.completed("edu:e1"), lines.completed("sovetnmo:s1", "m2"))
    joined = [sent for sent in service.then(*LINKED) if sent.channel == "outcomes"]
    progressed = service.then(lines.applied("sovetnmo:s1", KEY))
    completed = service.then(lines.not_applied("edu:e1", "module:m2:2025-05-12", "rejected"))
    for sent, kind, applied in (
        (joined, "link.progressed", 0),
        (progressed, "link.progressed", 1),
        (completed, "link.completed", 1),
    ):
        assert [one.to for one in sent] == both(kind)
        assert all(one.said == link_said(1, 1, applied) for one in sent)


def test_a_declined_link_is_refused_to_each_portal_once(service: Service) -> None:
    sent = service.then(lines.link_requested(), lines.link_declined())
    assert sorted(one.to for one in sent) == both("link.refused")
    assert all(one.said == link_said(0, 0, 0, reason="declined") for one in sent)


def test_a_link_of_two_people_is_refused_to_each_portal_once(service: Service) -> None:
    service.given(
        lines.registered("edu:e1", snils=lines.SNILS), lines.registered("sovetnmo:s1", snils=lines.OTHER_SNILS)
    )
    sent = service.then(*LINKED)
    assert sorted(one.to for one in sent) == both("link.refused")
    assert all(one.said == link_said(0, 0, 0, reason="identity_mismatch") for one in sent)


@pytest.mark.parametrize(("edu", "sovetnmo"), [("e1", "s2"), ("e2", "s1"), ("e1", "s3")])
def test_a_link_with_somebody_s_account_is_refused_to_each_portal_once(
    service: Service, edu: str, sovetnmo: str
) -> None:
    """Also when both accounts are joined, to two other accounts: every history has one copy of the refusal."""
    service.given(*LINKED, lines.link_requested("r3", "e3", "s3"), lines.link_confirmed("r3", "e3", "s3"))
    request = lines.link_requested("r2", edu, sovetnmo)
    sent = service.then(request)
    assert sorted(one.to for one in sent) == [("link.refused", "edu", edu), ("link.refused", "sovetnmo", sovetnmo)]
    assert {(one.said["reason"], one.cause) for one in sent} == {("already_linked", id_of(request))}
