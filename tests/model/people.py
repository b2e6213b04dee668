"""Accounts, what is known of them, whether they are open, and which two are one person."""

from typing import Any

from tests.model.journal import Account, Journal, LinkAttempt, Person
from tests.model.values import moment, snils_digits

FACTS = ("email", "full_name", "snils", "education_level", "audience", "specialties")


def joining(journal: Journal, account: Account) -> LinkAttempt | None:
    """Return the link that joined this account to another, if any did."""
    return next((link for link in journal.links_of(account) if link.outcome == "joined"), None)


def person_of(journal: Journal, account: Account) -> Person:
    """Return all accounts of the person whose account this is."""
    link = joining(journal, account)
    return frozenset({link.edu, link.sovetnmo}) if link else frozenset({account})


def facts(journal: Journal, person: Person) -> dict[str, Any]:
    """Return field by field what the latest message by `registered_at` or `changed_at` says of these accounts."""
    told = [each for account in person for each in journal.about(account, "account.registered", "account.changed")]
    told.sort(key=lambda each: (moment(each.said.get("registered_at") or each.said["changed_at"]), each.position))
    known = {name: each.said[name] for each in told for name in FACTS if name in each.said}
    if "snils" in known:
        known["snils"] = snils_digits(known["snils"])
    return known


def is_open(journal: Journal, account: Account, position: int) -> bool:
    """Tell whether the latest closing or reopening by its `…_at` that had arrived by then left the account open."""
    news = [each for each in journal.about(account, "account.closed", "account.reopened") if each.position <= position]
    if not news:
        return True
    latest = max(news, key=lambda each: (moment(each.said.get("closed_at") or each.said["reopened_at"]), each.position))
    return latest.kind == "account.reopened"
