"""The words of decisions: questions, buttons, what follows from each, and why one was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.errors import DecisionError, MovedOn
from sync_service.console.person.hiding import hidden_codes
from sync_service.decisions import Kind, ProposalState
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.aggregates.errors import DomainError
QUESTIONS: Mapping[Kind, Sentence] = {
    Kind.JOIN: Sentence("Связать кабинеты, у которых не совпал СНИЛС?", "Link the accounts although the СНИЛС differ?"),
    Kind.REFUSE: Sentence("Окончательно отказать в связи кабинетов?", "Refuse for good to link the accounts?"),
    Kind.KEEP: Sentence(
        "Оставить кабинеты связанными, хотя СНИЛС разный?", "Keep the accounts linked although the СНИЛС differ?"
    ),
    Kind.UNDO_LINK: Sentence("Отменить связь кабинетов?", "Undo the link of the accounts?"),
    Kind.MOVE_CODE: Sentence("Передать код другому кабинету?", "Move the code to another account?"),
    Kind.REVERSE: Sentence("Отменить запись?", "Reverse the credit?"),
    Kind.ERASE: Sentence("Стереть все данные этого человека?", "Erase all data of this person?"),
}
PROPOSE: Mapping[Kind, Sentence] = {
    Kind.JOIN: Sentence("Предложить связать", "Propose to link"),
    Kind.REFUSE: Sentence("Предложить отказать", "Propose to refuse"),
    Kind.KEEP: Sentence("Предложить оставить связанными", "Propose to keep the link"),
    Kind.UNDO_LINK: Sentence("Предложить отменить связь", "Propose to undo the link"),
    Kind.MOVE_CODE: Sentence("Предложить передать код", "Propose to move the code"),
    Kind.REVERSE: Sentence("Отменить запись", "Reverse the credit"),
    Kind.ERASE: Sentence("Предложить стереть", "Propose to erase"),
}
APPROVE: Mapping[Kind, Sentence] = {
    Kind.JOIN: Sentence("Согласиться и связать", "Agree and link"),
    Kind.REFUSE: Sentence("Согласиться и отказать в связи", "Agree and refuse the link"),
    Kind.KEEP: Sentence("Согласиться и оставить связанными", "Agree and keep the link"),
    Kind.UNDO_LINK: Sentence("Согласиться и отменить связь", "Agree and undo the link"),
    Kind.MOVE_CODE: Sentence("Согласиться и передать код", "Agree and move the code"),
    Kind.REVERSE: Sentence("Отменить запись", "Reverse the credit"),
    Kind.ERASE: Sentence("Согласиться и стереть", "Agree and erase"),
}
AFTERWARDS: Mapping[Kind, Sentence] = {
    Kind.JOIN: Sentence(
        "Связь навсегда: отменить её сможет только поддержка, тоже вдвоём. Пока решения нет, записи каждого кабинета"
        " идут как обычно, в другой кабинет ничего не уходит.",
        "A link is for ever: only support can undo it, again by two people. Until it is decided each account goes on as"
        " usual, and nothing goes to the other one.",
    ),
    Kind.REFUSE: Sentence(
        "Этот запрос закроется навсегда. Человек сможет запросить связь заново, новым запросом.",
        "This request is closed for good. The person can ask for the link anew, with a new request.",
    ),
    Kind.KEEP: Sentence(
        "Ничего не изменится. Если портал сообщит ещё один СНИЛС, решать придётся снова.",
        "Nothing changes. If a portal names yet another СНИЛС, it is to be decided again.",
    ),
    Kind.UNDO_LINK: Sentence(
        "За каждым останется то, что сообщал его портал, и коды, которые ввёл он. Позже любой из них можно будет"
        " связать с верным кабинетом.",
        "Each keeps what its own portal reported, and the codes that it entered. Later either of them can be"
        " linked to the right account.",
    ),
    Kind.MOVE_CODE: Sentence(
        "Балл отменится у одного и запишется другому временем первого ввода. Вернуть код можно только таким же решением"
        " двоих.",
        "The credit is reversed for the one and recorded for the other, as of when the code was first entered. Only"
        " another decision of two people moves it back.",
    ),
    Kind.REVERSE: Sentence(
        "Запись останется в истории, балл по ней не засчитается. Вернуть отменённую запись нельзя. Код останется за"
        " владельцем.",
        "The record stays in the history, and its credit does not count. A reversed record cannot be brought back. Its"
        " code stays its owner's.",
    ),
    Kind.ERASE: Sentence(
        "Вернуть стёртое нельзя никому, и нам тоже. Коды остаются занятыми, суммы по активностям не меняются; кто это"
        " был, узнать больше нельзя. Порталам об этом сообщат, их новые сообщения об этих кабинетах служба отклонит.",
        "Nobody can bring it back, nor can we. Codes stay taken and sums by activity stay as they are; who it was can"
        " no longer be known. The portals are told, and what they send of these accounts later is refused.",
    ),
}
STATES: Mapping[ProposalState, tuple[str, Sentence]] = {
    ProposalState.OPEN: ("wait", Sentence("ждёт второго сотрудника", "waits for a second person")),
    ProposalState.APPROVED: ("ok", Sentence("исполнено", "carried out")),
    ProposalState.REJECTED: ("bad", Sentence("отклонено", "rejected")),
    ProposalState.TAKEN_BACK: ("off", Sentence("отозвано автором", "taken back")),
}
VERDICTS: Mapping[ProposalState, tuple[str, Sentence]] = {
    ProposalState.OPEN: (
        "wait",
        Sentence("Предложено. Нужно согласие другого сотрудника.", "Proposed. Another member of staff has to agree."),
    ),
    ProposalState.APPROVED: (
        "ok",
        Sentence("Двое согласились, решение исполнено.", "Two agreed, and it is carried out."),
    ),
    ProposalState.REJECTED: (
        "bad",
        Sentence(
            "Второй сотрудник не согласился: ничего не изменено.", "A second person disagreed: nothing was changed."
        ),
    ),
    ProposalState.TAKEN_BACK: (
        "wait",
        Sentence("Автор отозвал предложение: ничего не изменено.", "It was taken back: nothing was changed."),
    ),
}
ALTERNATIVES: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.JOIN: (Kind.JOIN, Kind.REFUSE),
    Kind.REFUSE: (Kind.JOIN, Kind.REFUSE),
    Kind.KEEP: (Kind.KEEP, Kind.UNDO_LINK),
}
"""Between which decisions people choose in one case."""

ONE_PERSON = Sentence(
    "СНИЛС совпадает: похоже, это один человек. Тогда код передавать не нужно, пусть он свяжет кабинеты в edu.",
    "The СНИЛС are the same: this looks like one person. Then the code need not be moved: they may link the accounts"
    " at edu.",
)
MOVED_ON = Sentence(
    "Пока вы смотрели, пришло новое. Вот что произойдёт теперь.",
    "Something new came meanwhile. This is what would happen now.",
)
NOT_YOURS = Sentence(
    "Ничего не изменено: отозвать можно только своё предложение.",
    "Nothing was changed: only one's own proposal can be taken back.",
)
ERASED_BY_TWO = Sentence(
    "Стереть данные человека предлагает и утверждает руководитель: два разных сотрудника с этой ролью.",
    "Erasing a person's data is proposed and approved by supervisors: two different people with that role.",
)
NOT_THE_SAME = Sentence(
    "С тех пор положение изменилось: предложение уже не о том же. Отклоните его и предложите заново.",
    "Things have changed since: the proposal is no longer about the same. Reject it and propose anew.",
)


def refusal_of(error: DomainError) -> Sentence:
    """Why something was refused, as a sentence."""
    if isinstance(error, MovedOn):
        return MOVED_ON
    if isinstance(error, DecisionError):
        return Sentence(error.ru, error.en)
    ru, _, en = str(error).partition(" / ")
    return Sentence(*(f"{text[:1].upper()}{text[1:]}." for text in (ru, en)))


def hidden(sentence: Sentence) -> Sentence:
    """A sentence with every code in it masked."""
    return Sentence(hidden_codes(sentence.ru), hidden_codes(sentence.en))
