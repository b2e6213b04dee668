"""The learning plan (План обучения): one row per activity, what it counts for, and where it is shown."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - the rows' columns are read from their fields at run time
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID  # noqa: TC003

from sync_service.aggregates.coverage import Qualification
from sync_service.aggregates.judging import Credited, done_on, judge, judge_all, kind_of
from sync_service.aggregates.specialist import Specialist
from sync_service.aggregates.specialist_state import Entry, EntrySource
from sync_service.aggregates.values import Account, Portal
from sync_service.projections.view import Table, columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.aggregates.activity import Activity
    from sync_service.aggregates.aggregate import Aggregate
    from sync_service.aggregates.judging import Judgement
    from sync_service.projections.view import Catalogue, Row, Rows


class EntryRow(NamedTuple):
    """A row of `entries`: what was recorded, where it is shown, the verdict, and what the verdict goes by.

    `completed_on` is the day that counts, `said_on` the one that the portal wrote.
    """

    owner: UUID
    activity_key: str
    source: str
    kind: str
    activity_id: str
    title: str | None
    completed_on: date
    origin: str
    origin_account: str
    recorded_at: datetime
    position: int
    shown_in_sovetnmo: str
    shown_in_edu: str
    vouched_for: str | None
    hours: float
    distance_hours: float
    organisation: str | None
    reversed_for: str | None
    counts: str
    credits: float
    counts_in: list[str]
    credits_in: list[float]
    duplicate_of: str | None
    said_on: date
    activated_at: datetime | None
    code_revoked_at: datetime | None
    code_audience: str | None


class CycleRow(NamedTuple):
    """A row of `cycles`."""

    owner: UUID
    cycle_id: str
    specialty: str
    education_level: str
    starts_on: date
    ends_on: date
    policy: str | None


class TrainingRow(NamedTuple):
    """A row of `training`: what the specialist is trained in, as far as it is known."""

    owner: UUID
    education_level: str | None
    audience: str | None
    specialties: list[str] | None


ENTRIES = Table(
    "entries",
    columns_of(
        EntryRow,
        hashed=("activity_key",),
        sealed=("origin_account", "vouched_for", "organisation", "reversed_for", "counts_in", "duplicate_of"),
    ),
    key=("owner", "activity_key"),
    indexes=(("activity_id",),),
)
CYCLES = Table("cycles", columns_of(CycleRow, hashed=("cycle_id",)), key=("owner", "cycle_id"))
TRAINING = Table("training", columns_of(TrainingRow), key=("owner",))


class LearningPlan:
    """Fills the plan: what the specialist has, what it counts for, or why not."""

    name = "learning_plan"
    tables = (ENTRIES, CYCLES, TRAINING)
    stream_kind = "specialist"
    catalogue_table = ENTRIES.name

    def rows(self, aggregate: Aggregate, catalogue: Catalogue) -> Iterator[tuple[str, Row]]:
        """The entries, cycles and training of one specialist; one who was absorbed has none of their own."""
        if not isinstance(aggregate, Specialist) or aggregate.absorbed_into:
            return
        verdicts = judge_all(aggregate, catalogue)
        for entry in aggregate.entries.values():
            yield ENTRIES.name, _entry_row(aggregate, entry, catalogue(entry.activity_id), verdicts[entry.key])
        for cycle in aggregate.cycles.values():
            said = cycle.said
            yield (
                CYCLES.name,
                CycleRow(
                    aggregate.id,
                    said.cycle_id,
                    said.specialty,
                    said.education_level,
                    said.starts_on,
                    said.ends_on,
                    said.policy,
                ),
            )
        training = aggregate.qualification()
        specialties = None if training.specialties is None else list(training.specialties)
        yield TRAINING.name, TrainingRow(aggregate.id, training.education_level, training.audience, specialties)

    def rejudged(self, rows: Rows, catalogue: Catalogue) -> Iterator[tuple[str, Row]]:
        """The entries of one person as the catalogue describes them now, from the rows themselves.

        This is what makes it cheap to describe an activity anew that very many people have: nobody's history is read.
        """
        kept = [EntryRow(*row) for row in rows[ENTRIES.name].values()]  # type: ignore[arg-type]
        cycles = [CycleRow(*row) for row in rows.get(CYCLES.name, {}).values()]  # type: ignore[arg-type]
        [trained] = [TrainingRow(*row) for row in rows[TRAINING.name].values()]  # type: ignore[arg-type]
        specialties = None if trained.specialties is None else tuple(trained.specialties)
        training = Qualification(trained.education_level, trained.audience, specialties)
        entries = {row.activity_key: _entry_of(row) for row in kept}
        reversed_ = {row.activity_key for row in kept if row.reversed_for is not None}
        verdicts = judge(Credited(entries.values(), reversed_, training, cycles), catalogue)
        for row in kept:
            entry = entries[row.activity_key]
            yield ENTRIES.name, row._replace(**_judged(entry, catalogue(row.activity_id), verdicts[entry.key]))


def _entry_row(person: Specialist, entry: Entry, activity: Activity, verdict: Judgement) -> EntryRow:
    reversal = person.reversals.get(entry.key)
    return EntryRow(
        owner=person.id,
        activity_key=entry.key,
        source=entry.source.value,
        activity_id=entry.activity_id,
        origin=entry.origin.portal.value,
        origin_account=entry.origin.account_id,
        recorded_at=entry.recorded_at,
        position=entry.position,
        shown_in_sovetnmo=person.shown_in(entry.key, Portal.SOVETNMO),
        shown_in_edu=person.shown_in(entry.key, Portal.EDU),
        vouched_for=entry.vouched_for,
        hours=float(entry.hours),
        distance_hours=float(entry.distance_hours),
        organisation=entry.organisation,
        reversed_for=reversal.reason if reversal else None,
        said_on=entry.completed_on,
        activated_at=entry.activated_at,
        code_revoked_at=entry.code_revoked_at,
        code_audience=entry.audience,
        **_judged(entry, activity, verdict),
    )


def _judged(entry: Entry, activity: Activity, verdict: Judgement) -> dict[str, Any]:
    """The columns that say what the catalogue knows of it, and the verdict."""
    return {
        "kind": kind_of(entry, activity),
        "title": activity.title,
        "completed_on": done_on(entry, activity),
        "counts": verdict.counts.value,
        "credits": float(verdict.credits),
        "counts_in": list(verdict.credits_in),
        "credits_in": [float(credits_) for credits_ in verdict.credits_in.values()],
        "duplicate_of": verdict.duplicate_of,
    }


def _entry_of(row: EntryRow) -> Entry:
    """As much of the entry as verdicts go by."""
    return Entry(
        key=row.activity_key,
        source=EntrySource(row.source),
        origin=Account(Portal(row.origin), row.origin_account),
        activity_id=row.activity_id,
        completed_on=row.said_on,
        position=row.position,
        recorded_at=row.recorded_at,
        recorded_on=frozenset(),
        activated_at=row.activated_at,
        audience=row.code_audience,
        code_revoked_at=row.code_revoked_at,
        hours=row.hours,
    )
