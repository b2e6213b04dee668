"""The two languages of the console, and the themes: what a person chose, kept in cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.sentences.words import Sentence

Language = Literal["ru", "en"]
Theme = Literal["system", "light", "dark"]

LANGUAGES: tuple[Language, ...] = ("ru", "en")
THEMES: tuple[Theme, ...] = ("system", "light", "dark")
LANGUAGE_COOKIE = "lang"
THEME_COOKIE = "theme"
KEYS_COOKIE = "keys"
KEYS = ("on", "off")
"""Whether single keys do anything: who dictates or leans on the keyboard turns them off (WCAG 2.1.4)."""


def language_of(cookies: Mapping[str, str]) -> Language:
    """The language that the person chose, Russian until they do."""
    chosen = cookies.get(LANGUAGE_COOKIE)
    return next((known for known in LANGUAGES if known == chosen), "ru")


def theme_of(cookies: Mapping[str, str]) -> Theme:
    """The theme that the person chose, the system's until they do."""
    chosen = cookies.get(THEME_COOKIE)
    return next((known for known in THEMES if known == chosen), "system")


def said(sentence: Sentence, language: Language) -> str:
    """A sentence in one of its languages."""
    return sentence.ru if language == "ru" else sentence.en
