"""One confirmation code: what is known of it, the code itself where somebody must see it, and the letter about it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID  # noqa: TC003 - msgspec reads the annotations of a struct

import msgspec

from sync_service import questions
from sync_service.access import Right
from sync_service.aggregates.values import Account, canonical_code, code_stream, printed_code
from sync_service.api.answers.finding import owner_of
from sync_service.api.answers.people import NOT_FOUND
from sync_service.api.endpoint import Endpoint, Whom
from sync_service.api.problems import not_there
from sync_service.auditing import Act
from sync_service.questions.codes import CodeCredit, CodeStory, code_by_stream
from sync_service.reports.support_letter import SupportLetter, support_letter

if TYPE_CHECKING:
    from sync_service.api.call import Call
    from sync_service.questions.codes import CodeTrace

CODE: Final = "/codes/{code_id}"
AccountText = Annotated[
    str,
    msgspec.Meta(
        pattern="^(sovetnmo|edu):.+$",
        min_length=5,
        max_length=220,
        description="sovetnmo:ID or edu:ID",
        examples=["edu:100200300"],
    ),
]


class CodeAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code in any spelling."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000, examples=["AB12-CDEF3456"])]


class CodeSeen(CodeStory, frozen=True):
    """One code, masked, as `code --json` tells of it; `code_id` names it in addresses.

    `credit` is what it is worth to its owner.
    """

    code_id: UUID
    credit: CodeCredit | None


class CodeRevealed(msgspec.Struct, frozen=True):
    """The code in full: canonical, and as certificates print it."""

    code: str
    printed: str


class LetterAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From whose account the letter is: it goes to that account's portal."""

    account: AccountText


def look_up(call: Call, asked: CodeAsked) -> CodeSeen:
    """Tell what is known of a code that was typed; of one never heard of, nothing is."""
    canonical = canonical_code(asked.code)
    call.look(code_stream(canonical))
    return _seen(call, canonical)


def see(call: Call, _: object) -> CodeSeen:
    """Tell what is known of a code."""
    return _seen(call, _trace(call).code)


def reveal(call: Call, _: object) -> CodeRevealed:
    """Reveal a code in full, to be compared with a certificate; this is recorded."""
    code = _trace(call).code
    return CodeRevealed(code, printed_code(code))


def write_letter(call: Call, asked: LetterAsked) -> SupportLetter:
    """Write the letter to the portal's support about a code: it holds the code and the name, and is not for the person.

    It says what is known of the code and never whose it is.
    """
    trace, account = _trace(call), Account.parse(asked.account)
    call.look(owner_of(call, account))
    return support_letter(call.ports.store, account, trace.code)


def _seen(call: Call, canonical: str) -> CodeSeen:
    story = questions.code(call.ports.views, canonical)
    trace = code_by_stream(call.ports.store, call.ports.views, code_stream(canonical))
    credit = trace.credit if trace else None
    return CodeSeen(**msgspec.structs.asdict(story), code_id=code_stream(canonical), credit=credit)


def _trace(call: Call) -> CodeTrace:
    found = code_by_stream(call.ports.store, call.ports.views, call.id("code_id"))
    if found is None:
        raise not_there()
    return found


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/codes",
        right=Right.SEE_PERSON,
        run=look_up,
        asks=CodeAsked,
        answers=CodeSeen,
        act=Act.CODE_SEEN,
        whom=Whom.FOUND,
        searches=True,
    ),
    Endpoint(
        method="GET",
        path=CODE,
        right=Right.SEE_PERSON,
        run=see,
        answers=CodeSeen,
        act=Act.CODE_SEEN,
        whom=Whom.NAMED,
        refusals=NOT_FOUND,
    ),
    Endpoint(
        method="POST",
        path=f"{CODE}/reveal",
        right=Right.REVEAL,
        run=reveal,
        answers=CodeRevealed,
        act=Act.CODE_REVEALED,
        whom=Whom.NAMED,
        masks=False,
        refusals=NOT_FOUND,
    ),
    Endpoint(
        method="POST",
        path=f"{CODE}/letter",
        right=Right.REVEAL,
        run=write_letter,
        asks=LetterAsked,
        answers=SupportLetter,
        act=Act.SUPPORT_LETTER_SEEN,
        whom=Whom.NAMED,
        masks=False,
        refusals=NOT_FOUND | {HTTPStatus.UNPROCESSABLE_ENTITY},
    ),
)
