"""What the catalogue has said: activities, withdrawals, issued and revoked codes, and what they bar."""

from typing import Any

from tests.model.journal import Journal, Message
from tests.model.values import moment, written_date


def published(journal: Journal, activity_id: str) -> dict[str, Any] | None:
    """Return the activity as the last `activity.published` has it."""
    told = journal.about(activity_id, "activity.published")
    return told[-1].said if told else None


def issue(journal: Journal, code: str) -> dict[str, str] | None:
    """Return the activity that the first issue record names, and the audience that the last one for it names."""
    told = [each.said for each in journal.about(code, "codes.issued")]
    if not told:
        return None
    same = [said for said in told if said["activity_id"] == told[0]["activity_id"]]
    return {"activity_id": told[0]["activity_id"], "audience": same[-1]["audience"]}


def revoked_at(journal: Journal, code: str) -> str | None:
    """Return the earliest `revoked_at` of a code, as written."""
    return _earliest([each.said["revoked_at"] for each in journal.about(code, "codes.revoked")])


def withdrawn_at(journal: Journal, activity_id: str) -> str | None:
    """Return the earliest `withdrawn_at` of an activity, as written."""
    return _earliest([each.said["withdrawn_at"] for each in journal.about(activity_id, "activity.withdrawn")])


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
