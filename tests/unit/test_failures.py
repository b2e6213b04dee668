"""Every failure that has an exit code exists under the name that it is known by."""

from importlib import import_module

import pytest

from sync_service.aggregates.errors import AccountMalformed, AccountUnknown, CodeMalformed
from sync_service.cli.failures import EXIT_CODES, exit_code_of, sentence_of


@pytest.mark.parametrize("name", EXIT_CODES)
def test_every_failure_of_the_table_exists(name: str) -> None:
    module, _, kind = name.rpartition(".")
    found = getattr(import_module(module), kind)
    assert issubclass(found, Exception)
    assert f"{found.__module__}.{found.__qualname__}" == name


def test_wrong_usage_is_2_and_a_refusal_1_and_a_bug_has_no_code() -> None:
    assert exit_code_of(AccountMalformed()) == 2
    assert exit_code_of(AccountUnknown()) == 1
    assert exit_code_of(CodeMalformed(position=None, length=3)) == 1
    assert exit_code_of(FileNotFoundError(2, "No such file", "x")) == 1
    assert exit_code_of(ZeroDivisionError()) is None


def test_what_is_said_is_one_line() -> None:
    assert sentence_of(FileNotFoundError(2, "No such file or directory", "x.ndjson")) == (
        "x.ndjson: No such file or directory"
    )
    assert "\n" not in sentence_of(ValueError("two\nlines"))
