"""Links: how a request and an answer become one person, or why not."""

from typing import Any

from tests.model.codes import recognise_after_joining
from tests.model.journal import Account, Journal, LinkAttempt, Message, Person
from tests.model.people import facts, is_open, joining
from tests.model.replicas import Replica, replicas_of


def receive_link(journal: Journal, message: Message) -> str:
    """Take a request, a confirmation or a decline; return "accepted", or the reason for which it is refused."""
    edu, sovetnmo = _named(message)
    both = (joining(journal, edu), joining(journal, sovetnmo))
    if both[0] and both[0] is both[1]:
        return "accepted"
    triple = (message.said["request_id"], edu[1], sovetnmo[1])
    if triple not in journal.links:
        journal.add_link(triple, LinkAttempt(triple[0], edu, sovetnmo, message.position))
    link = journal.links[triple]
    if any(both) and message.kind != "link.declined":
        link.outcome = "already_linked"  # said on arrival, whatever the attempt came to before
        return link.outcome
    if link.outcome != "open":
        return "accepted"
    if message.kind == "link.declined":
        if not link.confirmed:  # the first answer stands
            link.outcome = "declined"
        return "accepted"
    link.requested |= message.kind == "link.requested"
    link.confirmed |= message.kind == "link.confirmed"
    reason = _judge(journal, link, message.position)
    if reason:
        link.outcome = reason
    return reason if reason and reason != "joined" else "accepted"


def _named(message: Message) -> tuple[Account, Account]:
    if message.kind == "link.requested":
        return message.account, ("sovetnmo", message.said["sovetnmo_account_id"])
    return ("edu", message.said["edu_account_id"]), message.account


def _judge(journal: Journal, link: LinkAttempt, position: int) -> str | None:
    """Return what becomes of a pair with this message; None while the other half is missing."""
    if not (link.requested and link.confirmed):
        return None
    # Contract against itself: "a closed account refuses nothing that its portal reports", but here its own portal's
    # half of a link is refused. The sentence about links is the narrower one.
    if not (is_open(journal, link.edu, position) and is_open(journal, link.sovetnmo, position)):
        return "account_closed"
    numbers = {facts(journal, frozenset({account})).get("snils") for account in (link.edu, link.sovetnmo)}
    if None not in numbers and len(numbers) == 2:
        return "identity_mismatch"
    return _join(journal, link, position)


def _join(journal: Journal, link: LinkAttempt, position: int) -> str:
    link.outcome = "joined"
    link.joined_at = position
    recognise_after_joining(journal, frozenset({link.edu, link.sovetnmo}))
    return "joined"


def link_view(journal: Journal, account: Account) -> dict[str, Any] | None:
    """Return the `link` of `history --json`, and beside it the `reason` of a refused one."""
    joined = joining(journal, account)
    if joined:
        return _joined_view(journal, joined)
    latest = journal.links_of(account)
    return _open_or_refused_view(latest[-1]) if latest else None


def _open_or_refused_view(link: LinkAttempt) -> dict[str, Any]:
    is_pending = link.outcome == "open"
    state = ("requested" if link.requested else "confirmed") if is_pending else "refused"
    counts = {"to_edu": 0, "to_sovetnmo": 0, "applied": 0}
    return {"state": state, "request_id": link.request_id, **counts, "reason": None if is_pending else link.outcome}


def _joined_view(journal: Journal, link: LinkAttempt) -> dict[str, Any]:
    person: Person = frozenset({link.edu, link.sovetnmo})
    backfilled = [each for each in replicas_of(journal, person) if each.requested_at == link.joined_at]
    return {
        "state": "completed" if all(_is_through(each) for each in backfilled) else "backfilling",
        "request_id": link.request_id,
        "to_edu": sum(each.account == link.edu for each in backfilled),
        "to_sovetnmo": sum(each.account == link.sovetnmo for each in backfilled),
        "applied": sum(each.state == "applied" for each in backfilled),
        "reason": None,
    }


def _is_through(replica: Replica) -> bool:
    return replica.state in {"applied", "refused"} or replica.reversed_at is not None
