"""Examples of CONTRACT.md section 5, "Links"."""

import pytest

from tests.model import lines
from tests.model.lines import AFTER, NOON, OTHER_SNILS, SNILS
from tests.model.subjects import Subject, link_counts, link_state, statuses, tell

REQUESTED, CONFIRMED = lines.link_requested(), lines.link_confirmed()
BOTH = frozenset({("edu", "e1"), ("sovetnmo", "s1")})
KEY = "module:m1:2025-05-12"


@pytest.mark.parametrize("told", [(REQUESTED, CONFIRMED), (CONFIRMED, REQUESTED)])
def test_a_request_and_a_confirmation_join_in_either_order(subject: Subject, told: tuple[bytes, ...]) -> None:
    """A request and a confirmation pair by the same `request_id` and the same two accounts."""
    tell(subject, *told)
    assert subject.accounts_of("edu", "e1") == BOTH
    assert subject.accounts_of("sovetnmo", "s1") == BOTH
    assert link_state(subject, "edu:e1") == link_state(subject, "sovetnmo:s1") == "completed"


@pytest.mark.parametrize(
    "confirmed", [lines.link_confirmed("r2"), lines.link_confirmed(edu="e2"), lines.link_confirmed(sovetnmo="s2")]
)
def test_halves_that_differ_do_not_pair(subject: Subject, confirmed: bytes) -> None:
    """… the same `request_id` and the same two accounts."""
    assert statuses(subject, REQUESTED, confirmed) == ["stored", "stored"]
    assert len(subject.accounts_of("edu", "e1")) == 1


def test_the_other_half_is_missing_for_both_named_accounts(subject: Subject) -> None:
    """States: `requested` or `confirmed` while the other half is missing (for both named accounts)."""
    tell(subject, REQUESTED, lines.link_confirmed("r2", edu="e2", sovetnmo="s2"))
    assert link_state(subject, "edu:e1") == link_state(subject, "sovetnmo:s1") == "requested"
    assert link_state(subject, "edu:e2") == link_state(subject, "sovetnmo:s2") == "confirmed"


def test_an_account_without_link_messages_has_no_link(subject: Subject) -> None:
    """The `link` of `history --json` may be null."""
    tell(subject, lines.registered("edu:e1"))
    assert link_state(subject, "edu:e1") is None


def test_the_first_answer_stands_when_it_is_a_decline(subject: Subject) -> None:
    """The first answer to a `request_id` stands."""
    assert statuses(subject, REQUESTED, lines.link_declined(), CONFIRMED) == ["stored"] * 3
    assert link_state(subject, "edu:e1") == link_state(subject, "sovetnmo:s1") == "refused:declined"


def test_the_first_answer_stands_when_it_is_a_confirmation(subject: Subject) -> None:
    """The first answer to a `request_id` stands."""
    tell(subject, REQUESTED, CONFIRMED, lines.link_declined())
    assert link_state(subject, "edu:e1") == "completed"


def test_a_request_after_its_decline_is_declined(subject: Subject) -> None:
    """The first answer to a `request_id` stands; either message may arrive first."""
    assert statuses(subject, lines.link_declined(), REQUESTED, CONFIRMED) == ["stored"] * 3
    assert link_state(subject, "edu:e1") == "refused:declined"


def test_after_a_decline_a_new_request_starts_anew(subject: Subject) -> None:
    """After a decline a new `request_id` starts anew."""
    tell(subject, REQUESTED, lines.link_declined(), lines.link_requested("r2"))
    assert link_state(subject, "edu:e1") == "requested"
    tell(subject, lines.link_confirmed("r2"))
    assert link_state(subject, "edu:e1") == "completed"


def test_the_first_answer_stands_before_its_request_too(subject: Subject) -> None:
    """The first answer to a `request_id` stands."""
    tell(subject, CONFIRMED, lines.link_declined())
    assert link_state(subject, "edu:e1") == "confirmed"
    tell(subject, REQUESTED)
    assert link_state(subject, "edu:e1") == "completed"


def test_for_a_joined_pair_further_link_messages_have_no_effect(subject: Subject) -> None:
    """For a joined pair every further link message is accepted without effect."""
    tell(subject, REQUESTED, CONFIRMED)
    further = [
        lines.link_requested("r2"),
        lines.link_confirmed("r2"),
        lines.link_declined("r3"),
        lines.link_requested(),
    ]
    assert statuses(subject, *further) == ["stored"] * 4
    assert link_state(subject, "edu:e1") == "completed"
    told = subject.link("edu", "e1")
    assert told is not None
    assert told["request_id"] == "r1"


@pytest.mark.parametrize(
    "further",
    [
        lines.link_requested("r2", "e1", "s2"),
        lines.link_confirmed("r2", "e1", "s2"),
        lines.link_requested("r2", "e2", "s1"),
        lines.link_confirmed("r2", "e2", "s1"),
    ],
)
def test_any_other_pair_is_refused(subject: Subject, further: bytes) -> None:
    """`already_linked` is said on arrival when one of the two accounts is joined to a third."""
    tell(subject, REQUESTED, CONFIRMED)
    assert statuses(subject, further) == ["refused"]
    other = "sovetnmo:s2" if subject.known("sovetnmo", "s2") else "edu:e2"
    assert link_state(subject, other) == "refused:already_linked"
    assert link_state(subject, "edu:e1") == "completed"


def test_open_requests_do_not_conflict_with_each_other(subject: Subject) -> None:
    """Open requests do not conflict with each other."""
    assert statuses(subject, REQUESTED, lines.link_requested("r2", "e1", "s2")) == ["stored", "stored"]
    assert statuses(subject, lines.link_confirmed("r2", "e1", "s2"), CONFIRMED) == ["stored", "refused"]
    assert link_state(subject, "sovetnmo:s2") == "completed"
    assert link_state(subject, "sovetnmo:s1") == "refused:already_linked"


def test_an_open_request_stays_open_when_its_account_is_joined_elsewhere(subject: Subject) -> None:
    """`already_linked` is said on arrival."""
    tell(subject, REQUESTED, lines.link_requested("r2", "e2", "s1"), CONFIRMED)
    assert link_state(subject, "edu:e2") == "requested"


@pytest.mark.parametrize("account", ["edu:e1", "sovetnmo:s1"])
def test_a_closed_account_is_not_joined(subject: Subject, account: str) -> None:
    """`account_closed` (either account, at that moment) … judged when the pair is complete, and refuse the message that
    completed it.
    """
    assert statuses(subject, lines.closed(account), REQUESTED, CONFIRMED) == ["stored", "stored", "refused"]
    assert link_state(subject, "edu:e1") == link_state(subject, "sovetnmo:s1") == "refused:account_closed"
    assert statuses(subject, lines.reopened(account), lines.link_requested(), lines.link_confirmed()) == ["stored"] * 3
    assert link_state(subject, "edu:e1") == "refused:account_closed"


def test_a_reopened_account_is_joined(subject: Subject) -> None:
    """`account_closed` (either account, at that moment)."""
    tell(subject, lines.closed("edu:e1", NOON), REQUESTED, lines.reopened("edu:e1", AFTER), CONFIRMED)
    assert link_state(subject, "edu:e1") == "completed"


def test_numbers_that_differ_are_a_mismatch(subject: Subject) -> None:
    """If both accounts carry a СНИЛС, they must be equal, otherwise `identity_mismatch`."""
    tell(subject, lines.registered("edu:e1", snils=SNILS), lines.registered("sovetnmo:s1", snils=OTHER_SNILS))
    assert statuses(subject, CONFIRMED, REQUESTED) == ["stored", "refused"]
    assert link_state(subject, "sovetnmo:s1") == "refused:identity_mismatch"


def test_one_number_alone_or_another_punctuation_is_no_mismatch(subject: Subject) -> None:
    """If both accounts carry a СНИЛС, they must be equal (any punctuation)."""
    tell(subject, lines.registered("edu:e1", snils="112-233-445 95"), REQUESTED, CONFIRMED)
    told = [lines.registered("edu:e2", snils="112 233 445 95"), lines.registered("sovetnmo:s2", snils="11223344595")]
    tell(subject, *told, lines.link_requested("r2", "e2", "s2"), lines.link_confirmed("r2", "e2", "s2"))
    assert link_state(subject, "edu:e1") == link_state(subject, "edu:e2") == "completed"


def test_a_number_that_differs_after_the_joining_changes_nothing(subject: Subject) -> None:
    """A СНИЛС that arrives after the joining and differs raises a case for support and changes nothing by itself."""
    tell(subject, lines.registered("edu:e1", snils=SNILS), REQUESTED, CONFIRMED)
    assert statuses(subject, lines.registered("sovetnmo:s1", snils=OTHER_SNILS)) == ["stored"]
    assert subject.accounts_of("edu", "e1") == BOTH
    assert link_state(subject, "edu:e1") == "completed"


def test_history_shows_the_latest_attempt_while_none_has_joined(subject: Subject) -> None:
    """`history` shows the link that joined, else the latest attempt of the account."""
    tell(subject, REQUESTED, lines.link_requested("r2", "e1", "s2"), lines.link_requested("r3", "e2", "s1"))
    shown = [(subject.link(*account) or {})["request_id"] for account in (("edu", "e1"), ("sovetnmo", "s1"))]
    assert shown == ["r2", "r3"]


def test_backfilling_until_every_replica_is_settled(subject: Subject) -> None:
    """`backfilling` until every backfilled replica is applied, duplicate, rejected or its activity reversed, then
    `completed`.
    """
    told = [lines.completed("edu:e1", f"m{number}") for number in range(1, 5)]
    tell(subject, *told, lines.completed("sovetnmo:s1", "m5"), REQUESTED, CONFIRMED)
    assert link_counts(subject, "edu:e1") == (1, 4, 0)
    tell(subject, lines.applied("sovetnmo:s1", KEY))
    tell(subject, lines.not_applied("sovetnmo:s1", "module:m2:2025-05-12", "duplicate"))
    tell(subject, lines.not_applied("sovetnmo:s1", "module:m3:2025-05-12", "rejected"))
    tell(subject, lines.not_applied("sovetnmo:s1", "module:m4:2025-05-12", "temporarily"))
    tell(subject, lines.applied("edu:e1", "module:m5:2025-05-12"))
    assert link_state(subject, "sovetnmo:s1") == "backfilling"
    tell(subject, lines.reversal("edu:e1", "module:m4:2025-05-12"))
    assert link_state(subject, "edu:e1") == link_state(subject, "sovetnmo:s1") == "completed"
    assert link_counts(subject, "sovetnmo:s1") == (1, 4, 3)


def test_what_is_recorded_after_the_joining_is_no_backfill(subject: Subject) -> None:
    """`to_edu` and `to_sovetnmo` count the replicas requested at the joining, `applied` those of them applied or
    duplicate.
    """
    tell(subject, REQUESTED, CONFIRMED, lines.completed("edu:e1"), lines.applied("sovetnmo:s1", KEY))
    assert link_state(subject, "edu:e1") == "completed"
    assert link_counts(subject, "edu:e1") == (0, 0, 0)
