"""After an erasure nothing that leads to the person is found anywhere, and everything else is as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sync_service import decisions, questions
from sync_service.adapters import postgres_store
from sync_service.adapters.embedded_postgres import stop_store
from sync_service.adapters.outside_files import OutsideFiles
from sync_service.aggregates.errors import AccountErased, AccountUnknown
from sync_service.aggregates.values import Account
from sync_service.decisions import Kind
from sync_service.erasures.certificate import certificate_of
from sync_service.erasures.reapplying import reapply, unfinished
from tests.integration.erased_site import (
    CODE,
    EDU,
    MODULE_CODE,
    OTHER,
    OTHERS_CODE,
    REASON,
    SOVETNMO,
    ErasedSite,
    found_in,
    found_in_files,
    marfa,
    marfas_site,
    named,
    needles,
)
from tests.model import lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ErasedSite]:
    """The whole service, with everything that is known of the person."""
    with marfas_site(tmp_path / "data") as made:
        yield made


def test_nothing_is_found_in_the_dump_the_files_or_the_logs(
    site: ErasedSite, capfd: pytest.CaptureFixture[str]
) -> None:
    edu, other = EDU.partition(":")[2], OTHER.partition(":")[2]
    site.decide(Kind.UNDO_LINK, EDU)
    site.given(
        *(
            named(value, 500 + number)
            for number, value in enumerate(
                [
                    lines.link_requested("request-of-marfa-2", edu, other),
                    lines.link_confirmed("request-of-marfa-2", edu, other),
                    lines.completed(OTHER, "m9"),
                ]
            )
        )
    )
    site.decide(Kind.UNDO_LINK, EDU)
    wanted = needles()
    before = found_in_files(site.directory / "topics", wanted)
    assert len(before) >= 6
    assert {name for name, content in site.opened() if found_in(content, wanted)} > {"parked", "directory.accounts"}
    site.erase(EDU)
    site.erase(SOVETNMO)
    assert {name: found for name, content in site.opened() if (found := found_in(content, wanted))} == {}
    assert site.check().breaches == []
    site.vacuum()
    dumped = {name: found for name, content in site.dump() if (found := found_in(content, wanted))}
    assert dumped == {}
    stop_store(site.directory)
    assert found_in_files(site.directory, wanted) == {}
    said = capfd.readouterr()
    assert found_in((said.out + said.err).encode(), wanted) == set()


def test_what_is_left_holds_every_promise_and_counts_as_before(site: ErasedSite) -> None:
    before = site.check()
    site.erase()
    after = site.check()
    assert (before.breaches, after.breaches) == ([], [])
    assert after.messages == before.messages
    assert (after.specialists, after.codes_credited) == (before.specialists, before.codes_credited)
    for account in (EDU, SOVETNMO):
        with pytest.raises(AccountErased):
            questions.history(site.service.store, Account.parse(account))
        with pytest.raises(AccountErased):
            questions.plan(site.service.views, site.service.store, Account.parse(account))
    for kept in (site.service.notices.about([Account.parse(EDU), Account.parse(SOVETNMO)]), site.mails()):
        assert kept == []


def test_codes_stay_taken_and_what_comes_later_is_refused(site: ErasedSite) -> None:
    site.erase()
    before = site.check().messages
    site.given(
        lines.activated(OTHER, CODE),
        lines.activated(EDU, OTHERS_CODE),
        lines.registered(SOVETNMO, email="new@example.org"),
        lines.link_requested("r-later", EDU.partition(":")[2], OTHER.partition(":")[2]),
        lines.link_confirmed("r-later", EDU.partition(":")[2], OTHER.partition(":")[2]),
        lines.revoked(CODE, MODULE_CODE),
    )
    after = site.check()
    assert after.breaches == []
    assert after.messages.stored - before.stored == 6
    assert after.messages.refused - before.refused == 5
    attempt = questions.code(site.service.views, CODE).attempts[-1]
    assert (attempt.account_id, attempt.outcome) == (OTHER.partition(":")[2], "code_taken")
    wanted = {needle: text for needle, text in needles().items() if text not in {CODE, "new@example.org"}}
    assert {name for name, content in site.dump() if found_in(content, wanted)} == set()


def test_a_message_that_nobody_can_read_is_parked_without_a_byte_of_it(site: ErasedSite) -> None:
    site.erase()
    wrong = lines.decode(lines.registered(EDU, email="later@example.org"))
    del wrong["data"]["audience"]
    parked = site.check().messages.parked
    site.given(lines.encode(wrong))
    assert site.check().messages.parked == parked + 1
    [letter] = site.service.store.latest_letters(0, 1)
    kept = site.service.store.parked_bytes(letter[0].stream)
    assert kept is not None
    assert (kept.record.value, kept.record.key) == (b"", None)


def test_a_rebuild_gives_the_same_rows_and_the_topic_files_are_read_on(site: ErasedSite) -> None:
    site.erase()
    ErasedSite.close(site)
    again = ErasedSite(site.directory)
    again.given(lines.completed(OTHER, "m5"))
    assert again.check().breaches == []
    assert len(questions.plan(again.service.views, again.service.store, Account.parse(OTHER)).entries) == 2
    again.close()


def test_the_certificate_counts_what_went_and_the_ledger_names_nobody(site: ErasedSite) -> None:
    site.erase()
    [entry] = site.service.ledger.entries()
    told = certificate_of(site.service.store, entry)
    assert entry.is_done
    assert (told.reason, told.codes, told.letters) == (REASON, 2, 4)
    assert min(told.events, told.keys, told.lines, told.mails) > 0
    assert found_in((site.directory / "erasures.ndjson").read_bytes(), needles()) == set()
    assert found_in(repr(told).encode(), needles()) == set()


def test_what_was_forgotten_is_forgotten_again_by_the_ledger_and_only_once(site: ErasedSite, tmp_path: Path) -> None:
    site.erase()
    restored = ErasedSite(tmp_path / "restored", erasure_ledger=site.directory / "erasures.ndjson")
    try:
        restored.given(*marfa(linked=False))
        found = reapply(restored.service.application(), restored.service.ledger)
        assert (found.again, found.already, found.unknown) == (2, 0, 0)
        restored.go_on()
        assert restored.check().breaches == []
        assert {name for name, content in restored.dump() if found_in(content, needles())} == set()
        again = reapply(restored.service.application(), restored.service.ledger)
        assert (again.again, again.codes) == (0, 0)
    finally:
        restored.close()
        stop_store(tmp_path / "restored")


def test_a_code_that_a_restored_store_does_not_know_yet_stays_taken(site: ErasedSite, tmp_path: Path) -> None:
    site.erase()
    restored = ErasedSite(tmp_path / "restored", erasure_ledger=site.directory / "erasures.ndjson")
    try:
        found = reapply(restored.service.application(), restored.service.ledger)
        assert (found.again, found.unknown, found.codes) == (0, 2, 2)
        restored.given(lines.published(), lines.issued(CODE), lines.activated(OTHER, CODE))
        assert questions.code(restored.service.views, CODE).attempts[-1].outcome == "code_taken"
        assert restored.check().breaches == []
    finally:
        restored.close()
        stop_store(tmp_path / "restored")


def test_an_account_never_heard_of_is_not_erased(site: ErasedSite) -> None:
    with pytest.raises(AccountUnknown):
        decisions.erase(site.service.application(), Account.parse("edu:nobody"), reason=REASON, by="Анна")
    assert site.service.ledger.entries() == []


class Killed(BaseException):
    """Stands for the end of the process."""


def test_a_kill_before_the_commit_leaves_the_person_and_a_line_of_the_ledger_to_go_on_from(
    site: ErasedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = site.check()

    def half_erased(cursor: Any, *_: object) -> None:  # noqa: ANN401 - psycopg's
        cursor.execute(b"DELETE FROM sync_notices")
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(postgres_store, "erase_in", half_erased)
        with pytest.raises(Killed):
            site.erase()
    assert questions.history(site.service.store, Account.parse(EDU)).events
    assert len(site.service.notices.about([Account.parse(EDU), Account.parse(SOVETNMO)])) > 0
    assert site.check() == before
    [entry] = site.service.ledger.entries()
    assert not entry.is_done
    found = reapply(site.service.application(), site.service.ledger)
    assert (found.again, found.already) == (1, 1)
    site.go_on()
    assert site.service.ledger.entries()[0].is_done
    assert {name: seen for name, content in site.opened() if (seen := found_in(content, needles()))} == {}
    assert found_in_files(site.directory / "topics", needles()) == {}


def test_an_erasure_that_was_interrupted_once_it_was_stored_is_finished(
    site: ErasedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    application, ledger = site.service.application(), site.service.ledger
    monkeypatch.setattr(OutsideFiles, "after", interrupted)
    with pytest.raises(KeyboardInterrupt):
        decisions.erase(application, Account.parse(EDU), reason=REASON, by="Anna", approved_by="Anna")
    assert reapply(application, ledger).again == 0
    [entry] = unfinished(application, ledger)
    site.service.outside.finish(entry)
    assert unfinished(application, ledger) == []
    assert [one.is_done for one in ledger.entries()] == [True]
