"""The parked messages: lists and groups, what one holds, and what can be done about it, foreseen or written."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from sync_service.access import Right
from sync_service.aggregates.errors import LetterClosed
from sync_service.api.answers.people import NOT_FOUND
from sync_service.api.endpoint import Endpoint, Whom
from sync_service.api.problems import Fault, Problem, not_there, wrong
from sync_service.auditing import Act
from sync_service.console.effects import Effect, digest_of, effects_of
from sync_service.messages.decoding import MESSAGE_BYTES_MAX
from sync_service.questions.letters import Letter, groups, latest_letters, waiting_letters
from sync_service.questions.letters import letter as find_letter

if TYPE_CHECKING:
    from sync_service.api.call import Call
    from sync_service.event_store import ParkedBytes
    from sync_service.letters import Preview

LETTER: Final = "/parked/{letter_id}"
LETTERS_A_PAGE: Final = 100
PAGES_MAX: Final = 100_000

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000, description="Why; it stays in the log.")]
Seen = Annotated[str, msgspec.Meta(description="`seen` of a preview: it is written only if that would still happen.")]


class ParkedAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What waits, in order of arrival; or everything that ever was parked, the last one first."""

    state: Literal["waiting", "all"] = "waiting"
    page: Annotated[int, msgspec.Meta(ge=1, le=PAGES_MAX)] = 1


class LetterSeen(Letter, frozen=True):
    """One parked message without what it says. `group_id` is what messages of one cause share.

    `account_id` is None for who may not see people.
    """

    group_id: str = ""


class ParkedSeen(msgspec.Struct, frozen=True):
    """One page of a hundred messages; how many wait, and how many there ever were."""

    waiting: int
    every: int
    letters: tuple[LetterSeen, ...]


class GroupSeen(msgspec.Struct, frozen=True):
    """Waiting messages that share sender, type and cause: how many, and the first, which stands for them."""

    group_id: str
    count: int
    first: LetterSeen


class LetterRevealed(msgspec.Struct, frozen=True):
    """The message as it came, and as somebody edited it: bytes that are no UTF-8 are escaped."""

    value: str
    key: str | None
    headers: tuple[tuple[str, str], ...]
    edited: str | None


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The message as it came, or as somebody has edited it."""

    edited: str | None = None


class Retry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Apply the message as it came, or as somebody has edited it."""

    reason: Reason
    edited: str | None = None
    seen: Seen | None = None


class Discard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set the message aside for good."""

    reason: Reason


class Foresight(msgspec.Struct, frozen=True):
    """What a retry would do: `reasons` why it cannot be applied, or its effects."""

    reasons: tuple[str, ...]
    effects: tuple[Effect, ...]
    seen: str


class Retried(msgspec.Struct, frozen=True):
    """Whether the message was stored, or the reasons why it stays parked."""

    is_stored: bool
    reasons: tuple[str, ...]


def list_parked(call: Call, asked: ParkedAsked) -> ParkedSeen:
    """List parked messages, without what they say."""
    store, skip = call.ports.store, (asked.page - 1) * LETTERS_A_PAGE
    if asked.state == "all":
        found = latest_letters(store, skip, LETTERS_A_PAGE)
    else:
        found = waiting_letters(store)[skip : skip + LETTERS_A_PAGE]
    return ParkedSeen(*store.letter_counts(), tuple(_seen(call, one) for one in found))


def list_groups(call: Call, _: object) -> tuple[GroupSeen, ...]:
    """List what waits by cause, the largest group first."""
    found = groups(waiting_letters(call.ports.store))
    return tuple(GroupSeen(group.id, len(group.letters), _seen(call, group.first)) for group in found)


def see(call: Call, _: object) -> LetterSeen:
    """Show one parked message with every error in it, without what it says."""
    return _seen(call, _letter(call))


def reveal(call: Call, _: object) -> LetterRevealed:
    """Reveal what a parked message says, which may be personal; this is recorded."""
    parked, edited = _bytes(call), call.ports.store.edited_bytes(call.id("letter_id"))
    record = parked.record
    return LetterRevealed(
        value=_text(record.value),
        key=_text(record.key) if record.key else None,
        headers=tuple((name, _text(value)) for name, value in record.headers),
        edited=_text(edited.value) if edited else None,
    )


def foresee(call: Call, asked: Edit) -> Foresight:
    """Say what a retry would do; nothing is written. Raises LetterClosed."""
    _open_letter(call)
    preview = call.ports.application().preview(call.id("letter_id"), _edited(call, asked.edited))
    return Foresight(preview.reasons, _effects(call, preview), digest_of(preview.events))


def retry(call: Call, asked: Retry) -> Retried:
    """Apply a parked message after all; what still cannot be applied stays parked. Raises LetterClosed."""
    _open_letter(call)
    letter, edited = call.id("letter_id"), _edited(call, asked.edited)
    application = call.ports.application()
    if asked.seen is not None and digest_of(application.preview(letter, edited).events) != asked.seen:
        raise Problem(HTTPStatus.CONFLICT, "moved-on", "It would do something else by now: look again.")
    reasons = application.retry(letter, edited=edited, by=call.by, reason=asked.reason)
    call.ports.settle()
    return Retried(not reasons, reasons)


def discard(call: Call, asked: Discard) -> LetterSeen:
    """Decide that a parked message will not be applied; it still counts as parked. Raises LetterClosed."""
    _letter(call)
    call.ports.application().discard(call.id("letter_id"), asked.reason, call.by)
    return see(call, asked)


def _letter(call: Call) -> Letter:
    found = find_letter(call.ports.store, call.id("letter_id"))
    if found is None:
        raise not_there()
    return found


def _open_letter(call: Call) -> None:
    if not _letter(call).is_open:
        raise LetterClosed


def _bytes(call: Call) -> ParkedBytes:
    found = call.ports.store.parked_bytes(call.id("letter_id"))
    if found is None:
        raise not_there()
    return found


def _seen(call: Call, letter: Letter) -> LetterSeen:
    account_id = letter.account_id if call.visitor.may(Right.SEE_PERSON) else None
    return LetterSeen(**(msgspec.structs.asdict(letter) | {"account_id": account_id}), group_id=letter.group)


def _edited(call: Call, text: str | None) -> bytes | None:
    """What somebody made of the message, None if that is what came; raises Problem for what is too long."""
    if text is None or text.encode() == _bytes(call).record.value:
        return None
    if len(text.encode()) > MESSAGE_BYTES_MAX:
        raise wrong([Fault("edited", f"is longer than {MESSAGE_BYTES_MAX} bytes")])
    return text.encode()


def _effects(call: Call, preview: Preview) -> tuple[Effect, ...]:
    return tuple(effects_of(preview.events, call.ports.views)) if not preview.reasons else ()


def _text(value: bytes) -> str:
    return value.decode(errors="backslashreplace")


_CLOSED: Final = NOT_FOUND | {HTTPStatus.CONFLICT}

ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/parked",
        right=Right.SEE_OPERATIONS,
        run=list_parked,
        asks=ParkedAsked,
        answers=ParkedSeen,
        act=Act.LETTERS_LISTED,
        whom=Whom.NOBODY,
    ),
    Endpoint(
        method="GET",
        path="/parked/groups",
        right=Right.SEE_OPERATIONS,
        run=list_groups,
        answers=tuple[GroupSeen, ...],
        act=Act.LETTERS_LISTED,
        whom=Whom.NOBODY,
    ),
    Endpoint(
        method="GET",
        path=LETTER,
        right=Right.SEE_PERSON,
        run=see,
        answers=LetterSeen,
        act=Act.LETTER_SEEN,
        whom=Whom.NAMED,
        refusals=NOT_FOUND,
    ),
    Endpoint(
        method="POST",
        path=f"{LETTER}/reveal",
        right=Right.REVEAL,
        run=reveal,
        answers=LetterRevealed,
        act=Act.LETTER_REVEALED,
        whom=Whom.NAMED,
        masks=False,
        refusals=NOT_FOUND,
    ),
    Endpoint(
        method="POST",
        path=f"{LETTER}/preview",
        right=Right.MEND,
        run=foresee,
        asks=Edit,
        answers=Foresight,
        act=Act.LETTER_FORESEEN,
        whom=Whom.NAMED,
        refusals=_CLOSED,
    ),
    Endpoint(
        method="POST",
        path=f"{LETTER}/retry",
        right=Right.MEND,
        run=retry,
        asks=Retry,
        answers=Retried,
        act=Act.LETTER_RETRIED,
        whom=Whom.NAMED,
        refusals=_CLOSED,
    ),
    Endpoint(
        method="POST",
        path=f"{LETTER}/discard",
        right=Right.MEND,
        run=discard,
        asks=Discard,
        answers=LetterSeen,
        act=Act.LETTER_DISCARDED,
        whom=Whom.NAMED,
        refusals=_CLOSED,
    ),
)
