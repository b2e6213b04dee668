"""The names of topics are those of the contract, under any prefix that Kafka takes."""

from __future__ import annotations

import pytest

from sync_service.aggregates.values import Portal
from sync_service.topic_names import TopicNames


def test_the_topics_are_those_of_the_contract() -> None:
    names = TopicNames("demo")
    assert set(names.all_in()) == {"demo.sovetnmo.events.v1", "demo.edu.events.v1", "demo.catalogue.events.v1"}
    assert set(names.all_out()) == {
        "demo.sovetnmo.replicas.v1",
        "demo.sovetnmo.outcomes.v1",
        "demo.edu.replicas.v1",
        "demo.edu.outcomes.v1",
        "demo.sovetnmo.events.v1.dlq",
        "demo.edu.events.v1.dlq",
        "demo.catalogue.events.v1.dlq",
    }
    assert [names.source_of(names.events(portal)) for portal in Portal] == ["/portals/sovetnmo", "/portals/edu"]
    assert names.source_of(names.catalogue) == "/catalogue"
    assert names.source_of(None) is names.source_of("nmo.edu.events.v1") is None


@pytest.mark.parametrize("prefix", ["", "a b", "имя", "x" * 201])
def test_a_prefix_that_no_topic_can_have_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        TopicNames(prefix)
