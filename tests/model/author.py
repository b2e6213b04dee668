"""Who draws messages by chance: from a small vocabulary, aimed at what the world already has."""

from dataclasses import dataclass
from random import Random
from typing import Any

from tests.model.catalogue import issue, withdrawn_at
from tests.model.codes import owning_attempt
from tests.model.contract_model import World
from tests.model.journal import Account
from tests.model.people import person_of
from tests.model.replicas import replicas_of
from tests.model.spelling import a_snils, misspelled, spelled
from tests.model.vocabulary import DAYS, LEVELS, SPECIALTIES, SPECIALTY_SPELLINGS, Vocabulary

Said = dict[str, Any]
PORTALS = ("edu", "sovetnmo")


@dataclass
class Author:
    """Draws messages; `world` is what the messages so far have led to, so that answers find what they answer."""

    chance: Random
    words: Vocabulary
    world: World

    def account(self) -> Account:
        """Return any account."""
        portal = self.chance.choice(PORTALS)
        return portal, self.chance.choice(self.words.accounts(portal))

    def from_account(self, account: Account, **said: Any) -> tuple[str, Said]:  # noqa: ANN401 - JSON
        """Return a portal's source and what it says of one of its accounts, without what is None."""
        kept = {name: value for name, value in said.items() if value is not None}
        return f"/portals/{account[0]}", {"account_id": account[1], **kept}

    def joined(self) -> list[Account]:
        """Return the accounts that are joined to another."""
        joined = [link for link in self.world.journal.links.values() if link.outcome == "joined"]
        return [account for link in joined for account in (link.edu, link.sovetnmo)]

    def maybe(self, value: Any, likelihood: float) -> Any:  # noqa: ANN401 - JSON
        """Return the value, or None."""
        return value if self.chance.random() < likelihood else None

    def facts(self, account: Account, likelihood: float) -> Said:
        """Return some facts of an account: those of one person are mostly alike on both portals."""
        person = self.words.accounts(account[0]).index(account[1])
        usual = self.chance.random() < 0.7
        audience = "doctors" if person % 3 != 1 else "nurses"
        said = {
            "email": f"{account[1]}{self.chance.randint(1, 3)}@example.org",
            "full_name": self.chance.choice(("Иванова Анна", "O'Коннор-Ли", "Ё")),
            "snils": a_snils(self.chance, person),
            "education_level": "higher" if usual else self.chance.choice(LEVELS),
            "audience": audience if usual else self.chance.choice(("doctors", "nurses")),
            "specialties": self.specialties(),
        }
        return {name: value for name, value in said.items() if self.chance.random() < likelihood}

    def specialties(self) -> list[str]:
        """Return up to two names of specialties, spelled as it comes."""
        names = SPECIALTIES if self.chance.random() < 0.8 else SPECIALTY_SPELLINGS
        return [self.chance.choice(names) for _ in range(self.chance.choice((0, 1, 1, 2)))]

    def activity(self) -> str:
        """Return any activity, mostly one that codes are of."""
        return self.chance.choice((*self.words.events, *self.words.modules, *self.words.programmes))

    def typed_code(self) -> str:
        """Return what somebody types."""
        code = self.chance.choice(self.words.codes)
        return spelled(self.chance, code) if self.chance.random() < 0.93 else misspelled(self.chance, code)

    def some_codes(self) -> list[str]:
        """Return all codes of a small world, or some of a large one."""
        return self.chance.sample(self.words.codes, min(12, len(self.words.codes)))

    def unissued_code(self) -> str:
        """Return a code that nobody issued yet, if there is one."""
        codes = self.some_codes()
        unissued = [code for code in codes if not issue(self.world.journal, code)]
        return self.chance.choice(unissued or codes)

    def waiting_code(self) -> str | None:
        """Return a code that nobody issued yet and somebody tried in vain."""
        attempts = [made for code in self.some_codes() for made in self.world.journal.attempts_of(code)]
        waits = [made.code for made in attempts if made.outcome in {"code_unknown", "activity_withdrawn"}]
        unissued = [code for code in waits if code and not issue(self.world.journal, code)]
        return self.chance.choice(unissued) if unissued else None

    def barred_code(self) -> str:
        """Return a code that was issued for an activity that is withdrawn and that nobody has, or any."""
        journal = self.world.journal
        codes = self.some_codes()
        free = [code for code in codes if not owning_attempt(journal, code)]
        issued = [(code, told["activity_id"]) for code in free if (told := issue(journal, code))]
        barred = [code for code, activity_id in issued if withdrawn_at(journal, activity_id)]
        return self.chance.choice(barred or codes)

    def vouched_activity(self) -> str:
        """Return an activity that codes may be of, often a withdrawn one."""
        activities = (*self.words.events, *self.words.modules)
        withdrawn = [each for each in activities if withdrawn_at(self.world.journal, each)]
        return self.chance.choice(withdrawn if withdrawn and self.chance.random() < 0.4 else activities)

    def codes(self, activity_id: str) -> list[str]:
        """Return some codes of this activity, now and then another's."""
        own = [code for code, named in self.words.activity_of.items() if named == activity_id]
        pool = own if own and self.chance.random() < 0.9 else list(self.words.codes)
        return [spelled(self.chance, self.chance.choice(pool)) for _ in range(self.chance.choice((0, 1, 1, 2, 3)))]

    def key(self) -> str:
        """Return an activity key that somebody has, or any."""
        known = self.world.journal.recordings
        if known and self.chance.random() < 0.6:
            return self.chance.choice(known).key
        day = self.chance.choice(DAYS)
        module = f"module:{self.chance.choice(self.words.modules)}:{day}"
        programme = f"programme:{self.words.programmes[0]}:{day}"
        code = f"code:{self.chance.choice(self.words.codes)}"
        return self.chance.choice((code, module, module, programme, programme, "нет такого"))

    def acknowledged(self) -> tuple[Account, str]:
        """Return a replica that waits for an answer (mostly), or any account and key."""
        journal, joined = self.world.journal, self.joined()
        if joined and self.chance.random() < 0.85:
            person = person_of(journal, self.chance.choice(joined))
            waiting = [each for each in replicas_of(journal, person) if each.requested_at]
            if waiting:
                replica = self.chance.choice(waiting)
                return replica.account, replica.entry.key
        return self.account(), self.key()

    def pair(self) -> tuple[str, str, str]:
        """Return a request id and two accounts, mostly those of an attempt that is open, or of one person."""
        waiting = [triple for triple, link in self.world.journal.links.items() if link.outcome == "open"]
        if waiting and self.chance.random() < 0.5:
            return self.chance.choice(waiting)
        edu = self.chance.choice(self.words.edu)
        twin = self.words.sovetnmo[self.words.edu.index(edu)]
        sovetnmo = twin if self.chance.random() < 0.7 else self.chance.choice(self.words.sovetnmo)
        return self.chance.choice(self.words.requests), edu, sovetnmo
