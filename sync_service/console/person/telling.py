"""What the history's steps say on the page: sentences without codes, times, links between far causes and effects."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from sync_service.aggregates import specialist_facts as facts
from sync_service.console.languages import said
from sync_service.console.person.hiding import hidden_codes, hidden_values
from sync_service.console.person.lanes import LANES, chains
from sync_service.questions.histories import happening
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from sync_service.aggregates.aggregate import Event, Fact
    from sync_service.aggregates.policy import RuleBook
    from sync_service.console.formats import Formats
    from sync_service.console.person.lanes import Chain, Step

    Kinds = tuple[type[Fact], ...]

_REFUSALS = (facts.ActivationRefused, facts.CompletionRefused, facts.LinkRefused, facts.ReplicaRejected)
FILTERS: Mapping[str, tuple[Sentence, tuple[type[Fact], ...]]] = {
    "all": (Sentence("Все", "All"), ()),
    "codes": (
        Sentence("Коды", "Codes"),
        (
            facts.ActivationRecorded,
            facts.ActivationRefused,
            facts.ActivationRepeated,
            facts.CodeNoted,
            facts.CodeCorrected,
            facts.CodeRevoked,
            facts.CodeMovedAway,
            facts.CodeMovedHere,
        ),
    ),
    "completions": (
        Sentence("Модули и программы", "Modules and programmes"),
        (facts.CompletionRecorded, facts.ProgrammeRecorded, facts.CompletionRefused),
    ),
    "link": (
        Sentence("Связь", "Link"),
        (
            facts.LinkRequested,
            facts.LinkConfirmed,
            facts.LinkDeclined,
            facts.LinkRefused,
            facts.LinkProgressed,
            facts.LinkCompleted,
            facts.SpecialistAbsorbed,
            facts.AbsorbedInto,
            facts.IdentityConflictNoticed,
            facts.LinkUndone,
            facts.SeparatedFrom,
            facts.LinkAllowed,
            facts.LinkKept,
            facts.LinkRefusalUpheld,
        ),
    ),
    "replicas": (
        Sentence("Копии", "Replicas"),
        (
            facts.ReplicaRequested,
            facts.ReplicaWithdrawn,
            facts.ReplicaApplied,
            facts.ReplicaRejected,
            facts.ReplicaDeferred,
        ),
    ),
    "faults": (
        Sentence("Только сбои", "Faults only"),
        (
            *_REFUSALS,
            facts.ReplicaDeferred,
            facts.IdentityConflictNoticed,
            facts.ActivityReversed,
            facts.CreditReversed,
        ),
    ),
}
SHOWN_STEP = 100
_FOLDED: Mapping[type[Fact], Sentence] = {
    facts.ReplicaRequested: Sentence("У {portal} запрошены копии: {count}", "{portal} was asked for replicas: {count}"),
    facts.ReplicaWithdrawn: Sentence("{portal} попросили убрать копии: {count}", "{portal} was to remove: {count}"),
    facts.ReplicaApplied: Sentence("Портал {portal} показал копии: {count}", "{portal} shows replicas: {count}"),
    facts.ReplicaRejected: Sentence("Портал {portal} отклонил копии: {count}", "{portal} refused replicas: {count}"),
    facts.ReplicaDeferred: Sentence("Портал {portal} просит подождать: {count}", "{portal} asks to wait: {count}"),
}
"""What is said of several equal steps at once."""


class Far(NamedTuple):
    """A link between a cause and an effect that stand at different times."""

    position: int
    text: str


class StepShown(NamedTuple):
    """One step of a chain on the page.

    `others` are the events that are folded into it; one that is `is_aside` is there for its chain, not for the filter.
    """

    position: int
    lane: int
    portal: str
    clock: str
    machine: str
    text: str
    others: Sequence[str]
    raw: str
    is_alarm: bool
    is_held: bool
    is_aside: bool
    ties: Sequence[str]
    goes_on: bool
    cause: Far | None
    effects: Sequence[Far]


class DayShown(NamedTuple):
    """The chains that began on one day of the console's zone."""

    heading: str
    chains: Sequence[Sequence[StepShown]]


class Story(NamedTuple):
    """The end of a history: `earlier` events are left out before the first one shown."""

    days: Sequence[DayShown]
    earlier: int
    since: date | None
    counts: Mapping[str, int]


class Asked(NamedTuple):
    """What of the history is wanted: a filter of `FILTERS`, at least so many events, back to a position if given."""

    filtered: str
    shown: int
    around: int | None


def story(events: Sequence[Event], asked: Asked, book: RuleBook, f: Formats) -> Story:
    """The last chains of a person's events as the page shows them, oldest first."""
    wanted = FILTERS[asked.filtered][1]
    kept = [chain for chain in chains(events) if _fits(chain, wanted)]
    shown = _last(kept, asked)
    earlier = sum(len(step.events) for chain in kept[: len(kept) - len(shown)] for step in chain.steps)
    since = f.local(kept[0].steps[0].first.recorded_at).date() if earlier else None
    return Story(list(_days(shown, wanted, book, f)), earlier, since, _counts(events))


def _counts(events: Iterable[Event]) -> dict[str, int]:
    found = Counter(type(event.fact) for event in events)
    return {
        name: sum(map(found.__getitem__, kinds)) if kinds else found.total() for name, (_, kinds) in FILTERS.items()
    }


def _fits(chain: Chain, wanted: tuple[type[Fact], ...]) -> bool:
    return not wanted or any(isinstance(step.first.fact, wanted) for step in chain.steps)


def _last(kept: Sequence[Chain], asked: Asked) -> Sequence[Chain]:
    count, place = 0, len(kept)
    while place > 0:
        begun = kept[place - 1].steps[0].first.position
        if count >= asked.shown and (asked.around is None or kept[place].steps[0].first.position <= asked.around):
            break
        place -= 1
        count += sum(len(step.events) for step in kept[place].steps)
        if asked.around is not None and count >= asked.shown and begun <= asked.around:
            break
    return kept[place:]


def _days(shown: Iterable[Chain], wanted: Kinds, book: RuleBook, f: Formats) -> Iterator[DayShown]:
    days: dict[date, list[Sequence[StepShown]]] = {}
    for chain in shown:
        day = f.local(chain.steps[0].first.recorded_at).date()
        days.setdefault(day, []).append([_shown(step, day, wanted, book, f) for step in chain.steps])
    for day, told in days.items():
        yield DayShown(f.long_day(day), told)


def _shown(step: Step, day: date, wanted: Kinds, book: RuleBook, f: Formats) -> StepShown:
    fact = step.first.fact
    return StepShown(
        position=step.first.position,
        lane=step.lane,
        portal=LANES[step.lane - 1],
        clock=_clock(step, day, f),
        machine=f.machine(step.first.recorded_at),
        text=_text(step, book, f),
        others=[_one(event, book, f) for event in step.events] if len(step.events) > 1 else (),
        raw=_raw(step.events, book),
        is_alarm=isinstance(fact, _REFUSALS),
        is_held=isinstance(fact, facts.ReplicaDeferred),
        is_aside=bool(wanted) and not isinstance(fact, wanted),
        ties=step.ties,
        goes_on=step.goes_on,
        cause=_far(step.far_cause, step.first, f, forward=False) if step.far_cause else None,
        effects=[_far(event, step.first, f, forward=True) for event in step.far_effects[-1:]],
    )


def _clock(step: Step, day: date, f: Formats) -> str:
    begins = f.clock(step.first.recorded_at)
    on = f.local(step.first.recorded_at).date()
    if on != day:
        begins = f"{f.short_date(on)} {begins}"
    if step.last.recorded_at.replace(microsecond=0) == step.first.recorded_at.replace(microsecond=0):
        return begins
    return f"{begins}–{f.clock(step.last.recorded_at)}"


def _text(step: Step, book: RuleBook, f: Formats) -> str:
    if len(step.events) == 1:
        return _one(step.first, book, f)
    told = said(_FOLDED[type(step.first.fact)], f.language)
    fact = step.first.fact
    return told.format(portal=fact.account.portal, count=f.number(len(step.events)))  # type: ignore[attr-defined]


def _one(event: Event, book: RuleBook, f: Formats) -> str:
    told = happening(event, book)
    return hidden_codes(told.text if f.language == "ru" else told.text_en)


def _raw(events: Sequence[Event], book: RuleBook) -> str:
    """The stored facts as JSON, with personal values and codes masked; of many equal ones the first."""
    told = happening(events[0], book)
    whole = {"position": told.position, "type": told.type, "recorded_at": told.recorded_at.isoformat(), **told.data}
    return json.dumps(hidden_values(whole), ensure_ascii=False, indent=1, default=str)


def _far(event: Event, here: Event, f: Formats, *, forward: bool) -> Far:
    apart = f.duration(abs(event.recorded_at - here.recorded_at))
    on = f.short_date(f.local(event.recorded_at).date())
    if forward:
        told = Sentence(f"следствие {on}, через {apart} ↓", f"effect on {on}, {apart} later ↓")
    else:
        told = Sentence(f"причина {on}, {apart} назад ↑", f"cause on {on}, {apart} earlier ↑")
    return Far(event.position, said(told, f.language))
