"""What a simulated portal does with replicas: each once, the highest revision standing, whatever comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulation.manners import PLAIN, Manners
from simulation.portal import SimulatedPortal
from simulation.script import Happening
from simulation.wire import EDU, SOVETNMO, kind_of, message

if TYPE_CHECKING:
    from simulation.wire import Event

KEY = "module:module-001:2025-04-01"
REPLICA = ("E-1", KEY)


def portal_of(*happenings: Happening, manners: Manners = PLAIN) -> SimulatedPortal:
    return SimulatedPortal(EDU, 1, happenings, manners=manners)


def request(revision: int = 1, key: str = KEY) -> Event:
    return outgoing("replica.requested.v1", activity_key=key, revision=revision, kind="module")


def withdrawal(revision: int) -> Event:
    return outgoing("replica.withdrawn.v1", activity_key=KEY, revision=revision, reason="Внесено по ошибке")


def outgoing(type_name: str, /, **told: object) -> Event:
    data: dict[str, Any] = {"account_id": "E-1"} | told
    return {"specversion": "1.0", "id": "x", "source": "/sync", "type": f"ru.nmo.{type_name}", "data": data}


def completion(portal: SimulatedPortal, at_s: float = 0.0) -> Happening:
    told = {"account_id": "E-1", "module_id": "module-001", "completed_on": "2025-04-01"}
    return Happening(at_s, EDU, message(EDU, "m-1", "module.completed.v1", portal.base, told))


def test_a_request_is_shown_and_answered() -> None:
    portal = portal_of()
    answers = portal.receive(request())
    assert [kind_of(answer) for answer in answers] == ["replica.applied.v1"]
    assert answers[0]["data"]["activity_key"] == KEY
    assert portal.shown == {REPLICA: 1}


def test_a_request_that_comes_again_changes_nothing_and_is_answered_under_another_id() -> None:
    portal = portal_of()
    first, again = portal.receive(request()), portal.receive(request())
    assert portal.shown == {REPLICA: 1}
    assert first[0]["id"] != again[0]["id"]


def test_the_highest_revision_stands_in_whatever_order_they_come() -> None:
    portal = portal_of()
    for revision in (1, 3, 2):
        portal.receive(request(revision))
    assert portal.shown == {REPLICA: 3}


def test_what_was_withdrawn_stays_so_until_a_higher_revision_comes() -> None:
    portal = portal_of()
    for event in (request(1), withdrawal(2), withdrawal(2), request(1)):
        portal.receive(event)
    assert not portal.holdings()
    portal.receive(request(3))
    assert portal.shown == {REPLICA: 3}


def test_an_older_withdrawal_does_not_take_away_what_is_newer() -> None:
    portal = portal_of()
    for event in (request(3), withdrawal(2)):
        portal.receive(event)
    assert portal.shown == {REPLICA: 3}


def test_a_replica_refused_for_now_is_applied_when_it_is_asked_for_again() -> None:
    portal = portal_of(manners=Manners(rejected_share=0, temporarily_share=1, silent_share=0))
    reasons = [portal.receive(request())[0]["data"].get("reason") for _ in range(3)]
    assert reasons[0] == "temporarily"
    assert reasons[-1] is None
    assert portal.shown == {REPLICA: 1}


def test_a_portal_that_is_silent_once_answers_the_next_request() -> None:
    portal = portal_of(manners=Manners(rejected_share=0, temporarily_share=0, silent_share=1))
    assert portal.receive(request()) == []
    assert portal.shown == {REPLICA: 1}
    assert kind_of(portal.receive(request())[0]) == "replica.applied.v1"


def test_a_rejected_replica_is_never_shown() -> None:
    portal = portal_of(manners=Manners(rejected_share=1))
    assert {portal.receive(request())[0]["data"]["reason"] for _ in range(3)} == {"rejected"}
    assert not portal.holdings()


def test_what_an_account_recorded_itself_is_a_duplicate() -> None:
    portal = portal_of()
    happening = completion(portal)
    portal.publish_later(happening.at_s, happening.event)
    assert portal.messages_due(1.0) == [happening.event]
    assert portal.receive(request())[0]["data"]["reason"] == "duplicate"
    assert portal.holdings() == {REPLICA}


def test_a_completion_that_the_service_refused_is_not_held() -> None:
    portal = portal_of()
    portal.remember(completion(portal).event)
    portal.receive(outgoing("completion.refused.v1", activity_key=KEY, reason="activity_withdrawn"))
    portal.remember(completion(portal).event)
    assert not portal.holdings()
    assert portal.outcomes == {"completion.refused.v1 activity_withdrawn": 1}


def test_an_accepted_code_is_the_accounts_own() -> None:
    portal = portal_of()
    portal.receive(outgoing("activation.accepted.v1", code="abcd-12345678", activity_key="code:ABCD12345678"))
    assert portal.own == {("E-1", "code:ABCD12345678")}


def test_what_a_portal_reversed_itself_does_not_come_back() -> None:
    portal = portal_of()
    told = {"account_id": "E-1", "activity_key": KEY, "reason": "Внесено по ошибке"}
    portal.remember(completion(portal).event)
    portal.remember(message(EDU, "r-1", "activity.reversed.v1", portal.base, told))
    portal.remember(completion(portal).event)
    portal.receive(request())
    assert not portal.holdings()


def test_an_echo_reports_the_replica_as_new_and_is_no_record_of_the_accounts_own() -> None:
    for key in (KEY, "code:ABCD12345678", "programme:programme-01:2025-05-05"):
        portal = portal_of(manners=Manners(0, 0, 0, echo_share=1, repeat_share=0))
        portal.receive(request(key=key))
        echoes = portal.messages_due(10.0)
        assert [kind_of(echo) for echo in echoes] == [f"{KINDS[key.partition(':')[0]]}.v1"]
        assert (portal.own, portal.shown) == (set(), {("E-1", key): 1})


KINDS = {"code": "code.activated", "module": "module.completed", "programme": "programme.completed"}


def test_an_answer_that_comes_again_is_the_same_message() -> None:
    portal = portal_of(manners=Manners(0, 0, 0, 0, repeat_share=1))
    answers = portal.receive(request())
    assert portal.messages_due(10.0) == answers


def test_the_manners_of_a_portal_do_not_depend_on_the_order_of_the_requests() -> None:
    keys = [f"module:module-{number:03d}:2025-04-01" for number in range(200)]
    forwards, backwards = (SimulatedPortal(SOVETNMO, 4) for _ in range(2))
    for there, back in zip(keys, reversed(keys), strict=True):
        forwards.receive(request(key=there))
        backwards.receive(request(key=back))
    assert forwards.shown == backwards.shown
    assert forwards.answers == backwards.answers
