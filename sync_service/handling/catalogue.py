"""What the catalogue says of activities: published, withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.activity import AccreditationRow
from sync_service.aggregates.activity import ActivityPublished as Published
from sync_service.aggregates.activity import ActivityWithdrawn as Withdrawn

if TYPE_CHECKING:
    from sync_service.messages.catalogue_messages import ActivityPublished, ActivityWithdrawn
    from sync_service.messages.decoding import Message
    from sync_service.unit_of_work import UnitOfWork


def published(work: UnitOfWork, _: Message, body: ActivityPublished) -> bool:
    """An activity was described; a second description replaces the first."""
    work.activity(body.activity_id).record(
        Published(
            activity_id=body.activity_id,
            kind=body.kind,
            title=body.title,
            provider=body.provider,
            place=body.place,
            held_on=body.held_on,
            foreign=bool(body.foreign),
            accreditation=tuple(
                AccreditationRow(
                    audience=row.audience,
                    education_level=row.education_level,
                    credits=row.credits,
                    specialties=tuple(row.specialties),
                )
                for row in body.accreditation
            ),
        ),
    )
    return False


def withdrawn(work: UnitOfWork, _: Message, body: ActivityWithdrawn) -> bool:
    """An activity lost its accreditation: what happens after it is refused, what happened before stays."""
    work.activity(body.activity_id).record(
        Withdrawn(activity_id=body.activity_id, reason=body.reason, at=body.withdrawn_at)
    )
    return False
