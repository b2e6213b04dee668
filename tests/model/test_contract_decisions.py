"""Examples of what the contract leaves open, as decided in DECISIONS.md."""

from tests.model import lines
from tests.model.lines import AFTER, BEFORE, CODE, NOON, OTHER_CODE, decode, encode
from tests.model.subjects import NOW, Subject, entry, keys, link_state, outcomes, shown, statuses, tell

KEY = "module:m1:2025-05-12"
LINKED = (lines.link_requested(), lines.link_confirmed())


def test_blank_lines_are_not_received(subject: Subject) -> None:
    """`ingest` counts this command's lines (blank ones are not received)."""
    assert statuses(subject, b"", b" \t\r") == ["blank", "blank"]
    assert subject.counts()["received"] == 0


def test_a_known_id_does_not_save_a_broken_message(subject: Subject) -> None:
    """A line must be valid before it can be a repeat."""
    line = lines.completed("edu:e1")
    broken = {name: value for name, value in decode(line).items() if name != "time"}
    assert statuses(subject, line, encode(broken)) == ["stored", "parked"]


def test_a_discarded_message_is_not_retried(subject: Subject) -> None:
    """Only what is open can be retried."""
    early = lines.activated("edu:e1", at="2026-01-03T00:00:00Z")
    tell(subject, early)
    subject.discard(early)
    assert subject.retry(early, NOW.replace(day=3)).status == "parked"


def test_a_retried_message_arrives_when_it_is_retried(subject: Subject) -> None:
    """What first come decides goes by arrival."""
    early = lines.activated("edu:e1", at="2026-01-03T00:00:00Z")
    tell(subject, lines.issued(), early, lines.activated("edu:e2"))
    assert subject.retry(early, NOW.replace(day=3)).refused
    assert outcomes(subject, CODE) == ["accepted", "code_taken"]


def test_the_codes_of_one_issue_record_are_judged_again_in_order_of_arrival(subject: Subject) -> None:
    """… in order of arrival over all codes of the message, not code by code."""
    tell(
        subject, lines.activated("edu:e1", OTHER_CODE), lines.activated("edu:e1", CODE), lines.issued(CODE, OTHER_CODE)
    )
    assert sorted(keys(subject, "edu:e1")) == [f"code:{CODE}", f"code:{OTHER_CODE}"]
    assert outcomes(subject, OTHER_CODE) == outcomes(subject, CODE) == ["accepted"]


def test_an_attempt_that_was_vouched_for_rightly_is_not_judged_again(subject: Subject) -> None:
    """Only what a wrong vouching activity decided is judged again; the rest keeps its reason."""
    tell(subject, lines.withdrawn(), lines.activated("edu:e1", at=AFTER, activity_id="ev1"))
    tell(subject, lines.activated("edu:e2", activity_id="ev2"), lines.issued(activity_id="ev1"))
    assert outcomes(subject, CODE) == ["activity_withdrawn", "accepted"]


def test_what_is_judged_again_is_judged_by_what_is_known_then(subject: Subject) -> None:
    """A revocation that arrived between the attempt and the issue record bars it."""
    tell(subject, lines.activated("edu:e1", at=AFTER), lines.revoked(at=NOON), lines.issued())
    assert outcomes(subject, CODE) == ["code_revoked"]
    assert keys(subject, "edu:e1") == []


def test_a_revocation_counts_whatever_activity_it_names(subject: Subject) -> None:
    """The `activity_id` of a `codes.revoked` is not compared."""
    tell(subject, lines.issued(), lines.revoked(activity_id="ev2", at=BEFORE))
    assert statuses(subject, lines.activated("edu:e1")) == ["refused"]


def test_a_completion_that_is_known_is_not_judged_again(subject: Subject) -> None:
    """The same completion again is no refusal, though the activity has been withdrawn meanwhile."""
    tell(subject, lines.completed("edu:e1"), lines.withdrawn("m1", "2025-05-01T00:00:00Z"))
    assert statuses(subject, lines.completed("edu:e1"), lines.completed("edu:e2")) == ["stored", "refused"]


def test_the_first_report_of_a_programme_stands(subject: Subject) -> None:
    """The same key again changes nothing, even with other hours."""
    tell(subject, lines.programme("edu:e1"), lines.programme("edu:e1", hours=144))
    assert keys(subject, "edu:e1") == ["programme:p1:2025-05-12"]


def test_an_activation_of_an_unknown_activity_is_of_an_event(subject: Subject) -> None:
    """`kind` of an activation is the catalogue's, and "event" until the catalogue knows."""
    tell(subject, lines.activated("edu:e1", activity_id="m1"))
    assert entry(subject, "edu:e1", f"code:{CODE}")["kind"] == "event"
    tell(subject, lines.published("m1", "module"))
    assert entry(subject, "edu:e1", f"code:{CODE}")["kind"] == "module"


def test_a_decline_is_a_fact_even_between_joined_accounts(subject: Subject) -> None:
    """A decline never is `already_linked`."""
    tell(subject, *LINKED)
    assert statuses(subject, lines.link_declined("r2", "e1", "s2")) == ["stored"]
    assert link_state(subject, "sovetnmo:s2") == "refused:declined"


def test_already_linked_is_said_to_every_half_that_arrives(subject: Subject) -> None:
    """`already_linked` is said on arrival, whatever the attempt came to before."""
    tell(subject, lines.link_requested("r2", "e1", "s2"), lines.link_declined("r2", "e1", "s2"), *LINKED)
    told = [lines.link_requested("r2", "e1", "s2"), lines.link_confirmed("r2", "e1", "s2")]
    assert statuses(subject, *told) == ["refused", "refused"]
    assert link_state(subject, "sovetnmo:s2") == "refused:already_linked"


def test_a_refused_attempt_ignores_further_messages(subject: Subject) -> None:
    """An attempt that ended ignores further messages of the same request and accounts: only a new request helps."""
    assert statuses(subject, lines.closed("edu:e1"), *LINKED) == ["stored", "stored", "refused"]
    again = [lines.reopened("edu:e1"), lines.link_requested(), lines.link_confirmed(), lines.link_declined()]
    assert statuses(subject, *again) == ["stored"] * 4
    assert link_state(subject, "edu:e1") == "refused:account_closed"


def test_an_open_attempt_becomes_already_linked_with_its_next_message(subject: Subject) -> None:
    """`already_linked` on arrival ends the message's own attempt."""
    tell(subject, lines.link_requested("r2", "e1", "s2"), *LINKED)
    assert link_state(subject, "sovetnmo:s2") == "requested"
    assert statuses(subject, lines.link_requested("r2", "e1", "s2")) == ["refused"]
    assert link_state(subject, "sovetnmo:s2") == "refused:already_linked"


def test_of_a_closed_account_and_a_mismatch_the_closed_account_is_said(subject: Subject) -> None:
    """`account_closed` comes before `identity_mismatch`."""
    tell(
        subject, lines.registered("edu:e1", snils=lines.SNILS), lines.registered("sovetnmo:s1", snils=lines.OTHER_SNILS)
    )
    tell(subject, lines.closed("edu:e1"), *LINKED)
    assert link_state(subject, "edu:e1") == "refused:account_closed"


def test_the_latest_attempt_is_the_one_that_began_last(subject: Subject) -> None:
    """A further message of an older attempt does not make it the latest."""
    tell(subject, lines.link_requested("r1"), lines.link_requested("r2"), lines.link_declined("r1"))
    assert link_state(subject, "edu:e1") == "requested"


def test_an_answer_that_crosses_a_reversal_still_settles_the_replica(subject: Subject) -> None:
    """A reversed entry keeps its `shown_in`: the reversal itself does not change it, the portal's answer does."""
    tell(subject, *LINKED, lines.completed("edu:e1"), lines.reversal("edu:e1", KEY))
    assert shown(subject, "edu:e1", KEY) == ("requested", "origin")
    tell(subject, lines.applied("sovetnmo:s1", KEY))
    assert shown(subject, "edu:e1", KEY) == ("applied", "origin")


def test_what_a_closed_account_shows_is_taken_back_when_it_reopens(subject: Subject) -> None:
    """Promise 3: when input stops, both accounts show the same activities."""
    tell(subject, *LINKED, lines.completed("edu:e1"), lines.closed("sovetnmo:s1"), lines.reversal("edu:e1", KEY))
    assert subject.replicas("sovetnmo")["s1", KEY]["state"] in {"either", "show"}  # the model leaves it open
    tell(subject, lines.reopened("sovetnmo:s1"))
    assert subject.replicas("sovetnmo")["s1", KEY]["state"] == "withdrawn"


def test_what_one_of_two_people_had_reversed_is_taken_back_at_the_joining(subject: Subject) -> None:
    """Promise 3: when input stops, both accounts show the same activities."""
    tell(subject, lines.completed("edu:e1"), lines.completed("sovetnmo:s1"), lines.reversal("edu:e1", KEY), *LINKED)
    assert subject.replicas("sovetnmo")["s1", KEY]["state"] == "withdrawn"
    assert subject.replicas("edu").get(("e1", KEY), {"state": "either"})["state"] == "either"  # it reversed it itself


def test_a_cycle_of_the_same_name_from_the_other_account_replaces_the_cycle(counting_subject: Subject) -> None:
    """A `cycle_id` is one of the specialist's, whichever portal says it."""
    tell(counting_subject, lines.cycle("edu:e1"), lines.cycle("sovetnmo:s1", specialty="терапия"), *LINKED)
    (cycle,) = counting_subject.plan("edu", "e1", counting=True)["cycles"]
    assert cycle["specialty"] == "терапия"


def test_credits_are_those_of_the_cycles_in_which_the_entry_counts(counting_subject: Subject) -> None:
    """A row that covers only a cycle of other dates gives nothing."""
    rows = (lines.row(3), lines.row(9, "терапия"))
    tell(counting_subject, lines.registered("edu:e1"), lines.published("ev1", "event", *rows), lines.issued())
    tell(counting_subject, lines.activated("edu:e1"), lines.cycle("edu:e1", "c1"))
    tell(counting_subject, lines.cycle("edu:e1", "c2", specialty="терапия", starts_on="2026-01-01"))
    assert entry(counting_subject, "edu:e1", f"code:{CODE}", counting=True)["credits"] == 3


def test_registration_is_pending_until_what_coverage_needs_is_known(counting_subject: Subject) -> None:
    """The audience always; level and specialties for a person without cycles."""
    tell(counting_subject, lines.published(), lines.issued(), lines.activated("edu:e1"))
    key = f"code:{CODE}"
    tell(counting_subject, lines.changed("edu:e1", email="e1@example.org", specialties=["кардиология"]))
    assert entry(counting_subject, "edu:e1", key, counting=True)["counts"] == "registration_pending"
    tell(counting_subject, lines.changed("edu:e1", audience="doctors"))
    assert entry(counting_subject, "edu:e1", key, counting=True)["counts"] == "registration_pending"
    tell(counting_subject, lines.cycle("edu:e1"))
    assert entry(counting_subject, "edu:e1", key, counting=True)["counts"] == "counted"
