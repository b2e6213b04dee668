"""Whatever the mail server does and whenever the notifier dies, no credit is mailed twice or lost from sight."""

from __future__ import annotations

import threading

import pytest

from sync_service.notices.mailing import MailRefused, MailServerUnavailable, OutcomeUnknown
from sync_service.notices.notice import NoticeState
from tests.model import lines
from tests.unit.mail_desk import KNOWN, PARKED, MailDesk
from tests.unit.support_desk import CODE_KEY

ADDRESS = "sovetnmo.s1@example.org"


class Killed(BaseException):
    """The process ends here, whatever it was doing."""


def told_desk() -> MailDesk:
    return MailDesk(*KNOWN, lines.activated("sovetnmo:s1"))


def test_a_refusal_for_now_is_tried_again_after_growing_delays_and_then_parked_in_sight() -> None:
    desk = told_desk()
    desk.mailer.refused_for_good[ADDRESS] = MailRefused(451)
    tries = []
    for _ in range(20):
        desk.passes(minutes=1)
        tries.append(desk.notice("sovetnmo:s1", CODE_KEY).attempts)
    assert [tries.count(attempts) for attempts in (1, 2)] == [1, 5]  # a minute, then five
    (parked,) = desk.book.listed(PARKED, 10)
    assert (parked.attempts, parked.reason) == (3, "refused_451")


def test_a_refusal_for_good_is_parked_at_once_and_holds_back_nobody() -> None:
    desk = told_desk()
    desk.hears(lines.completed("edu:e1"))
    desk.mailer.refused_for_good[ADDRESS] = MailRefused(550)
    desk.passes(minutes=5)
    assert [to for to, _ in desk.mails] == ["edu.e1@example.org"]
    assert [(one.attempts, one.reason) for one in desk.book.listed(PARKED, 10)] == [(1, "refused_550")]


def test_a_sending_whose_outcome_is_unknown_is_parked_at_once_and_goes_again_only_if_a_person_says_so() -> None:
    desk = told_desk()
    desk.mailer.troubles = [OutcomeUnknown()]
    desk.passes(days=1)
    desk.starts()
    desk.passes(days=1)
    (parked,) = desk.book.listed(PARKED, 10)
    assert (desk.mails, parked.reason) == ([], "interrupted")
    assert desk.book.retry([parked.id], desk.now) == 1
    assert len(desk.passes(minutes=2).mails) == 1


def test_a_notifier_that_dies_while_sending_leaves_a_parked_notice_behind() -> None:
    desk = told_desk()
    desk.mailer.troubles = [Killed()]
    with pytest.raises(Killed):
        desk.passes(minutes=5)
    assert desk.states() == {"sending": 1}
    desk.starts()
    assert desk.states() == {"parked": 1}
    assert desk.passes(days=2).mails == []


def test_while_the_server_is_away_the_others_wait_without_being_tried() -> None:
    desk = MailDesk(*KNOWN, lines.activated("sovetnmo:s1"), lines.completed("edu:e1"))
    desk.mailer.troubles = [MailServerUnavailable()]
    desk.passes(seconds=0)
    desk.now = desk.notice("sovetnmo:s1", CODE_KEY).next_at
    desk.notifier.turn(desk.marks, threading.Event())
    attempts = sorted(one.attempts for one in desk.book.listed(list(NoticeState), 10))
    assert (attempts, desk.mails) == ([0, 1], [])
    assert len(desk.passes(hours=1).mails) == 2
    assert desk.states() == {"sent": 2}


def test_a_server_that_stays_away_parks_what_was_tried_to_the_last() -> None:
    desk = told_desk()
    desk.mailer.refused_for_good[ADDRESS] = MailServerUnavailable()
    desk.passes(hours=1)
    assert [one.reason for one in desk.book.listed(PARKED, 10)] == ["server_unreachable"]


def test_a_mail_that_was_taken_is_sent_even_if_another_process_held_it_for_interrupted() -> None:
    desk = told_desk()
    desk.passes(seconds=0)
    notice = desk.notice("sovetnmo:s1", CODE_KEY)
    mail = notice.id
    assert desk.book.claim([notice], mail, desk.now)
    assert desk.book.park_interrupted(desk.now) == 1
    desk.book.sent(mail, desk.now)
    assert desk.states() == {"sent": 1}


def test_two_notifiers_cannot_take_the_same_notice() -> None:
    desk = told_desk()
    desk.passes(seconds=0)
    notice = desk.notice("sovetnmo:s1", CODE_KEY)
    assert desk.book.claim([notice], notice.id, desk.now)
    assert not desk.book.claim([notice], notice.id, desk.now)


def test_a_mail_keeps_its_id_when_it_is_tried_again() -> None:
    desk = told_desk()
    desk.mailer.troubles = [MailRefused(451)]
    desk.passes(minutes=1)
    first = desk.notice("sovetnmo:s1", CODE_KEY).mail
    desk.passes(minutes=5)
    assert [mail.id for mail in desk.mailer.taken] == [first]


def test_what_is_discarded_is_never_sent() -> None:
    desk = told_desk()
    desk.passes(seconds=0)
    assert desk.book.discard([desk.notice("sovetnmo:s1", CODE_KEY).id], desk.now) == 1
    desk.starts()
    assert (desk.passes(days=1).mails, desk.states()) == ([], {"skipped": 1})


def test_nothing_personal_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    desk = told_desk()
    desk.mailer.troubles = [MailRefused(451), MailServerUnavailable("unreachable"), OutcomeUnknown()]
    desk.passes(hours=2)
    told = "".join(capsys.readouterr())
    assert "mail.parked" in told
    assert ADDRESS not in told
    assert lines.CODE not in told
