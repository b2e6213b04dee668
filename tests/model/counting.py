"""What counts, why not, and the totals (CONTRACT.md section 5, "The plan")."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.model.catalogue import is_barred, issue, revoked_at, withdrawn_at
from tests.model.journal import Journal, Person
from tests.model.people import facts
from tests.model.replicas import Entry
from tests.model.values import specialty_name

TOTALS = ("events", "modules", "programme_hours", "distance_hours")
THE_MODEL = {"events": 16, "modules": 20, "programme_hours": 108, "distance_hours": 54}
CREDITS_GO_TO = {"event": "events", "module": "modules", "programme": "programme_hours"}

Cycle = dict[str, Any]
Row = dict[str, Any]


@dataclass
class Judged:
    """An entry with its activity and day, and then with the verdict: `counts`, the credits, and those in each cycle."""

    entry: Entry
    kind: str
    activity_id: str
    activity: dict[str, Any] | None
    completed_on: str
    counts: str = "counted"
    credits: float = 0
    counts_in: list[str] = field(default_factory=list)
    credits_in: dict[str, float] = field(default_factory=dict)


def count(journal: Journal, person: Person, entries: list[Judged]) -> None:
    """Give every entry (in order of recording) its verdict."""
    known, cycles = facts(journal, person), cycles_of(journal, person)
    for judged in entries:
        judged.counts = (
            _standing(journal, judged)
            or _facts_missing(known, cycles)
            or _audience(journal, judged, known["audience"])
            or _coverage(judged, known, cycles)
        )
        if judged.counts == "counted":
            _credit(judged, known, cycles)
    _leave_out_duplicates([judged for judged in entries if judged.counts == "counted"])
    for judged in entries:
        if judged.counts != "counted":
            judged.credits, judged.counts_in, judged.credits_in = 0, [], {}


def cycles_of(journal: Journal, person: Person) -> list[Cycle]:
    """Return the person's cycles; the last message with a `cycle_id` stands."""
    told = [each for account in person for each in journal.about(account, "cycle.opened")]
    told.sort(key=lambda each: each.position)
    latest = {each.said["cycle_id"]: each.said for each in told}
    return sorted(latest.values(), key=lambda cycle: (cycle["starts_on"], cycle["cycle_id"]))


def totals(entries: Iterable[Judged]) -> dict[str, float]:
    """Return the sums of the entries that count."""
    return _sum((judged, judged.credits) for judged in entries if judged.counts == "counted")


def cycle_views(journal: Journal, person: Person, entries: list[Judged]) -> list[dict[str, Any]]:
    """Return the person's cycles with their totals, targets and what remains."""
    views = []
    for cycle in cycles_of(journal, person):
        name = cycle["cycle_id"]
        summed = _sum((judged, judged.credits_in[name]) for judged in entries if name in judged.credits_in)
        remaining = {key: max(0, THE_MODEL[key] - summed[key]) for key in TOTALS}
        keys = ("cycle_id", "specialty", "education_level", "starts_on", "ends_on")
        view = {key: cycle[key] for key in keys}
        view |= {"policy": cycle.get("policy"), "totals": summed, "targets": THE_MODEL, "remaining": remaining}
        views.append(view)
    return views


def _sum(credited: Iterable[tuple[Judged, float]]) -> dict[str, float]:
    sums = dict.fromkeys(TOTALS, 0.0)
    for judged, amount in credited:
        sums[CREDITS_GO_TO[judged.kind]] += amount
        sums["distance_hours"] += judged.entry.origin.message.said.get("distance_hours", 0)
    return sums


def _standing(journal: Journal, judged: Judged) -> str | None:
    message, key = judged.entry.origin.message, judged.entry.key
    if judged.entry.reversed_at is not None:
        return "reversed"
    if message.kind == "code.activated" and is_barred(message, revoked_at(journal, key.removeprefix("code:"))):
        return "code_revoked"
    if is_barred(message, withdrawn_at(journal, judged.activity_id)):
        return "activity_withdrawn"
    if judged.activity is None:
        return "catalogue_pending"
    return "foreign" if judged.activity.get("foreign") else None


def _facts_missing(known: dict[str, Any], cycles: list[Cycle]) -> str | None:
    needed = {"audience"} if cycles else {"audience", "education_level", "specialties"}
    return None if needed <= known.keys() else "registration_pending"


def _rows(judged: Judged, audience: str) -> list[Row]:
    return [row for row in (judged.activity or {})["accreditation"] if row["audience"] == audience]


def _audience(journal: Journal, judged: Judged, audience: str) -> str | None:
    issued = issue(journal, judged.entry.key.removeprefix("code:")) if judged.entry.key.startswith("code:") else None
    if not _rows(judged, audience) or (issued and issued["audience"] != audience):
        return "audience_not_covered"
    return None


def _covers(row: Row, education_level: str, specialties: list[str]) -> bool:
    named = {specialty_name(name) for name in row["specialties"]}
    return row["education_level"] == education_level and any(specialty_name(name) in named for name in specialties)


def _rows_for_cycle(judged: Judged, audience: str, cycle: Cycle) -> list[Row]:
    return [row for row in _rows(judged, audience) if _covers(row, cycle["education_level"], [cycle["specialty"]])]


def _rows_for_person(judged: Judged, known: dict[str, Any]) -> list[Row]:
    rows = _rows(judged, known["audience"])
    return [row for row in rows if _covers(row, known["education_level"], known["specialties"])]


def _coverage(judged: Judged, known: dict[str, Any], cycles: list[Cycle]) -> str:
    if not cycles:
        return "counted" if _rows_for_person(judged, known) else "specialty_not_covered"
    covering = [cycle for cycle in cycles if _rows_for_cycle(judged, known["audience"], cycle)]
    if not covering:
        return "specialty_not_covered"
    return "counted" if any(_lies_in(judged, cycle) for cycle in covering) else "outside_cycle"


def _lies_in(judged: Judged, cycle: Cycle) -> bool:
    return bool(cycle["starts_on"] <= judged.completed_on <= cycle["ends_on"])


def _credit(judged: Judged, known: dict[str, Any], cycles: list[Cycle]) -> None:
    if not cycles:
        judged.credits = _credits(judged, _rows_for_person(judged, known))
        return
    for cycle in cycles:
        rows = _rows_for_cycle(judged, known["audience"], cycle)
        if rows and _lies_in(judged, cycle):
            judged.counts_in.append(cycle["cycle_id"])
            judged.credits_in[cycle["cycle_id"]] = _credits(judged, rows)
    judged.credits = max(judged.credits_in.values())


def _credits(judged: Judged, rows: list[Row]) -> float:
    said = judged.entry.origin.message.said
    return float(said["hours"] if "hours" in said else max(row["credits"] for row in rows))


def _leave_out_duplicates(candidates: list[Judged]) -> None:
    # Contract against DOMAIN.md: "one credit per specialist + module + completion date" there, "whatever the dates"
    # in section 5. Section 5 stands; an activation of a module counts only while no completion of it would.
    completed = {judged.activity_id for judged in candidates if judged.entry.key.startswith("module:")}
    seen = set()
    for judged in candidates:
        identity = (judged.activity_id, judged.completed_on)
        is_activation_of_module = judged.entry.key.startswith("code:") and judged.kind == "module"
        if identity in seen or (is_activation_of_module and judged.activity_id in completed):
            judged.counts = "duplicate_of"
        else:
            seen.add(identity)
