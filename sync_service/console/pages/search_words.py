"""The words of the search: what a text was taken for, what came of it, and what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.questions.search import Kind, Skipped, Target
from sync_service.sentences.words import Sentence, form, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync_service.questions.search import Attempt, Found, Hit

KINDS: Mapping[Kind, Sentence] = {
    Kind.ACCOUNT: Sentence("кабинет", "account"),
    Kind.CODE: Sentence("код", "code"),
    Kind.EMAIL: Sentence("почта", "e-mail"),
    Kind.SNILS: Sentence("СНИЛС", "СНИЛС"),
    Kind.NAME: Sentence("имя", "name"),
    Kind.ID: Sentence("номер в службе", "id of the service"),
}
_BY: Mapping[Kind, Sentence] = {
    Kind.ACCOUNT: Sentence("по номеру кабинета", "by the account's id"),
    Kind.CODE: Sentence("по коду", "by the code"),
    Kind.EMAIL: Sentence("по почте", "by the e-mail"),
    Kind.SNILS: Sentence("по СНИЛС", "by the СНИЛС"),
    Kind.NAME: Sentence("по имени", "by the name"),
    Kind.ID: Sentence("по номеру в службе", "by the id of the service"),
}
_AT: Mapping[str, Sentence] = {"sovetnmo": Sentence("на sovetnmo", "at sovetnmo"), "edu": Sentence("в edu", "at edu")}
_NOT_THERE: Mapping[Kind, Sentence] = {
    Kind.ACCOUNT: Sentence("такого номера ни один портал не называл", "no portal has named such an id"),
    Kind.CODE: Sentence("такого кода никто не выдавал и не вводил", "nobody issued or entered such a code"),
    Kind.EMAIL: Sentence("такой почты ни в одном кабинете нет", "no account has this e-mail"),
    Kind.SNILS: Sentence("такого СНИЛС ни в одном кабинете нет", "no account has this СНИЛС"),
    Kind.NAME: Sentence("человека с таким полным именем нет", "nobody has this full name"),
    Kind.ID: Sentence("такого номера нет", "there is no such id"),
}
_SKIPPED: Mapping[Skipped, Callable[[Attempt], Sentence]] = {
    Skipped.HAS_BLANKS: lambda _: Sentence("есть пробелы", "there are blanks"),
    Skipped.HAS_LETTERS: lambda _: Sentence("есть буквы", "there are letters"),
    Skipped.HAS_DIGITS: lambda _: Sentence("есть цифры", "there are digits"),
    Skipped.HAS_AT: lambda _: Sentence("есть знак @", "there is an @"),
    Skipped.NO_AT: lambda _: Sentence("нет знака @", "there is no @"),
    Skipped.NO_LETTERS: lambda _: Sentence("нет ни одной буквы", "there is no letter"),
    Skipped.NO_DASHED_ID: lambda _: Sentence("это не 32 знака с дефисами", "not 32 characters with hyphens"),
    Skipped.TOO_LONG: lambda _: Sentence("слишком длинно", "too long"),
    Skipped.WRONG_LENGTH: lambda attempt: wrong_length(attempt),  # noqa: PLW0108 - it is defined below
    Skipped.WRONG_CHARACTER: lambda attempt: Sentence(
        f"знака № {attempt.position} в кодах не бывает", f"character {attempt.position} never occurs in codes"
    ),
}


def attempt_sentence(attempt: Attempt) -> Sentence:
    """What came of taking the text for something."""
    if attempt.skipped is not None:
        why = _SKIPPED[attempt.skipped](attempt)
        return Sentence(f"не искали: {why.ru}", f"not tried: {why.en}")
    if attempt.found:
        return Sentence(f"найдено: {attempt.found}", f"found: {attempt.found}")
    return _NOT_THERE[attempt.kind]


def hit_sentence(hit: Hit) -> Sentence:
    """Why something is in the list: «по почте в edu»."""
    by = _BY[hit.by]
    return by + listed(_AT[portal] for portal in hit.portals) if hit.portals else by


def verdict_of(found: Found) -> Sentence:
    """The answer in one sentence."""
    count = len({hit.id for hit in found.hits})
    if count:
        things = form(count, "совпадение", "совпадения", "совпадений", "совпадения")
        return Sentence(f"Нашлось {count} {things}. Выберите нужное.", f"{count} matches. Choose one.")
    tried = [KINDS[attempt.kind] for attempt in found.attempts if attempt.skipped is None]
    if found.is_code_like:
        code = next(attempt for attempt in found.attempts if attempt.kind is Kind.CODE)
        return _code_like(code)
    names = listed(tried)
    return Sentence(f"Искали как: {names.ru}.", f"Tried as: {names.en}.") if tried else NOT_TRIED


def target_word(target: Target) -> Sentence:
    """What kind of thing was found."""
    return _TARGETS[target]


NOT_TRIED = Sentence("Это ни на что из того, что ищут, не похоже.", "It looks like nothing that can be looked up.")
_TARGETS: Mapping[Target, Sentence] = {
    Target.PERSON: Sentence("человек", "person"),
    Target.CODE: Sentence("код", "code"),
    Target.LETTER: Sentence("отложенное сообщение", "parked message"),
}


def wrong_length(attempt: Attempt) -> Sentence:
    """How much is missing of a code or a СНИЛС, or too much."""
    needed = 12 if attempt.kind is Kind.CODE else 11
    characters = form(attempt.count, "знак", "знака", "знаков", "знака")
    digits = form(attempt.count, "цифра", "цифры", "цифр", "цифры")
    if attempt.kind is Kind.CODE:
        return Sentence(
            f"{attempt.count} {characters}, а нужно {needed}", f"{attempt.count} characters instead of {needed}"
        )
    return Sentence(f"{attempt.count} {digits}, а нужно {needed}", f"{attempt.count} digits instead of {needed}")


def _code_like(attempt: Attempt) -> Sentence:
    if attempt.skipped is Skipped.WRONG_CHARACTER:
        return Sentence(
            f"Похоже на код, но знака № {attempt.position} в кодах не бывает.",
            f"It looks like a code, but character {attempt.position} never occurs in codes.",
        )
    characters = form(attempt.count, "знак", "знака", "знаков", "знака")
    return Sentence(
        f"Похоже на код, но в нём {attempt.count} {characters}, а нужно 12.",
        f"It looks like a code, but has {attempt.count} characters instead of 12.",
    )
