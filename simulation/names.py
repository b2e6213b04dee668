"""Words from which invented people get their names; any likeness to a living person is chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

SURNAMES: Final = (
    *("Берёзкин", "Вересов", "Гордеев", "Дубравин", "Елагин", "Журавлёв", "Зимин", "Ивлев", "Калинин", "Ладыгин"),
    *("Мельников", "Никитин", "Осинцев", "Полевой", "Рощин", "Снегирёв", "Туманов", "Устинов", "Фадеев", "Хлебников"),
    *("Цветков", "Черемных", "Шапошников", "Щукин", "Юрьев", "Яблоков", "Заречный", "Озерский", "Петренко", "Седых"),
)
MEN: Final = (
    *("Алексей", "Борис", "Виктор", "Глеб", "Денис", "Егор", "Иван", "Кирилл", "Михаил", "Николай", "Павел"),
    *("Роман", "Сергей", "Тимофей", "Фёдор"),
)
WOMEN: Final = (
    *("Анна", "Вера", "Галина", "Дарья", "Елена", "Жанна", "Зоя", "Ирина", "Ксения", "Лидия", "Мария", "Надежда"),
    *("Ольга", "Полина", "Светлана", "Татьяна", "Ульяна", "Юлия", "Яна"),
)
FATHERS: Final = (
    *(("Алексеевич", "Алексеевна"), ("Борисович", "Борисовна"), ("Викторович", "Викторовна")),
    *(("Денисович", "Денисовна"), ("Иванович", "Ивановна"), ("Ильич", "Ильинична")),
    *(("Кириллович", "Кирилловна"), ("Михайлович", "Михайловна"), ("Николаевич", "Николаевна")),
    *(("Павлович", "Павловна"), ("Сергеевич", "Сергеевна"), ("Фёдорович", "Фёдоровна")),
)

_LATIN = dict(zip("абвгдезийклмнопрстуфхцыэ", "abvgdeziiklmnoprstufhcye", strict=True)) | {
    "ё": "e",
    "ж": "zh",
    "ч": "ch",
    "ш": "sh",
    "щ": "sch",
    "ъ": "",
    "ь": "",
    "ю": "yu",
    "я": "ya",
}


def full_name(random: Random, *, female: bool) -> str:
    """A surname, a first name and a patronymic, all in the form for a woman or for a man."""
    surname = surname_of(random.choice(SURNAMES), female=female)
    return f"{surname} {random.choice(WOMEN if female else MEN)} {random.choice(FATHERS)[female]}"


def surname_of(surname: str, *, female: bool) -> str:
    """The surname in its form for a woman or for a man; some surnames have one form for both."""
    if not female or surname.endswith(("их", "ых", "ко")):
        return surname
    if surname.endswith(("ий", "ый", "ой")):
        return f"{surname[:-2]}ая"
    return f"{surname}а"


def latin(name: str) -> str:
    """The name in lower-case Latin letters, as mailboxes are called."""
    return "".join(_LATIN.get(letter, letter) for letter in name.lower())
