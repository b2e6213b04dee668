"""Sessions: how long they last, what ends them, and what each of their tokens is good for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sync_service.access import Role, Visitor
from sync_service.adapters.memory_sessions import MemorySessions
from sync_service.aggregates.deciding import is_same_person
from sync_service.signing_in import Ceremony, Sessions, is_same_secret

ANNA = Visitor("https://login.example|0a1b", "Анна Орехова", frozenset({Role.SUPPORT}))
IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=8)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, length: timedelta) -> None:
        """So much time goes by."""
        self.now += length


def made() -> tuple[Sessions, Clock]:
    clock = Clock()
    return Sessions(MemorySessions(), clock, idle=IDLE, longest=LONGEST), clock


def test_a_session_is_whose_it_was_begun_for() -> None:
    sessions, _ = made()
    found = sessions.find(sessions.open(ANNA))
    assert found is not None
    assert found.visitor == ANNA
    assert sessions.find("another") is None
    assert sessions.find("\ud800") is None


def test_tokens_are_long_and_never_the_same() -> None:
    sessions, _ = made()
    tokens = {sessions.open(ANNA) for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 43, "256 bits"


def test_a_session_that_nobody_uses_ends() -> None:
    sessions, clock = made()
    token = sessions.open(ANNA)
    clock.passes(IDLE - timedelta(seconds=1))
    assert sessions.find(token) is not None
    clock.passes(IDLE - timedelta(seconds=1))
    assert sessions.find(token) is not None, "use made it last longer"
    clock.passes(IDLE)
    assert sessions.find(token) is None
    clock.passes(-IDLE)
    assert sessions.find(token) is None, "what ended does not come back"


def test_a_session_ends_in_any_case_when_its_time_is_over() -> None:
    sessions, clock = made()
    token = sessions.open(ANNA)
    for _ in range(int(LONGEST / timedelta(minutes=20)) - 1):
        clock.passes(timedelta(minutes=20))
        assert sessions.find(token) is not None
    clock.passes(timedelta(minutes=20))
    assert sessions.find(token) is None


def test_a_page_that_only_watches_does_not_keep_a_session_alive() -> None:
    sessions, clock = made()
    token = sessions.open(ANNA)
    for _ in range(2):
        clock.passes(IDLE / 2 - timedelta(seconds=1))
        assert sessions.find(token, is_watching=True) is not None
    clock.passes(timedelta(minutes=1))
    assert sessions.find(token, is_watching=True) is None


def test_a_closed_session_is_over_and_the_others_are_not() -> None:
    sessions, _ = made()
    mine, other = sessions.open(ANNA), sessions.open(ANNA)
    sessions.close(mine)
    assert sessions.find(mine) is None
    assert sessions.find(other) is not None


def test_what_forms_carry_is_each_sessions_own_and_stays() -> None:
    sessions, _ = made()
    first, second = sessions.open(ANNA), sessions.open(ANNA)
    found = [sessions.find(token) for token in (first, first, second)]
    csrf = [one.csrf for one in found if one]
    assert csrf[0] == csrf[1] != csrf[2]
    assert first not in csrf[0]


def test_a_link_signs_in_once_and_within_its_time() -> None:
    sessions, clock = made()
    good, late = sessions.offer(ANNA, timedelta(minutes=10)), sessions.offer(ANNA, timedelta(minutes=10))
    clock.passes(timedelta(minutes=9))
    assert sessions.redeem(good) == ANNA
    assert sessions.redeem(good) is None
    clock.passes(timedelta(minutes=1))
    assert sessions.redeem(late) is None
    assert sessions.redeem("") is None


def test_a_link_is_no_session_and_a_session_no_link() -> None:
    sessions, _ = made()
    assert sessions.find(sessions.offer(ANNA, IDLE)) is None
    assert sessions.redeem(sessions.open(ANNA)) is None


def test_what_a_ceremony_is_known_by_tells_nothing_of_the_rest() -> None:
    ceremony = Ceremony.of("secret")
    assert ceremony == Ceremony.of("secret")
    assert len({ceremony.state, ceremony.nonce, ceremony.verifier, "secret"}) == 4
    assert 43 <= len(ceremony.verifier) <= 128, "as RFC 7636 wants it"
    assert is_same_secret(ceremony.state, ceremony.state)
    assert not is_same_secret(ceremony.state, "")
    assert not is_same_secret(ceremony.state, "\ud800")


def test_whoever_changes_their_name_is_still_the_same_person() -> None:
    married = Visitor(ANNA.subject, "Анна Берёзова", ANNA.roles)
    namesake = Visitor("https://login.example|9z", ANNA.name, ANNA.roles)
    assert is_same_person(ANNA.signature, married.signature)
    assert not is_same_person(ANNA.signature, namesake.signature), "two people may have one name"
    assert is_same_person(ANNA.signature, "анна  орехова"), "a name that was typed proves nothing"
    assert not is_same_person(ANNA.signature, "Борис Сомов")


def test_nobody_becomes_another_by_what_they_call_themselves() -> None:
    boris = Visitor("https://login.example|2c", f"Борис [{ANNA.signature[-13:-1]}]", ANNA.roles)
    assert not is_same_person(ANNA.signature, boris.signature)
    assert is_same_person(boris.signature, Visitor(boris.subject, "Борис", ANNA.roles).signature)
