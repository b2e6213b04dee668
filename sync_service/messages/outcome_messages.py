"""What the service sends to the portals: replicas and outcomes (contract, «To the portals»)."""

from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal

import msgspec
from pydantic import Field

from sync_service.messages.catalogue_messages import ActivityKind
from sync_service.messages.fields import NUMBER_MAX, Body, Id, Number, Part, Text, TypedCode
from sync_service.messages.moments import Instant, LocalDate

SYNC: Final = "/sync"
"""The `source` of everything that the service sends."""

PortalName = Literal["sovetnmo", "edu"]
CodeRefusal = Literal[
    "code_malformed",
    "code_unknown",
    "code_already_yours",
    "code_taken",
    "code_revoked",
    "activity_withdrawn",
]
LinkRefusal = Literal["already_linked", "account_closed", "identity_mismatch", "declined", "undone", "account_erased"]
Count = Annotated[int, Field(ge=0, le=NUMBER_MAX)]
Revision = Annotated[int, Field(ge=1, le=NUMBER_MAX)]


class Origin(Part):
    """Where the activity was recorded first."""

    portal: PortalName
    account_id: Id
    recorded_at: Instant


class ReplicaRequested(Body):
    """Show this activity in the account; of several with the same key the highest `revision` stands."""

    TYPE: ClassVar[str] = "ru.nmo.replica.requested.v1"

    account_id: Id
    activity_key: Text
    revision: Revision
    kind: ActivityKind
    activity_id: Id
    title: Text | None = None
    credits: Number | None = None
    completed_on: LocalDate
    origin: Origin


class ReplicaWithdrawn(Body):
    """No longer show this activity in the account."""

    TYPE: ClassVar[str] = "ru.nmo.replica.withdrawn.v1"

    account_id: Id
    activity_key: Text
    revision: Revision
    reason: Text


class ActivationOutcome(Body):
    """What became of a code that the person typed; a refusal that is judged again is told again."""

    account_id: Id
    code: TypedCode
    activity_key: Text | None = None
    reason: CodeRefusal | None = None
    repeat: bool = False
    """True for `code_already_yours`: the person has this credit already."""


class ActivationAccepted(ActivationOutcome):
    """The code is the person's, now or since long ago."""

    TYPE: ClassVar[str] = "ru.nmo.activation.accepted.v1"


class ActivationRefused(ActivationOutcome):
    """The code gave no credit, for the reason named."""

    TYPE: ClassVar[str] = "ru.nmo.activation.refused.v1"


class CompletionRefused(Body):
    """The completion of a module or programme gave no credit."""

    TYPE: ClassVar[str] = "ru.nmo.completion.refused.v1"

    account_id: Id
    activity_key: Text
    reason: Text


class LinkOutcome(Body):
    """How far the joining of two accounts is: replicas requested to each side, and those of them that are shown."""

    request_id: Id
    sovetnmo_account_id: Id
    edu_account_id: Id
    to_edu: Count
    to_sovetnmo: Count
    applied: Count
    reason: LinkRefusal | None = None


class LinkProgressed(LinkOutcome):
    """The accounts are joined, and more of their earlier history is shown in both."""

    TYPE: ClassVar[str] = "ru.nmo.link.progressed.v1"


class LinkCompleted(LinkOutcome):
    """All of the earlier history of both accounts is shown in both; what is new goes on flowing."""

    TYPE: ClassVar[str] = "ru.nmo.link.completed.v1"


class LinkRefused(LinkOutcome):
    """The accounts are not joined, for the reason named; `undone`: they were, and are two people's again."""

    TYPE: ClassVar[str] = "ru.nmo.link.refused.v1"


class AccountErased(Body):
    """The person whose account it was has been erased; the same answers whatever is sent of the account later.

    `account_key` is the UUID of version 5 of the name `account:<portal>:<account id>` in the namespace
    6f7a3f1c-55d1-5f0e-9c1e-2b0a8c6d4e10: who knows the account can derive it, and no account id is kept in a topic.
    """

    TYPE: ClassVar[str] = "ru.nmo.account.erased.v1"

    account_key: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    erased_at: Instant


class MessageParked(Body):
    """A message could not be read: every error in it."""

    TYPE: ClassVar[str] = "ru.nmo.message.parked.v1"

    reasons: list[Text]


OUTGOING_BODIES: Final[tuple[type[Body], ...]] = (
    ReplicaRequested,
    ReplicaWithdrawn,
    ActivationAccepted,
    ActivationRefused,
    CompletionRefused,
    LinkCompleted,
    LinkRefused,
    LinkProgressed,
    AccountErased,
    MessageParked,
)
"""Every message to the portals, in the order of the contract's table."""


def cloud_event(
    type: str,  # noqa: A002  CloudEvents' own names
    body: Body,
    id: str,  # noqa: A002
    time: datetime,
    cause: str | None,
    *,
    subject: str | None = None,
) -> bytes:
    """The event as one line of structured JSON; what is absent is left out.

    `subject` is the receiving portal's account id; where it is not given it is the body's `account_id`, if any.
    `cause` is the `id` of the portal's message that this one answers. `time` must carry its offset.
    """
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": id,
        "source": SYNC,
        "type": type,
        "subject": subject or getattr(body, "account_id", None),
        "time": time,
        "datacontenttype": "application/json",
        "cause": cause,
        "data": body.model_dump(mode="json", exclude_none=True),
    }
    return msgspec.json.encode({name: value for name, value in event.items() if value is not None})
