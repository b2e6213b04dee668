"""The style's own test: sizes, names, docstrings, and what must not stand in any file."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
CODE = ("benchmarks", "conftest.py", "consumers", "simulation", "sync_service", "tests")
FACTS = ROOT / "sync_service" / "aggregates"
MADE_BY_TOOLS = frozenset(
    {".git", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv", "__pycache__"}
)

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40

FORBIDDEN_WORDS = frozenset({"manager", "helper", "util", "common", "data", "info", "do", "perform", "process"})
"""They name nothing: whatever is called so has a better name waiting."""

FORBIDDEN_WORDS_ALLOWED = frozenset({"data_directory", "DataDirectory", "process_event"})
"""The user names one (SYNC_DATA_DIR) and the event-sourcing library the other, so the words are theirs."""

INDEX_HOST = re.compile(
    r"pypi\.org|python[h]osted|repo1?\.maven|registry\.npmjs|proxy\.golang|static\.crates", re.IGNORECASE
)
HOME = re.compile(r"(?<![\w.$})])/(?:root|home|Users)/")
EVENT_TYPE = re.compile(r"[a-z_]+\.[a-z_]+\.v[1-9]\d*")

type_of_function = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def files() -> tuple[Path, ...]:
    """Every file that is committed, or would be; without git, every file that no tool made."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not MADE_BY_TOOLS.intersection(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in found if path.is_file()))


@cache
def modules() -> dict[str, ast.Module]:
    """Every Python file of ours that says something, by its path from the root."""
    paths = [path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in CODE]
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}
    return {name: ast.parse(text) for name, text in texts.items() if text.strip()}


@cache
def texts() -> dict[str, str]:
    """Every file that is text, by its path from the root."""
    found = {}
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            found[str(path.relative_to(ROOT))] = content.decode("utf-8", errors="replace")
    return found


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    """The places where a pattern stands in any text of the tree."""
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def definitions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    """Every class and function, with the file where it stands."""
    for name, module in modules().items():
        for node in ast.walk(module):
            if isinstance(node, (*type_of_function, ast.ClassDef)):
                yield name, node


def words(name: str) -> set[str]:
    """The words of a name in either spelling, in lower case, also without a plural's s."""
    found = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
    return found | {word.removesuffix("s") for word in found}


def fact_classes() -> dict[str, ast.ClassDef]:
    """Every class under `sync_service/aggregates` that descends from `Fact`, by its name."""
    nodes = [node for name, node in definitions() if (ROOT / name).is_relative_to(FACTS)]
    classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
    known = {"Fact"}
    while True:
        more = {name for name, node in classes.items() if base_names(node) & known} - known
        if not more:
            return {name: classes[name] for name in known - {"Fact"}}
        known |= more


def base_names(node: ast.ClassDef) -> set[str]:
    """The names of the classes that a class is made from."""
    return {ast.unparse(base).rpartition(".")[2] for base in node.bases}


def stored_name(node: ast.ClassDef) -> str | None:
    """The TYPE that an event class states itself."""
    for statement in node.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "TYPE":
            return str(ast.literal_eval(statement.value))
    return None


def test_the_tree_is_found() -> None:
    """Otherwise every rule below would hold for nothing."""
    assert "tests/architecture/test_tidy.py" in modules()
    assert "pyproject.toml" in texts()


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    counts = {name: texts()[name].count("\n") for name in modules()}
    assert {name: lines for name, lines in counts.items() if lines > FILE_LINES_MAX} == {}


def test_no_function_is_too_long_to_be_seen_at_once() -> None:
    offenders = []
    for name, node in definitions():
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if isinstance(node, type_of_function) and lines > FUNCTION_LINES_MAX:
            offenders.append(f"{name}:{node.lineno}: {node.name} has {lines} lines")
    assert offenders == []


def test_names_say_what_a_thing_is() -> None:
    """Names of modules, classes and functions; a test's name is a sentence and may use any word."""
    named = [(name, node.name) for name, node in definitions() if not node.name.startswith("test_")]
    named += [(name, part) for name in modules() for part in Path(name).with_suffix("").parts]
    offenders = {
        f"{name}: {what}"
        for name, what in named
        if words(what) & FORBIDDEN_WORDS and what not in FORBIDDEN_WORDS_ALLOWED
    }
    assert sorted(offenders) == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name, module in modules().items() if not ast.get_docstring(module)]
    assert silent == []


def test_every_event_is_described_in_business_words() -> None:
    silent = [name for name, node in fact_classes().items() if not (ast.get_docstring(node) or "").strip()]
    assert sorted(silent) == []


def test_every_event_states_its_stored_name_and_no_two_share_one() -> None:
    classes = fact_classes()
    bases = set[str]().union(*(base_names(node) for node in classes.values()))
    stored = {name: stored_name(node) for name, node in classes.items() if name not in bases}
    unfit = {name: type_ for name, type_ in stored.items() if not EVENT_TYPE.fullmatch(type_ or "")}
    assert unfit == {}
    assert len(set(stored.values())) == len(stored)


def test_the_lock_files_pin_by_hash_and_name_no_host() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lock = texts()[name]
        pins = re.findall(r"^\S.*(?:\n +.*)*", re.sub(r"^ *#.*\n", "", lock, flags=re.MULTILINE), flags=re.MULTILINE)
        assert pins, name
        assert [pin for pin in pins if not re.match(r"[a-z0-9.-]+==\S+ .*\n +--hash=sha256:[0-9a-f]{64}", pin)] == []
        assert re.findall(r".*(?:://|index|find-links|file:).*", lock) == []


def test_everything_at_run_time_is_locked_to_the_same_version_for_development() -> None:
    runtime, development = (
        set(re.findall(r"^[a-z0-9.-]+==\S+", texts()[name], flags=re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert runtime - development == set()


def test_no_file_names_a_package_index() -> None:
    assert lines_matching(INDEX_HOST) == []


def test_no_file_names_a_place_on_somebody_s_machine() -> None:
    assert lines_matching(HOME) == []
    if ROOT.parent != Path(ROOT.anchor):  # a place like /app says nothing about whose it is
        assert lines_matching(re.compile(re.escape(str(ROOT)) + r"\b")) == []
