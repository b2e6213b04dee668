"""Who is let in: by which secret, how long, over which certificate, and into which door."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from sync_service import credentials as module
from sync_service.access import Right, Role
from sync_service.adapters.memory_credentials import MemoryCredentials
from sync_service.credentials import TOKEN, USED_EVERY, Credential, Doorkeeper, Kind, new_secret
from tests.unit.portal.desk import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.credentials import Secret

CERTIFICATE = "ab" * 32


class Counted(MemoryCredentials):
    """Counts how often it is read and told of a use."""

    def __init__(self, *given: Credential) -> None:
        super().__init__(*given)
        self.reads = 0
        self.uses: list[datetime] = []

    def all(self) -> list[Credential]:
        self.reads += 1
        return super().all()

    def used(self, name: str, at: datetime) -> None:
        self.uses.append(at)
        super().used(name, at)


class Gate:
    """A doorkeeper whose book, clock and age of knowledge the test turns."""

    def __init__(self) -> None:
        self.now = NOW
        self.seconds = 0.0
        self.book = Counted()
        self.keeper = Doorkeeper(self.book, lambda: self.now, lambda: self.seconds)

    def add(self, name: str, kind: Kind, secrets: Sequence[Secret], *roles: Role) -> None:
        source = "/portals/edu" if kind is Kind.PORTAL else None
        self.book.add(
            Credential(
                name=name,
                kind=kind,
                source=source,
                roles=frozenset(roles),
                secrets=tuple(secrets),
                made_at=NOW,
                made_by="os:root",
            )
        )

    def admits(self, token: str, kind: Kind = Kind.PORTAL, certificate: str | None = None) -> bool:
        self.seconds += 60
        return self.keeper.admit(f"Bearer {token}", kind, certificate) is not None


@pytest.fixture
def gate() -> Gate:
    return Gate()


def test_a_token_has_its_credential_s_name_and_256_random_bits_and_nothing_kept_leads_back_to_it() -> None:
    token, secret = new_secret("edu-1", NOW)
    other, _ = new_secret("edu-1", NOW)
    found = TOKEN.fullmatch(token)
    assert found
    assert found["name"] == "edu-1"
    assert token != other
    assert found["secret"] not in str(msgspec.to_builtins(secret))


def test_a_token_lets_in_by_its_own_kind_of_door_only(gate: Gate) -> None:
    portal, portal_secret = new_secret("edu", NOW)
    service, service_secret = new_secret("reporter", NOW)
    gate.add("edu", Kind.PORTAL, [portal_secret])
    gate.add("reporter", Kind.SERVICE, [service_secret], Role.AUDITOR)
    assert [gate.admits(portal), gate.admits(portal, Kind.SERVICE)] == [True, False]
    assert [gate.admits(service), gate.admits(service, Kind.SERVICE)] == [False, True]


def test_a_service_account_is_a_visitor_with_its_roles(gate: Gate) -> None:
    token, secret = new_secret("reporter", NOW)
    gate.add("reporter", Kind.SERVICE, [secret], Role.AUDITOR)
    found = gate.keeper.admit(f"bearer {token}", Kind.SERVICE)
    assert found
    assert (found.visitor.subject, found.visitor.may(Right.SEE_AUDIT), found.visitor.may(Right.REVEAL)) == (
        "service:reporter",
        True,
        False,
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "0",
        lambda token: token.upper(),
        lambda token: token.replace("sync_edu_", "sync_other_"),
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: token + "\n",
    ],
)
def test_nothing_but_the_very_token_lets_in(gate: Gate, spoil: object) -> None:
    token, secret = new_secret("edu", NOW)
    gate.add("edu", Kind.PORTAL, [secret])
    assert callable(spoil)
    spoilt = spoil(token)
    assert gate.keeper.admit(f"Basic {token}", Kind.PORTAL) is None
    assert gate.keeper.admit(None, Kind.PORTAL) is None
    assert gate.admits(token)
    assert gate.admits(spoilt) is (spoilt.strip() == token)


def test_a_secret_ends_at_its_instant(gate: Gate) -> None:
    token, secret = new_secret("edu", NOW, NOW + timedelta(days=1))
    gate.add("edu", Kind.PORTAL, [secret])
    gate.now = NOW + timedelta(days=1) - timedelta(microseconds=1)
    assert gate.admits(token)
    gate.now = NOW + timedelta(days=1)
    assert not gate.admits(token)


def test_while_a_secret_is_replaced_both_hold_and_then_only_the_new_one(gate: Gate) -> None:
    old, old_secret = new_secret("edu", NOW)
    gate.add("edu", Kind.PORTAL, [old_secret])
    new, new_one = new_secret("edu", NOW)
    gate.book.rotate("edu", new_one, NOW + timedelta(hours=24))
    assert [gate.admits(old), gate.admits(new)] == [True, True]
    gate.now += timedelta(hours=25)
    assert [gate.admits(old), gate.admits(new)] == [False, True]


def test_a_revoked_credential_is_let_in_nowhere_and_its_name_is_not_used_again(gate: Gate) -> None:
    token, secret = new_secret("edu", NOW)
    gate.add("edu", Kind.PORTAL, [secret])
    assert gate.admits(token)
    gate.book.revoke("edu", "os:root", NOW)
    assert not gate.admits(token)
    with pytest.raises(module.CredentialRefused):
        gate.add("edu", Kind.PORTAL, [secret])


def test_a_bound_secret_is_worth_nothing_without_its_certificate(gate: Gate) -> None:
    token, secret = new_secret("edu", NOW, certificate=CERTIFICATE)
    gate.add("edu", Kind.PORTAL, [secret])
    assert [gate.admits(token, certificate=one) for one in (None, "cd" * 32, CERTIFICATE)] == [False, False, True]


def test_what_the_book_says_is_read_again_after_three_seconds_and_not_before(gate: Gate) -> None:
    token, secret = new_secret("edu", NOW)
    gate.add("edu", Kind.PORTAL, [secret])
    for _ in range(100):
        gate.keeper.admit(f"Bearer {token}", Kind.PORTAL)
    assert gate.book.reads == 1
    gate.seconds += module.REMEMBERED_S + 0.1
    gate.keeper.admit(f"Bearer {token}", Kind.PORTAL)
    assert gate.book.reads == 2


def test_who_was_just_added_or_has_a_new_secret_is_let_in_at_once(gate: Gate) -> None:
    old, secret = new_secret("edu", NOW)
    gate.add("edu", Kind.PORTAL, [secret])
    assert gate.keeper.admit(f"Bearer {old}", Kind.PORTAL)
    gate.seconds += module.ASKED_AGAIN_S + 0.01
    other, its_secret = new_secret("sovetnmo", NOW)
    gate.add("sovetnmo", Kind.PORTAL, [its_secret])
    assert gate.keeper.admit(f"Bearer {other}", Kind.PORTAL)
    gate.seconds += module.ASKED_AGAIN_S + 0.01
    new, new_one = new_secret("edu", NOW)
    gate.book.rotate("edu", new_one, NOW + timedelta(hours=24))
    assert gate.keeper.admit(f"Bearer {new}", Kind.PORTAL)


def test_strangers_do_not_have_the_book_read_all_the_time(gate: Gate) -> None:
    stranger, _ = new_secret("nobody", NOW)
    for _ in range(100):
        assert gate.keeper.admit(f"Bearer {stranger}", Kind.PORTAL) is None
    assert gate.book.reads == 1


def test_uses_are_noted_coarsely(gate: Gate) -> None:
    token, secret = new_secret("edu", NOW)
    gate.add("edu", Kind.PORTAL, [secret])
    for minutes in (0, 1, 9, 10, 11, 25):
        gate.now = NOW + timedelta(minutes=minutes)
        assert gate.admits(token)
    minutes_noted = [(at - NOW) // timedelta(minutes=1) for at in gate.book.uses]
    assert minutes_noted == [0, 10, 25]
    assert timedelta(minutes=10) == USED_EVERY
