"""Examples of CONTRACT.md section 5, "Counting": what a delivery is, and how deliveries are summed up."""

from tests.model import lines
from tests.model.lines import CODE, decode, encode
from tests.model.subjects import NOW, Subject, statuses, tell

BAD = encode(lines.event("account.closed", "/portals/edu", {"account_id": "e1"}))


def sums(subject: Subject) -> tuple[int, int, int, int]:
    counts = subject.counts()
    assert counts["received"] == counts["stored"] + counts["repeats"] + counts["parked"]
    return counts["stored"], counts["repeats"], counts["refused"], counts["parked"]


def test_the_same_source_and_id_again_is_a_repeat(subject: Subject) -> None:
    """`repeats`: the (`source`, `id`) is stored already."""
    line = lines.registered("edu:e1")
    assert statuses(subject, line, line) == ["stored", "repeat"]
    assert sums(subject) == (1, 1, 0, 0)


def test_another_spelling_of_the_same_message_is_a_repeat(subject: Subject) -> None:
    """The same (`source`, `id`) stored twice is one message, wherever it turns up again."""
    line = lines.completed("edu:e1")
    event = decode(line)
    other = encode(dict(reversed(event.items())) | {"time": lines.AFTER, "traceparent": "00"})
    assert statuses(subject, line, other) == ["stored", "repeat"]


def test_the_same_id_from_another_source_is_another_message(subject: Subject) -> None:
    """`id`, unique per `source`."""
    line = lines.completed("edu:e1")
    other = encode(decode(line) | {"source": "/portals/sovetnmo"})
    assert statuses(subject, line, other) == ["stored", "stored"]


def test_a_stored_id_with_other_data_parks(subject: Subject) -> None:
    """A stored (`source`, `id`) with another `type` or `data` is no repeat: it parks as `id_reused`."""
    line = lines.completed("edu:e1")
    other = decode(line)
    other["data"]["module_id"] = "m2"
    first, second = tell(subject, line, encode(other))
    assert (first.status, second.status) == ("stored", "parked")
    assert any("id_reused" in error for error in second.errors)


def test_a_stored_id_with_another_type_parks(subject: Subject) -> None:
    """A stored (`source`, `id`) with another `type` or `data` is no repeat: it parks as `id_reused`."""
    line = lines.closed("edu:e1")
    other = encode(decode(lines.reopened("edu:e1")) | {"id": decode(line)["id"]})
    assert statuses(subject, line, other) == ["stored", "parked"]


def test_the_same_parked_bytes_again_are_a_repeat(subject: Subject) -> None:
    """`repeats`: … or the same bytes are parked already."""
    assert statuses(subject, BAD, BAD) == ["parked", "repeat"]
    assert sums(subject) == (0, 1, 0, 1)


def test_other_bytes_under_the_id_of_a_parked_message_park_too(subject: Subject) -> None:
    """`repeats`: … or the same bytes are parked already."""
    other = encode(decode(BAD) | {"note": "still wrong"})
    assert statuses(subject, BAD, other) == ["parked", "parked"]


def test_a_corrected_message_is_stored_and_the_parked_one_still_counts(subject: Subject) -> None:
    """A corrected message under the id of a parked one is stored, and the parked one is closed as superseded (it
    still counts as parked).
    """
    corrected = decode(BAD)
    corrected["data"]["closed_at"] = lines.NOON
    assert statuses(subject, BAD, encode(corrected)) == ["parked", "stored"]
    assert sums(subject) == (1, 0, 0, 1)
    assert subject.retry(BAD, NOW).status == "parked"


def test_a_successful_retry_moves_a_message_from_parked_to_stored(subject: Subject) -> None:
    """A successful `dead-letters retry` moves its message from parked to stored."""
    early = lines.activated("edu:e1", at="2026-01-03T00:00:00Z")
    assert statuses(subject, early) == ["parked"]
    assert subject.retry(early, NOW.replace(day=3)).status == "stored"
    assert sums(subject) == (1, 0, 1, 0)
    assert statuses(subject, early) == ["repeat"]


def test_a_retry_in_vain_leaves_a_message_parked(subject: Subject) -> None:
    """Every delivery is one of stored, repeat, parked."""
    tell(subject, BAD)
    assert subject.retry(BAD, NOW).status == "parked"
    assert sums(subject) == (0, 0, 0, 1)


def test_a_discarded_message_still_counts_as_parked(subject: Subject) -> None:
    """A discarded one still counts as parked."""
    tell(subject, BAD)
    subject.discard(BAD)
    assert statuses(subject, BAD) == ["repeat"]
    assert sums(subject) == (0, 1, 0, 1)


def test_a_new_message_that_changes_nothing_is_stored(subject: Subject) -> None:
    """A message with a new `id` that changes nothing (`code_already_yours`, the same completion, an echo, a second
    confirmation) is `stored`.
    """
    told = [lines.link_confirmed(), lines.link_confirmed(), lines.link_requested(), lines.link_confirmed()]
    told += [lines.completed("edu:e1"), lines.completed("edu:e1"), lines.completed("sovetnmo:s1")]
    told += [lines.issued(), lines.activated("edu:e1"), lines.activated("sovetnmo:s1")]
    assert set(statuses(subject, *told)) == {"stored"}


def test_a_later_judgement_does_not_lower_what_was_refused(subject: Subject) -> None:
    """`refused` is the part of `stored` whose outcome on arrival was a refusal; a later judgement does not lower it."""
    assert statuses(subject, lines.activated("edu:e1"), lines.issued()) == ["refused", "stored"]
    assert subject.code(CODE) is not None
    assert sums(subject) == (2, 0, 1, 0)


def test_what_a_portal_declines_is_no_refusal_of_ours(subject: Subject) -> None:
    """`link.declined` and `replica.refused` are facts, not refusals."""
    told = [
        lines.link_requested(),
        lines.link_declined(),
        lines.not_applied("edu:e1", "module:m1:2025-05-12", "rejected"),
    ]
    assert statuses(subject, *told) == ["stored"] * 3


def test_specialists_are_accounts_minus_joined_pairs(subject: Subject) -> None:
    """`specialists` = accounts minus joined pairs."""
    tell(subject, lines.registered("edu:e2"), lines.link_requested())
    assert subject.specialists() == 3
    tell(subject, lines.link_confirmed())
    assert subject.specialists() == 2


def test_reversed_codes_stay_credited(subject: Subject) -> None:
    """`codes_credited` = codes that have an owner, reversed ones included."""
    told = [lines.issued(), lines.activated("edu:e1"), lines.reversal("edu:e1", f"code:{CODE}")]
    tell(subject, *told, lines.completed("edu:e2", code=lines.OTHER_CODE))
    assert subject.codes_credited() == 2
