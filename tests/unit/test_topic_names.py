"""The names of topics are those of the contract, under any prefix that Kafka takes."""

from __future__ import annotations

import pytest

from sync_service.aggregates.values import Portal
from sync_service.messages.catalogue_messages import CATALOGUE
from sync_service.messages.portal_messages import EDU, SOVETNMO
from sync_service.topic_names import TopicNames, is_backfill, portal_of_topic


def test_the_topics_are_those_of_the_contract() -> None:
    names = TopicNames("demo")
    assert set(names.all_in()) == {"demo.sovetnmo.events.v1", "demo.edu.events.v1", "demo.catalogue.events.v1"}
    assert set(names.all_backfill()) == {
        "demo.sovetnmo.backfill.v1",
        "demo.edu.backfill.v1",
        "demo.catalogue.backfill.v1",
    }
    assert set(names.all_out()) == {
        "demo.sovetnmo.replicas.v1",
        "demo.sovetnmo.outcomes.v1",
        "demo.edu.replicas.v1",
        "demo.edu.outcomes.v1",
        "demo.sovetnmo.events.v1.dlq",
        "demo.edu.events.v1.dlq",
        "demo.catalogue.events.v1.dlq",
        "demo.sovetnmo.backfill.v1.dlq",
        "demo.edu.backfill.v1.dlq",
        "demo.catalogue.backfill.v1.dlq",
    }
    assert [names.source_of(names.events(portal)) for portal in Portal] == ["/portals/sovetnmo", "/portals/edu"]
    assert names.source_of(names.catalogue) == "/catalogue"
    for source in (SOVETNMO, EDU, CATALOGUE):
        live, backfill = names.topic_of(source), names.topic_of(source, backfill=True)
        assert (live in names.all_in(), backfill in names.all_backfill()) == (True, True)
        assert names.source_of(live) == names.source_of(backfill) == source
    assert names.source_of(None) is names.source_of("nmo.edu.events.v1") is None


def test_a_topic_tells_whose_it_is_and_whether_it_brings_history() -> None:
    names = TopicNames("demo")
    assert {is_backfill(topic) for topic in names.all_backfill()} == {True}
    assert {is_backfill(topic) for topic in (*names.all_in(), *names.all_out())} == {False}
    assert [portal_of_topic(f"demo.{portal}.backfill.v1.dlq") for portal in Portal] == list(Portal)
    assert portal_of_topic("demo.catalogue.backfill.v1") is None


@pytest.mark.parametrize("prefix", ["", "a b", "имя", "x" * 201])
def test_a_prefix_that_no_topic_can_have_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        TopicNames(prefix)
