"""A person is erased: what is left keeps every promise, and nobody else loses anything."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from sync_service import decisions, questions
from sync_service.adapters.erasure_files import erase_lines
from sync_service.aggregates.errors import AccountErased, DecisionImpossible
from sync_service.aggregates.values import ERASED, Account, code_stream
from sync_service.decisions import Kind
from sync_service.footprints import Footprints
from sync_service.handling.erasures import keep_taken
from sync_service.messages.topic_lines import identity_of
from tests.model import lines
from tests.unit.decision_desk import ANNA, DecisionDesk, owner_of
from tests.unit.support_desk import CODE_KEY, LINKED_PERSON, MODULE_KEY

if TYPE_CHECKING:
    from pathlib import Path

WHY = "По заявлению"
OTHER_KEY = f"code:{lines.OTHER_CODE}"
FOOTPRINTS = Footprints(
    accounts=frozenset({Account.parse("edu:e1")}),
    texts=frozenset({"Журавлёва Марфа Тимофеевна", "marfa@example.org"}),
    snils=frozenset({"11223344595"}),
    codes=frozenset({lines.CODE}),
)


class ErasingDesk(DecisionDesk):
    """A desk where people are erased."""

    def erase(self, account: str) -> None:
        self.now += timedelta(minutes=1)
        decisions.erase(self.application, Account.parse(account), reason=WHY, by=ANNA)
        self.catch_up()

    def written(self) -> str:
        """Every event, as it is stored."""
        return msgspec.json.encode([(event.cause, event.fact) for event in self.store.read(0, 10_000)]).decode()


def undone(*given: bytes) -> ErasingDesk:
    """Two people who were linked wrongly, each with what is theirs; then parted."""
    desk = ErasingDesk(
        *LINKED_PERSON,
        lines.issued(lines.OTHER_CODE),
        lines.activated("edu:e1", lines.OTHER_CODE),
        lines.completed("edu:e1", "m2"),
        lines.completed("sovetnmo:s1", "m3"),
        *given,
    )
    desk.decide(Kind.UNDO_LINK, "edu:e1")
    return desk


def test_both_accounts_of_a_linked_person_go_whichever_is_named() -> None:
    desk = ErasingDesk(*LINKED_PERSON)
    desk.erase("sovetnmo:s1")
    for account in ("edu:e1", "sovetnmo:s1"):
        with pytest.raises(AccountErased):
            desk.plan(account)
        with pytest.raises(AccountErased):
            desk.erase(account)
    desk.verify()
    assert '"e1"' not in desk.written()
    assert '"s1"' not in desk.written()


@pytest.mark.parametrize(("gone", "stays"), [("edu:e1", "sovetnmo:s1"), ("sovetnmo:s1", "edu:e1")])
def test_who_was_linked_with_them_by_mistake_keeps_everything_of_their_own(gone: str, stays: str) -> None:
    desk = undone()
    before = desk.counts(stays)
    owners = {code: owner_of(desk, code) for code in (lines.CODE, lines.OTHER_CODE)}
    desk.erase(gone)
    assert desk.counts(stays) == before
    desk.verify(stays)
    for code, owner in owners.items():
        now = owner_of(desk, code)
        assert now == owner if owner == stays else (now or "").partition(":")[2].startswith(ERASED)
    assert json.dumps(gone.partition(":")[2]) not in desk.written()
    assert json.dumps(stays.partition(":")[2]) in desk.written()


def test_both_may_go_one_after_the_other() -> None:
    desk = undone()
    desk.erase("edu:e1")
    desk.erase("sovetnmo:s1")
    desk.verify()
    assert '"e1"' not in desk.written()
    assert '"s1"' not in desk.written()


def test_a_code_that_was_moved_stays_with_whom_it_was_moved_to() -> None:
    desk = ErasingDesk(lines.published(), lines.issued(), lines.activated("sovetnmo:s1"), lines.registered("edu:e7"))
    desk.decide(Kind.MOVE_CODE, "edu:e7", code=lines.CODE)
    desk.erase("sovetnmo:s1")
    assert owner_of(desk) == "edu:e7"
    assert CODE_KEY in desk.counts("edu:e7")
    desk.verify("edu:e7")


def test_an_attempt_at_another_s_code_is_nobody_s_and_the_code_stays_the_other_s() -> None:
    desk = ErasingDesk(*LINKED_PERSON, lines.activated("edu:e9"))
    desk.erase("edu:e9")
    assert [one.outcome for one in questions.code(desk.views, lines.CODE).attempts] == ["accepted", "code_taken"]
    assert questions.code(desk.views, lines.CODE).attempts[1].account_id.startswith(ERASED)
    assert owner_of(desk) == "sovetnmo:s1"
    desk.verify("sovetnmo:s1")


def test_what_the_catalogue_says_later_reaches_nobody_and_a_taken_code_cannot_be_moved() -> None:
    desk = ErasingDesk(*LINKED_PERSON, lines.activated("edu:e1", lines.OTHER_CODE))
    desk.erase("edu:e1")
    head = desk.store.head()
    desk.hears(
        lines.issued(lines.OTHER_CODE), lines.revoked(), lines.issued(audience="nurses"), lines.published(title="Новое")
    )
    assert desk.told(head) == []
    assert owner_of(desk, lines.OTHER_CODE) is None
    desk.hears(lines.registered("edu:e7"))
    with pytest.raises(DecisionImpossible, match="стёрт"):
        desk.propose(Kind.MOVE_CODE, "edu:e7", code=lines.CODE)
    desk.verify("edu:e7")


def test_a_case_with_somebody_erased_waits_for_nobody() -> None:
    desk = ErasingDesk(
        lines.registered("edu:e1", snils=lines.SNILS),
        lines.registered("sovetnmo:s1", snils=lines.OTHER_SNILS),
        lines.link_requested(),
        lines.link_confirmed(),
    )
    assert len(desk.cases()) == 1
    desk.propose(Kind.REFUSE, "edu:e1", "sovetnmo:s1")
    desk.erase("sovetnmo:s1")
    assert desk.cases() == []
    assert decisions.proposals(desk.store) == ()
    assert '"s1"' not in desk.written()
    desk.verify("edu:e1")


def test_later_messages_are_refused_and_the_portal_is_told_again_without_a_name() -> None:
    desk = ErasingDesk(*LINKED_PERSON)
    desk.erase("edu:e1")
    head, refused = desk.store.head(), desk.store.counts().refused
    desk.hears(lines.completed("edu:e1", "m9"), lines.link_requested("r5", "e5", "s1"))
    told = desk.told(head)
    assert [one.kind for one in told] == ["account.erased", "link.refused"]
    assert (told[1].said["edu_account_id"], told[1].said["reason"]) == ("e5", "account_erased")
    assert desk.store.counts().refused == refused + 2
    assert '"s1"' not in desk.written()
    desk.verify("edu:e5")


def test_nothing_that_was_not_sent_yet_is_sent_of_somebody_erased() -> None:
    desk = ErasingDesk(*LINKED_PERSON)
    desk.erase("edu:e1")
    assert {one.kind for one in desk.told(0)} == {"account.erased"}


def test_views_that_had_not_seen_it_yet_end_in_the_same_rows() -> None:
    desk = ErasingDesk(*LINKED_PERSON)
    desk.hears(lines.completed("edu:e1", "m7"), lines.applied("edu:e1", CODE_KEY), catch_up=False)
    desk.now += timedelta(minutes=1)
    decisions.erase(desk.application, Account.parse("edu:e1"), reason=WHY, by=ANNA)
    desk.catch_up()
    desk.verify()


@pytest.mark.parametrize(
    "content",
    [
        '{"data": {"account_id": "e1"}}',
        '{"data": {"account_id": "\\u0065\\u0031"}}',
        '{"name": "ЖУРАВЛЕВА  марфа тимофеевна"}',
        '{"email": "Marfa@Example.org',
        "СНИЛС 112-233-445 95",
        '{"code": "ab12-cdef 3456"}',
        '{"code": "АВ12СDЕF3456"}',
    ],
)
def test_a_person_is_recognised_in_any_spelling(content: str) -> None:
    assert FOOTPRINTS.are_in(content.encode())


@pytest.mark.parametrize(
    "content", ['{"data": {"account_id": "e11"}}', '{"hours": 1}', '{"title": "Модуль e1 о сердце"}']
)
def test_what_only_looks_alike_is_left_alone(content: str) -> None:
    assert not FOOTPRINTS.are_in(content.encode())


def test_lines_of_topic_files_become_blanks_and_offsets_and_the_file_s_identity_stay(tmp_path: Path) -> None:
    path = tmp_path / "nmo.edu.events.v1.ndjson"
    mine, hers = lines.registered("edu:e1"), lines.completed("edu:e11", code=lines.CODE)
    path.write_bytes(b"\n".join([mine, hers, mine, b""]))
    identity = identity_of(mine)
    assert erase_lines(tmp_path, FOOTPRINTS) == 2
    first, second, third, rest = path.read_bytes().split(b"\n")
    assert (first.strip(), second, third.strip(), rest) == (b"", hers, b"", b"")
    assert (len(first), len(third)) == (len(mine), len(mine))
    assert identity_of(first) == identity
    assert erase_lines(tmp_path, FOOTPRINTS) == 0


@pytest.mark.parametrize("codes", [[lines.CODE], [lines.CODE, lines.OTHER_CODE], [lines.OTHER_CODE, "ab12-cdef3456"]])
def test_of_a_line_of_the_catalogue_only_the_codes_go(tmp_path: Path, codes: list[str]) -> None:
    path = tmp_path / "nmo.catalogue.events.v1.ndjson"
    path.write_bytes(lines.published() + b"\n" + lines.issued(*codes) + b"\n")
    assert erase_lines(tmp_path, FOOTPRINTS) == 1
    left: dict[str, Any] = json.loads(path.read_bytes().splitlines()[1])
    assert left["data"]["codes"] == [code for code in codes if code == lines.OTHER_CODE]


def test_keys_of_modules_are_not_personal_and_stay() -> None:
    desk = ErasingDesk(*LINKED_PERSON)
    desk.erase("edu:e1")
    rows = desk.views.find("learning_plan", "entries")
    assert MODULE_KEY in {row["activity_key"] for row in rows}
    assert {row["credits"] for row in rows if row["activity_key"] != MODULE_KEY} == {5.0}
    assert OTHER_KEY not in {row["activity_key"] for row in rows}


def test_a_code_of_somebody_erased_that_a_restored_store_does_not_know_is_taken_by_the_ledger() -> None:
    desk = ErasingDesk(lines.published(), lines.registered("edu:e7"))
    taken: list[int] = []
    for _ in range(2):
        desk.application.act(lambda work: taken.append(keep_taken(work, [code_stream(lines.CODE)])))
    assert taken == [1, 0]
    desk.hears(lines.issued(), lines.activated("edu:e7"))
    assert questions.code(desk.views, lines.CODE).attempts[-1].outcome == "code_taken"
    desk.verify("edu:e7")
