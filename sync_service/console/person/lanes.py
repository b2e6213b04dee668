"""The history as three lanes down one time line: causes with their effects, equal steps folded, oldest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.aggregate import Event
from sync_service.aggregates.values import Portal
from sync_service.questions.histories import account_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync_service.aggregates.aggregate import Fact

LANES = ("sovetnmo", "service", "edu")
SERVICE = 2
SOON = timedelta(minutes=10)
"""An answer that comes later than this stands at its own time, with a link to what it answers."""

FOLDED_FROM = 3
ANSWERS = (facts.ReplicaApplied, facts.ReplicaRejected, facts.ReplicaDeferred)
_REPLICAS = (facts.ReplicaRequested, facts.ReplicaWithdrawn, *ANSWERS)
_BY_PORTALS = frozenset(
    {
        facts.AccountNoticed,
        facts.QualificationReported,
        facts.PersonalDetailsReported,
        facts.AccountClosed,
        facts.AccountReopened,
        facts.CycleOpened,
        facts.ActivationRecorded,
        facts.ActivationRefused,
        facts.ActivationRepeated,
        facts.CompletionRecorded,
        facts.ProgrammeRecorded,
        facts.CompletionRefused,
        facts.CodeNoted,
        facts.ActivityReversed,
        facts.LinkRequested,
        facts.LinkConfirmed,
        facts.LinkDeclined,
        facts.MessageNoted,
        *ANSWERS,
    }
)
"""What portals tell; everything else is the service's own act."""


def lane_of(event: Event) -> int:
    """The lane of an event, 1 to 3: the portal that told it, or the service in the middle."""
    fact: Any = event.fact
    account = account_of(fact) if type(fact) in _BY_PORTALS else None
    if account is None or getattr(fact, "answers", None) is not None:
        return SERVICE
    return 1 if account.portal is Portal.SOVETNMO else 3


@dataclass(eq=False)
class Step:
    """One event, or several equal ones folded into a step; `parent` is the step of the chain that led to it.

    A step is itself alone: two that say the same are not one.
    """

    events: list[Event]
    lane: int
    parent: Step | None = None
    far_cause: Event | None = None
    far_effects: list[Event] = field(default_factory=list)
    ties: tuple[str, ...] = ()
    goes_on: bool = False

    @property
    def first(self) -> Event:
        """The event, or the first of those that are folded."""
        return self.events[0]

    @property
    def last(self) -> Event:
        """The last of the events."""
        return self.events[-1]


@dataclass
class Chain:
    """A cause with its effects, in the order in which they were recorded."""

    steps: list[Step] = field(default_factory=list)


def chains(events: Sequence[Event]) -> list[Chain]:
    """All of a person's events, told as chains; each stands where its cause was recorded."""
    woven = _Weaving()
    for event in events:
        woven.take(event)
    for chain in woven.chains:
        _fold(chain)
        _tie(chain)
    return woven.chains


class _Weaving:
    """Finds for every event the chain that it belongs to."""

    def __init__(self) -> None:
        self.chains: list[Chain] = []
        self._by_cause: dict[str, Chain] = {}
        self._requests: dict[tuple[Portal, str], tuple[Chain, Step]] = {}

    def take(self, event: Event) -> None:
        fact = event.fact
        step = Step([event], lane_of(event))
        asked = self._requests.get(_replica_of(fact)) if isinstance(fact, _REPLICAS) else None
        if asked is not None and isinstance(fact, (*ANSWERS, facts.ReplicaRequested)):
            if event.recorded_at - asked[1].last.recorded_at <= SOON and isinstance(fact, ANSWERS):
                self._add(asked[0], step, asked[1])
                self._by_cause.setdefault(_name_of(event), asked[0])
            else:
                step.far_cause = asked[1].first
                asked[1].far_effects.append(event)
                self._begin(event, step)
        else:
            name = _name_of(event)
            chain = self._by_cause.get(name)
            if chain is None:
                self._begin(event, step)
            else:
                self._add(chain, step, _parent(chain, step))
        if isinstance(fact, facts.ReplicaRequested):
            self._requests[_replica_of(fact)] = (self._by_cause[_name_of(event)], step)

    def _begin(self, event: Event, step: Step) -> None:
        chain = Chain()
        self.chains.append(chain)
        self._by_cause[_name_of(event)] = chain
        chain.steps.append(step)

    def _add(self, chain: Chain, step: Step, parent: Step) -> None:
        step.parent = parent
        chain.steps.append(step)


def _name_of(event: Event) -> str:
    """What events of one chain share: the message that caused them, or the moment of the service's own act."""
    return event.cause or f"@{event.recorded_at.isoformat()}"


def _replica_of(fact: Fact) -> tuple[Portal, str]:
    told: Any = fact
    return told.account.portal, told.key


def _parent(chain: Chain, step: Step) -> Step:
    """The service's first act follows from the message, its next ones from that."""
    root = chain.steps[0]
    if step.lane == SERVICE:
        return next((each for each in chain.steps if each.lane == SERVICE), root)
    return root


def _fold(chain: Chain) -> None:
    """Let runs of equal steps be one: the same kind of fact about replicas, in the same lane, of the same portal."""
    folded: list[Step] = []
    for run in _runs(chain.steps):
        if len(run) < FOLDED_FROM:
            folded += run
            continue
        whole = run[0]
        whole.events = [event for step in run for event in step.events]
        whole.far_effects = []
        for step in chain.steps:
            if step.parent in run:
                step.parent = whole
        folded.append(whole)
    chain.steps = folded


def _runs(steps: Iterable[Step]) -> Iterator[list[Step]]:
    run: list[Step] = []
    for step in steps:
        if run and _likeness(run[0]) != _likeness(step):
            yield run
            run = []
        run.append(step)
    if run:
        yield run


def _likeness(step: Step) -> object:
    fact = step.first.fact
    return (type(fact), _replica_of(fact)[0]) if isinstance(fact, _REPLICAS) else id(step)


def _tie(chain: Chain) -> None:
    """Draw the lines: from each cause down its lane (`out`, `thru`) and across to its effects (`tie`).

    Few steps have effects, however many a chain has: those alone are looked through for every step.
    """
    places = {id(step): place for place, step in enumerate(chain.steps)}
    ends: dict[int, int] = {}
    for place, step in enumerate(chain.steps):
        if step.parent is not None:
            begin = places[id(step.parent)]
            ends[begin] = place
    lines = [(begin, end, chain.steps[begin].lane) for begin, end in ends.items()]
    for place, step in enumerate(chain.steps):
        ties = [_tie_from(step.parent.lane, step.lane)] if step.parent is not None else []
        passing = [lane for begin, end, lane in lines if begin < place < end]
        ties += [f"thru f{lane}" for lane in passing if lane != step.lane]
        step.ties = tuple(dict.fromkeys(ties))
        step.goes_on = place in ends or step.lane in passing


def _tie_from(cause: int, effect: int) -> str:
    if cause == effect:
        return f"tie same f{cause}"
    return f"tie back f{cause}" if effect < cause else f"tie f{cause}"
