"""What the API changes: signed by who asks, recorded before it is done, refused with a reason for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from sync_service import decisions
from sync_service.access import Role, Visitor
from sync_service.aggregates.values import Account, account_stream, entry_id
from tests.model import lines
from tests.unit.api.office import CODE, OTHER_STREAM, PARKED, PERSON, PERSONAL, Office, letter_of, personal_office
from tests.unit.support_desk import CODE_KEY, LINKED_PERSON, Desk

if TYPE_CHECKING:
    from starlette.testclient import TestClient

MISMATCH = (
    lines.registered("edu:e1", snils=lines.SNILS),
    lines.registered("sovetnmo:s1", snils=lines.OTHER_SNILS),
    lines.link_requested(),
    lines.link_confirmed(),
)
JOIN = {"kind": "join", "account": "edu:e1", "other": "sovetnmo:s1"}
WHY = {"reason": "Скан паспорта проверен"}


def kind_of(answer: Any) -> tuple[int, str]:  # noqa: ANN401 - the client's own
    return answer.status_code, answer.json()["type"].removeprefix("urn:sync-service:problem:")


def proposed(office: Office, who: TestClient | None = None) -> str:
    answer = (who or office.as_role(Role.SUPPORT)).post("/api/v1/decisions", json=JOIN | WHY)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_one_proposes_and_another_approves() -> None:
    office = Office(Desk(*MISMATCH))
    supporter, supervisor = office.as_role(Role.SUPPORT), office.as_role(Role.SUPERVISOR)
    foreseen = supporter.post("/api/v1/decisions/preview", json=JOIN).json()
    assert [change["account"] for change in foreseen["people"]] == [["edu", "e1"], ["sovetnmo", "s1"]]
    proposal = proposed(office)
    listed = supervisor.get("/api/v1/decisions").json()
    assert [one["id"] for one in listed["proposals"]] == [proposal]
    assert [case["kind"] for case in listed["cases"]] == ["mismatch"]
    shown = supervisor.get(f"/api/v1/decisions/{proposal}").json()
    answer = supervisor.post(f"/api/v1/decisions/{proposal}/approve", json={"seen": shown["preview"]["seen"]})
    assert answer.json()["state"] == "approved"
    assert answer.json()["decided_by"].startswith("supervisor [")
    assert len(office.desk.history("edu:e1").accounts) == 2
    acts = [act for act, *_ in office.looks()]
    assert acts == ["decision.seen"] * 2 + ["decision.proposed"] * 2 + [
        "decisions.listed",
        *["decision.seen"] * 3,
        *["decision.approved"] * 3,
    ]
    people, each = [PERSON, OTHER_STREAM], [UUID(proposal), PERSON, OTHER_STREAM]
    assert [whom for _, whom, *_ in office.looks()] == [*people * 2, None, *each * 2]


def test_nobody_approves_their_own_and_whoever_proposed_takes_it_back() -> None:
    office = Office(Desk(*MISMATCH))
    supporter, supervisor = office.as_role(Role.SUPPORT), office.as_role(Role.SUPERVISOR)
    proposal = proposed(office, supervisor)
    assert kind_of(supervisor.post(f"/api/v1/decisions/{proposal}/approve", json={})) == (403, "own-proposal")
    assert kind_of(supporter.post(f"/api/v1/decisions/{proposal}/take-back", json=WHY)) == (403, "not-yours")
    assert supervisor.post(f"/api/v1/decisions/{proposal}/take-back", json=WHY).json()["state"] == "taken_back"
    assert kind_of(supervisor.post(f"/api/v1/decisions/{proposal}/reject", json=WHY)) == (409, "proposal-closed")


def test_another_rejects() -> None:
    office = Office(Desk(*MISMATCH))
    proposal = proposed(office)
    answer = office.as_role(Role.SUPERVISOR).post(f"/api/v1/decisions/{proposal}/reject", json=WHY)
    assert (answer.json()["state"], answer.json()["rejected_for"]) == ("rejected", WHY["reason"])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (JOIN | {"code": lines.CODE}, (422, "invalid")),
        ({"kind": "join", "account": "edu:e1"}, (422, "invalid")),
        ({"kind": "move-code", "account": "edu:e1"}, (422, "invalid")),
        ({"kind": "reverse", "account": "edu:e1"}, (422, "invalid")),
        ({"kind": "keep", "account": "edu:e1"}, (409, "decision-impossible")),
        ({"kind": "keep", "account": "edu:nobody"}, (404, "account-unknown")),
        ({"kind": "move-code", "account": "edu:e1", "code": "Ы"}, (422, "code-malformed")),
        ({"kind": "move-code", "account": "edu:e1", "code_id": str(CODE)}, (404, "not-found")),
        (JOIN | {"account": "moon:e1"}, (422, "invalid")),
    ],
)
def test_decisions_that_cannot_be_are_refused_with_the_reason(asked: Any, expected: tuple[int, str]) -> None:  # noqa: ANN401
    office = Office(Desk(*MISMATCH))
    assert kind_of(office.as_role(Role.SUPPORT).post("/api/v1/decisions/preview", json=asked)) == expected
    assert kind_of(office.as_role(Role.SUPPORT).post("/api/v1/decisions", json=asked | WHY)) == expected


def test_a_credit_is_reversed_as_it_was_foreseen() -> None:
    office = personal_office()
    supporter, path = office.as_role(Role.SUPPORT), f"/api/v1/people/{PERSON}/entries/{entry_id(CODE_KEY)}"
    seen = supporter.post(f"{path}/preview", json={}).json()["seen"]
    office.desk.hears(lines.published("ev1", "event", title="Другое название"))
    assert kind_of(supporter.post(f"{path}/reverse", json=WHY | {"seen": seen})) == (409, "moved-on")
    assert supporter.post(f"{path}/reverse", json=WHY).status_code == 200
    assert office.desk.plan("edu:e1").entries[-1].counts == "reversed"
    assert kind_of(supporter.post(f"{path}/reverse", json=WHY)) == (409, "decision-impossible")
    nothing = f"/api/v1/people/{PERSON}/entries/{PERSON}/reverse"
    assert kind_of(supporter.post(nothing, json=WHY)) == (404, "not-found")


def test_a_portal_is_asked_again_for_its_replicas() -> None:
    office = personal_office()
    answer = office.as_role(Role.SUPPORT).post(f"/api/v1/people/{PERSON}/resend", json={"portal": "edu"})
    assert answer.json() == {"replicas": 1}
    assert office.looks() == [("replicas.asked_again", PERSON, "4711", "edu")]


def test_a_parked_message_is_retried_as_somebody_edited_it() -> None:
    office = personal_office()
    supporter, path = office.as_role(Role.SUPPORT), f"/api/v1/parked/{letter_of(office)}"
    assert supporter.post(f"{path}/preview", json={}).json()["reasons"]
    refused = supporter.post(f"{path}/retry", json=WHY).json()
    assert refused["is_stored"] is False
    edited = PARKED.decode().replace("ru.nmo.no.v1", "ru.nmo.account.registered.v1")
    foreseen = supporter.post(f"{path}/preview", json={"edited": edited}).json()
    assert (foreseen["reasons"], bool(foreseen["effects"])) == ([], True)
    other = supporter.post(f"{path}/retry", json=WHY | {"edited": edited, "seen": "0" * 16})
    assert kind_of(other) == (409, "moved-on")
    done = supporter.post(f"{path}/retry", json=WHY | {"edited": edited, "seen": foreseen["seen"]})
    assert done.json() == {"is_stored": True, "reasons": []}
    assert office.desk.history("edu:e9").accounts
    shown = office.as_role(Role.VIEWER).get(path).json()
    assert (shown["state"], shown["is_edited"]) == ("retried", True)
    assert shown["decided_by"].startswith("support [")
    assert kind_of(supporter.post(f"{path}/retry", json=WHY)) == (409, "letter-closed")


def test_a_parked_message_is_discarded_once() -> None:
    office = personal_office()
    supporter, path = office.as_role(Role.SUPPORT), f"/api/v1/parked/{letter_of(office)}/discard"
    assert supporter.post(path, json=WHY).json()["state"] == "discarded"
    assert kind_of(supporter.post(path, json=WHY)) == (409, "letter-closed")


def test_operators_see_parked_messages_without_the_account() -> None:
    office = personal_office()
    for role, account in ((Role.OPERATOR, None), (Role.SUPPORT, "e9")):
        told = office.as_role(role).get("/api/v1/parked").json()
        assert [letter["account_id"] for letter in told["letters"]] == [account]
        assert (told["waiting"], told["every"]) == (1, 1)


def test_the_letter_about_a_code_goes_to_support_whole() -> None:
    office = personal_office()
    told = office.as_role(Role.SUPPORT).post(f"/api/v1/codes/{CODE}/letter", json={"account": "edu:e1"}).json()
    assert told["code"] == "AB12-CDEF3456"
    assert office.looks() == [("support_letter.seen", whom, "4711", None) for whom in (CODE, PERSON)]
    unknown = office.as_role(Role.SUPPORT).post(f"/api/v1/codes/{CODE}/letter", json={"account": "edu:nobody"})
    assert kind_of(unknown) == (404, "account-unknown")


def test_an_auditor_reads_exports_and_verifies_the_log_and_that_is_in_it() -> None:
    office = personal_office()
    office.as_role(Role.VIEWER).get(f"/api/v1/people/{PERSON}")
    auditor = office.as_role(Role.AUDITOR, case=None)
    rows = auditor.get("/api/v1/audit", params={"whom": str(PERSON)}).json()
    assert [(row["act"], row["who"], row["door"], row["case"]) for row in rows] == [
        ("person.seen", "service:viewer", "api", "4711")
    ]
    assert auditor.post("/api/v1/audit/verify", json={}).json()["ok"] is True
    exported = auditor.get("/api/v1/audit/export", params={"format": "csv"})
    assert exported.headers["content-type"].startswith("text/csv")
    assert len(exported.content.decode().splitlines()) == 1 + len(office.rows)
    lines_told = auditor.get("/api/v1/audit/export", params={"act": "person.seen"}).content.splitlines()
    assert len(lines_told) == 1
    assert [act for act, *_ in office.looks()][1:] == [
        "audit.seen",
        "audit.verified",
        "audit.exported",
        "audit.exported",
    ]


def test_a_decision_through_the_api_is_the_same_as_one_through_the_console() -> None:
    """Whoever proposed there under the same signature cannot approve here."""
    office = Office(Desk(*MISMATCH))
    supervisor = office.as_role(Role.SUPERVISOR)
    by = supervisor.get("/api/v1/me").json()["signature"]
    decision = decisions.Decision(decisions.Kind.JOIN, Account.parse("edu:e1"), Account.parse("sovetnmo:s1"))
    proposal = decisions.propose(office.desk.application, decision, reason="a reason", by=by)
    assert kind_of(supervisor.post(f"/api/v1/decisions/{proposal}/approve", json={})) == (403, "own-proposal")


def test_a_person_with_an_open_case_is_shown_with_it() -> None:
    office = Office(Desk(*LINKED_PERSON, *PERSONAL, lines.changed("edu:e1", snils=lines.OTHER_SNILS)))
    told = office.as_role(Role.VIEWER).get(f"/api/v1/people/{account_stream(Account.parse('edu:e1'))}").json()
    assert [case["kind"] for case in told["cases"]] == ["conflict"]


def test_an_erasure_is_a_decision_of_two_after_which_nobody_is_found() -> None:
    office = personal_office()
    supporter, supervisor, path = (
        office.as_role(Role.SUPPORT),
        office.as_role(Role.SUPERVISOR),
        f"/api/v1/people/{PERSON}",
    )
    asked = {"kind": "erase", "account": "edu:e1", "reason": "Просьба самого человека"}
    assert kind_of(supporter.post("/api/v1/decisions", json=asked)) == (403, "supervisors-only")
    asking = office.as_role(Role.SUPERVISOR, Role.SUPPORT)
    proposal = asking.post("/api/v1/decisions", json=asked).json()["id"]
    assert kind_of(asking.post(f"/api/v1/decisions/{proposal}/approve", json={})) == (403, "own-proposal")
    assert supervisor.post(f"/api/v1/decisions/{proposal}/approve", json={}).json()["state"] == "approved"
    for part in ("", "/plan", "/history", "/answer", "/replay"):
        assert kind_of(supporter.get(f"{path}{part}")) == (404, "person-erased")
        assert office.looks()[-1][1] == PERSON
    [hit] = supporter.post("/api/v1/search", json={"text": "edu:e1"}).json()["hits"]
    assert (hit["id"], hit["accounts"], hit["full_name"]) == (str(PERSON), [], None), "that they were erased, no more"
    told = office.as_role(Role.VIEWER).get("/api/v1/decisions", params={"all": "true"}).text
    assert "edu:e1" not in told


def test_a_session_s_case_stands_in_for_the_header() -> None:
    office = personal_office()
    sessions = office.ports.doors.sessions
    token = sessions.open(Visitor("test|Anna", "Анна", frozenset({Role.VIEWER})))
    session = sessions.find(token)
    assert session is not None
    browser = office.client()
    browser.cookies.set("session", token, domain="127.0.0.1", path="/")
    assert kind_of(browser.get(f"/api/v1/people/{PERSON}")) == (400, "case-missing")
    sessions.keep_case(session, "815")
    assert browser.get(f"/api/v1/people/{PERSON}").status_code == 200
    assert office.looks() == [("person.seen", PERSON, "815", None)]
