"""The API's description is that of the code, and the code answers as it says: with every role and with none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sync_service.access import Role
from sync_service.api.openapi import as_json, described
from sync_service.api.table import ENDPOINTS
from tests.docs.pages import ROOT
from tests.docs.test_schemas import references
from tests.unit.api.described import OPENED, ask, operations_of
from tests.unit.api.office import CODE, PERSON, letter_of, personal_office

if TYPE_CHECKING:
    from tests.unit.api.office import Office

LABELS = [f"{each.method} /api/v1{each.path}" for each in ENDPOINTS]
EXAMPLES = 8
OF_STRANGERS = 3


@pytest.fixture(scope="module")
def office() -> Office:
    return personal_office()


@pytest.fixture(scope="module")
def operations(office: Office) -> dict[str, Any]:
    return operations_of(office.app)


def test_the_committed_description_is_the_generated_one() -> None:
    """Otherwise run `make schema`."""
    assert (ROOT / "docs" / "openapi.json").read_bytes() == as_json()


def test_every_address_is_described_and_has_a_name_of_its_own() -> None:
    paths = described()["paths"]
    assert {f"{method.upper()} {path}" for path, item in paths.items() for method in item} >= set(LABELS)
    names = [operation["operationId"] for item in paths.values() for operation in item.values()]
    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere() -> None:
    document = described()
    for reference in references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def test_the_description_is_open_to_anybody_and_names_nobody(office: Office) -> None:
    answer = office.client().get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.content == as_json()


@pytest.mark.parametrize("label", LABELS)
def test_it_answers_whoever_may_do_everything_as_described(office: Office, operations: Any, label: str) -> None:  # noqa: ANN401
    statuses = ask(operations[label], office.token_of(*Role), ids(office), EXAMPLES)
    assert 401 not in statuses
    assert 403 not in statuses or "decisions" in label


@pytest.mark.parametrize("label", LABELS)
def test_it_answers_strangers_as_described_and_shows_them_nothing(office: Office, operations: Any, label: str) -> None:  # noqa: ANN401
    before = len(office.rows)
    assert set(ask(operations[label], None, ids(office), OF_STRANGERS)) <= {401}
    assert len(office.rows) == before


def ids(office: Office) -> dict[str, Any]:
    """What exists."""
    return {"specialist_id": PERSON, "code_id": CODE, "letter_id": letter_of(office), "view": "directory"}


def test_nothing_but_the_description_is_open() -> None:
    opened = {path for path, item in described()["paths"].items() for each in item.values() if {} in each["security"]}
    assert opened == OPENED
