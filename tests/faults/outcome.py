"""What is left after a storm: the records in Kafka, the service's verdict and answers, and what accounts show."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sync_service.bootstrap import Service
from sync_service.outgoing import messages_of
from tests.faults.answers import answers_of_model, answers_of_service, differences, shown_by_model
from tests.faults.kafka_contents import Held, contents, records_count
from tests.faults.log_order import firsts, in_log_order, stored_order, told_in_order
from tests.faults.portals import Portals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.deployment import Deployment
    from tests.model.contract_model import World

ALL = 10**9
QUIET_S = 1.5
LOOK_AGAIN_S = 0.2
FOLLOWERS = ("publisher", "replication")


@dataclass
class Outcome:
    """Everything that is compared; made when nothing moves any more."""

    service: Service
    portals: Portals
    verdict: dict[str, Any]
    came_in: list[Held]
    went_out: list[Held]

    def __post_init__(self) -> None:
        self.order = stored_order(self.service.store)
        self.world: World = told_in_order(self.order, (held.value for held in self.came_in))
        self.resent = len(self.came_in) - len(self.portals.published)
        self.sent_again = 0

    @classmethod
    def of(cls, service: Service, portals: Portals, verdict: dict[str, Any], bootstrap: str) -> Outcome:
        """Look at everything; the portals' thread and the service's processes have ended."""
        names = service.names
        came_in, went_out = contents(bootstrap, names.all_in()), contents(bootstrap, names.all_out())
        return cls(service, portals, verdict, came_in, went_out)

    def __str__(self) -> str:
        shown = sum(len(portal.shown) for portal in self.portals.simulated.values())
        return (
            f"{len(self.came_in)} messages in Kafka ({self.resent} sent twice by portals): {self.verdict['messages']}; "
            f"{self.verdict['events']} events; {len(self.went_out)} messages out ({self.sent_again} of them again), "
            f"{shown} replicas shown"
        )

    def assert_promises_kept(self, malformed: int) -> None:
        """Everything below, and the verdict of `check`."""
        assert self.verdict["ok"], self.verdict["breaches"]
        self.assert_counted_once(malformed)
        self.assert_order_kept()
        self.assert_as_the_model_says()
        self.assert_told_last_what_the_model_says()
        self.assert_sent_once_or_again()

    def assert_counted_once(self, malformed: int) -> None:
        """Every record in Kafka was received, and is stored, a repeat or parked; none that was published is missing."""
        published = Counter(line for _, _, line in self.portals.published)
        assert not published - Counter(held.value for held in self.came_in), "Kafka lacks what was published"
        assert {line for _, _, line in self.portals.published} == {held.value for held in self.came_in}
        counts = self.verdict["messages"]
        assert counts["received"] == len(self.came_in) == len(self.portals.published) + self.resent
        assert counts["received"] == counts["stored"] + counts["repeats"] + counts["parked"]
        assert counts["parked"] == malformed

    def assert_as_the_model_says(self) -> None:
        """Counts, plans, links and codes are those of the model, and so is what every account shows in its portal."""
        expected = answers_of_model(self.world)
        assert not differences(expected, answers_of_service(self.service, self.verdict))
        for name, portal in self.portals.simulated.items():
            shown, meant = portal.holdings(), shown_by_model(self.world, name)
            assert (shown - meant, meant - shown) == (set(), set()), f"{name}: shown and not meant, meant and not shown"

    def assert_order_kept(self) -> None:
        """Each account's messages are stored in the order in which they were published."""
        published = firsts(self.portals.published)
        assert firsts(held[0:1] + held[2:4] for held in self.came_in) == published
        assert in_log_order(published, self.order) == published

    def assert_told_last_what_the_model_says(self) -> None:
        """The highest revision of every replica says what the catalogue makes of it in the end."""
        for name, events in self.portals.heard.items():
            latest: dict[tuple[str, str], dict[str, Any]] = {}
            for said in (event["data"] for event in events if event["type"] == "ru.nmo.replica.requested.v1"):
                place = said["account_id"], said["activity_key"]
                if said["revision"] >= latest.get(place, {}).get("revision", 0):
                    latest[place] = said
            expected = {
                place: row["replica"] for place, row in self.world.replicas(name).items() if row["state"] == "show"
            }
            assert not differences(expected, {place: _content(said) for place, said in latest.items()})

    def assert_sent_once_or_again(self) -> None:
        """All that the log means for portals went out, nothing else, and each account's part of it in its order."""
        store, names, keys = self.service.store, self.service.names, self.service.keys
        expected = [
            message
            for event in store.read(0, ALL)
            for message in messages_of(event, names, store.parked_bytes, sealer=keys)
        ]
        sent = [held for held in self.went_out if not names.is_dead_letters(held.topic)]
        assert {(one.topic, one.key, one.value) for one in expected} == {
            (held.topic, held.key, held.value) for held in self.went_out
        }
        for stream, heard in _by_stream(sent).items():
            assert _is_ascending(dict.fromkeys(heard)), stream
            assert _is_ascending(dict.fromkeys(reversed(heard)), -1), stream
        assert len(sent) == sum(map(len, self.portals.heard.values()))
        self.sent_again = len(self.went_out) - len(expected)


def _by_stream(sent: Iterable[Held]) -> dict[tuple[str, bytes | None], list[tuple[int, int]]]:
    """By topic and key, the places in the log that the messages' ids speak of."""
    found = defaultdict(list)
    for held in sent:
        position, ordinal, _ = json.loads(held.value)["id"].split("-")
        found[held.topic, held.key].append((int(position), int(ordinal)))
    return found


def _is_ascending(places: Iterable[tuple[int, int]], step: int = 1) -> bool:
    listed = list(places)
    return listed == sorted(listed)[::step]


def _content(said: dict[str, Any]) -> dict[str, Any]:
    fields = ("kind", "activity_id", "title", "completed_on")
    origin = {name: said["origin"][name] for name in ("portal", "account_id")}
    return {name: said.get(name) for name in fields} | {"origin": origin}


def settle(service: Service, portals: Portals, deployment: Deployment, bootstrap: str, timeout_s: float) -> None:
    """Wait until all is published, received, published back, answered and in the views, and stays so for a while."""
    deadline = time.monotonic() + timeout_s
    while not (portals.quiet_s() > QUIET_S and _is_caught_up(service, bootstrap)):
        deployment.assert_running()
        assert time.monotonic() < deadline, _standing(service, bootstrap)
        time.sleep(LOOK_AGAIN_S)


def _is_caught_up(service: Service, bootstrap: str) -> bool:
    standing = _standing(service, bootstrap)
    return standing["received"] == standing["in Kafka"] and len(set(standing["positions"].values())) == 1


def _standing(service: Service, bootstrap: str) -> dict[str, Any]:
    followed = {name: service.store.followed(name) for name in FOLLOWERS}
    views = {view: service.views.live(view).position for view in service.views.names()}
    return {
        "in Kafka": records_count(bootstrap, service.names.all_in()),
        "received": service.store.counts().received,
        "positions": {"log": service.store.head()} | followed | views,
    }
