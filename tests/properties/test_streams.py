"""Whatever comes, in whatever order: the service answers as the independent model of the contract does."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from sync_service.application import Limits
from tests.model.contract_model import World
from tests.model.service_subject import ServiceSubject, on_postgres
from tests.model.streams import RECEIVED_AT, stream, streams
from tests.properties.agreement import disagreements
from tests.real_postgres import Databases

STREAMS_IN_MEMORY = 2_000
STREAMS_ON_POSTGRES = 40
SHARES = 8
LINES = 60

Lines = list[bytes]


def told(lines: Lines) -> World:
    """The model after these lines."""
    world = World()
    for line in lines:
        world.deliver(line, RECEIVED_AT)
    return world


def deliver_in_batches(service: ServiceSubject, lines: Lines, sizes: Random) -> None:
    """Deliver the lines as polls of random sizes."""
    at = 0
    while at < len(lines):
        size = sizes.choice((1, 2, 5, 20, 100))
        service.deliver_all(lines[at : at + size], RECEIVED_AT)
        at += size


@pytest.mark.parametrize("share", range(SHARES))
def test_thousands_of_streams_end_as_the_model_says(share: int) -> None:
    for seed in range(share, STREAMS_IN_MEMORY, SHARES):
        lines = stream(seed, LINES)
        service = ServiceSubject()
        deliver_in_batches(service, lines, Random(seed))
        assert disagreements(told(lines), service) == [], f"seed {seed}"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(lines=streams(1, 40))
def test_streams_that_hypothesis_looks_for_end_as_the_model_says(lines: Lines) -> None:
    service = ServiceSubject()
    for line in lines:
        service.deliver(line, RECEIVED_AT)
    assert disagreements(told(lines), service) == []


def test_streams_on_postgresql_end_as_the_model_says(databases: Databases) -> None:
    with on_postgres(databases, Limits(events_max=30, cache_bytes_max=200_000)) as service:
        seen: Lines = []
        for seed in range(STREAMS_ON_POSTGRES):
            lines = stream(seed, LINES, world=f"w{seed}-")
            deliver_in_batches(service, lines, Random(seed))
            seen += lines
        assert disagreements(told(seen), service) == []


def test_many_people_on_one_postgresql_end_as_the_model_says(databases: Databases) -> None:
    lines = stream(7, 3_000, people=60)
    with on_postgres(databases) as service:
        deliver_in_batches(service, lines, Random(7))
        assert disagreements(told(lines), service) == []


@pytest.mark.parametrize("seed", range(60))
def test_any_prefix_and_then_the_rest_in_a_new_process_gives_what_the_whole_gives(seed: int) -> None:
    lines = stream(seed, LINES)
    whole, cut = ServiceSubject(), ServiceSubject()
    whole.deliver_all(lines, RECEIVED_AT)
    at = Random(seed).randrange(LINES)
    cut.deliver_all(lines[:at], RECEIVED_AT)
    cut.project()
    cut.restart()
    cut.deliver_all(lines[at:], RECEIVED_AT)
    assert rows(cut) == rows(whole)


@pytest.mark.parametrize("seed", range(60))
def test_other_batch_sizes_give_the_same_rows(seed: int) -> None:
    lines = stream(seed, LINES)
    one, many = ServiceSubject(), ServiceSubject(limits=Limits(records_max=4, events_max=7, cache_bytes_max=40_000))
    one.deliver_all(lines, RECEIVED_AT)
    deliver_in_batches(many, lines, Random(seed))
    assert rows(many) == rows(one)


def test_reading_a_stream_again_changes_nothing_but_the_repeats(databases: Databases) -> None:
    lines = stream(3, 400, people=10)
    with on_postgres(databases) as service:
        deliver_in_batches(service, lines, Random(3))
        before, counts = rows(service), service.counts()
        deliver_in_batches(service, lines, Random(4))
        assert rows(service) == before
        again = service.counts()
        risen = again["received"] - counts["received"]
        assert again == counts | {"received": counts["received"] + risen, "repeats": counts["repeats"] + risen}


def rows(service: ServiceSubject) -> dict[str, tuple[int, str]]:
    """How many rows every view has, and a digest of them."""
    service.project()
    return {generation.view: service.views.tally(generation) for generation in service.views.generations()}
