"""What each portal was asked to show and to withdraw, for comparison with simulated portals."""

from typing import Any

from tests.model.journal import Account, Journal, Person
from tests.model.people import person_of
from tests.model.plan import judged_entry
from tests.model.replicas import (
    Entry,
    Replica,
    both_known_at,
    entries_of,
    first_reversal,
    moments_of_opening,
    replicas_of,
)


def asked_of(journal: Journal, portal: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return by account id and activity key what a portal must have been told last.

    `state` is "show" (then `replica` is what the highest revision says, unless the account `is_open` no more),
    "withdrawn" (it had been shown there, and that had to be taken back), or "either": the contract leaves it open
    whether a withdrawal is sent, and nothing depends on it.
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for account in journal.accounts:
        person = person_of(journal, account)
        if account[0] != portal or len(person) == 1:
            continue
        replicas = {each.entry.key: each for each in replicas_of(journal, person) if each.account == account}
        for entry in entries_of(journal, person):
            row = _row(journal, person, account, entry, replicas.get(entry.key))
            if row:
                rows[account[1], entry.key] = row
    return rows


def _row(
    journal: Journal, person: Person, account: Account, entry: Entry, replica: Replica | None
) -> dict[str, Any] | None:
    requested = replica is not None and replica.requested_at is not None
    is_open = bool(moments_of_opening(journal, account, len(journal.messages) + 1))
    if entry.reversed_at is None:
        content = _content(journal, entry) if requested else None
        return {"state": "show", "is_open": is_open, "replica": content} if requested else None
    own = [made for made in entry.recordings if made.account == account]
    if first_reversal(journal, frozenset({account}), entry.key) or not (requested or own):
        return {"state": "either", "is_open": is_open}
    # Contract against itself: a reversal is told to every *open* account, yet promise 3 wants both accounts alike in
    # the end. What a closed account shows is therefore taken back once it is open again, as missed requests are made;
    # and what one of two people had reversed is taken back from the other's own account at the joining.
    since = max([entry.reversed_at, both_known_at(journal, entry), *(made.position for made in own)])
    if moments_of_opening(journal, account, since):
        return {"state": "withdrawn", "is_open": is_open}
    return {"state": "either", "is_open": is_open}


def _content(journal: Journal, entry: Entry) -> dict[str, Any]:
    judged = judged_entry(journal, entry)
    return {
        "kind": judged.kind,
        "activity_id": judged.activity_id,
        "title": judged.activity and judged.activity["title"],
        "completed_on": judged.completed_on,
        "origin": {"portal": entry.origin.account[0], "account_id": entry.origin.account[1]},
    }
