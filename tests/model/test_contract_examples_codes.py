"""Examples of CONTRACT.md section 5, "Codes": who gets a code, why not, and what is judged again."""

from tests.model import lines
from tests.model.lines import AFTER, BEFORE, CODE, NOON, OTHER_CODE
from tests.model.subjects import Subject, entry, keys, outcomes, owner, statuses, tell

KEY = f"code:{CODE}"
LINKED = (lines.link_requested(), lines.link_confirmed())


def test_a_malformed_code_is_refused_and_belongs_to_no_code(subject: Subject) -> None:
    """`code_malformed` is the first of the reasons; it is refused, and not parked."""
    assert statuses(subject, lines.activated("edu:e1", "AB12"), lines.activated("edu:e1", "")) == ["refused", "refused"]
    assert subject.code("AB12") is None
    assert subject.codes_credited() == 0


def test_a_code_is_credited_once_to_one_person(subject: Subject) -> None:
    """A code is credited once, to one person, over both portals, for ever."""
    told = [lines.issued(), lines.activated("edu:e1"), lines.activated("sovetnmo:s1")]
    assert statuses(subject, *told) == ["stored", "stored", "refused"]
    assert outcomes(subject, CODE) == ["accepted", "code_taken"]
    assert owner(subject, CODE) == "edu:e1"
    assert keys(subject, "sovetnmo:s1") == []


def test_one_person_gets_the_same_outcome_again(subject: Subject) -> None:
    """`code_already_yours`: this person has it already, on this portal or the other; no second credit."""
    tell(subject, *LINKED, lines.issued(), lines.activated("edu:e1"))
    assert statuses(subject, lines.activated("sovetnmo:s1"), lines.activated("edu:e1")) == ["stored", "stored"]
    assert outcomes(subject, CODE) == ["accepted", "code_already_yours", "code_already_yours"]
    assert keys(subject, "sovetnmo:s1") == [KEY]


def test_already_yours_and_taken_come_before_revoked(subject: Subject) -> None:
    """When several reasons apply: `code_malformed`, `code_already_yours`, `code_taken`, `code_revoked`."""
    tell(subject, lines.issued(), lines.activated("edu:e1", at=BEFORE), lines.revoked())
    tell(subject, lines.activated("edu:e1", at=AFTER), lines.activated("edu:e2", at=AFTER))
    assert outcomes(subject, CODE) == ["accepted", "code_already_yours", "code_taken"]


def test_revoked_comes_before_unknown_and_unknown_before_withdrawn(subject: Subject) -> None:
    """… `code_revoked`, `code_unknown`, `activity_withdrawn`, accepted."""
    tell(subject, lines.revoked(), lines.withdrawn())
    tell(subject, lines.activated("edu:e1", at=AFTER), lines.activated("edu:e1", OTHER_CODE, AFTER))
    tell(subject, lines.activated("edu:e1", OTHER_CODE, AFTER, "ev1"))
    assert outcomes(subject, CODE) == ["code_revoked"]
    assert outcomes(subject, OTHER_CODE) == ["code_unknown", "activity_withdrawn"]


def test_what_happened_before_the_revocation_is_accepted_whenever_it_arrives(subject: Subject) -> None:
    """What happened before is accepted, whenever it arrives (`activated_at` after `revoked_at` is refused)."""
    tell(subject, lines.issued(CODE, OTHER_CODE), lines.revoked(CODE, OTHER_CODE, at=NOON))
    tell(subject, lines.activated("edu:e1", at="2025-05-12T09:00:00Z"), lines.activated("edu:e1", OTHER_CODE, AFTER))
    assert outcomes(subject, CODE) == ["accepted"]
    assert outcomes(subject, OTHER_CODE) == ["code_revoked"]


def test_of_several_revocations_the_earliest_stands(subject: Subject) -> None:
    """Revocations and withdrawals are never undone; of several the earliest `…_at` stands."""
    tell(subject, lines.issued(), lines.revoked(at=NOON), lines.revoked(at=AFTER), lines.revoked(at=BEFORE))
    assert statuses(subject, lines.activated("edu:e1", at="2025-05-12T11:30:00+03:00")) == ["refused"]


def test_news_that_comes_later_than_the_activity_leaves_the_entry(subject: Subject) -> None:
    """Where the news comes later than the activity, the entry stays."""
    tell(subject, lines.issued(), lines.activated("edu:e1", at=AFTER), lines.revoked(at=NOON), lines.withdrawn(at=NOON))
    assert keys(subject, "edu:e1") == [KEY]
    assert outcomes(subject, CODE) == ["accepted"]


def test_a_completion_is_barred_by_the_day_as_written(subject: Subject) -> None:
    """`completed_on` after the calendar date written in `withdrawn_at`."""
    tell(
        subject, lines.withdrawn("m1", "2025-05-12T23:30:00-05:00"), lines.withdrawn("p1", "2025-05-12T01:00:00+12:00")
    )
    assert statuses(subject, lines.completed("edu:e1", on="2025-05-12")) == ["stored"]
    assert statuses(subject, lines.completed("edu:e1", on="2025-05-13")) == ["refused"]
    assert statuses(subject, lines.programme("edu:e1", on="2025-05-12")) == ["stored"]
    assert statuses(subject, lines.programme("edu:e1", on="2025-05-13")) == ["refused"]
    assert keys(subject, "edu:e1") == ["module:m1:2025-05-12", "programme:p1:2025-05-12"]


def test_the_portal_vouches_for_a_code_that_nobody_issued(subject: Subject) -> None:
    """A code that no `codes.issued` names: with an `activity_id` in the activation it is accepted, without one it is
    `code_unknown`.
    """
    tell(subject, lines.activated("edu:e1"), lines.activated("edu:e1", activity_id="ev9"))
    assert outcomes(subject, CODE) == ["code_unknown", "accepted"]
    assert entry(subject, "edu:e1", KEY)["activity_id"] == "ev9"


def test_unknown_codes_are_judged_again_when_they_are_issued(subject: Subject) -> None:
    """When a `codes.issued` names a code with `code_unknown` attempts, these are judged again in order of arrival, and
    each attempt's one row shows its latest outcome.
    """
    tell(subject, lines.activated("edu:e2"), lines.activated("edu:e1"), lines.activated("edu:e2"), lines.issued())
    assert outcomes(subject, CODE) == ["accepted", "code_taken", "code_already_yours"]
    assert owner(subject, CODE) == "edu:e2"
    assert keys(subject, "edu:e2") == [KEY]


def test_a_code_that_is_issued_after_somebody_vouched_for_it_stays_theirs(subject: Subject) -> None:
    """… these are judged again: against what stands when the issue record arrives."""
    tell(subject, lines.activated("edu:e1"), lines.activated("edu:e2", activity_id="ev1"), lines.issued())
    assert outcomes(subject, CODE) == ["code_taken", "accepted"]


def test_an_attempt_refused_through_a_wrong_vouching_activity_is_judged_again(subject: Subject) -> None:
    """Promise 5: order costs nobody a credit; the issue record wins over a vouching activation."""
    tell(subject, lines.withdrawn("ev2"), lines.activated("edu:e1", at=AFTER, activity_id="ev2"))
    assert outcomes(subject, CODE) == ["activity_withdrawn"]
    tell(subject, lines.issued(activity_id="ev1"))
    assert outcomes(subject, CODE) == ["accepted"]
    assert entry(subject, "edu:e1", KEY)["activity_id"] == "ev1"


def test_an_attempt_at_a_code_of_a_withdrawn_activity_stays_refused(subject: Subject) -> None:
    """`activity_withdrawn` refuses what happened after."""
    tell(subject, lines.activated("edu:e1", at=AFTER), lines.withdrawn(at=NOON), lines.issued(), lines.issued())
    assert outcomes(subject, CODE) == ["activity_withdrawn"]


def test_taken_becomes_already_yours_when_taker_and_owner_are_linked(subject: Subject) -> None:
    """Likewise `code_taken` attempts become `code_already_yours` when a link makes taker and owner one person."""
    tell(subject, lines.issued(), lines.activated("edu:e1"), lines.activated("sovetnmo:s1"), lines.activated("edu:e2"))
    tell(subject, *LINKED)
    assert outcomes(subject, CODE) == ["accepted", "code_already_yours", "code_taken"]


def test_the_first_issue_record_names_the_activity_for_good(subject: Subject) -> None:
    """The first issue record of a code names its activity for good …; a later one for the same activity corrects the
    audience, for another activity it has no effect.
    """
    tell(subject, lines.issued(), lines.issued(activity_id="ev2", audience="nurses"))
    code = subject.code(CODE)
    assert code is not None
    assert code["issued"] == {"activity_id": "ev1", "audience": "doctors"}
    tell(subject, lines.issued(audience="nurses"))
    code = subject.code(CODE)
    assert code is not None
    assert code["issued"] == {"activity_id": "ev1", "audience": "nurses"}


def test_the_issue_record_wins_even_if_it_comes_later(subject: Subject) -> None:
    """… and wins over a vouching activation even if it comes later (the entry's `activity_id` changes)."""
    tell(subject, lines.activated("edu:e1", activity_id="ev2"), lines.issued())
    assert entry(subject, "edu:e1", KEY)["activity_id"] == "ev1"
    tell(subject, lines.issued(OTHER_CODE), lines.activated("edu:e1", OTHER_CODE, activity_id="ev2"))
    assert entry(subject, "edu:e1", f"code:{OTHER_CODE}")["activity_id"] == "ev1"


def test_a_completion_with_a_code_gives_one_entry_and_the_code(subject: Subject) -> None:
    """A `module.completed` with a `code` gives one entry, `module:<id>:<date>` …: a free code becomes this person's."""
    tell(subject, lines.completed("edu:e1", code=CODE), lines.activated("edu:e1"), lines.activated("edu:e2"))
    assert keys(subject, "edu:e1") == ["module:m1:2025-05-12"]
    assert outcomes(subject, CODE) == ["accepted", "code_already_yours", "code_taken"]
    code = subject.code(CODE)
    assert code is not None
    assert [each["at"] for each in code["attempts"]] == [None, NOON, NOON]


def test_a_completion_is_accepted_whatever_its_code_is_worth(subject: Subject) -> None:
    """… accepted whatever the code is worth; any other outcome is only noted on the attempt."""
    tell(subject, lines.issued(), lines.activated("edu:e1"))
    told = [lines.completed("edu:e2", code=CODE), lines.completed("edu:e2", "m2", code="плохой")]
    assert statuses(subject, *told) == ["stored", "stored"]
    assert outcomes(subject, CODE) == ["accepted", "code_taken"]
    assert len(keys(subject, "edu:e2")) == 2


def test_a_revocation_bars_a_completions_code_by_the_date(subject: Subject) -> None:
    """… vouched by `module_id` and without an instant (a revocation then bars by the date)."""
    tell(subject, lines.revoked(CODE, OTHER_CODE, at="2025-05-12T00:30:00+03:00"))
    tell(subject, lines.completed("edu:e1", code=CODE), lines.completed("edu:e1", on="2025-05-13", code=OTHER_CODE))
    assert outcomes(subject, CODE) == ["accepted"]
    assert outcomes(subject, OTHER_CODE) == ["code_revoked"]


def test_the_code_of_a_known_completion_is_an_attempt_too(subject: Subject) -> None:
    """`code --json` lists one attempt per stored message that names the code, in order of arrival."""
    tell(subject, lines.completed("edu:e1"), lines.completed("edu:e1", code=CODE), lines.completed("edu:e1", code=CODE))
    assert outcomes(subject, CODE) == ["accepted", "code_already_yours"]
    assert keys(subject, "edu:e1") == ["module:m1:2025-05-12"]


def test_a_refused_completion_is_no_attempt(subject: Subject) -> None:
    """If it is not itself refused it is also an attempt at the code."""
    tell(subject, lines.withdrawn("m1", "2025-05-01T00:00:00Z"))
    assert statuses(subject, lines.completed("edu:e1", code=CODE)) == ["refused"]
    assert outcomes(subject, CODE) == []


def test_a_well_formed_code_never_heard_of_has_no_answers(subject: Subject) -> None:
    """A well-formed code never heard of exits 0 with nulls and no attempts."""
    code = subject.code(CODE)
    assert code is not None
    assert (code["issued"], code["revoked"], code["owner"], code["attempts"]) == (None, False, None, [])


def test_a_code_is_revoked_before_it_was_issued(subject: Subject) -> None:
    """Promise 5: … or that comes before what it refers to."""
    tell(subject, lines.revoked(), lines.issued(), lines.activated("edu:e1", at=AFTER))
    code = subject.code(CODE)
    assert code is not None
    assert code["revoked"] is True
    assert outcomes(subject, CODE) == ["code_revoked"]


def test_after_a_reversal_the_code_stays_its_owners(subject: Subject) -> None:
    """After a reversal the code stays its owner's."""
    tell(subject, lines.issued(), lines.activated("edu:e1"), lines.reversal("edu:e1", KEY))
    tell(subject, lines.activated("edu:e2"), lines.activated("edu:e1"))
    assert outcomes(subject, CODE) == ["accepted", "code_taken", "code_already_yours"]
