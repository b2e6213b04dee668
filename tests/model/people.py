"""Accounts, what is known of them, whether they are open, and which two are one person."""

from typing import Any

from tests.model.journal import Account, Journal, LinkAttempt, Person
from tests.model.schema import PORTALS
from tests.model.values import moment, snils_digits

FACTS = ("email", "full_name", "snils", "education_level", "audience", "specialties")


def accounts(journal: Journal) -> set[Account]:
    """Return every account that a stored message is about or names."""
    found = set()
    for message in journal.messages:
        if message.source in PORTALS:
            found.add(message.account)
        if "sovetnmo_account_id" in message.said:
            found.add(("sovetnmo", message.said["sovetnmo_account_id"]))
        if "edu_account_id" in message.said:
            found.add(("edu", message.said["edu_account_id"]))
    return found


def joining(journal: Journal, account: Account) -> LinkAttempt | None:
    """Return the link that joined this account to another, if any did."""
    for link in journal.links.values():
        if link.outcome == "joined" and account in (link.edu, link.sovetnmo):
            return link
    return None


def person_of(journal: Journal, account: Account) -> Person:
    """Return all accounts of the person whose account this is."""
    link = joining(journal, account)
    return frozenset({link.edu, link.sovetnmo}) if link else frozenset({account})


def facts(journal: Journal, person: Person) -> dict[str, Any]:
    """Return field by field what the latest message by `registered_at` or `changed_at` says of these accounts."""
    told = [each for each in journal.of("account.registered", "account.changed") if each.account in person]
    told.sort(key=lambda each: (moment(each.said.get("registered_at") or each.said["changed_at"]), each.position))
    known = {name: each.said[name] for each in told for name in FACTS if name in each.said}
    if "snils" in known:
        known["snils"] = snils_digits(known["snils"])
    return known


def is_open(journal: Journal, account: Account, position: int) -> bool:
    """Tell whether the latest closing or reopening by its `…_at` that had arrived by then left the account open."""
    news = [
        each
        for each in journal.of("account.closed", "account.reopened")
        if each.account == account and each.position <= position
    ]
    if not news:
        return True
    latest = max(news, key=lambda each: (moment(each.said.get("closed_at") or each.said["reopened_at"]), each.position))
    return latest.kind == "account.reopened"
