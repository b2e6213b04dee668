"""The veil over stored facts: every field is told how, the same value has the same stand-in, nothing else changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, get_type_hints
from uuid import uuid4

import msgspec
import pytest

from sync_service.adapters import event_mapper
from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.aggregate import FACTS, Fact
from sync_service.aggregates.confirmation_code import Attempted, Moved, Revoked
from sync_service.aggregates.dead_letter import Parked
from sync_service.aggregates.deciding import Decision, DecisionProposed, Kind
from sync_service.aggregates.values import ERASED, Account, Portal, Reason
from sync_service.aggregates.veiling import GONE, TREATMENTS, Named, Treatment, Veil, is_about
from sync_service.messages.faults import TEXTS
from sync_service.messages.reason_kinds import class_of, kind_only

if TYPE_CHECKING:
    from collections.abc import Iterator

assert event_mapper.KNOWN_MODULES  # their import makes every fact known

MINE, MY_OTHER, HERS = Account(Portal.EDU, "e1"), Account(Portal.SOVETNMO, "s1"), Account(Portal.SOVETNMO, "s2")
NOON = datetime(2025, 5, 12, 12, 0, tzinfo=UTC)
CODE, HER_CODE = "AB12CDEF3456", "K0MPT9XYHCE1"
DAY = date(2025, 5, 12)


def veil(*, codes: tuple[str, ...] = (CODE,), others: tuple[str, ...] = ()) -> Veil:
    named = Named([MINE, MY_OTHER])
    named.codes.update(codes)
    named.others_codes.update(others)
    return Veil(named, kind_only)


def veiled_kinds() -> Iterator[tuple[str, type[Fact]]]:
    return ((name, fact) for name, fact in FACTS.items() if not name.startswith(("activity.", "policy.")))


def strings(value: object) -> set[str]:
    """Every text in a fact, however deep."""
    if isinstance(value, str):
        return {str(value)}
    if isinstance(value, dict):
        return set[str]().union(*map(strings, value.values()))
    return set[str]().union(*map(strings, value)) if isinstance(value, list | tuple) else set()


def test_every_field_of_every_fact_about_people_is_listed_and_no_field_that_does_not_exist() -> None:
    fields = {field for _, fact in veiled_kinds() for field in fact.__struct_fields__}
    assert fields - TREATMENTS.keys() == set()
    assert TREATMENTS.keys() - fields == set()


def test_free_text_is_never_kept_by_its_type_alone() -> None:
    """A text that is kept is a word of the catalogue, of the contract or of staff: each is named here by hand."""
    texts = {
        field
        for _, fact in veiled_kinds()
        for field, kind in get_type_hints(fact).items()
        if field in fact.__struct_fields__ and "str" in repr(kind) and TREATMENTS[field] is Treatment.KEPT
    }
    assert texts == {
        *("activity_id", "module_id", "programme_id", "vouched_for", "kind", "title"),
        *("education_level", "audience", "specialty", "specialties", "policy"),
        *("by", "proposed_by", "approved_by", "message_type", "portal", "source", "topic", "place"),
    }


@pytest.mark.parametrize("name", [name for name, _ in veiled_kinds()])
def test_a_veiled_fact_is_a_fact_of_its_kind_that_can_be_stored_and_read(name: str) -> None:
    kind = FACTS[name]
    fact = example(kind)
    for changed in (veil().whole(fact), veil().own(fact), veil().mention(fact)):
        assert msgspec.json.decode(msgspec.json.encode(changed), type=kind) == changed
    kept = strings(msgspec.to_builtins(veil().whole(fact)))
    assert not {text for text in kept if "PERSONAL" in text or text in {"e1", "s1", CODE}}


def example(kind: type[Fact]) -> Fact:
    """A fact with something personal in every field that the veil does not keep."""
    return kind(
        **{name: _value(name, hint) for name, hint in get_type_hints(kind).items() if name in kind.__struct_fields__}
    )


def _value(name: str, hint: Any) -> Any:  # noqa: ANN401 - of any field
    known: dict[str, Any] = {
        "account": MINE,
        "origin": MY_OTHER,
        "edu": "e1",
        "sovetnmo": "s1",
        "code": CODE,
        "key": f"code:{CODE}",
        "decision": Decision(Kind.MOVE_CODE, MINE, MY_OTHER, CODE, f"code:{CODE}", "PERSONAL"),
        "reasons": ("account_id: PERSONAL / PERSONAL",),
        "account_id": "e1",
    }
    if name in known:
        return known[name]
    text = repr(hint)
    plain = {
        "datetime.datetime": NOON,
        "datetime.date": DAY,
        "UUID": uuid4(),
        "float": 1.5,
        "int": 1,
        "bool": True,
        "Reason": Reason.ACCEPTED,
    }
    if "tuple" in text:
        return (uuid4(),) if "UUID" in text else ("кардиология",)
    return next((value for word, value in plain.items() if word in text), "PERSONAL" if _is_veiled(name) else "kept")


def _is_veiled(name: str) -> bool:
    return TREATMENTS[name] is not Treatment.KEPT


def test_the_same_value_has_one_stand_in_within_an_erasure_and_another_in_the_next() -> None:
    one, other = veil(), veil()
    assert one.account(MINE) == one.account(MINE) != one.account(MY_OTHER)
    assert one.account(MINE).is_erased
    assert one.account(MINE) != other.account(MINE)
    assert one.account(one.account(MINE)) == one.account(MINE)
    assert one.account(HERS) == HERS


def test_keys_still_match_the_codes_that_they_were_made_from() -> None:
    one = veil()
    recorded = one.own(facts.ActivationRecorded(account=MINE, code=CODE, activated_at=NOON, activity_id="ev1"))
    asked = one.own(
        facts.ReplicaRequested(
            account=HERS, key=f"code:{CODE}", revision=1, kind="event", activity_id="ev1", completed_on=DAY,
            origin=MINE, origin_recorded_at=NOON,
        )
    )  # fmt: skip
    assert isinstance(recorded, facts.ActivationRecorded)
    assert isinstance(asked, facts.ReplicaRequested)
    assert asked.key == f"code:{recorded.code}"
    assert asked.account == HERS
    assert asked.origin == recorded.account


def test_what_another_s_account_said_in_the_person_s_stream_stays_hers() -> None:
    hers = facts.ActivationRecorded(account=HERS, code=HER_CODE, activated_at=NOON, activity_id="ev1")
    one = veil(others=(HER_CODE,))
    assert one.own(hers) == hers
    assert one.own(facts.CodeRevoked(code=HER_CODE, reason="ошибка", at=NOON)) == facts.CodeRevoked(
        code=HER_CODE, reason=GONE, at=NOON
    )


def test_in_another_s_stream_only_mentions_go() -> None:
    hers = facts.ActivationRefused(
        account=HERS, typed="as typed", reason=Reason.CODE_TAKEN, activated_at=NOON, code=CODE
    )
    assert veil().mention(hers) == hers
    link = veil().mention(facts.LinkRefused(request_id="r1", edu="e1", sovetnmo="s2", reason=Reason.ALREADY_LINKED))
    assert isinstance(link, facts.LinkRefused)
    assert (link.sovetnmo, link.reason) == ("s2", Reason.ALREADY_LINKED)
    assert link.edu.startswith(ERASED)
    assert link.request_id.startswith(ERASED)


def test_of_a_code_only_the_person_s_attempts_go_unless_it_is_theirs() -> None:
    one = veil()
    mine = Attempted(code=CODE, account=MINE, typed="ab12", outcome=Reason.ACCEPTED, at=NOON)
    hers = Attempted(code=CODE, account=HERS, typed="ab12", outcome=Reason.CODE_TAKEN, at=NOON)
    assert one.attempt(hers, holder_erased=False) == hers
    veiled, other = one.attempt(mine, holder_erased=True), one.attempt(hers, holder_erased=True)
    assert isinstance(veiled, Attempted)
    assert isinstance(other, Attempted)
    assert (veiled.typed, veiled.account.is_erased, veiled.outcome) == (GONE, True, Reason.ACCEPTED)
    assert (other.typed, other.account, other.code) == ("ab12", HERS, veiled.code)
    assert one.attempt(Revoked(code=CODE, reason="Иванов", at=NOON), holder_erased=True) == Revoked(
        code=veiled.code, reason=GONE, at=NOON
    )
    assert one.attempt(Moved(code=CODE, account=HERS), holder_erased=False) == Moved(code=CODE, account=HERS)


def test_reasons_of_a_parked_message_keep_their_class_and_nothing_else() -> None:
    reasons = tuple(
        f"account_id: {ru} / {en}".format_map(Anything()) for ru, en in TEXTS.values()
    )  # fmt: skip
    parked = Parked(reasons=(*reasons, "PERSONAL"), place="file:1", offset=1)
    veiled = veil().whole(parked)
    assert isinstance(veiled, Parked)
    assert [class_of(reason) for reason in veiled.reasons] == [class_of(reason) for reason in parked.reasons]
    assert not any("PERSONAL" in reason for reason in veiled.reasons)


class Anything(dict[str, str]):
    """Fills every place of a template."""

    def __missing__(self, key: str) -> str:
        return "PERSONAL"


def test_proposals_are_about_a_person_by_account_or_code() -> None:
    named = Named([MINE])
    named.codes.add(CODE)

    def proposed(**about: Any) -> DecisionProposed:  # noqa: ANN401 - of the decision
        return DecisionProposed(proposal=uuid4(), decision=Decision(Kind.REVERSE, **about), reason="r", by="a")

    assert is_about(proposed(account=MINE), named)
    assert is_about(proposed(account=HERS, code=CODE), named)
    assert not is_about(proposed(account=HERS, code=HER_CODE), named)
