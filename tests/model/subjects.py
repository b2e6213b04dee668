"""What the contract's examples are told to and asked of: the model, and whatever else claims to keep the contract."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from tests.model.contract_model import Delivered, World
from tests.model.journal import Person
from tests.model.service_subject import ServiceSubject, on_postgres

NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""When the lines of the examples are received: long after everything that they tell of."""

ROW_FIELDS = ("activity_key", "kind", "activity_id", "title", "completed_on", "origin", "shown_in")


class Subject(Protocol):
    """The questions of the contract. An account never heard of raises LookupError."""

    def deliver(self, line: bytes, now: datetime) -> Delivered: ...
    def retry(self, line: bytes, now: datetime) -> Delivered: ...
    def discard(self, line: bytes) -> None: ...
    def counts(self) -> dict[str, int]: ...
    def known(self, portal: str, account_id: str) -> bool: ...
    def accounts_of(self, portal: str, account_id: str) -> Person: ...
    def plan(self, portal: str, account_id: str, *, counting: bool = True) -> dict[str, Any]: ...
    def link(self, portal: str, account_id: str) -> dict[str, Any] | None: ...
    def code(self, typed: str) -> dict[str, Any] | None: ...
    def specialists(self) -> int: ...
    def codes_credited(self) -> int: ...
    def replicas(self, portal: str) -> dict[tuple[str, str], dict[str, Any]]: ...


Maker = Callable[[pytest.FixtureRequest], AbstractContextManager[Subject]]


def _model(_: pytest.FixtureRequest) -> AbstractContextManager[Subject]:
    return nullcontext(World())


def _service(_: pytest.FixtureRequest) -> AbstractContextManager[Subject]:
    return nullcontext(ServiceSubject())


def _service_on_postgres(request: pytest.FixtureRequest) -> AbstractContextManager[Subject]:
    return on_postgres(request.getfixturevalue("databases"))


SUBJECTS: dict[str, Maker] = {"model": _model, "service": _service, "service on PostgreSQL": _service_on_postgres}
"""All that must pass the examples; a second one is added here."""

COUNTING_SUBJECTS = SUBJECTS
"""Those that say what counts, too."""


@pytest.fixture(params=sorted(SUBJECTS))
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """A fresh subject."""
    with SUBJECTS[request.param](request) as made:
        yield made


@pytest.fixture(params=sorted(COUNTING_SUBJECTS))
def counting_subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """A fresh subject that says what counts."""
    with COUNTING_SUBJECTS[request.param](request) as made:
        yield made


def comparable_rows(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Return of a plan's entries what every subject must agree on before it counts (notes have no agreed names)."""
    return [{name: entry[name] for name in ROW_FIELDS} for entry in plan["entries"]]


def tell(subject: Subject, *lines: bytes) -> list[Delivered]:
    """Deliver the lines in order, and return what became of each."""
    return [subject.deliver(line, NOW) for line in lines]


def statuses(subject: Subject, *lines: bytes) -> list[str]:
    """Deliver the lines in order, and return "stored", "refused", "repeat" or "parked" for each."""
    return ["refused" if told.refused else told.status for told in tell(subject, *lines)]


def entry(subject: Subject, account: str, key: str, *, counting: bool = False) -> dict[str, Any]:
    """Return one entry of the account's plan."""
    plan = subject.plan(*account.split(":"), counting=counting)
    (found,) = [each for each in plan["entries"] if each["activity_key"] == key]
    return dict(found)


def keys(subject: Subject, account: str) -> list[str]:
    """Return the activity keys of the account's plan, in its order."""
    return [each["activity_key"] for each in subject.plan(*account.split(":"), counting=False)["entries"]]


def shown(subject: Subject, account: str, key: str) -> tuple[str, str]:
    """Return where an entry is shown, sovetnmo first."""
    shown_in = entry(subject, account, key)["shown_in"]
    return shown_in["sovetnmo"], shown_in["edu"]


def outcomes(subject: Subject, code: str) -> list[str]:
    """Return the outcomes of the attempts at a code, in order of arrival."""
    told = subject.code(code)
    return [each["outcome"] for each in told["attempts"]] if told else []


def owner(subject: Subject, code: str) -> str | None:
    """Return the account that got a code."""
    told = subject.code(code)
    won = told and told["owner"]
    return f"{won['portal']}:{won['account_id']}" if won else None


def link_state(subject: Subject, account: str) -> str | None:
    """Return the state of an account's link, with its reason behind a colon when it has one."""
    told = subject.link(*account.split(":"))
    if told is None:
        return None
    return f"{told['state']}:{told['reason']}" if told["reason"] else str(told["state"])


def link_counts(subject: Subject, account: str) -> tuple[int, int, int]:
    """Return `to_edu`, `to_sovetnmo` and `applied` of an account's link."""
    told = subject.link(*account.split(":")) or {}
    return told["to_edu"], told["to_sovetnmo"], told["applied"]
