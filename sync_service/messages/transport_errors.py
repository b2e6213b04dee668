"""What can go wrong between us and whatever carries messages, in or out.

TransportError
├── TransportUnavailable     it cannot be reached; the same call may succeed later
├── MessageTooLarge          one message is over the transport's limit; sending it again cannot succeed
└── SourceChanged            what we read from is no longer what the stored positions speak of
    ├── SourceMadeAnew       another topic or file under the same name
    ├── OffsetsWentBack      the log ends before the stored position
    └── RecordsLost          the log begins after the stored position
"""

from __future__ import annotations

ACCEPT_SETTING = "SYNC_ACCEPT_CHANGED_SOURCES"
"""The setting by which an operator says that a change named in an error is known and accepted."""


class TransportError(Exception):
    """Something between us and whatever carries messages."""


class TransportUnavailable(TransportError):
    """The transport cannot be reached, or gives no answer in time."""


class MessageTooLarge(TransportError):
    """A message of {size_bytes} bytes for {topic} is over the limit of {limit_bytes}: nothing of the batch was sent."""

    def __init__(self, topic: str, size_bytes: int, limit_bytes: int) -> None:
        self.topic, self.size_bytes, self.limit_bytes = topic, size_bytes, limit_bytes
        super().__init__(
            f"A message of {size_bytes} bytes for {topic} is over the limit of {limit_bytes} bytes; "
            "nothing of its batch was sent. Raise the topic's max.message.bytes and our own limit with it."
        )


class SourceChanged(TransportError):
    """What we read from is no longer what the stored positions speak of; nobody but an operator can judge why.

    `token`, where there is one, is what the operator puts into the setting `ACCEPT_SETTING` to go on.
    """

    def __init__(self, message: str, *, topic: str, partition: int | None, token: str | None = None) -> None:
        self.topic, self.partition, self.token = topic, partition, token
        super().__init__(message)


class SourceMadeAnew(SourceChanged):
    """Another topic or file stands under the name that we read: its offsets begin again and mean other records."""

    def __init__(self, *, topic: str, partition: int, stored_id: str, found_id: str, token: str) -> None:
        self.stored_id, self.found_id = stored_id, found_id
        super().__init__(
            f"{topic} (partition {partition}) was made anew: its stored positions belong to id {stored_id}, "
            f"found was id {found_id}. What the old one held and we had not read is not in the new one: "
            f"have it published again. To read the new one from its beginning, set {ACCEPT_SETTING}={token} "
            "and start again.",
            topic=topic,
            partition=partition,
            token=token,
        )


class OffsetsWentBack(SourceChanged):
    """The log ends before the stored position: records that we have stored are no longer in it."""

    def __init__(self, *, topic: str, partition: int, stored: int, found: int) -> None:
        self.stored, self.found = stored, found
        super().__init__(
            f"{topic}, partition {partition}, went back: the stored position is {stored}, but it ends at {found}. "
            "New records would come under offsets that were read already, and be taken for repeats. "
            "Restore it, or make it anew under the same name and have the missing records published again.",
            topic=topic,
            partition=partition,
        )


class RecordsLost(SourceChanged):
    """The log begins after the stored position: records were deleted (by retention or by hand) before we read them."""

    def __init__(self, *, topic: str, partition: int, stored: int, found: int, token: str) -> None:
        self.stored, self.found = stored, found
        super().__init__(
            f"{topic}, partition {partition}, has lost records: the stored position is {stored}, "
            f"but it begins at {found}, so {found - stored} offsets were deleted before they were read. "
            "Have those records published again. "
            f"To go on at {found} without them, set {ACCEPT_SETTING}={token} and start again.",
            topic=topic,
            partition=partition,
            token=token,
        )
