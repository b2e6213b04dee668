"""Examples of CONTRACT.md section 5, "The plan": the entries themselves, and (for who counts) what counts."""

import pytest

from tests.model import lines
from tests.model.lines import AFTER, CODE, NOON, OTHER_CODE, row
from tests.model.subjects import Subject, entry, keys, tell

KEY, OTHER_KEY = f"code:{CODE}", f"code:{OTHER_CODE}"
MODULE, PROGRAMME = "module:m1:2025-05-12", "programme:p1:2025-05-12"
DOCTOR, TAKEN = lines.registered("edu:e1"), (lines.issued(), lines.activated("edu:e1"))
COVERED = (DOCTOR, lines.published(), *TAKEN)


def counts(subject: Subject, key: str = KEY, account: str = "edu:e1") -> str:
    found = entry(subject, account, key, counting=True)
    assert (found["counts"] == "counted") or (not found["credits"] and found["counts_in"] == [])
    return str(found["counts"])


def test_an_activation_is_of_the_day_that_was_written_until_the_catalogue_knows(subject: Subject) -> None:
    """`completed_on` of an activation is its activity's `held_on` once the catalogue has it, otherwise the calendar
    date as written in `activated_at`, unconverted.
    """
    tell(subject, lines.issued(), lines.activated("edu:e1", at="2025-05-31T23:59:59-11:00"))
    assert entry(subject, "edu:e1", KEY)["completed_on"] == "2025-05-31"
    tell(subject, lines.published(held_on="2025-05-30"))
    assert entry(subject, "edu:e1", KEY)["completed_on"] == "2025-05-30"
    tell(subject, lines.published(held_on="2025-05-29"))
    assert entry(subject, "edu:e1", KEY)["completed_on"] == "2025-05-29"


def test_an_activation_of_a_module_keeps_the_day_that_was_written(subject: Subject) -> None:
    """… its activity's `held_on` once the catalogue has it: a module has none."""
    tell(subject, lines.issued(activity_id="m1"), lines.activated("edu:e1", at=NOON), lines.published("m1", "module"))
    told = entry(subject, "edu:e1", KEY)
    assert (told["completed_on"], told["kind"]) == ("2025-05-12", "module")


def test_titles_come_from_the_catalogue_and_a_second_publication_replaces_the_first(subject: Subject) -> None:
    """A second `activity.published` replaces the first."""
    tell(subject, lines.completed("edu:e1"))
    assert entry(subject, "edu:e1", MODULE)["title"] is None
    tell(subject, lines.published("m1", "module", title="Первое"), lines.published("m1", "module", title="Второе"))
    told = entry(subject, "edu:e1", MODULE)
    assert (told["title"], told["kind"], told["activity_id"]) == ("Второе", "module", "m1")


def test_entries_are_ordered_by_day_and_then_by_key(subject: Subject) -> None:
    """Entries ordered by `completed_on`, then `activity_key`."""
    tell(
        subject, lines.programme("edu:e1"), lines.completed("edu:e1", "m2"), lines.completed("edu:e1", on="2025-05-11")
    )
    tell(subject, *TAKEN, lines.completed("edu:e1", "M1"))
    assert keys(subject, "edu:e1") == [
        "module:m1:2025-05-11",
        KEY,
        "module:M1:2025-05-12",
        "module:m2:2025-05-12",
        PROGRAMME,
    ]


def test_both_accounts_show_the_same_plan(subject: Subject) -> None:
    """Either account of a linked person gives the same answer."""
    tell(subject, *TAKEN, lines.completed("sovetnmo:s1"), lines.link_requested(), lines.link_confirmed())
    assert subject.plan("edu", "e1", counting=False) == subject.plan("sovetnmo", "s1", counting=False)


def test_what_is_covered_counts_once_all_is_known(counting_subject: Subject) -> None:
    """`catalogue_pending`, then `registration_pending`, then `counted`."""
    tell(counting_subject, *TAKEN)
    assert counts(counting_subject) == "catalogue_pending"
    tell(counting_subject, lines.published())
    assert counts(counting_subject) == "registration_pending"
    tell(counting_subject, DOCTOR)
    assert counts(counting_subject) == "counted"
    assert entry(counting_subject, "edu:e1", KEY, counting=True)["credits"] == 5


def test_reasons_in_order_of_precedence(counting_subject: Subject) -> None:
    """`counts` in order of precedence: `reversed`, `code_revoked`, `activity_withdrawn`, `catalogue_pending`,
    `foreign`.
    """
    tell(counting_subject, DOCTOR, lines.issued(), lines.activated("edu:e1", at=AFTER), lines.published(foreign=True))
    assert counts(counting_subject) == "foreign"
    tell(counting_subject, lines.withdrawn(at=NOON))
    assert counts(counting_subject) == "activity_withdrawn"
    tell(counting_subject, lines.revoked(at=NOON))
    assert counts(counting_subject) == "code_revoked"
    tell(counting_subject, lines.reversal("edu:e1", KEY))
    assert counts(counting_subject) == "reversed"


def test_what_happened_before_the_news_counts(counting_subject: Subject) -> None:
    """What happened before is accepted, whenever it arrives."""
    tell(counting_subject, *COVERED, lines.withdrawn(at=AFTER), lines.revoked(at=AFTER))
    assert counts(counting_subject) == "counted"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (lines.published("ev1", "event", row(5, audience="nurses")), "audience_not_covered"),
        (lines.issued(audience="nurses"), "audience_not_covered"),
        (lines.published("ev1", "event", row(5, "терапия")), "specialty_not_covered"),
        (lines.published("ev1", "event", row(5, level="secondary")), "specialty_not_covered"),
        (lines.published("ev1", "event", row(5, " КАРДИО\u043bогия ")), "counted"),
        (lines.changed("edu:e1", at=AFTER, specialties=["терапия"]), "specialty_not_covered"),
        (lines.cycle("edu:e1"), "counted"),
        (lines.cycle("edu:e1", specialty="терапия"), "specialty_not_covered"),
        (lines.cycle("edu:e1", education_level="secondary"), "specialty_not_covered"),
        (lines.cycle("edu:e1", ends_on="2025-05-13"), "outside_cycle"),
        (lines.cycle("edu:e1", starts_on="2025-05-14", ends_on="2025-05-14"), "counted"),
    ],
)
def test_coverage(counting_subject: Subject, told: bytes, reason: str) -> None:
    """Coverage goes by the latest facts …; a person with cycles: each cycle stands for its own pair."""
    tell(counting_subject, *COVERED, told)
    assert counts(counting_subject) == reason


def test_names_compare_after_aliases(counting_subject: Subject) -> None:
    """Names compare after aliases, with blanks folded and case ignored."""
    accredited = lines.published("ev1", "event", row(5, "клинической  фармакология"))
    tell(counting_subject, *TAKEN, accredited, lines.registered("edu:e1", specialties=["Клиническая фармакология"]))
    assert counts(counting_subject) == "counted"


def test_facts_of_the_other_account_count_too(counting_subject: Subject) -> None:
    """Coverage goes by the latest facts of all the specialist's accounts."""
    tell(counting_subject, *TAKEN, lines.published(), lines.registered("sovetnmo:s1"))
    assert counts(counting_subject) == "registration_pending"
    tell(counting_subject, lines.link_requested(), lines.link_confirmed())
    assert counts(counting_subject) == "counted"


def test_several_rows_give_the_highest_credits(counting_subject: Subject) -> None:
    """Several rows give the highest credits (of the covering ones; in a cycle's totals, of that cycle's)."""
    rows = (row(3), row(7), row(9, "терапия"), row(11, "хирургия"))
    tell(counting_subject, DOCTOR, lines.published("ev1", "event", *rows), *TAKEN)
    assert entry(counting_subject, "edu:e1", KEY, counting=True)["credits"] == 7
    tell(counting_subject, lines.cycle("edu:e1", "c1"), lines.cycle("edu:e1", "c2", specialty="терапия"))
    told = counting_subject.plan("edu", "e1", counting=True)
    assert (told["entries"][0]["credits"], told["entries"][0]["counts_in"]) == (9, ["c1", "c2"])
    assert [cycle["totals"]["events"] for cycle in told["cycles"]] == [7, 9]


def test_the_same_cycle_again_replaces_it(counting_subject: Subject) -> None:
    """The same `cycle_id` again replaces the cycle; cycles by `starts_on`, then `cycle_id`."""
    tell(counting_subject, *COVERED, lines.cycle("edu:e1", specialty="терапия"), lines.cycle("edu:e1"))
    tell(counting_subject, lines.cycle("edu:e1", "c0"), lines.cycle("edu:e1", "c9", starts_on="2020-01-01"))
    told = counting_subject.plan("edu", "e1", counting=True)
    assert [cycle["cycle_id"] for cycle in told["cycles"]] == ["c9", "c0", "c1"]
    assert told["entries"][0]["counts_in"] == ["c9", "c0", "c1"]


def test_an_activation_of_a_module_duplicates_its_automatic_completion(counting_subject: Subject) -> None:
    """An activation of a module duplicates any automatic completion of that module by the same specialist, whatever the
    dates.
    """
    told = [lines.issued(activity_id="m1"), lines.activated("edu:e1"), lines.completed("edu:e1", on="2025-03-01")]
    tell(counting_subject, DOCTOR, lines.published("m1", "module"), *told)
    assert counts(counting_subject) == "duplicate_of"
    assert counts(counting_subject, "module:m1:2025-03-01") == "counted"
    tell(counting_subject, lines.reversal("edu:e1", "module:m1:2025-03-01"))
    assert counts(counting_subject) == "counted"


def test_two_codes_of_one_event_day_give_one_credit(counting_subject: Subject) -> None:
    """Otherwise the later of two entries with the same `activity_id` and `completed_on`, in order of recording."""
    tell(counting_subject, DOCTOR, lines.published(), lines.issued(CODE, OTHER_CODE))
    tell(counting_subject, lines.activated("edu:e1", OTHER_CODE), lines.activated("edu:e1", CODE))
    assert (counts(counting_subject, OTHER_KEY), counts(counting_subject)) == ("counted", "duplicate_of")
    assert counting_subject.plan("edu", "e1", counting=True)["totals"]["events"] == 5


def test_programmes_need_the_catalogue_and_give_their_hours(counting_subject: Subject) -> None:
    """Programmes need the catalogue as every kind; their credits are the message's `hours`."""
    tell(counting_subject, DOCTOR, lines.cycle("edu:e1"), lines.programme("edu:e1", hours=36, distance=18))
    assert counts(counting_subject, PROGRAMME) == "catalogue_pending"
    tell(counting_subject, lines.published("p1", "programme"))
    assert entry(counting_subject, "edu:e1", PROGRAMME, counting=True)["credits"] == 36


def test_totals_sum_the_entries_and_remaining_is_what_targets_leave(counting_subject: Subject) -> None:
    """`totals` sums the entries; a cycle's `targets` and `remaining` have the keys of `totals`; `remaining` =
    max(0, target - total).
    """
    tell(counting_subject, *COVERED, lines.published("m1", "module", row(30)), lines.completed("edu:e1"))
    tell(counting_subject, lines.programme("edu:e1", hours=36, distance=18), lines.published("p1", "programme"))
    tell(counting_subject, lines.cycle("edu:e1"))
    told = counting_subject.plan("edu", "e1", counting=True)
    totals = {"events": 5, "modules": 30, "programme_hours": 36, "distance_hours": 18}
    assert told["totals"] == totals
    assert told["cycles"][0]["totals"] == totals
    assert set(told["cycles"][0]["targets"]) == set(totals)
    assert told["cycles"][0]["remaining"] == {
        "events": 11,
        "modules": 0,
        "programme_hours": 72,
        "distance_hours": 36,
    }
