"""What the rules refuse, as errors that hold facts and no transport's codes.

DomainError
├── AccountMalformed   an account that is not written as portal:id
├── AccountUnknown     no portal has ever named the account
├── CodeMalformed      a text that no confirmation code can be made of
└── LetterClosed       a parked message that was decided on already
"""

from __future__ import annotations


class DomainError(Exception):
    """The rules say no: expected, and told to the person who asked."""


class AccountMalformed(DomainError):
    """An account is written `sovetnmo:ID` or `edu:ID`."""

    def __init__(self) -> None:
        super().__init__("кабинет пишется как sovetnmo:ID или edu:ID / an account is written sovetnmo:ID or edu:ID")


class AccountUnknown(DomainError):
    """No portal has ever named this account."""

    def __init__(self) -> None:
        super().__init__("о таком кабинете порталы не сообщали / no portal has ever named this account")


class CodeMalformed(DomainError):
    """A text is no confirmation code.

    `position` is the place, from 1, of the first impossible character in the text after NFKC (which leaves what people
    usually type as it is); `length` counts letters and digits.
    """

    def __init__(self, *, position: int | None, length: int) -> None:
        self.position = position
        self.length = length
        super().__init__(
            f"code_malformed: знак {position} в кодах не бывает / character {position} never occurs in codes"
            if position
            else f"code_malformed: букв и цифр {length}, а нужно 12, место {min(length, 12) + 1}"
            f" / {length} letters and digits instead of 12, at position {min(length, 12) + 1}",
        )


class LetterClosed(DomainError):
    """A parked message was retried, discarded or superseded already."""

    def __init__(self) -> None:
        super().__init__("по этому сообщению уже решено / this message was decided on already")
