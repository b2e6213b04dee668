"""After a restore, whatever happened since the backup leads to the same again, in whichever order partitions come.

Not of every code that only completions name: no portal is told what becomes of those, so a restored store cannot know
which of two completions was first (docs/howto/backup.md).
"""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from sync_service.aggregates.errors import AccountUnknown
from sync_service.aggregates.values import Account
from tests.model import lines
from tests.unit.restored_site import Site, Topics

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.unit_of_work import UnitOfWork

SHARES = 4
SEEDS = 150
CODES = ("ABCD-00001111", "ABCD-00002222", "ABCD-00003333")
ACTIVITIES = ("ev1", "ev2")
MODULES = ("m1", "m2")
ACCOUNTS = tuple(f"{portal}:{portal[0]}{number}" for portal in ("edu", "sovetnmo") for number in (1, 2, 3))


class Life:
    """What portals and the catalogue do, step by step, at a site: attempts at few codes by few people, and more."""

    def __init__(self, chance: Random, site: Site) -> None:
        self._chance, self._site = chance, site
        self._said: list[bytes] = []

    def go_on(self, steps: int) -> None:
        """So many things happen."""
        kinds: dict[Callable[[], list[bytes]], int] = {
            self._attempt: 40,
            self._completion: 15,
            self._answer: 10,
            self._link: 10,
            self._description: 10,
            self._issue: 10,
            self._repeat: 4,
            self._revocation: 3,
        }
        for step in self._chance.choices(list(kinds), list(kinds.values()), k=steps):
            said = step()
            self._said += said
            self._site.given(*said)

    def _attempt(self) -> list[bytes]:
        account, code = self._chance.choice(ACCOUNTS), self._chance.choice(CODES)
        return [lines.activated(account, code, activity_id=self._chance.choice([None, *ACTIVITIES]))]

    def _completion(self) -> list[bytes]:
        return [lines.completed(self._chance.choice(ACCOUNTS), self._chance.choice(MODULES))]

    def _answer(self) -> list[bytes]:
        asked = [json.loads(one.value) for one in self._site.topics.sent if b"replica.requested" in one.value]
        if not asked:
            return []
        replica = self._chance.choice(asked)["data"]
        portal = "edu" if replica["account_id"].startswith("e") else "sovetnmo"
        return [lines.applied(f"{portal}:{replica['account_id']}", replica["activity_key"])]

    def _link(self) -> list[bytes]:
        number = self._chance.randint(1, 3)
        link = f"r{number}", f"e{number}", f"s{number}"
        return [lines.link_requested(*link), lines.link_confirmed(*link)]

    def _description(self) -> list[bytes]:
        activity = self._chance.choice([*ACTIVITIES, *MODULES])
        return [lines.published(activity, "module" if activity in MODULES else "event")]

    def _issue(self) -> list[bytes]:
        return [lines.issued(self._chance.choice(CODES), activity_id=self._chance.choice(ACTIVITIES))]

    def _repeat(self) -> list[bytes]:
        return [self._chance.choice(self._said)] if self._said else []

    def _revocation(self) -> list[bytes]:
        return [lines.revoked(self._chance.choice(CODES))]


@pytest.mark.parametrize("share", range(SHARES))
def test_whatever_happened_since_the_backup_leads_to_the_same_again(share: int) -> None:
    for seed in range(share, SHARES * SEEDS, SHARES):
        chance, site = Random(seed), Site(Topics(seed))
        life = Life(chance, site)
        life.go_on(chance.randint(0, 6))
        backup = site.backup()
        life.go_on(chance.randint(3, 14))
        before = len(site.topics.sent)
        with capture_logs() as logged:
            restored, _ = site.restored(backup)
            restored.publish()
        assert held_by(restored) == held_by(site), seed
        assert "restore.waited_in_vain" not in {line["event"] for line in logged}, seed
        anew = {json.loads(message.value)["type"] for message in site.topics.sent[before:]}
        assert anew <= {"ru.nmo.replica.requested.v1"}, seed  # activities are described at once, and not later


def held_by(site: Site) -> dict[str, object]:
    """Whose each code is and what every attempt came to, and what stands in each account."""
    codes = {code: _code(site, code) for code in CODES}
    return codes | site.service.application.look(lambda work: {one: _person(work, one) for one in ACCOUNTS})


def _code(site: Site, text: str) -> object:
    code = site.code(text)
    return code.owner, sorted((str(one.account), one.outcome.value) for one in code.attempts)


def _person(work: UnitOfWork, account: str) -> object:
    try:
        person = work.known_person(Account.parse(account))
    except AccountUnknown:
        return None
    entries = {key: entry.origin for key, entry in person.entries.items()}
    return entries, {key: one.state for key, one in person.replicas.items()}, person.accounts
