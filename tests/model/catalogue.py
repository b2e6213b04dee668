"""What the catalogue has said: activities, withdrawals, issued and revoked codes, and what they bar."""

from typing import Any

from tests.model.journal import Journal, Message
from tests.model.values import canonical_code, moment, written_date


def published(journal: Journal, activity_id: str) -> dict[str, Any] | None:
    """Return the activity as the last `activity.published` has it."""
    told = [each.said for each in journal.of("activity.published") if each.said["activity_id"] == activity_id]
    return told[-1] if told else None


def codes_in(message: Message) -> set[str]:
    """Return the codes that a `codes.issued` or `codes.revoked` names, in their canonical form."""
    return {code for typed in message.said["codes"] if (code := canonical_code(typed))}


def issue(journal: Journal, code: str) -> dict[str, str] | None:
    """Return the activity that the first issue record names, and the audience that the last one for it names."""
    told = [each.said for each in journal.of("codes.issued") if code in codes_in(each)]
    if not told:
        return None
    same = [said for said in told if said["activity_id"] == told[0]["activity_id"]]
    return {"activity_id": told[0]["activity_id"], "audience": same[-1]["audience"]}


def revoked_at(journal: Journal, code: str) -> str | None:
    """Return the earliest `revoked_at` of a code, as written."""
    return _earliest([each.said["revoked_at"] for each in journal.of("codes.revoked") if code in codes_in(each)])


def withdrawn_at(journal: Journal, activity_id: str) -> str | None:
    """Return the earliest `withdrawn_at` of an activity, as written."""
    news = journal.of("activity.withdrawn")
    return _earliest([each.said["withdrawn_at"] for each in news if each.said["activity_id"] == activity_id])


def _earliest(instants: list[str]) -> str | None:
    return min(instants, key=moment) if instants else None


def is_barred(message: Message, barred_at: str | None) -> bool:
    """Tell whether an activation or a completion happened after the instant from which it is barred.

    An activation has an instant; a completion has a day, and is compared with the day as `barred_at` was written.
    """
    if barred_at is None:
        return False
    if message.kind == "code.activated":
        return moment(message.said["activated_at"]) > moment(barred_at)
    return bool(message.said["completed_on"] > written_date(barred_at))
