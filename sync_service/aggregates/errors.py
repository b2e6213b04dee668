"""What the rules refuse, as errors that hold facts and no transport's codes.

DomainError
├── AccountMalformed   an account that is not written as portal:id
├── AccountUnknown     no portal has ever named the account
│   └── AccountErased  the person was erased
├── CodeMalformed      a text that no confirmation code can be made of
├── LetterClosed       a parked message that was decided on already
└── DecisionError      of decisions that only people may take
    ├── DecisionImpossible  as things stand, it cannot be carried out
    ├── DecisionUnsigned    nobody's name, or no reason
    ├── MovedOn             things changed since they were looked at
    ├── OwnProposal         the proposer may not approve
    ├── ProposalClosed      it was decided on already
    ├── ProposalUnknown     there is no such proposal
    └── ProposedAlready     the same is proposed, and waits
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


class AccountErased(AccountUnknown):
    """The person whose account it was has been erased: there is nothing left to tell, and nothing to decide."""

    def __init__(self) -> None:
        DomainError.__init__(self, "данные этого человека стёрты / this person's data were erased")


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


class DecisionError(DomainError):
    """A decision that only people may take was refused; `ru` and `en` say why."""

    def __init__(self, ru: str, en: str) -> None:
        self.ru = ru
        self.en = en
        super().__init__(f"{ru} / {en}")


class DecisionImpossible(DecisionError):
    """As things stand, the decision cannot be carried out."""


class DecisionUnsigned(DecisionError):
    """Who decides and why must be said, in so many characters at most."""

    def __init__(self, characters_max: int) -> None:
        super().__init__(
            f"Нужны имя сотрудника и причина, каждое до {characters_max} знаков.",
            f"The name of a member of staff and a reason are needed, each of {characters_max} characters at most.",
        )


class MovedOn(DecisionError):
    """What was decided on has changed since it was looked at: look again."""

    def __init__(self) -> None:
        super().__init__(
            "Пока решали, записи изменились: посмотрите последствия снова.",
            "The records changed meanwhile: look at the effect again.",
        )


class OwnProposal(DecisionError):
    """Nobody approves what they proposed themselves."""

    def __init__(self) -> None:
        super().__init__(
            "Своё предложение утвердить нельзя: нужен другой сотрудник.",
            "Nobody approves a proposal of their own: another member of staff is needed.",
        )


class ProposalClosed(DecisionError):
    """A proposal was approved, rejected or taken back already."""

    def __init__(self) -> None:
        super().__init__("По этому предложению уже решено.", "This proposal was decided on already.")


class ProposalUnknown(DecisionError):
    """No proposal has this id."""

    def __init__(self) -> None:
        super().__init__("Такого предложения нет.", "There is no such proposal.")


class ProposedAlready(DecisionError):
    """The same is proposed, and waits for a second person."""

    def __init__(self) -> None:
        super().__init__(
            "Это уже предложено и ждёт второго сотрудника.", "This is proposed already and waits for a second person."
        )
