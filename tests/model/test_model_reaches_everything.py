"""The generated streams reach everything that the contract names, and the model stays sane on them."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from tests.model.contract_model import Delivered, World
from tests.model.drafts import DRAFTS
from tests.model.malformed import BREAKERS
from tests.model.people import person_of
from tests.model.replicas import both_known_at, has, replicas_of
from tests.model.schema import CODES_ISSUED_MAX, ENVELOPE, TYPES
from tests.model.streams import FREQUENCIES, RECEIVED_AT, Step, new_writer, stream, streams

SEEDS, SIZE = 220, 130
PORTALS = ("edu", "sovetnmo")

ATTEMPTS = [
    "accepted",
    "code_malformed",
    "code_already_yours",
    "code_taken",
    "code_revoked",
    "code_unknown",
    "activity_withdrawn",
]
COUNTS = [
    "counted",
    "reversed",
    "code_revoked",
    "activity_withdrawn",
    "catalogue_pending",
    "foreign",
    "registration_pending",
    "audience_not_covered",
    "specialty_not_covered",
    "outside_cycle",
    "duplicate_of",
]
LINKS = [
    "None",
    "requested",
    "confirmed",
    "backfilling",
    "completed",
    "refused:declined",
    "refused:already_linked",
    "refused:account_closed",
    "refused:identity_mismatch",
]
UNREADABLE = ["not_utf8", "not_json", "too_deep", "not_an_object", "too_large", "id_reused"]

EXPECTED = {
    *(f"stored {kind}" for kind in TYPES),
    *(f"outcome {outcome}" for outcome in (*ATTEMPTS, "already_linked", "account_closed", "identity_mismatch")),
    "completion activity_withdrawn",
    *(f"attempt by completion: {outcome}" for outcome in ATTEMPTS if outcome != "code_unknown"),
    "again code_unknown -> accepted",
    "again code_unknown -> code_taken",
    "again code_unknown -> code_already_yours",
    "again activity_withdrawn -> accepted",
    "again code_taken -> code_already_yours",
    *(f"counts {reason}" for reason in COUNTS),
    "counts in two cycles",
    *(f"link {state}" for state in LINKS),
    *(f"shown {state}" for state in ("origin", "not_linked", "requested", "applied", "refused")),
    "shown origin on both",
    "shown applied, and reversed",
    *(f"asked {state}" for state in ("show", "withdrawn", "either")),
    "requested on reopening",
    "acknowledged though never requested",
    "echo",
    "reversed before it was known",
    "activity of the issue record wins",
    *(f"broken {name}" for name in BREAKERS),
    *(f"error {word}" for word in UNREADABLE),
    *(f"error {field.name}" for field in ENVELOPE),
    *(f"error data.{field.name}" for kind in TYPES.values() for field in kind.fields),
    *(f"step {why}" for why in ("repeat", "respelled", "id_reused", "corrected")),
    "superseded",
}


def test_streams_know_every_type() -> None:
    """Whoever adds a type to the contract's tables finds it missing here."""
    assert set(FREQUENCIES) == set(DRAFTS)
    assert set(DRAFTS) - {"echo"} == set(TYPES)


def test_streams_reach_everything_that_the_contract_names() -> None:
    """Some hundred streams lead to every outcome, every reason, every state and every error."""
    reached: set[str] = set()
    for seed in range(SEEDS):
        chance = Random(seed)
        writer = new_writer(chance, "", people=3, malformed=0.08, repeats=0.08)
        world = writer.world
        for number in range(SIZE):
            before = [made.outcome for made in world.journal.attempts]
            delivered = writer.write(chance)
            reached.update(reached_by(world, writer.steps[-1], delivered))
            judged = zip(before, world.journal.attempts, strict=False)
            reached.update(f"again {was} -> {made.outcome}" for was, made in judged if was != made.outcome)
            if number % 40 == 39:
                reached.update(reached_in(world))
        reached.update(reached_in(world))
        assert_sane(world)
    assert EXPECTED - reached == set()


def reached_by(world: World, step: Step, delivered: Delivered) -> Iterator[str]:
    """Say what one line has led to."""
    if step.why.startswith("broken:"):
        assert delivered.status in {"parked", "repeat"}, step
        yield f"broken {step.why.removeprefix('broken:')}"
    expected = {"repeat": {"repeat"}, "respelled": {"repeat", "stored", "parked"}, "corrected": {"stored", "repeat"}}
    assert delivered.status in expected.get(step.why, {delivered.status}), step
    yield f"step {step.why}"
    yield from (f"error {error}" for error in delivered.errors)
    if delivered.status == "stored":
        yield from _reached_by_message(world, delivered)


def _reached_by_message(world: World, delivered: Delivered) -> Iterator[str]:
    message = world.journal.messages[-1]
    yield f"stored {message.kind}"
    if delivered.outcome:
        yield f"outcome {delivered.outcome}"
        yield f"{message.kind.rpartition('.')[2].replace('completed', 'completion')} {delivered.outcome}"
    if message.kind in {"module.completed", "programme.completed"} and delivered.outcome == "accepted":
        recordings = world.journal.recordings
        is_new = bool(recordings) and recordings[-1].message is message
        partner = person_of(world.journal, message.account) - {message.account}
        kind = message.kind.removesuffix(".completed")
        key = f"{kind}:{message.said[f'{kind}_id']}:{message.said['completed_on']}"
        if not is_new and has(world.journal, frozenset(partner), key):
            yield "echo"
    if message.kind.startswith("replica."):
        person = person_of(world.journal, message.account)
        asked = {(each.account, each.entry.key) for each in replicas_of(world.journal, person) if each.requested_at}
        if (message.account, message.said["activity_key"]) not in asked:
            yield "acknowledged though never requested"


def reached_in(world: World) -> Iterator[str]:
    """Say what states a world is in."""
    for made in world.journal.attempts:
        if made.message.kind == "module.completed":
            yield f"attempt by completion: {made.outcome}"
        if made.judged_with_issue and made.vouched and made.outcome == "accepted":
            yield "activity of the issue record wins"
    for letter in world.parked.values():
        yield letter.state
    for portal, account_id in world.accounts():
        link = world.link(portal, account_id)
        yield f"link {link and ':'.join(filter(None, (link['state'], link['reason'])))}"
        yield from _reached_in_plan(world.plan(portal, account_id)["entries"])
        yield from _reached_in_replicas(world, portal, account_id)
    for portal in PORTALS:
        yield from (f"asked {row['state']}" for row in world.replicas(portal).values())


def _reached_in_plan(entries: list[dict[str, object]]) -> Iterator[str]:
    for entry in entries:
        shown, counts_in = entry["shown_in"], entry["counts_in"]
        assert isinstance(shown, dict)
        assert isinstance(counts_in, list)
        yield f"counts {entry['counts']}"
        yield from (f"shown {state}" for state in shown.values())
        if len(counts_in) > 1:
            yield "counts in two cycles"
        if set(shown.values()) == {"origin"}:
            yield "shown origin on both"
        if "applied" in shown.values() and entry["counts"] == "reversed":
            yield "shown applied, and reversed"


def _reached_in_replicas(world: World, portal: str, account_id: str) -> Iterator[str]:
    for replica in replicas_of(world.journal, person_of(world.journal, (portal, account_id))):
        start = both_known_at(world.journal, replica.entry)
        if replica.requested_at and replica.requested_at > start:
            yield "requested on reopening"
        if replica.reversed_at and replica.reversed_at < replica.entry.origin.position:
            yield "reversed before it was known"


def assert_sane(world: World) -> None:
    """Check what must hold in every world."""
    counts, journal = world.counts(), world.journal
    assert counts["received"] == counts["stored"] + counts["repeats"] + counts["parked"]
    assert counts["stored"] == len(journal.messages) >= counts["refused"]
    assert counts["parked"] == sum(letter.state != "stored" for letter in world.parked.values())
    owned = [made.code for made in journal.attempts if made.outcome == "accepted"]
    assert len(owned) == len(set(owned)) == world.codes_credited()
    joined = [link for link in journal.links.values() if link.outcome == "joined"]
    assert len({link.edu for link in joined}) == len({link.sovetnmo for link in joined}) == len(joined)
    assert world.specialists() == len(world.accounts()) - len(joined)
    for portal, account_id in world.accounts():
        plans = [world.plan(*account) for account in world.accounts_of(portal, account_id)]
        assert all(plan == plans[0] for plan in plans)
        credits_ = sum(entry["credits"] for entry in plans[0]["entries"])
        assert credits_ == sum(plans[0]["totals"].values()) - plans[0]["totals"]["distance_hours"]
    for portal in PORTALS:
        for (account_id, _), row in world.replicas(portal).items():
            assert row["state"] != "show" or row["replica"]["origin"]["portal"] != portal
            assert len(world.accounts_of(portal, account_id)) == 2


@pytest.mark.parametrize("seed", range(8))
def test_a_stream_delivered_again_is_all_repeats(seed: int) -> None:
    """The same (`source`, `id`) stored twice is one message, wherever it turns up again."""
    lines, world = stream(seed, 100), World()
    for line in lines:
        world.deliver(line, RECEIVED_AT)
    before = (world.counts(), [world.plan(*account) for account in sorted(world.accounts())])
    Random(seed).shuffle(lines)
    assert {world.deliver(line, RECEIVED_AT).status for line in lines} == {"repeat"}
    assert [world.plan(*account) for account in sorted(world.accounts())] == before[1]
    risen = {name: before[0][name] + len(lines) for name in ("received", "repeats")}
    assert world.counts() == before[0] | risen


def test_the_same_seed_gives_the_same_stream_and_another_world_other_names() -> None:
    """A stream is a function of its arguments."""
    assert stream(7, 60) == stream(7, 60)
    assert stream(7, 60) != stream(8, 60)
    first, second = World(), World()
    for line in stream(7, 60, world="a-"):
        first.deliver(line, RECEIVED_AT)
    for line in stream(7, 60, world="b-"):
        second.deliver(line, RECEIVED_AT)
    assert not first.accounts() & second.accounts()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(streams(size_max=40))
def test_drawn_streams_leave_the_model_sane(lines: list[bytes]) -> None:
    """The strategy gives what the model can take."""
    world = World()
    for line in lines:
        world.deliver(line, RECEIVED_AT)
    assert world.counts()["received"] == len(lines)
    assert_sane(world)


def test_lines_stay_within_the_limits_of_a_file() -> None:
    """A line holds no line end, is never blank, and only the rarest are long."""
    lines = [line for seed in range(10) for line in stream(seed, 100)]
    assert not any(b"\n" in line or b"\r" in line or not line.strip() for line in lines)
    assert sum(len(line) > 16 * CODES_ISSUED_MAX for line in lines) < 10
