"""The plan: a person's entries, where each is shown, and (when asked) what counts and the totals."""

from typing import Any

from tests.model.catalogue import issue, published
from tests.model.counting import Judged, count, cycle_views, totals
from tests.model.journal import Journal, Person
from tests.model.replicas import Entry, entries_of, replicas_of

PORTALS = ("sovetnmo", "edu")


def plan_view(journal: Journal, person: Person, *, counting: bool) -> dict[str, Any]:
    """Return what `plan --json` shows, without `specialist_id`; `counting=False` leaves credits and totals out."""
    entries = [judged_entry(journal, entry) for entry in entries_of(journal, person)]
    if counting:
        count(journal, person, entries)
    shown = {each.entry.key: each for each in replicas_of(journal, person)}
    rows = []
    for judged in sorted(entries, key=lambda each: (each.completed_on, each.entry.key)):
        replica = shown.get(judged.entry.key)
        shown_in = dict.fromkeys(PORTALS, "not_linked")
        shown_in.update({made.account[0]: "origin" for made in judged.entry.recordings})
        if replica:
            shown_in[replica.account[0]] = replica.state
        rows.append(_row(journal, judged, shown_in, counting=counting))
    if not counting:
        return {"entries": rows}
    return {"entries": rows, "totals": totals(entries), "cycles": cycle_views(journal, person, entries)}


def judged_entry(journal: Journal, entry: Entry) -> Judged:
    """Return an entry with what the catalogue makes of it so far: its kind, activity and day."""
    message = entry.origin.message
    activity_id = activity_of_entry(journal, entry)
    activity = published(journal, activity_id)
    if message.kind != "code.activated":
        return Judged(
            entry, message.kind.removesuffix(".completed"), activity_id, activity, message.said["completed_on"]
        )
    kind = activity["kind"] if activity else "event"
    day = (activity or {}).get("held_on") or message.said["activated_at"][:10]
    return Judged(entry, kind, activity_id, activity, day)


def activity_of_entry(journal: Journal, entry: Entry) -> str:
    """Return the activity of an entry: a completion's own, a code's by its issue record, else the vouched one."""
    said = entry.origin.message.said
    if entry.origin.message.kind == "code.activated":
        issued = issue(journal, entry.key.removeprefix("code:"))
        return str(issued["activity_id"] if issued else said["activity_id"])
    return str(said.get("module_id") or said["programme_id"])


def _row(journal: Journal, judged: Judged, shown_in: dict[str, str], *, counting: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "activity_key": judged.entry.key,
        "kind": judged.kind,
        "activity_id": judged.activity_id,
        "title": judged.activity and judged.activity["title"],
        "completed_on": judged.completed_on,
        "notes": _notes(judged),
        "origin": judged.entry.origin.account[0],
        "shown_in": shown_in,
    }
    if counting:
        row |= {"counts": judged.counts, "credits": judged.credits, "counts_in": judged.counts_in}
    return row


def _notes(judged: Judged) -> list[str]:
    """Return the notes; the contract names `wrong_portal` alone, which the default policy never gives."""
    vouched = judged.entry.origin.message.said.get("activity_id", judged.activity_id)
    return [] if vouched == judged.activity_id else ["activity_disagrees"]
