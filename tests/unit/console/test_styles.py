"""The style sheet and the script keep to what the content policy and old browsers allow."""

from __future__ import annotations

import re
from importlib.resources import files

CONSOLE = files("sync_service.console")
SHEET = CONSOLE.joinpath("static", "console.css").read_text(encoding="utf-8")
SCRIPT = CONSOLE.joinpath("static", "console.js").read_text(encoding="utf-8")
SCRIPT_LINES_MAX = 200
TOO_NEW = (r":has\(", r"color-mix\(", r"light-dark\(", r"\bsubgrid\b", r"\bpopover\b", r"@layer\b", r"@container\b")


def templates() -> dict[str, str]:
    """Every template by its name."""
    folder = CONSOLE.joinpath("templates")
    found = {file.name: file for file in folder.iterdir() if file.name.endswith(".html")}
    found |= {f"parts/{file.name}": file for file in folder.joinpath("parts").iterdir()}
    return {name: file.read_text(encoding="utf-8") for name, file in found.items()}


def tokens(selector: str) -> dict[str, str]:
    """The custom properties that one rule sets."""
    block = SHEET[SHEET.index(selector) :].partition("{")[2].partition("}")[0]
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", block))


def test_the_dark_theme_is_the_same_by_choice_and_by_the_system() -> None:
    chosen, system = tokens(':root[data-theme="dark"]'), tokens(":root:not([data-theme])")
    assert len(chosen) > 20
    assert chosen == system


def test_every_colour_of_the_light_theme_has_a_dark_one() -> None:
    light = {name for name, value in tokens(":root {").items() if value.startswith(("#", "rgba"))}
    assert light == tokens(':root[data-theme="dark"]').keys()


def test_only_a_dialog_has_a_shadow_and_nothing_comes_from_outside() -> None:
    shadowed = re.findall(r"([^{}]+)\{[^{}]*box-shadow:(?!\s*(?:none|inset))", SHEET)
    assert [selector.strip() for selector in shadowed] == [".dlg"]
    assert not re.search(r"url\(|@import|https?:", SHEET)


def test_the_sheet_uses_nothing_that_the_oldest_browsers_lack() -> None:
    assert [
        pattern for pattern in TOO_NEW if re.search(pattern, re.sub(r"/\*.*?\*/", "", SHEET, flags=re.DOTALL))
    ] == []


def test_every_condition_of_a_reader_has_its_rules() -> None:
    for condition in ("prefers-color-scheme", "prefers-contrast", "prefers-reduced-motion", "forced-colors", "print"):
        assert f"({condition}" in SHEET or f"@media {condition}" in SHEET, condition


def test_no_template_has_a_style_or_a_script_of_its_own() -> None:
    pattern = re.compile(r"\sstyle=|<style|<script(?![^>]* src=)|\son[a-z]+=\"|javascript:", re.IGNORECASE)
    assert {name: pattern.findall(text) for name, text in templates().items() if pattern.search(text)} == {}


def test_no_template_lets_a_text_through_unescaped() -> None:
    """But for the icons, whose paths stand in the template itself."""
    unsafe = {name: text.count("| safe") + text.count("autoescape") for name, text in templates().items()}
    assert {name: count for name, count in unsafe.items() if count} == {"parts/marks.html": 1}


def test_every_form_that_changes_something_is_made_by_the_one_macro() -> None:
    """But for the search, which changes nothing: whatever protects forms has one place to stand."""
    own = {
        name
        for name, text in templates().items()
        if re.search(r'<form[^>]*method="post"[^>]*action="(?!/console/search)', text)
    }
    assert own - {"parts/forms.html"} == set()


def test_the_script_is_short_and_evaluates_nothing() -> None:
    assert SCRIPT.count("\n") <= SCRIPT_LINES_MAX
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write|insertAdjacentHTML", SCRIPT)
