"""One parked message: every error in it, an edit beside what came, and the effect before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_service.access import Right
from sync_service.aggregates.errors import LetterClosed
from sync_service.console.effects import digest_of, effects_of
from sync_service.console.hidden_message import masked_lines
from sync_service.console.json_lines import lines_of, mark_changes, pretty
from sync_service.console.pages.parked import WORDS, find_group, signature_of
from sync_service.console.pages.parked_words import STATES
from sync_service.console.reasons_told import wrongs_told
from sync_service.console.routes import Page
from sync_service.console.visit import NotThere, Refused
from sync_service.letters import Preview
from sync_service.messages.decoding import MESSAGE_BYTES_MAX
from sync_service.questions.letters import letter as letter_of
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from sync_service.console.visit import Visit
    from sync_service.event_store import ParkedBytes
    from sync_service.questions.letters import Letter

CLOSED = Sentence(
    "Ничего не изменено: по этому сообщению уже решено.", "Nothing was changed: this message was decided on already."
)
QUEUE_SHOWN = 8


def show(visit: Visit) -> Response:
    """The message with what may be personal masked, what is wrong with it, and what can be done."""
    letter, parked = _found(visit)
    return _page(visit, letter, parked)


def reveal(visit: Visit) -> Response:
    """The message as it came, and the field to edit it in."""
    letter, parked = _found(visit)
    return _page(visit, letter, parked, is_whole=True)


def act(visit: Visit) -> Response:
    """Show what an edit or a retry would do, or do it."""
    letter, parked = _found(visit)
    if not letter.is_open:
        raise Refused(CLOSED)
    edited = _edited(visit, parked)
    if visit.form.get("act") != "retry":
        return _page(visit, letter, parked, edited)
    by, reason = signature_of(visit)
    application = visit.ports.application()
    try:
        preview = application.preview(letter.id, edited)
        if preview.reasons or visit.form.get("seen") != digest_of(preview.events):
            return _page(visit, letter, parked, edited, has_moved=True)
        application.retry(letter.id, edited=edited, by=by, reason=reason)
    except LetterClosed:
        raise Refused(CLOSED) from None
    visit.ports.settle()
    return visit.redirect(f"/console/parked/{letter.id}")


def ask_discard(visit: Visit) -> Response:
    """Ask before a message is set aside for good."""
    letter, _ = _found(visit)
    return visit.render("letter_discard.html", **WORDS, letter=letter)


def discard(visit: Visit) -> Response:
    """Decide that the message will not be applied."""
    letter, _ = _found(visit)
    by, reason = signature_of(visit)
    try:
        visit.ports.application().discard(letter.id, reason, by)
    except LetterClosed:
        raise Refused(CLOSED) from None
    return visit.redirect(f"/console/parked/{letter.id}")


def _page(
    visit: Visit,
    letter: Letter,
    parked: ParkedBytes,
    edited: bytes | None = None,
    *,
    has_moved: bool = False,
    is_whole: bool = False,
) -> Response:
    """The page; whoever sends an edit has the whole message before them already."""
    preview = visit.ports.application().preview(letter.id, edited) if letter.is_open else Preview()
    applied = visit.ports.store.edited_bytes(letter.id)
    shown = edited or (applied.value if applied else None)
    group = find_group(visit, letter.id)
    siblings = group.letters if group else ()
    return visit.render(
        "letter.html",
        **WORDS,
        **_laid_out(letter, parked, shown, preview.reasons, is_whole=is_whole or "edited" in visit.form),
        letter=letter,
        is_preview=visit.request.method == "POST",
        is_edited=edited is not None,
        has_moved=has_moved,
        now_wrong=wrongs_told(shown or parked.record.value, preview.reasons),
        can_be_stored=letter.is_open and not preview.reasons,
        effects=effects_of(preview.events, visit.ports.views),
        seen=digest_of(preview.events),
        reason=visit.form.get("reason", ""),
        state=STATES[letter.state],
        group=group,
        siblings=siblings[:QUEUE_SHOWN],
        more_siblings=max(0, len(siblings) - QUEUE_SHOWN),
    )


def _laid_out(
    letter: Letter, parked: ParkedBytes, shown: bytes | None, reasons: Sequence[str], *, is_whole: bool
) -> dict[str, Any]:
    """The message as it came beside what it becomes, whole or masked; the text to edit and the headers only whole."""
    lay_out = lines_of if is_whole else masked_lines
    came = lay_out(parked.record.value, letter.reasons)
    becomes = lay_out(shown, reasons) if shown is not None else []
    mark_changes(came, [line for line in becomes if not line.notes])
    return {
        "came": came,
        "becomes": becomes,
        "is_whole": is_whole,
        "text": pretty(shown or parked.record.value) if is_whole else "",
        "headers": _headers(parked) if is_whole else [],
    }


def _headers(parked: ParkedBytes) -> list[tuple[str, str]]:
    return [(name, value.decode(errors="backslashreplace")) for name, value in parked.record.headers]


def _edited(visit: Visit, parked: ParkedBytes) -> bytes | None:
    """What the form makes of the message; None if that is what came. Raises Refused if it is too long."""
    text = visit.form.get("edited")
    if text is None:
        return None
    text = text.replace("\r\n", "\n")
    if text == pretty(parked.record.value).replace("\r\n", "\n"):
        return None
    value = text.encode()
    if len(value) > MESSAGE_BYTES_MAX:
        raise Refused(Sentence("Ничего не изменено: больше 256 КиБ.", "Nothing was changed: over 256 KiB."))
    return value


def _found(visit: Visit) -> tuple[Letter, ParkedBytes]:
    wanted = visit.path_uuid("letter")
    letter, parked = letter_of(visit.ports.store, wanted), visit.ports.store.parked_bytes(wanted)
    if letter is None or parked is None:
        raise NotThere
    return letter, parked


PAGES = (
    Page("/console/parked/{letter}", see=Right.MEND, show=show, act_needs=Right.MEND, act=act),
    Page("/console/parked/{letter}/whole", see=Right.REVEAL, act_needs=Right.REVEAL, act=reveal),
    Page("/console/parked/{letter}/discard", see=Right.MEND, show=ask_discard, act_needs=Right.MEND, act=discard),
)
