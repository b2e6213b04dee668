"""A store that was restored from an older backup learns from the topics, and sends nothing a second time."""

from __future__ import annotations

import json

import msgspec
import pytest
from structlog.testing import capture_logs

from sync_service import reapplying
from sync_service.aggregates.values import Account, Portal
from sync_service.already_sent import identity_of
from sync_service.messages.records import Outgoing, Record
from sync_service.messages.transport_errors import TransportUnavailable
from sync_service.reapplying import Resumed
from sync_service.replication import resend_to
from tests.model import lines
from tests.told import NAMES, Service
from tests.unit.restored_site import IN, Site, Topics

CODE = "ABCD-00001111"
KEY = "module:m1:2025-05-12"


@pytest.fixture(params=range(4))
def site(request: pytest.FixtureRequest) -> Site:
    """A site with a linked person, whose messages are read again in another order for each parameter."""
    return Site(Topics(request.param)).given(
        lines.completed("edu:e1"), lines.link_requested(), lines.link_confirmed(), lines.applied("sovetnmo:s1", KEY)
    )


def test_what_went_out_after_the_backup_is_not_sent_again_when_the_same_messages_are_read_again(site: Site) -> None:
    backup = site.backup()
    site.given(
        lines.completed("edu:e1", "m2"),
        lines.applied("sovetnmo:s1", "module:m2:2025-05-12"),
        lines.activated("sovetnmo:s1", CODE, activity_id="a"),
        lines.applied("edu:e1", "code:ABCD00001111"),
        lines.reversal("edu:e1", "module:m2:2025-05-12"),
        lines.published("m1", "module"),
    )
    before, counts = list(site.topics.sent), site.service.store.counts()
    restored, resumed = site.restored(backup)
    assert resumed == Resumed(sent=len(before) - len(backup.outgoing()), received=6)
    with capture_logs() as logged:
        restored.publish()
    assert site.topics.sent == before
    assert restored.service.store.counts() == counts
    assert {"event": "messages.held_back", "log_level": "info", "messages": resumed.sent} in logged
    assert {"event": "restore.settled", "log_level": "info", "unmatched": 0} in logged
    assert restored.restores.is_settled()


def test_an_answer_is_read_again_after_what_it_answers_in_whichever_order_partitions_come(site: Site) -> None:
    backup = site.backup()
    for number in range(2, 8):
        account, other = ("edu:e1", "sovetnmo:s1") if number % 2 else ("sovetnmo:s1", "edu:e1")
        site.given(
            lines.completed(account, f"m{number}"),
            lines.applied(other, f"module:m{number}:2025-05-12"),
            lines.completed(other, f"m{number}"),  # an echo
        )
    before = list(site.topics.sent)
    restored, _ = site.restored(backup)
    restored.publish()
    assert site.topics.sent == before
    person = restored.service.application.look(lambda work: work.known_person(_account("edu:e1")))
    assert {replica.state.value for replica in person.replicas.values()} == {"applied"}
    origins = {key: entry.origin.portal.value for key, entry in person.entries.items()}
    assert [origins[f"module:m{number}:2025-05-12"] for number in range(2, 8)] == ["sovetnmo", "edu"] * 3


def test_a_code_stays_with_whom_a_portal_was_told_has_it_in_whichever_order_partitions_come(site: Site) -> None:
    backup = site.backup()
    winner, loser = (lines.activated(account, CODE, activity_id="a") for account in ("edu:e5", "sovetnmo:s6"))
    site.given(winner, loser)
    before = list(site.topics.sent)
    restored, _ = site.restored(backup)
    restored.publish()
    assert site.topics.sent == before
    assert [(attempt.account.account_id, attempt.outcome.value) for attempt in restored.code(CODE).attempts] == [
        ("e5", "accepted"),
        ("s6", "code_taken"),
    ]


def test_a_code_that_is_issued_stays_with_whom_had_it_before_and_not_with_whom_typed_it_too_early(site: Site) -> None:
    site.given(lines.activated("edu:e5", CODE))  # nobody knows it yet; the backup has that
    backup = site.backup()
    site.given(lines.activated("sovetnmo:s6", CODE, activity_id="ev"), lines.issued(CODE, activity_id="ev"))
    assert _outcomes_after(site, backup) == {"e5": "code_taken", "s6": "accepted"}


def test_a_code_stays_with_whom_typed_it_behind_another_who_was_too_early(site: Site) -> None:
    backup = site.backup()
    site.given(lines.activated("sovetnmo:s7", CODE), lines.activated("sovetnmo:s6", CODE, activity_id="ev"))
    site.given(lines.issued(CODE, activity_id="ev"))
    assert _outcomes_after(site, backup) == {"s7": "code_taken", "s6": "accepted"}


def test_of_two_who_were_too_early_the_first_has_the_code_again(site: Site) -> None:
    backup = site.backup()
    site.given(lines.activated("sovetnmo:s6", CODE), lines.activated("edu:e5", CODE), lines.issued(CODE))
    assert _outcomes_after(site, backup) == {"e5": "code_taken", "s6": "accepted"}


def test_two_portals_may_give_messages_the_same_id(site: Site) -> None:
    backup = site.backup()
    site.given(
        _with_id(lines.activated("sovetnmo:s7", "ABCD-00002222", activity_id="a"), "1"),
        lines.completed("sovetnmo:s6", "m9", code=CODE),
        _with_id(lines.activated("edu:e5", CODE, activity_id="m9"), "1"),
    )
    assert _outcomes_after(site, backup) == {"s6": "accepted", "e5": "code_taken"}


def test_a_repeat_of_an_attempt_holds_up_nobody_who_waits_for_what_is_behind_it(site: Site) -> None:
    backup = site.backup()
    typed, key = lines.activated("sovetnmo:s1", CODE, activity_id="a"), "module:m{}:2025-05-12"
    site.given(lines.completed("edu:e1", "m3"), typed, lines.applied("sovetnmo:s1", key.format(3)), typed)
    site.given(lines.completed("sovetnmo:s1", "m2"), lines.applied("edu:e1", key.format(2)))
    before = list(site.topics.sent)
    with capture_logs() as logged:
        restored, _ = site.restored(backup)
    restored.publish()
    assert "restore.waited_in_vain" not in {line["event"] for line in logged}
    assert site.topics.sent == before
    assert restored.service.store.counts() == site.service.store.counts()


def test_what_had_come_and_was_never_read_is_read_too_and_what_is_new_goes_out_once(site: Site) -> None:
    backup = site.backup()
    site.given(lines.completed("edu:e1", "m2"))
    site.topics.add(lines.completed("sovetnmo:s1", "m3"))
    before = list(site.topics.sent)
    restored, resumed = site.restored(backup)
    restored.publish()
    (new,) = site.topics.sent[len(before) :]
    assert resumed.received == 2
    assert b"module:m3" in new.value
    assert not site.topics.twice()


def test_a_new_revision_is_higher_than_any_that_a_portal_has(site: Site) -> None:
    backup = site.backup()
    site.given(lines.reversal("edu:e1", KEY))
    withdrawn = site.topics.said("replica.withdrawn")[0]["revision"]
    restored, _ = site.restored(backup)
    restored.given(lines.completed("edu:e1", "m3"))
    new = site.topics.said("replica.requested")[-1]
    assert new["activity_key"].startswith("module:m3:")
    assert new["revision"] == 1 + withdrawn > 1


def test_two_equal_messages_that_went_out_hold_back_two(site: Site) -> None:
    backup = site.backup()
    site.topics.sent += [_of_later(site.topics.sent[0], number) for number in (900, 901)]
    restored, resumed = site.restored(backup)
    assert resumed.sent == 2
    counted = restored.restores.counted({identity_of(site.topics.sent[0])})
    assert list(counted.values()) == [2]


def test_a_batch_that_failed_is_held_back_as_before_and_what_was_held_back_is_struck_once(site: Site) -> None:
    backup = site.backup()
    site.given(lines.completed("edu:e1", "m2"))
    restored, _ = site.restored(backup)
    before = list(site.topics.sent)
    site.topics.is_away = True
    site.topics.add(lines.completed("edu:e1", "m4"))
    restored.read()
    for _ in range(2):
        with pytest.raises(TransportUnavailable):
            restored.publisher.publish_next()
    site.topics.is_away = False
    restored.publish()
    (new,) = site.topics.sent[len(before) :]
    assert b"module:m4" in new.value
    assert not site.topics.twice()


def test_a_code_that_people_moved_after_the_backup_stays_with_who_got_it_last(site: Site) -> None:
    backup = site.backup()
    first, last = (lines.activated(account, CODE, activity_id="a") for account in ("edu:e5", "sovetnmo:s7"))
    site.given(first, last)
    accepted, refused = site.topics.sent[-2:]
    moved = _of_later(accepted, 950, account_id="s7"), _of_later(refused, 951, account_id="e5")
    site.topics.sent += [
        msgspec.structs.replace(moved[0], topic=refused.topic, value=moved[0].value.replace(id_of(first), id_of(last))),
        msgspec.structs.replace(
            moved[1], topic=accepted.topic, value=moved[1].value.replace(id_of(last), id_of(first))
        ),
    ]
    restored, _ = site.restored(backup)
    restored.publish()
    assert [(attempt.account.account_id, attempt.outcome.value) for attempt in restored.code(CODE).attempts] == [
        ("s7", "accepted"),
        ("e5", "code_taken"),
    ]


def test_who_waits_for_what_never_comes_again_goes_on_in_the_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reapplying, "QUIET_S", 0.2)
    backup = site.backup()
    site.given(lines.completed("edu:e1", "m2"), lines.applied("sovetnmo:s1", "module:m2:2025-05-12"))
    site.topics.came[IN["edu"]].pop()  # Kafka has lost it; its end is where it was
    ends = site.topics.ends() | {IN["edu"]: len(site.topics.came[IN["edu"]]) + 1}
    monkeypatch.setattr(site.topics, "ends", lambda: ends)
    with capture_logs() as logged:
        _, resumed = site.restored(backup)
    assert resumed.received == 1
    assert [line["event"] for line in logged if line["log_level"] == "warning"] == ["restore.waited_in_vain"]


def test_positions_of_messages_that_went_out_are_not_given_again(site: Site) -> None:
    backup = site.backup()
    site.given(lines.completed("edu:e1", "m2"))
    restored, _ = site.restored(backup)
    assert restored.restores.goes_on_behind == site.service.store.head()


def test_what_is_decided_late_because_of_what_had_come_is_not_sent_again_either(site: Site) -> None:
    backup, portal = site.backup(), Portal.SOVETNMO
    assert resend_to(site.service.application, _account("edu:e1"), portal) == 1
    site.publish()
    before = list(site.topics.sent)
    restored, _ = site.restored(backup, decider="replication")
    restored.publish()
    assert not restored.restores.is_settled()
    resend_to(restored.service.application, _account("edu:e1"), portal)
    restored.service.store.follow("replication", restored.service.store.head())
    restored.publish()
    assert site.topics.sent == before
    assert restored.restores.is_settled()


def test_what_the_backup_knows_to_have_gone_out_holds_back_nothing(site: Site) -> None:
    restored, resumed = site.restored(site.backup())
    assert resumed == Resumed(sent=0, received=0)
    restored.publish()
    assert restored.restores.is_settled()


def test_a_copy_of_a_parked_message_is_known_by_the_message_that_it_is_of() -> None:
    assert _copy_of(b"{") == _copy_of(b"{")
    assert _copy_of(b"}") != _copy_of(b"{")


def _copy_of(value: bytes) -> object:
    record = Record(value, "kafka:nmo.edu.events.v1:abc:0", 3, 4, b"e1", topic="nmo.edu.events.v1")
    (copy,) = [one for one in Service().given_records([record]).outgoing() if NAMES.is_dead_letters(one.topic)]
    return identity_of(copy)


def _outcomes_after(site: Site, backup: Service) -> dict[str, str]:
    """What became of each attempt at the code after a restore, in which nothing is said anew of codes."""
    before = len(site.topics.sent)
    restored, _ = site.restored(backup)
    restored.publish()
    assert not [message for message in site.topics.sent[before:] if b"activation." in message.value]
    return {attempt.account.account_id: attempt.outcome.value for attempt in restored.code(CODE).attempts}


def _with_id(line: bytes, message_id: str) -> bytes:
    return lines.encode(lines.decode(line) | {"id": message_id})


def id_of(line: bytes) -> bytes:
    return str(json.loads(line)["id"]).encode()


def _of_later(message: Outgoing, position: int, **changed: str) -> Outgoing:
    """The same message, as an event at a later position would bring it about."""
    event = json.loads(message.value)
    event["id"] = f"{position}-0-abc"
    event["data"] |= changed
    return Outgoing(message.topic, json.dumps(event).encode(), message.key, message.headers)


def _account(text: str) -> Account:
    return Account.parse(text)
