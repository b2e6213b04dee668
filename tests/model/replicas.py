"""Which replicas a portal was asked to show or to withdraw, worked out from when things were recorded."""

from dataclasses import dataclass

from tests.model.journal import Account, Journal, Message, Person, Recording
from tests.model.people import is_open, joining


@dataclass(frozen=True)
class Entry:
    """One activity of a person: its recordings on the person's accounts, the earliest (its origin) first."""

    key: str
    recordings: tuple[Recording, ...]
    reversed_at: int | None

    @property
    def origin(self) -> Recording:
        """The recording that came first."""
        return self.recordings[0]


@dataclass(frozen=True)
class Replica:
    """The showing of one entry on the person's other account; `requested_at` is None while it was not asked for."""

    entry: Entry
    account: Account
    requested_at: int | None
    state: str
    reversed_at: int | None


def entries_of(journal: Journal, person: Person) -> list[Entry]:
    """Return the person's entries in order of recording."""
    by_key: dict[str, list[Recording]] = {}
    for recording in journal.recordings_of(person):
        by_key.setdefault(recording.key, []).append(recording)
    return [Entry(key, tuple(made), reversal_at(journal, person, key)) for key, made in by_key.items()]


def has(journal: Journal, person: Person, key: str) -> bool:
    """Tell whether the person has this key already."""
    return any(each.key == key for each in journal.recordings_of(person))


def reversal_at(journal: Journal, person: Person, key: str) -> int | None:
    """Return the position of the first reversal of this key that one of the person's accounts reported."""
    first = first_reversal(journal, person, key)
    return first.position if first else None


def first_reversal(journal: Journal, person: Person, key: str) -> Message | None:
    """Return the first reversal of this key that one of the person's accounts reported."""
    told = [each for account in person for each in journal.about(account, "activity.reversed")]
    same = [each for each in told if each.said["activity_key"] == key]
    return min(same, key=lambda each: each.position, default=None)


def replicas_of(journal: Journal, person: Person) -> list[Replica]:
    """Return, for a joined person, the replica of each entry that was recorded on one account only."""
    if len(person) == 1:
        return []
    alone = [each for each in entries_of(journal, person) if len({made.account for made in each.recordings}) == 1]
    return [_replica(journal, person, entry) for entry in alone]


def _replica(journal: Journal, person: Person, entry: Entry) -> Replica:
    (account,) = person - {entry.origin.account}
    requested_at = _requested_at(journal, account, entry)
    state = _acknowledged(journal, account, entry.key, requested_at) if requested_at is not None else "not_linked"
    return Replica(entry, account, requested_at, state, entry.reversed_at)


def both_known_at(journal: Journal, entry: Entry) -> int:
    """Return from which position on the entry and the joining were both there."""
    link = joining(journal, entry.origin.account)
    return max(entry.origin.position, link.joined_at or 0) if link else entry.origin.position


def _requested_at(journal: Journal, account: Account, entry: Entry) -> int | None:
    """Return when the replica's cause was recorded: the first moment at which the account was open for it."""
    # Contract against itself: "every entry … is replicated … at once", but not to a closed account. While it is closed
    # `shown_in` has no word for it: the owner's decision is `not_linked`.
    for position in moments_of_opening(journal, account, both_known_at(journal, entry)):
        if entry.reversed_at is not None and entry.reversed_at <= position:
            return None
        return position
    return None


def moments_of_opening(journal: Journal, account: Account, start: int) -> list[int]:
    """Return `start` and the positions of later reopenings, as far as the account was open at them."""
    later = [each.position for each in journal.about(account, "account.reopened")]
    moments = [start, *(position for position in later if position > start)]
    return [position for position in moments if is_open(journal, account, position)]


def _acknowledged(journal: Journal, account: Account, key: str, requested_at: int) -> str:
    # An answer that crosses a reversal still counts: "a reversed entry keeps its `shown_in`" is read as "the reversal
    # itself does not change it".
    answers = {
        each.said.get("reason", "applied")
        for each in journal.about(account, "replica.applied", "replica.refused")
        if each.said["activity_key"] == key and each.position > requested_at
    }
    if answers & {"applied", "duplicate"}:
        return "applied"
    return "refused" if "rejected" in answers else "requested"
