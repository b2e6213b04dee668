"""A simulated portal: it publishes its life, shows the replicas that the service requests, and answers."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulation.chance import digest, fate
from simulation.echoes import echo_of, own_key
from simulation.manners import Answer, Manners
from simulation.publisher import EPOCH, Publisher
from simulation.wire import Event, kind_of, message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulation.script import Happening

Shown = tuple[str, str]
"""An account id and the activity key of what the account shows."""

_REPEAT_AFTER_S = 0.5
_REFERENCE_SHARE = 0.7
_ECHO_AFTER_S = (0.5, 3.0)


class SimulatedPortal(Publisher):
    """One portal: what its accounts show, and what it answers to the service.

    `own` is what it recorded itself, `shown` the replicas with the revision that stands (the highest), `withdrawn`
    what the service took away, `refused` what it did not take, `reversed` what the portal itself took back. A request
    that comes again changes nothing and is answered again. `incarnation` goes into the ids of the answers: a portal
    that was started anew, and has forgotten what it answered, needs another one.
    """

    def __init__(
        self,
        name: str,
        seed: int | str,
        happenings: Iterable[Happening] = (),
        base: datetime = EPOCH,
        *,
        manners: Manners | None = None,
        incarnation: str = "1",
    ) -> None:
        super().__init__(name, happenings, base)
        self.seed = seed
        self.manners = manners if manners is not None else Manners()
        self.incarnation = incarnation
        self.own: set[Shown] = set()
        self.shown: dict[Shown, int] = {}
        self.withdrawn: dict[Shown, int] = {}
        self.reversed: set[Shown] = set()
        self.refused: set[Shown] = set()
        self.outcomes: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self._asked: Counter[Shown] = Counter()

    def messages_due(self, now_s: float) -> list[Event]:
        """What is to be published by now; what the portal reports about itself it also remembers as its own."""
        due = super().messages_due(now_s)
        for event in due:
            self.remember(event)
        return due

    def remember(self, event: Event) -> None:
        """Take note of a message that this portal published: what it completed, and what it reversed."""
        if kind_of(event) == "activity.reversed.v1":
            taken_back = (event["data"]["account_id"], event["data"]["activity_key"])
            self.reversed.add(taken_back)
            self.own.discard(taken_back)
            self.shown.pop(taken_back, None)
        elif (own := own_key(event)) is not None:
            self._record(own)

    def holdings(self) -> set[Shown]:
        """All that the portal's accounts show, recorded there or replicated."""
        return self.own | self.shown.keys()

    def receive(self, event: Event) -> list[Event]:
        """Act on one message of the service; returns what the portal publishes in answer."""
        data = event["data"]
        match kind_of(event):
            case "replica.requested.v1":
                return self._replica_requested((data["account_id"], data["activity_key"]), data["revision"])
            case "replica.withdrawn.v1":
                self._replica_withdrawn((data["account_id"], data["activity_key"]), data["revision"])
                return []
            case kind:
                return self._outcome(kind, data)

    def _record(self, own: Shown) -> None:
        """An account has it by itself, unless it has it as a replica, or it was refused or taken away for good."""
        if not any(own in elsewhere for elsewhere in (self.shown, self.withdrawn, self.reversed, self.refused)):
            self.own.add(own)

    def _replica_requested(self, replica: Shown, revision: int) -> list[Event]:
        self._asked[replica] += 1
        if replica in self.own:
            return self._answer(replica, "replica.refused.v1", reason="duplicate", refused_at=self.stamp())
        answer = self.manners.answer(self.seed, replica, self._asked[replica])
        if answer is Answer.REJECTED or replica in self.reversed:
            refusal = {"reason": "rejected", "detail": "Запись не подходит к кабинету"}
            return self._answer(replica, "replica.refused.v1", **refusal, refused_at=self.stamp())
        if answer is Answer.TEMPORARILY and replica not in self.shown:
            return self._answer(replica, "replica.refused.v1", reason="temporarily", refused_at=self.stamp())
        self._show(replica, revision)
        if answer is Answer.APPLIED_IN_SILENCE:
            self.answers["silence"] += 1
            return []
        is_named = fate(self.seed, "reference", *replica) < _REFERENCE_SHARE
        reference = f"{self.name}-{digest(*replica)}" if is_named else None
        return self._answer(replica, "replica.applied.v1", remote_ref=reference, applied_at=self.stamp())

    def _show(self, replica: Shown, revision: int) -> None:
        """The highest revision stands, and what was withdrawn stays so against anything older."""
        if revision <= self.withdrawn.get(replica, -1):
            return
        self.withdrawn.pop(replica, None)
        is_new = replica not in self.shown
        self.shown[replica] = max(revision, self.shown.get(replica, revision))
        if is_new and self.manners.echoes(self.seed, replica):
            after = _ECHO_AFTER_S[0] + fate(self.seed, "pause", *replica) * (_ECHO_AFTER_S[1] - _ECHO_AFTER_S[0])
            echo = echo_of(self.name, self._next_id("echo", *replica), replica, self.base, self.now_s + after)
            self.publish_later(self.now_s + after, echo)

    def _replica_withdrawn(self, replica: Shown, revision: int) -> None:
        self.own.discard(replica)
        if revision < self.shown.get(replica, revision):
            return
        self.shown.pop(replica, None)
        self.withdrawn[replica] = max(revision, self.withdrawn.get(replica, revision))

    def _outcome(self, kind: str, data: dict[str, Any]) -> list[Event]:
        self.outcomes[f"{kind} {data['reason']}" if data.get("reason") else kind] += 1
        if kind == "activation.accepted.v1" and data.get("activity_key"):
            self._record((data["account_id"], data["activity_key"]))
        if kind == "completion.refused.v1":
            completion = (data["account_id"], data["activity_key"])
            self.refused.add(completion)
            self.own.discard(completion)
        return []

    def _answer(self, replica: Shown, kind: str, **told: str | None) -> list[Event]:
        account_id, activity_key = replica
        known = {name: value for name, value in told.items() if value is not None}
        self.answers[f"{kind} {known['reason']}" if "reason" in known else kind] += 1
        answer = message(
            self.name,
            self._next_id("answer", *replica, self._asked[replica]),
            kind,
            self.base + timedelta(seconds=self.now_s),
            {"account_id": account_id, "activity_key": activity_key, **known},
        )
        if self.manners.repeats(self.seed, answer["id"]):
            self.publish_later(self.now_s + _REPEAT_AFTER_S, answer)
        return [answer]

    def _next_id(self, purpose: str, *of: object) -> str:
        return f"{self.name}-{purpose}-{self.incarnation}-{digest(self.seed, *of)}"
