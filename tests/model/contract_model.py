"""A plain, slow model of the contract: what the service must answer after any stream of lines.

It was written from CONTRACT.md and DOMAIN.md alone. It keeps the stored messages and works answers out from them.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.model.asked import asked_of
from tests.model.catalogue import is_barred, withdrawn_at
from tests.model.codes import attempt, code_view, judge_again_after_issue, owning_attempt
from tests.model.journal import Journal, Message, Person
from tests.model.links import link_view, receive_link
from tests.model.people import person_of
from tests.model.plan import plan_view
from tests.model.replicas import has
from tests.model.validation import Reading, read
from tests.model.values import canonical_code

NO_REFUSALS = frozenset({"accepted", "code_already_yours"})


@dataclass(frozen=True)
class Delivered:
    """What became of one line: "stored", "repeat", "parked", or "blank" (not received at all).

    `outcome` is "accepted" or a reason, for a stored one; `errors` are the wrong fields or one word, for a parked one.
    """

    status: str
    refused: bool = False
    outcome: str | None = None
    errors: frozenset[str] = frozenset()


@dataclass
class Parked:
    """A dead letter: "open" until it is "superseded", "discarded" or "stored" by a retry."""

    line: bytes
    source: str | None
    id: str | None
    errors: frozenset[str]
    state: str = "open"


@dataclass
class World:
    """Everything that the service knows, in the simplest shape that answers the contract's questions."""

    journal: Journal = field(default_factory=Journal)
    parked: dict[bytes, Parked] = field(default_factory=dict)
    parked_by_identity: dict[tuple[str | None, str | None], list[Parked]] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)

    def deliver(self, line: bytes, now: datetime) -> Delivered:
        """Take one line that arrived at this instant."""
        if not line.strip():
            return Delivered("blank")
        delivered = self._take(line, now)
        self.tally["received"] += 1
        self.tally[delivered.status] += 1
        self.tally["refused"] += delivered.refused
        return delivered

    def retry(self, line: bytes, now: datetime) -> Delivered:
        """Try an open dead letter again, known by its bytes; it moves from parked to stored, or stays."""
        letter = self.parked[line]
        if letter.state != "open":
            return Delivered("parked", errors=letter.errors)
        reading = read(line, now)
        if reading.errors or self._stored(reading):
            return Delivered("parked", errors=reading.errors or frozenset({"id_reused"}))
        letter.state = "stored"
        delivered = self._store(reading)
        self.tally.update({"parked": -1, "stored": 1, "refused": int(delivered.refused)})
        return delivered

    def discard(self, line: bytes) -> None:
        """Close an open dead letter for good; it still counts as parked."""
        if self.parked[line].state == "open":
            self.parked[line].state = "discarded"

    def counts(self) -> dict[str, int]:
        """Return the sums that `ingest` and `check` show."""
        names = {"received": "received", "stored": "stored", "repeats": "repeat", "refused": "refused"}
        return {name: self.tally[status] for name, status in names.items()} | {"parked": self.tally["parked"]}

    def known(self, portal: str, account_id: str) -> bool:
        """Tell whether the account was ever heard of."""
        return (portal, account_id) in self.journal.accounts

    def accounts_of(self, portal: str, account_id: str) -> Person:
        """Return all accounts of the person whose account this is; LookupError for one never heard of."""
        if not self.known(portal, account_id):
            raise LookupError
        return person_of(self.journal, (portal, account_id))

    def plan(self, portal: str, account_id: str, *, counting: bool = True) -> dict[str, Any]:
        """Return `plan --json` without the specialist's id; LookupError for an account never heard of."""
        return plan_view(self.journal, self.accounts_of(portal, account_id), counting=counting)

    def link(self, portal: str, account_id: str) -> dict[str, Any] | None:
        """Return the `link` of `history --json` and its `reason`; LookupError for an account never heard of."""
        self.accounts_of(portal, account_id)
        return link_view(self.journal, (portal, account_id))

    def code(self, typed: str) -> dict[str, Any] | None:
        """Return `code --json`, the owner's `accounts` in place of the specialist's id; None for a malformed code."""
        code = canonical_code(typed)
        return code_view(self.journal, code) if code else None

    def accounts(self) -> Person:
        """Return every account that exists."""
        return frozenset(self.journal.accounts)

    def specialists(self) -> int:
        """Return how many people there are: accounts minus joined pairs."""
        return len({person_of(self.journal, account) for account in self.journal.accounts})

    def codes_credited(self) -> int:
        """Return how many codes have an owner."""
        return len({made.code for made in self.journal.attempts if owning_attempt(self.journal, made.code)})

    def replicas(self, portal: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Return what a portal was asked to show and to withdraw, by account id and activity key (see `asked_of`)."""
        return asked_of(self.journal, portal)

    def _take(self, line: bytes, now: datetime) -> Delivered:
        if line in self.parked:
            return Delivered("repeat")
        reading = read(line, now)
        stored = self._stored(reading)
        if reading.errors:
            return self._park(line, reading, reading.errors)
        if stored is None:
            return self._store(reading)
        if (stored.kind, stored.said) == (reading.kind, reading.said):
            return Delivered("repeat")
        return self._park(line, reading, frozenset({"id_reused"}))

    def _stored(self, reading: Reading) -> Message | None:
        return self.journal.by_identity.get((str(reading.source), str(reading.id)))

    def _park(self, line: bytes, reading: Reading, errors: frozenset[str]) -> Delivered:
        letter = Parked(line, reading.source, reading.id, errors)
        self.parked[line] = letter
        self.parked_by_identity.setdefault((reading.source, reading.id), []).append(letter)
        return Delivered("parked", errors=errors)

    def _store(self, reading: Reading) -> Delivered:
        for letter in self.parked_by_identity.get((reading.source, reading.id), []):
            if letter.state == "open":
                letter.state = "superseded"
        source, identity = str(reading.source), str(reading.id)
        message = Message(len(self.journal.messages) + 1, source, identity, reading.kind, reading.said)
        self.journal.add(message)
        outcome = self._apply(message)
        return Delivered("stored", outcome not in NO_REFUSALS, outcome)

    def _apply(self, message: Message) -> str:
        """Let a stored message decide what first come decides; return its outcome."""
        match message.kind.split("."):
            case ["code", "activated"]:
                return attempt(self.journal, message)
            case ["module" | "programme" as kind, "completed"]:
                return self._complete(message, kind)
            case ["codes", "issued"]:
                judge_again_after_issue(self.journal, message)
            case ["link", _]:
                return receive_link(self.journal, message)
        return "accepted"

    def _complete(self, message: Message, kind: str) -> str:
        activity_id, day = message.said[f"{kind}_id"], message.said["completed_on"]
        key = f"{kind}:{activity_id}:{day}"
        if not has(self.journal, person_of(self.journal, message.account), key):
            if is_barred(message, withdrawn_at(self.journal, activity_id)):
                # Contract against itself: `code --json` lists "one attempt per stored message that names the code",
                # but a completion is an attempt only "if it is not itself refused". The narrower sentence stands.
                return "activity_withdrawn"
            self.journal.record(message.position, key, message)
        if "code" in message.said:
            attempt(self.journal, message)
        return "accepted"
