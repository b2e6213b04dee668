"""What is asked wrongly is refused whole: every fault named, nothing repeated of what was given, nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from sync_service.access import Role
from sync_service.api.web import BODY_BYTES_MAX
from tests.unit.api.office import CASE, EMAIL, PERSON, Office, personal_office

REVEAL = f"/api/v1/people/{PERSON}/reveal"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def office() -> Office:
    return personal_office()


def faults_of(answer: Any) -> dict[str, str]:  # noqa: ANN401 - the client's own
    return {fault["where"]: fault["text"] for fault in answer.json()["faults"]}


def test_every_fault_is_named_and_none_repeats_what_was_given(office: Office) -> None:
    answer = office.as_role(Role.SUPPORT).post(REVEAL, json={"field": EMAIL, "portal": 5, EMAIL: 1})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert faults_of(answer) == {
        "field": "is none of email, full_name, snils",
        "portal": "expected `str`, got `int`",
        "": "there are other fields than field, portal",
    }
    assert EMAIL not in answer.text
    assert office.looks() == []


def test_missing_fields_are_named(office: Office) -> None:
    answer = office.as_role(Role.SUPPORT).post(REVEAL, json={})
    assert faults_of(answer) == {"field": "is missing", "portal": "is missing"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nothing",
        b'"text"',
        b"[]",
        b"5",
        b"null",
        b"\xff\xfe",
        b'{"text": "\xff"}',
        b"[" * 200_000,
        b'{"a": NaN}',
    ],
)
def test_what_is_no_json_object_is_no_request(office: Office, body: bytes) -> None:
    answer = office.as_role(Role.VIEWER).post("/api/v1/search", content=body, headers=JSON)
    assert answer.status_code == 400


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "a\\udfffb"])
def test_text_that_cannot_be_stored_is_refused(office: Office, text: str) -> None:
    body = f'{{"text": "{text}"}}'.encode()
    answer = office.as_role(Role.VIEWER).post("/api/v1/search", content=body, headers=JSON)
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        JSON | {"content-encoding": "gzip"},
    ],
)
def test_another_content_type_is_refused(office: Office, headers: dict[str, str]) -> None:
    answer = office.as_role(Role.VIEWER).post("/api/v1/search", content=b'{"text": "edu:e1"}', headers=headers)
    assert answer.status_code == 415


def test_a_body_that_is_too_large_is_not_read_to_its_end(office: Office) -> None:
    sent = 0

    def body() -> Any:  # noqa: ANN401 - a generator of bytes
        nonlocal sent
        for _ in range(BODY_BYTES_MAX // 1024 + 1):
            sent += 1
            yield b" " * 1024

    answer = office.as_role(Role.VIEWER).post("/api/v1/search", content=body(), headers=JSON)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("params", "where"),
    [
        ({"as_of": "yesterday"}, "as_of"),
        ({"as_of": "2026-01-01T00:00:00"}, "as_of"),
        ({"on": "2026-13-01"}, "on"),
        ({"other": "1"}, ""),
        ([("on", "2026-01-01"), ("on", "2026-01-02")], "on"),
    ],
)
def test_parameters_of_an_address_are_judged_alike(office: Office, params: Any, where: str) -> None:  # noqa: ANN401
    answer = office.as_role(Role.VIEWER).get(f"/api/v1/people/{PERSON}/plan", params=params)
    assert answer.status_code == 422
    assert set(faults_of(answer)) == {where}


@pytest.mark.parametrize(
    "case", ["", "no digit", "112-233-445 95", EMAIL, "AB12-CDEF3456", "1" * 101, "%FF", "4711%00"]
)
def test_a_case_s_number_holds_nothing_personal(office: Office, case: str) -> None:
    answer = office.as_role(Role.VIEWER, case=case).get(f"/api/v1/people/{PERSON}")
    assert answer.status_code == 400
    assert faults_of(answer).keys() == {"x-case"}
    assert not case or case not in answer.text


def test_a_case_s_number_may_be_written_in_any_alphabet(office: Office) -> None:
    asked = office.as_role(Role.VIEWER, case="%D0%9E%D0%B1%D1%80.%20%E2%84%96%2017")
    assert asked.get(f"/api/v1/people/{PERSON}").status_code == 200
    assert office.looks()[-1][2] == "Обр. № 17"


def test_who_asks_too_often_waits() -> None:
    office = personal_office(per_minute=3)
    asked = office.as_role(Role.VIEWER)
    assert [asked.get("/api/v1/me").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = asked.get("/api/v1/me")
    assert int(refused.headers["retry-after"]) >= 1
    assert office.as_role(Role.SUPPORT).get("/api/v1/me").status_code == 200


def test_who_tries_tokens_waits() -> None:
    office = personal_office(per_minute=3)
    stranger = office.client()
    tried = [stranger.get("/api/v1/me", headers={"authorization": f"Bearer {n}"}).status_code for n in range(5)]
    assert tried == [401, 401, 401, 429, 429]


def test_an_unexpected_error_says_nothing_of_anybody(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError(EMAIL)

    monkeypatch.setattr(office.desk.store, "head", fails)
    answer = office.as_role(Role.VIEWER).get(f"/api/v1/people/{PERSON}")
    assert answer.status_code == 500
    assert EMAIL not in answer.text
    assert answer.json()["type"] == "urn:sync-service:problem:unexpected"
    assert CASE["x-case"] not in answer.json()["case"]
