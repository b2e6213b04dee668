"""People are told of a credit when it first counts, once, at the account that recorded it (DOMAIN.md, «Notices»)."""

from __future__ import annotations

from datetime import timedelta

from sync_service.adapters.memory_notices import MemoryNotices
from sync_service.notices.notice import NoticeState
from sync_service.notices.notifier import Wishes
from tests.model import lines
from tests.unit.mail_desk import KNOWN, MAY, PARKED, MailDesk
from tests.unit.support_desk import CODE_KEY, LINKED, MODULE_KEY

HALL = ("sovetnmo.s1@example.org", "НМО: засчитано 5 баллов")


def test_an_activation_is_told_to_the_account_that_recorded_it() -> None:
    desk = MailDesk(*KNOWN, lines.activated("sovetnmo:s1"))
    assert desk.passes(seconds=30).mails == []
    assert desk.passes(minutes=2).mails == [HALL]
    (mail,) = desk.mailer.taken
    assert "«кардиология»" not in mail.text  # no cycle was opened
    assert "Активность ev1\nМероприятие, 14 мая 2025 года: 5 баллов." in mail.text.replace("\N{NO-BREAK SPACE}", " ")
    assert desk.states() == {"sent": 1}


def test_nothing_that_comes_again_makes_a_second_mail() -> None:
    activated = lines.activated("sovetnmo:s1")
    desk = MailDesk(*KNOWN, activated)
    desk.passes(minutes=2)
    desk.hears(
        activated,
        lines.activated("sovetnmo:s1"),
        lines.published(),
        lines.changed("sovetnmo:s1", email="new@example.org"),
    )
    desk.passes(days=1)
    desk.starts()
    desk.store.follow("notifier", 0)  # as if its position were lost
    assert desk.passes(days=1).mails == [HALL]


def test_credits_within_a_minute_are_one_mail_and_later_ones_another() -> None:
    desk = MailDesk(
        *KNOWN, lines.published("ev2", held_on="2025-05-15"), lines.issued(lines.OTHER_CODE, activity_id="ev2")
    )
    desk.hears_at_once(lines.activated("sovetnmo:s1"), lines.activated("sovetnmo:s1", lines.OTHER_CODE))
    desk.passes(minutes=3)
    desk.hears(lines.completed("sovetnmo:s1"))
    desk.passes(minutes=3)
    to, _ = HALL
    assert desk.mails == [(to, "НМО: засчитано 10 баллов"), HALL]


def test_a_credit_that_waits_for_the_catalogue_is_told_when_it_counts() -> None:
    desk = MailDesk(lines.issued(), lines.registered("sovetnmo:s1"), lines.activated("sovetnmo:s1"))
    assert desk.passes(hours=1).states() == {}
    desk.hears(lines.published())
    assert desk.passes(minutes=2).mails == [HALL]


def test_what_does_not_count_is_not_told() -> None:
    surgeon = lines.registered("sovetnmo:s1", specialties=["хирургия"])
    desk = MailDesk(lines.published(), lines.issued(), surgeon, lines.activated("sovetnmo:s1"))
    assert desk.passes(hours=1).states() == {}


def test_what_is_reversed_before_the_mail_goes_is_not_told_unless_it_counts_again() -> None:
    desk = MailDesk(*KNOWN, lines.activated("sovetnmo:s1"))
    desk.passes(seconds=0)
    assert desk.states() == {"planned": 1}
    desk.hears(lines.published("ev1", "event", lines.row(5, "хирургия")))
    assert desk.passes(minutes=5).states() == {}
    desk.hears(lines.published())
    assert desk.passes(minutes=5).mails == [HALL]


def test_a_replica_tells_nobody_and_a_link_tells_nothing_twice() -> None:
    desk = MailDesk(*KNOWN, lines.activated("sovetnmo:s1"), lines.completed("edu:e1"))
    desk.passes(minutes=2)
    desk.hears(*LINKED)
    desk.hears(lines.applied("edu:e1", CODE_KEY), lines.applied("sovetnmo:s1", MODULE_KEY))
    desk.passes(hours=1)
    assert sorted(to for to, _ in desk.mails) == ["edu.e1@example.org", "sovetnmo.s1@example.org"]


def test_a_credit_that_both_accounts_recorded_before_the_link_is_told_by_one_of_them() -> None:
    """The second account's notice is still planned when the link shows that both are one person."""
    desk = MailDesk(*KNOWN, lines.completed("edu:e1"), lines.completed("sovetnmo:s1"))
    desk.passes(seconds=0)
    assert desk.states() == {"planned": 2}
    desk.hears(*LINKED)
    assert desk.passes(hours=1).mails == [("edu.e1@example.org", "НМО: засчитано 5 баллов")]
    assert desk.notice("sovetnmo:s1", MODULE_KEY).reason == "told_otherwise"


def test_the_origin_that_begins_to_count_by_the_link_is_not_told_again() -> None:
    """The edu account recorded it first, without counting; sovetnmo's was told; then they are linked."""
    known = (lines.published("m1", "module"), lines.registered("sovetnmo:s1"))
    desk = MailDesk(*known, lines.completed("edu:e1"), lines.completed("sovetnmo:s1"))
    desk.passes(minutes=2)
    desk.hears(*LINKED, lines.changed("edu:e1", email="edu.e1@example.org"))
    assert desk.passes(hours=1).mails == [HALL]


def test_what_was_recorded_before_the_notifier_first_ran_is_not_told() -> None:
    desk = MailDesk()
    desk.book = MemoryNotices()
    desk.store.follow("notifier", 0)
    desk.hears(*KNOWN, lines.activated("sovetnmo:s1"))
    desk.now += timedelta(minutes=1)
    desk.starts()
    desk.hears(lines.completed("sovetnmo:s1"))
    desk.passes(hours=1)
    assert [notice.key for notice in desk.book.listed(list(NoticeState), 10)] == [MODULE_KEY]


def test_a_date_in_the_settings_tells_what_was_recorded_since_and_never_more_than_at_first() -> None:
    desk = MailDesk(wishes=Wishes(MAY + timedelta(minutes=6, seconds=30), hold=False, gather_s=0))
    desk.hears(*KNOWN, lines.activated("sovetnmo:s1"), lines.completed("sovetnmo:s1"))
    assert len(desk.passes(hours=1).mails) == 1
    desk.wishes = Wishes(MAY - timedelta(days=9), hold=False, gather_s=0)
    assert desk.starts().since == MAY + timedelta(minutes=6, seconds=30)
    desk.hears(lines.changed("sovetnmo:s1", full_name="Иванова"))
    assert len(desk.passes(hours=1).mails) == 1


def test_what_is_over_thirty_days_old_on_arrival_is_not_told() -> None:
    desk = MailDesk(*KNOWN)
    desk.hears(lines.completed("sovetnmo:s1", on="2025-04-20"), lines.completed("sovetnmo:s1", on="2025-04-19"))
    desk.passes(hours=1)
    assert [one.key for one in desk.book.listed(list(NoticeState), 10)] == ["module:m1:2025-04-20"]


def test_mail_that_is_held_goes_when_it_is_let_go() -> None:
    desk = MailDesk(*KNOWN, lines.activated("sovetnmo:s1"), wishes=Wishes(None, hold=True, gather_s=0))
    assert desk.passes(hours=9).states() == {"planned": 1}
    desk.wishes = Wishes(None, hold=False, gather_s=0)
    desk.starts()
    assert desk.passes(minutes=1).mails == [HALL]


def test_without_an_address_the_notice_is_parked_until_there_is_one() -> None:
    trained = lines.changed("sovetnmo:s1", education_level="higher", audience="doctors", specialties=["кардиология"])
    desk = MailDesk(lines.published(), lines.issued(), trained)
    desk.hears(lines.activated("sovetnmo:s1"))
    desk.passes(hours=1)
    assert desk.notice("sovetnmo:s1", CODE_KEY).reason == "no_address"
    desk.hears(lines.changed("sovetnmo:s1", email="sovetnmo.s1@example.org"))
    assert desk.passes(minutes=2).mails == [HALL]


def test_an_address_that_cannot_be_used_is_parked_in_sight() -> None:
    bad = lines.registered("sovetnmo:s1", email="a@example.org\r\nBcc: all@example.org")
    desk = MailDesk(lines.published(), lines.issued(), bad, lines.activated("sovetnmo:s1"))
    desk.passes(hours=1)
    assert [one.reason for one in desk.book.listed(PARKED, 10)] == ["address_unusable"]


def test_a_closed_account_is_not_told() -> None:
    desk = MailDesk(*KNOWN, lines.activated("sovetnmo:s1"), lines.closed("sovetnmo:s1"))
    desk.passes(hours=1)
    assert (desk.states(), desk.mails) == ({"skipped": 1}, [])


def test_the_notifier_stays_behind_the_views() -> None:
    desk = MailDesk(*KNOWN)
    seen = desk.store.head()
    desk.hears(lines.activated("sovetnmo:s1"), catch_up=False)
    desk.passes(minutes=5)
    assert desk.store.followed("notifier") == seen
    desk.catch_up()
    assert desk.passes(minutes=2).mails == [HALL]


def test_looking_finds_what_would_be_planned_and_stores_nothing() -> None:
    desk = MailDesk(*KNOWN, lines.activated("sovetnmo:s1"))
    assert [cause.key for found in desk.planner.look(None) for cause in found.plan] == [CODE_KEY]
    assert desk.states() == {}


def test_after_a_restore_nothing_that_may_have_been_told_is_told_again() -> None:
    """The backup was made before the mail; the portal's messages come again, and so does a new activity."""
    book = MemoryNotices()
    desk = MailDesk(*KNOWN, lines.completed("sovetnmo:s1"), book=book)
    desk.passes(seconds=0)
    book.store = "restored"
    desk.now += timedelta(minutes=10)
    assert desk.starts().restored_at == desk.now
    assert [one.reason for one in book.listed(PARKED, 10)] == ["store_restored"]
    desk.hears(lines.activated("sovetnmo:s1"))  # typed on 12 May, before the restore
    assert desk.passes(hours=1).states() == {"parked": 2}
    after = (desk.now + timedelta(minutes=1)).isoformat()
    desk.hears(lines.published("ev2", held_on="2025-05-15"), lines.issued(lines.OTHER_CODE, activity_id="ev2"))
    desk.hears(lines.activated("sovetnmo:s1", lines.OTHER_CODE, at=after))
    assert desk.passes(hours=1).mails == [HALL]
