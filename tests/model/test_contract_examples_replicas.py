"""Examples of CONTRACT.md section 5, "Replicas"."""

import pytest

from tests.model import lines
from tests.model.lines import AFTER, CODE, NOON
from tests.model.subjects import Subject, entry, keys, link_counts, shown, statuses, tell

KEY = "module:m1:2025-05-12"
LINKED = (lines.link_requested(), lines.link_confirmed())


def test_without_a_link_nothing_is_replicated(subject: Subject) -> None:
    """`shown_in`: `not_linked`."""
    tell(subject, lines.completed("edu:e1"))
    assert shown(subject, "edu:e1", KEY) == ("not_linked", "origin")
    assert subject.replicas("sovetnmo") == {}


@pytest.mark.parametrize("origin", ["edu:e1", "sovetnmo:s1"])
@pytest.mark.parametrize("is_backfill", [True, False])
def test_every_entry_is_replicated_to_the_other_account(subject: Subject, origin: str, *, is_backfill: bool) -> None:
    """Every entry that is not reversed is replicated, whatever it counts for, at once. Replicas go both ways; an
    activity is never sent back to its origin.
    """
    told = [lines.completed(origin), lines.programme(origin), lines.activated(origin, activity_id="ev9")]
    tell(subject, *((*told, *LINKED) if is_backfill else (*LINKED, *told)))
    other, other_id = ("sovetnmo", "s1") if origin == "edu:e1" else ("edu", "e1")
    assert sorted(subject.replicas(other)) == [
        (other_id, f"code:{CODE}"),
        (other_id, KEY),
        (other_id, "programme:p1:2025-05-12"),
    ]
    assert subject.replicas("edu" if other == "sovetnmo" else "sovetnmo") == {}
    assert set(shown(subject, origin, KEY)) == {"origin", "requested"}


def test_what_does_not_count_is_replicated_too(subject: Subject) -> None:
    """Every entry … is replicated, whatever it counts for."""
    tell(subject, *LINKED, lines.completed("edu:e1"), lines.withdrawn("m1", "2025-01-01T00:00:00Z"))
    assert subject.replicas("sovetnmo")["s1", KEY]["state"] == "show"


def test_a_code_that_is_judged_again_is_replicated_then(subject: Subject) -> None:
    """A replica counts as requested from the moment its cause is recorded."""
    tell(subject, *LINKED, lines.activated("edu:e1"), lines.applied("sovetnmo:s1", f"code:{CODE}"), lines.issued())
    assert shown(subject, "edu:e1", f"code:{CODE}") == ("requested", "origin")


def test_a_key_recorded_on_both_accounts_is_one_entry_without_replica(subject: Subject) -> None:
    """The same key recorded on both accounts before the link: one entry, `origin` the one recorded first, `origin` in
    both fields of `shown_in`, no replica.
    """
    tell(subject, lines.completed("sovetnmo:s1"), lines.completed("edu:e1"), *LINKED)
    assert keys(subject, "edu:e1") == [KEY]
    assert entry(subject, "edu:e1", KEY)["origin"] == "sovetnmo"
    assert shown(subject, "edu:e1", KEY) == ("origin", "origin")
    assert (subject.replicas("edu"), subject.replicas("sovetnmo")) == ({}, {})
    assert link_counts(subject, "edu:e1") == (0, 0, 0)


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ((), "requested"),
        (("applied",), "applied"),
        (("duplicate",), "applied"),
        (("rejected",), "refused"),
        (("temporarily",), "requested"),
        (("temporarily", "applied"), "applied"),
        (("rejected", "applied"), "applied"),
        (("rejected", "temporarily"), "refused"),
        (("applied", "rejected", "temporarily"), "applied"),
        (("duplicate", "rejected"), "applied"),
    ],
)
def test_acknowledgements_settle_a_replica(subject: Subject, answers: tuple[str, ...], state: str) -> None:
    """`applied` and `duplicate` make it `applied` (final), `rejected` makes it `refused`, `temporarily` and silence
    leave it `requested`.
    """
    tell(subject, *LINKED, lines.completed("edu:e1"))
    for answer in answers:
        is_applied = answer == "applied"
        account = "sovetnmo:s1"
        tell(subject, lines.applied(account, KEY) if is_applied else lines.not_applied(account, KEY, answer))
    assert shown(subject, "sovetnmo:s1", KEY) == (state, "origin")


@pytest.mark.parametrize("account", ["edu:e1", "sovetnmo:s2", "edu:e2"])
def test_an_acknowledgement_of_what_was_never_requested_has_no_effect(subject: Subject, account: str) -> None:
    """One for a replica never requested is stored without effect."""
    tell(subject, *LINKED, lines.completed("edu:e1"))
    assert statuses(subject, lines.applied(account, KEY)) == ["stored"]
    assert shown(subject, "edu:e1", KEY) == ("requested", "origin")


def test_an_acknowledgement_before_the_request_has_no_effect(subject: Subject) -> None:
    """A replica counts as requested from the moment its cause is recorded, so an acknowledgement on the very next line
    finds it.
    """
    tell(subject, lines.completed("edu:e1"), lines.link_requested(), lines.applied("sovetnmo:s1", KEY))
    tell(subject, lines.link_confirmed())
    assert shown(subject, "edu:e1", KEY) == ("requested", "origin")
    tell(subject, lines.applied("sovetnmo:s1", KEY))
    assert shown(subject, "edu:e1", KEY) == ("applied", "origin")


def test_an_echo_changes_nothing(subject: Subject) -> None:
    """An echo (the other portal reports as new a key that the specialist has) is stored without effect: it changes
    neither `origin` nor `shown_in`.
    """
    tell(subject, *LINKED, lines.completed("edu:e1"), lines.programme("sovetnmo:s1", hours=36))
    told = [lines.completed("sovetnmo:s1"), lines.programme("edu:e1", hours=40)]
    assert statuses(subject, *told) == ["stored", "stored"]
    assert entry(subject, "edu:e1", KEY)["origin"] == "edu"
    assert shown(subject, "edu:e1", KEY) == ("requested", "origin")
    assert len(keys(subject, "edu:e1")) == 2
    assert set(subject.replicas("edu")) == {("e1", "programme:p1:2025-05-12")}


@pytest.mark.parametrize("reporter", ["edu:e1", "sovetnmo:s1"])
def test_a_reversal_keeps_where_the_entry_was_shown(subject: Subject, reporter: str) -> None:
    """A reversed entry keeps its `shown_in`."""
    tell(subject, *LINKED, lines.completed("edu:e1"), lines.applied("sovetnmo:s1", KEY), lines.reversal(reporter, KEY))
    assert shown(subject, "edu:e1", KEY) == ("applied", "origin")


def test_a_reversal_is_told_to_the_other_open_account(subject: Subject) -> None:
    """A reversal sends `replica.withdrawn` to every open account of the specialist but the one that reported it."""
    tell(subject, *LINKED, lines.completed("edu:e1"), lines.completed("edu:e1", "m2"))
    tell(subject, lines.reversal("edu:e1", KEY), lines.reversal("sovetnmo:s1", "module:m2:2025-05-12"))
    assert subject.replicas("sovetnmo")["s1", KEY]["state"] == "withdrawn"
    assert subject.replicas("edu")["e1", "module:m2:2025-05-12"]["state"] == "withdrawn"


def test_a_reversal_of_a_key_that_is_not_there_yet_applies_when_it_arrives(subject: Subject) -> None:
    """A reversal of a key that the person does not have (yet) is stored, and applies when the key arrives."""
    assert statuses(subject, *LINKED, lines.reversal("edu:e1", KEY), lines.completed("edu:e1")) == ["stored"] * 4
    assert keys(subject, "edu:e1") == [KEY]
    assert shown(subject, "edu:e1", KEY) == ("not_linked", "origin")


def test_a_reversal_by_one_of_two_people_applies_when_they_are_joined(subject: Subject) -> None:
    """A reversal of a key that the person does not have (yet) … applies when the key arrives, also by a link."""
    tell(subject, lines.reversal("sovetnmo:s1", KEY), lines.completed("edu:e1"), *LINKED)
    assert shown(subject, "edu:e1", KEY) == ("not_linked", "origin")
    assert link_counts(subject, "edu:e1") == (0, 0, 0)


def test_a_reversal_by_a_stranger_reverses_nothing(subject: Subject) -> None:
    """A reversal of a key that the person does not have (yet) is stored."""
    tell(subject, *LINKED, lines.reversal("edu:e2", KEY), lines.completed("edu:e1"))
    assert shown(subject, "edu:e1", KEY) == ("requested", "origin")


def test_a_replica_says_what_the_catalogue_says_last(subject: Subject) -> None:
    """`replica.requested` is sent again with a higher `revision` when the catalogue changes what it says; portals keep
    the highest.
    """
    tell(subject, *LINKED, lines.activated("edu:e1", at=NOON, activity_id="ev2"))
    assert subject.replicas("sovetnmo")["s1", f"code:{CODE}"]["replica"]["title"] is None
    told = [lines.published("ev1", title="Первое"), lines.issued(), lines.published("ev1", title="Второе")]
    tell(subject, *told, lines.withdrawn("ev1", AFTER))
    replica = subject.replicas("sovetnmo")["s1", f"code:{CODE}"]["replica"]
    assert (replica["activity_id"], replica["title"], replica["completed_on"]) == ("ev1", "Второе", "2025-05-14")
    assert replica["origin"] == {"portal": "edu", "account_id": "e1"}
