"""The person's accounts and their link: what each portal said, compared rather than shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync_service.aggregates.values import Account, Portal
from sync_service.console.languages import said
from sync_service.console.masks import masked_email, masked_name
from sync_service.questions.histories import link_shown
from sync_service.sentences.links import link_standing
from sync_service.sentences.words import EDUCATION, PERSON, Sentence, word

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sync_service.aggregates.specialist import Specialist
    from sync_service.aggregates.specialist_state import AccountState
    from sync_service.console.formats import Formats

PERSONAL = ("full_name", "email", "snils")
REVEALABLE = tuple(f"{field}@{portal}" for field in PERSONAL for portal in Portal)
"""What a person may ask to see, one by one: a field of an account."""


class Personal(NamedTuple):
    """One personal value: `shown` is its mask, or the value itself where somebody asked for it."""

    field: str
    shown: str
    is_revealed: bool


class AccountShown(NamedTuple):
    """One account: what its portal said of it."""

    portal: str
    account_id: str
    name: Personal | None
    email: Personal | None
    since: date | None
    closed_on: date | None


class LinkShown(NamedTuple):
    """How the link stands: `of` is None unless replicas of the earlier history are on their way."""

    sentence: str
    since: date | None
    applied: int
    of: int | None
    is_linked: bool


def accounts_shown(person: Specialist, revealed: Collection[str], f: Formats) -> list[AccountShown]:
    """The accounts, sovetnmo first; personal values stay masked unless `revealed` names them."""
    return [_account(person.by_portal[portal], revealed, f) for portal in Portal if portal in person.by_portal]


def _account(state: AccountState, revealed: Collection[str], f: Formats) -> AccountShown:
    portal, account_id = state.account
    registered = state.said.get("email") or next(iter(state.said.values()), None)
    return AccountShown(
        portal=portal.value,
        account_id=account_id,
        name=_personal(state, "full_name", revealed),
        email=_personal(state, "email", revealed),
        since=f.local(registered[0]).date() if registered else None,
        closed_on=f.local(state.closing[0]).date() if state.closing and state.is_closed else None,
    )


def _personal(state: AccountState, field: str, revealed: Collection[str]) -> Personal | None:
    value = state.get(field)
    if not isinstance(value, str):
        return None
    name = f"{field}@{state.account.portal}"
    if name in revealed:
        return Personal(name, value, is_revealed=True)
    return Personal(name, masked_name(value) if field == "full_name" else masked_email(value), is_revealed=False)


def heading(accounts: Sequence[AccountShown]) -> Personal | None:
    """Whose page it is: the name as one of the accounts has it, a revealed one first."""
    names = [account.name for account in accounts if account.name]
    return next((name for name in names if name.is_revealed), names[0] if names else None)


def trained_as(person: Specialist, f: Formats) -> str:
    """What the person is trained in, in one line."""
    training = person.qualification()
    parts = [
        said(word(PERSON, training.audience), f.language) if training.audience else "",
        ", ".join(training.specialties or ()),
        said(word(EDUCATION, training.education_level), f.language) if training.education_level else "",
    ]
    return ", ".join(part for part in parts if part)


def link_state(person: Specialist, f: Formats) -> LinkShown:
    """The link that joined, else the latest attempt."""
    link = link_shown(person)
    total = link.to_edu + link.to_sovetnmo if link else 0
    state = link.state if link else None
    sentence = link_standing(state, link.applied if link else 0, total, link.reason if link else None)
    if person.link:  # the page says since when they are linked
        sentence = Sentence(sentence.ru.removeprefix("Связаны. "), sentence.en.removeprefix("Linked. "))
    since = f.local(person.link.joined_at).date() if person.link else None
    is_moving = state == "backfilling"
    return LinkShown(
        said(sentence, f.language),
        since,
        link.applied if link else 0,
        total if is_moving else None,
        person.link is not None,
    )


def snils_compared(person: Specialist, f: Formats) -> str:
    """Whether the СНИЛС of the accounts agree; the numbers themselves are not shown."""
    said_by = {portal: state.get("snils") for portal, state in person.by_portal.items() if state.get("snils")}
    if len(person.by_portal) > 1 and len(said_by) == len(person.by_portal):
        if len(set(said_by.values())) == 1:
            same = Sentence(
                "СНИЛС есть в обоих кабинетах и совпадает.", "Both accounts have a СНИЛС, and it is the same."
            )
            return said(same, f.language)
        return said(Sentence("СНИЛС в кабинетах разный.", "The СНИЛС of the accounts differ."), f.language)
    if not said_by:
        return said(Sentence("СНИЛС не сообщён.", "No СНИЛС was said."), f.language)
    places = ", ".join(sorted(said_by))
    return said(Sentence(f"СНИЛС есть: {places}.", f"A СНИЛС is known: {places}."), f.language)


def account_names(person: Specialist) -> list[Account]:
    """The person's accounts, sovetnmo first."""
    return [person.by_portal[portal].account for portal in Portal if portal in person.by_portal]
