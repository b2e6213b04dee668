"""Examples of CONTRACT.md section 5, "Accounts"."""

import pytest

from tests.model import lines
from tests.model.lines import AFTER, BEFORE, CODE, NOON, OTHER_SNILS, SNILS
from tests.model.subjects import Subject, keys, link_state, shown, statuses, tell

KEY = "module:m1:2025-05-12"
LINKED = (lines.link_requested(), lines.link_confirmed())


@pytest.mark.parametrize(
    "line",
    [
        lines.activated("edu:e1", "bad"),
        lines.applied("edu:e1", KEY),
        lines.reversal("edu:e1", KEY),
        lines.closed("edu:e1"),
    ],
)
def test_an_account_exists_from_its_first_message(subject: Subject, line: bytes) -> None:
    """An account exists from its first message; its facts may come later."""
    assert not subject.known("edu", "e1")
    tell(subject, line)
    assert subject.known("edu", "e1")
    assert not subject.known("sovetnmo", "e1")
    assert keys(subject, "edu:e1") == []


def test_an_account_that_a_link_names_exists(subject: Subject) -> None:
    """States: `requested` or `confirmed` while the other half is missing (for both named accounts)."""
    tell(subject, lines.link_requested(edu="e1", sovetnmo="s1"), lines.link_confirmed("r2", edu="e2", sovetnmo="s2"))
    assert subject.known("sovetnmo", "s1")
    assert subject.known("edu", "e2")
    assert link_state(subject, "sovetnmo:s1") == "requested"
    assert link_state(subject, "edu:e2") == "confirmed"


def test_an_account_never_heard_of_is_a_lookup_error(subject: Subject) -> None:
    """`plan` and `history` of an account never heard of exit 1."""
    with pytest.raises(LookupError):
        subject.plan("edu", "e1", counting=False)
    with pytest.raises(LookupError):
        subject.link("edu", "e1")


def test_facts_stand_field_by_field_by_their_time(subject: Subject) -> None:
    """… field by field the latest by `registered_at` / `changed_at` stands."""
    tell(
        subject, lines.changed("edu:e1", at=AFTER, snils=SNILS), lines.registered("edu:e1", at=NOON, snils=OTHER_SNILS)
    )
    tell(subject, lines.changed("edu:e1", at="2025-06-01T00:00:00Z", email="new@example.org"))
    tell(subject, lines.registered("sovetnmo:s1", snils=SNILS), *LINKED)
    assert link_state(subject, "edu:e1") == "completed"


def test_of_facts_of_the_same_time_the_later_arrival_stands(subject: Subject) -> None:
    """… (the later arrival when equal)."""
    tell(subject, lines.registered("edu:e1", snils=OTHER_SNILS), lines.changed("edu:e1", at=NOON, snils=SNILS))
    tell(subject, lines.registered("sovetnmo:s1", snils=SNILS), *LINKED)
    assert link_state(subject, "edu:e1") == "completed"


def test_a_closed_account_refuses_nothing_that_its_portal_reports(subject: Subject) -> None:
    """A closed account refuses nothing that its portal reports."""
    tell(subject, lines.closed("edu:e1"), lines.issued())
    assert statuses(subject, lines.activated("edu:e1"), lines.completed("edu:e1")) == ["stored", "stored"]
    assert keys(subject, "edu:e1") == [f"code:{CODE}", KEY]


def test_no_replicas_are_requested_to_a_closed_account_until_it_reopens(subject: Subject) -> None:
    """No replicas are requested to it until it is reopened, and then those that were missed are."""
    tell(subject, *LINKED, lines.closed("sovetnmo:s1"), lines.completed("edu:e1"))
    assert shown(subject, "edu:e1", KEY) == ("not_linked", "origin")
    assert subject.replicas("sovetnmo") == {}
    tell(subject, lines.applied("sovetnmo:s1", KEY), lines.reopened("sovetnmo:s1"))
    assert shown(subject, "edu:e1", KEY) == ("requested", "origin")
    assert subject.replicas("sovetnmo")["s1", KEY]["state"] == "show"


def test_what_was_requested_before_the_closing_stays_requested(subject: Subject) -> None:
    """No replicas are requested to it until it is reopened."""
    tell(subject, *LINKED, lines.completed("edu:e1"), lines.closed("sovetnmo:s1"))
    assert shown(subject, "edu:e1", KEY) == ("requested", "origin")
    tell(subject, lines.applied("sovetnmo:s1", KEY))
    assert shown(subject, "edu:e1", KEY) == ("applied", "origin")


def test_of_closings_and_reopenings_the_latest_by_its_time_stands(subject: Subject) -> None:
    """Of closings and reopenings the latest by its `…_at` stands."""
    tell(subject, *LINKED, lines.reopened("sovetnmo:s1", AFTER), lines.closed("sovetnmo:s1", NOON))
    tell(subject, lines.completed("edu:e1", "m2"))
    assert shown(subject, "edu:e1", "module:m2:2025-05-12") == ("requested", "origin")
    tell(subject, lines.closed("sovetnmo:s1", "2025-06-01T00:00:00Z"), lines.reopened("sovetnmo:s1", BEFORE))
    tell(subject, lines.completed("edu:e1"))
    assert shown(subject, "edu:e1", KEY) == ("not_linked", "origin")


def test_what_was_reversed_while_the_account_was_closed_is_not_requested_later(subject: Subject) -> None:
    """Every entry that is not reversed is replicated."""
    tell(subject, *LINKED, lines.closed("sovetnmo:s1"), lines.completed("edu:e1"), lines.reversal("edu:e1", KEY))
    tell(subject, lines.reopened("sovetnmo:s1"))
    assert shown(subject, "edu:e1", KEY) == ("not_linked", "origin")
