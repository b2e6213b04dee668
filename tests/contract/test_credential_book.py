"""What every book of credentials does, in memory and on PostgreSQL."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sync_service.access import Role
from sync_service.adapters.memory_credentials import MemoryCredentials
from sync_service.adapters.postgres_credentials import PostgresCredentials
from sync_service.adapters.postgres_database import Database
from sync_service.credentials import Credential, CredentialRefused, Kind, new_secret
from tests.master_key import MASTER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.credentials import CredentialBook

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(params=["memory", "postgres"])
def book(request: pytest.FixtureRequest) -> Iterator[CredentialBook]:
    if request.param == "memory":
        yield MemoryCredentials()
        return
    with closing(Database(request.getfixturevalue("database_url"), master=MASTER)) as database:
        found = PostgresCredentials(database)
        found.migrate()
        found.migrate()
        yield found


def portal(name: str = "edu", *, expires_at: datetime | None = None, certificate: str | None = None) -> Credential:
    _, secret = new_secret(name, NOW, expires_at, certificate)
    return Credential(
        name=name, kind=Kind.PORTAL, source="/portals/edu", secrets=(secret,), made_at=NOW, made_by="os:root"
    )


def test_what_was_added_is_given_back_whole_by_name(book: CredentialBook) -> None:
    _, secret = new_secret("a-tool", NOW)
    roles = frozenset({Role.VIEWER, Role.AUDITOR})
    tool = Credential(name="a-tool", kind=Kind.SERVICE, roles=roles, secrets=(secret,), made_at=NOW, made_by="os:root")
    bound = portal("edu-2", expires_at=NOW + DAY, certificate="ab" * 32)
    book.add(bound)
    book.add(tool)
    assert book.all() == [tool, bound]


def test_a_name_is_used_once(book: CredentialBook) -> None:
    book.add(portal())
    with pytest.raises(CredentialRefused):
        book.add(portal())
    book.revoke("edu", "os:anna", NOW + DAY)
    with pytest.raises(CredentialRefused):
        book.add(portal())


def test_rotating_lets_the_old_secret_end_and_never_lengthens_it(book: CredentialBook) -> None:
    short = portal("short", expires_at=NOW + timedelta(hours=1))
    long = portal("long")
    for one in (short, long):
        book.add(one)
        book.rotate(one.name, new_secret(one.name, NOW + timedelta(minutes=1))[1], NOW + DAY)
    ends = {one.name: [secret.expires_at for secret in one.secrets] for one in book.all()}
    assert ends == {"long": [NOW + DAY, None], "short": [NOW + timedelta(hours=1), None]}


def test_revoking_leaves_who_and_when_and_no_secret(book: CredentialBook) -> None:
    book.add(portal())
    book.revoke("edu", "os:anna", NOW + DAY)
    (found,) = book.all()
    assert (found.secrets, found.revoked_at, found.revoked_by) == ((), NOW + DAY, "os:anna")


@pytest.mark.parametrize("name", ["edu", "nobody"])
def test_what_does_not_stand_can_neither_be_rotated_nor_revoked(book: CredentialBook, name: str) -> None:
    book.add(portal())
    book.revoke("edu", "os:anna", NOW)
    with pytest.raises(CredentialRefused):
        book.rotate(name, new_secret(name, NOW)[1], NOW + DAY)
    with pytest.raises(CredentialRefused):
        book.revoke(name, "os:anna", NOW)


def test_the_last_use_is_noted(book: CredentialBook) -> None:
    book.add(portal())
    book.used("edu", NOW + DAY)
    assert book.all()[0].last_used_at == NOW + DAY
