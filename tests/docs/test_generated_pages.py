"""The pages that are drawn from the code are those that the code would draw now."""

from __future__ import annotations

import tomllib

import pytest

from sync_service.settings import PASSED_ON, Settings, load_settings
from tests.docs import cli_page, settings_page
from tests.docs.pages import ROOT


def test_the_reference_of_the_command_line_is_current() -> None:
    """Otherwise run `python -m tests.docs.cli_page docs/cli.md`."""
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == cli_page.page()


def test_the_page_of_settings_is_current() -> None:
    """Otherwise run `python -m tests.docs.settings_page docs/settings.md`."""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings_page.page()


@pytest.mark.parametrize("path", cli_page.command_paths(), ids=" ".join)
def test_every_command_says_what_it_does(path: tuple[str, ...]) -> None:
    assert len(cli_page.help_of(path).splitlines()) > len(("Usage", "", "Options", "--help"))


def test_every_setting_says_what_it_means() -> None:
    assert settings_page.docstrings().keys() == Settings.model_fields.keys()


def test_no_default_is_this_machines_own() -> None:
    made = {name for name, field in Settings.model_fields.items() if field.default_factory is not None}
    assert made == settings_page.MADE_AT_START.keys()


def test_what_the_embedded_server_reads_is_said() -> None:
    assert settings_page.EMBEDDED.keys() == PASSED_ON


def test_the_example_of_a_file_is_taken() -> None:
    given = tomllib.loads(settings_page.EXAMPLE)
    Settings.model_validate(given)
    assert given.keys() <= Settings.model_fields.keys()
    assert load_settings({"SYNC_ASK_AGAIN_AFTER_S": "60,300,1800"}).ask_again_after_s == (60, 300, 1800)
