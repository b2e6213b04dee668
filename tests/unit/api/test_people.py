"""What the API says of a person: as the command line does, masked, and recorded before it is sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from sync_service.access import Right, Role
from sync_service.aggregates.values import entry_id, printed_code
from sync_service.api.endpoint import Endpoint, Whom
from sync_service.api.table import ENDPOINTS
from sync_service.auditing import Act, AuditUnavailable, Look
from tests.model import lines
from tests.unit.api.office import BASE, CODE, EMAIL, NAME, OTHER_STREAM, PERSON, Office, letter_of, personal_office
from tests.unit.support_desk import CODE_KEY, LINKED_PERSON, MODULE_KEY, START, Desk, as_json

PATH = f"/api/v1/people/{PERSON}"
SNILS_DIGITS = "11223344595"
SECRETS = (NAME, *NAME.split(), EMAIL, lines.SNILS, SNILS_DIGITS, lines.CODE, printed_code(lines.CODE))


@pytest.fixture
def office() -> Office:
    return personal_office()


def test_the_plan_is_that_of_the_command_line_with_codes_masked_and_ids_for_addresses(office: Office) -> None:
    told = office.as_role(Role.VIEWER).get(f"{PATH}/plan").json()
    expected = as_json(office.desk.plan("edu:e1"))
    for entry, shown in zip(expected["entries"], told["entries"], strict=True):
        assert shown.pop("entry_id") == str(entry_id(entry["activity_key"]))
        assert shown.pop("activity_key") == entry.pop("activity_key").replace(lines.CODE, "AB12-••••••••")
        assert shown == entry
    assert {name: told[name] for name in told if name != "entries"} == {
        name: expected[name] for name in expected if name != "entries"
    }


def test_the_history_is_that_of_the_command_line_with_personal_values_masked(office: Office) -> None:
    told = office.as_role(Role.VIEWER).get(f"{PATH}/history").json()
    expected = as_json(office.desk.history("edu:e1"))
    assert [event["type"] for event in told["events"]] == [event["type"] for event in expected["events"]]
    assert [event["occurred_at"] for event in told["events"]] == [each["occurred_at"] for each in expected["events"]]
    assert told["accounts"] == expected["accounts"]
    assert told["link"] == expected["link"]


def test_either_account_leads_to_the_same_person(office: Office) -> None:
    asked = office.as_role(Role.VIEWER)
    one, other = (asked.get(f"/api/v1/people/{stream}/plan").json() for stream in (PERSON, OTHER_STREAM))
    assert one == other
    assert {whom for _, whom, _, _ in office.looks()} == {PERSON}


def test_as_of_a_moment_before_the_link_each_account_is_its_own_person(office: Office) -> None:
    asked, then = office.as_role(Role.VIEWER), START.replace(minute=6).isoformat()
    by_edu = asked.get(f"{PATH}/plan", params={"as_of": then}).json()
    by_sovetnmo = asked.get(f"/api/v1/people/{OTHER_STREAM}/plan", params={"as_of": then}).json()
    assert [entry["origin"] for entry in by_edu["entries"]] == ["edu"]
    assert [entry["origin"] for entry in by_sovetnmo["entries"]] == ["sovetnmo"]


def test_as_of_a_moment_before_anybody_was_known_there_is_nothing(office: Office) -> None:
    assert office.as_role(Role.VIEWER).get(f"{PATH}/plan", params={"as_of": "2020-01-01T00:00:00Z"}).status_code == 404


def test_what_was_done_by_a_day_is_shown_alone(office: Office) -> None:
    told = office.as_role(Role.VIEWER).get(f"{PATH}/plan", params={"on": "2025-05-13"}).json()
    assert [entry["activity_key"] for entry in told["entries"]] == [MODULE_KEY]


READS = [
    (PATH, None),
    (f"{PATH}/history", None),
    (f"{PATH}/plan", None),
    (f"{PATH}/answer", None),
    (f"{PATH}/replay", None),
    (f"/api/v1/codes/{CODE}", None),
    ("/api/v1/parked", None),
    ("/api/v1/parked/groups", None),
    ("/api/v1/parked/{letter}", None),
    ("/api/v1/parked/{letter}/preview", {}),
    ("/api/v1/decisions", None),
    ("/api/v1/codes", {"code": lines.CODE}),
    *(("/api/v1/search", {"text": text}) for text in (NAME, EMAIL, lines.SNILS, lines.CODE, "edu:e1", str(PERSON))),
    ("/api/v1/decisions/preview", {"kind": "undo-link", "account": "edu:e1"}),
    (f"{PATH}/entries/{entry_id(CODE_KEY)}/preview", {}),
    (f"{PATH}/repair", {}),
    (f"{PATH}/resend", {"portal": "edu"}),
]


@pytest.mark.parametrize(("path", "body"), READS)
def test_no_answer_holds_a_personal_value_or_a_code(office: Office, path: str, body: Any) -> None:  # noqa: ANN401
    asked = office.as_role(Role.SUPERVISOR, Role.AUDITOR)
    address = path.format(letter=letter_of(office))
    answer = asked.get(address) if body is None else asked.post(address, json=body)
    assert answer.status_code == 200, answer.text
    for secret in SECRETS:
        assert secret not in answer.text
        assert secret not in str(answer.headers)
    assert not any(secret in str(row.look) for row in office.rows for secret in SECRETS)


@pytest.mark.parametrize(
    ("field", "value"), [("full_name", NAME), ("email", EMAIL), ("snils", SNILS_DIGITS)], ids=["name", "email", "snils"]
)
def test_one_value_is_revealed_and_that_is_recorded(office: Office, field: str, value: str) -> None:
    answer = office.as_role(Role.SUPPORT).post(f"{PATH}/reveal", json={"field": field, "portal": "edu"})
    assert answer.json() == {"field": field, "portal": "edu", "value": value}
    assert office.looks() == [("value.revealed", PERSON, "4711", f"{field}@edu")]


def test_a_code_is_revealed_and_that_is_recorded(office: Office) -> None:
    answer = office.as_role(Role.SUPPORT).post(f"/api/v1/codes/{CODE}/reveal", json={})
    assert answer.json() == {"code": lines.CODE, "printed": printed_code(lines.CODE)}
    assert office.looks() == [("code.revealed", CODE, "4711", None)]


def test_what_a_parked_message_says_is_revealed_and_that_is_recorded(office: Office) -> None:
    letter = letter_of(office)
    answer = office.as_role(Role.SUPPORT).post(f"/api/v1/parked/{letter}/reveal", json={})
    assert EMAIL in answer.json()["value"]
    assert office.looks() == [("letter.revealed", letter, "4711", None)]


def test_a_search_is_recorded_with_what_was_found_and_never_with_what_was_typed(office: Office) -> None:
    told = office.as_role(Role.VIEWER).post("/api/v1/search", json={"text": NAME}).json()
    assert [(hit["target"], hit["id"], hit["full_name"]) for hit in told["hits"]] == [
        ("person", str(PERSON), "Г••• А••• И•••")
    ]
    assert office.looks() == [("search.made", PERSON, "4711", "1 found by name")]


def test_everybody_whom_a_search_finds_is_recorded() -> None:
    namesakes = (lines.registered(account, full_name=NAME) for account in ("edu:e7", "edu:e8"))
    office = Office(Desk(*namesakes))
    told = office.as_role(Role.VIEWER).post("/api/v1/search", json={"text": NAME}).json()
    found = [UUID(hit["id"]) for hit in told["hits"]]
    assert len(found) == 2
    assert [whom for _, whom, *_ in office.looks()] == found


def test_the_same_code_is_found_however_it_is_typed_and_one_never_heard_of_too(office: Office) -> None:
    asked = office.as_role(Role.VIEWER)
    told = asked.post("/api/v1/codes", json={"code": "ab12 cdef-3456"}).json()
    assert told["code_id"] == str(CODE)
    assert told["owner"]["specialist_id"] == str(PERSON)
    assert told["credit"]["counts"] == "counted"
    unknown = asked.post("/api/v1/codes", json={"code": "ZZZZ-00000000"}).json()
    assert (unknown["issued"], unknown["owner"], unknown["attempts"]) == (None, None, [])
    malformed = asked.post("/api/v1/codes", json={"code": "Ы"})
    assert (malformed.status_code, malformed.json()["type"]) == (422, "urn:sync-service:problem:code-malformed")


@pytest.mark.parametrize("written", ["pdf", "csv"])
def test_the_report_is_a_file_and_is_recorded(office: Office, written: str) -> None:
    answer = office.as_role(Role.SUPPORT).get(f"{PATH}/report", params={"cycle": "c1", "format": written})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith(f'.{written}"')
    assert office.looks() == [("report.made", PERSON, "4711", written)]
    unknown = office.as_role(Role.SUPPORT).get(f"{PATH}/report", params={"cycle": "c9", "format": written})
    assert unknown.status_code == 404


@pytest.mark.parametrize("path", ["", "/plan", "/history", "/answer", "/replay"])
@pytest.mark.parametrize("specialist", [UUID(int=7), CODE, "x", "not-a-uuid"])
def test_nobody_is_found_by_another_id_and_nothing_is_recorded(office: Office, specialist: object, path: str) -> None:
    assert office.as_role(Role.VIEWER).get(f"/api/v1/people/{specialist}{path}").status_code == 404
    assert office.looks() == []


class BrokenAudit:
    """A log that cannot be written."""

    def record(self, look: Look) -> int:
        raise AuditUnavailable


@pytest.mark.parametrize("endpoint", [each for each in ENDPOINTS if each.act], ids=lambda each: each.name)
def test_what_cannot_be_recorded_is_not_shown_nor_done(endpoint: Endpoint) -> None:
    office = personal_office()
    head = office.desk.store.head()
    object.__setattr__(office.ports, "audit", BrokenAudit())
    known = {"specialist_id": PERSON, "code_id": CODE, "letter_id": letter_of(office), "view": "directory"}
    known |= {"entry_id": entry_id(CODE_KEY), "proposal_id": PERSON}
    address = f"/api/v1{endpoint.path}".format(**known)
    answer = office.as_role(*Role).request(endpoint.method, address, **SENT.get(endpoint.name, {"json": {}}))
    assert answer.status_code == 503, answer.text
    assert answer.json()["type"].endswith("unavailable")
    assert office.desk.store.head() == head
    assert not any(secret in answer.text for secret in SECRETS)


SENT: dict[str, dict[str, Any]] = {
    "GET /people/{specialist_id}/report": {"params": {"cycle": "c1", "format": "csv"}},
    "POST /search": {"json": {"text": "edu:e1"}},
    "POST /people/{specialist_id}/reveal": {"json": {"field": "email", "portal": "edu"}},
    "POST /people/{specialist_id}/resend": {"json": {"portal": "edu"}},
    "POST /people/{specialist_id}/entries/{entry_id}/reverse": {"json": {"reason": "a reason"}},
    "POST /codes": {"json": {"code": lines.CODE}},
    "POST /codes/{code_id}/letter": {"json": {"account": "edu:e1"}},
    "POST /parked/{letter_id}/retry": {"json": {"reason": "a reason"}},
    "POST /parked/{letter_id}/discard": {"json": {"reason": "a reason"}},
    "POST /decisions": {"json": {"kind": "undo-link", "account": "edu:e1", "reason": "a reason"}},
    "POST /decisions/preview": {"json": {"kind": "undo-link", "account": "edu:e1"}},
    "POST /decisions/{proposal_id}/reject": {"json": {"reason": "a reason"}},
    "POST /decisions/{proposal_id}/take-back": {"json": {"reason": "a reason"}},
    "POST /rebuilds": {"json": {"view": "directory", "reason": "a reason"}},
    **{f"POST /rebuilds/{{view}}/{act}": {"json": {"reason": "a reason"}} for act in ("switch", "pause", "resume")},
    **{f"POST /rebuilds/{{view}}/{act}": {"json": {"reason": "a reason"}} for act in ("cancel", "back")},
}


def test_an_address_that_forgets_to_record_sends_nothing() -> None:
    office = Office(Desk(*LINKED_PERSON))
    endpoint = Endpoint(
        method="GET",
        path="/forgetful",
        right=Right.SEE_PERSON,
        run=lambda _call, _asked: {"email": EMAIL},
        act=Act.PERSON_SEEN,
        whom=Whom.FOUND,
    )
    client = office.client_of([endpoint], Role.VIEWER)
    answer = client.get(f"{BASE}/api/v1/forgetful")
    assert answer.status_code == 500
    assert EMAIL not in answer.text
    assert answer.json()["case"]
