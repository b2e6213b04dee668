"""The bill of materials is complete, and what could not be looked up is not called clean."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.supply.audit import CLEAN, LOCKS, NOT_LOOKED_UP, VULNERABLE, look_up, named_in, told, write_bill

if TYPE_CHECKING:
    from pathlib import Path

LOCK = "a==1 \\\n    --hash=sha256:00\nb[extra]==2 ; python_version < '3' \\\n    --hash=sha256:11\n"
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
NOBODY = ""


def answer(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def clean(name: str) -> dict[str, Any]:
    return {"name": name, "version": "1", "vulns": []}


BAD = {"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["1.1"], "aliases": []}]}
SKIPPED = {"name": "b", "skip_reason": "not found"}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "some.lock"
    path.write_text(LOCK, encoding="utf-8")
    return path


def test_the_bill_names_every_package_of_the_lock_with_its_hashes_and_repeats(tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    write_bill(LOCKS[0], one)
    write_bill(LOCKS[0], other)
    assert one.read_bytes() == other.read_bytes()
    bill = json.loads(one.read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "sync-service")
    assert {part["name"]: part["version"] for part in bill["components"]} == named_in(LOCKS[0])
    kept = {
        hash_["content"] for part in bill["components"] for ref in part["externalReferences"] for hash_ in ref["hashes"]
    }
    assert kept == set(HASH.findall(LOCKS[0].read_text(encoding="utf-8")))


@pytest.mark.parametrize("lock_file", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_with_a_hash(lock_file: Path) -> None:
    requirements = re.split(r"\n(?=[A-Za-z0-9])", lock_file.read_text(encoding="utf-8"))
    pinned = [one for one in requirements if not one.startswith("#")]
    assert len(pinned) > 40
    assert [one.split()[0] for one in pinned if "==" not in one.split()[0] or not HASH.search(one)] == []


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ([answer(clean("a"), clean("b"))], CLEAN, "2 of 2 packages looked up, 0 vulnerable"),
        ([answer(BAD, clean("b"))], VULNERABLE, "a 1: X-1, mended in 1.1"),
        ([answer(BAD, SKIPPED), NOBODY], VULNERABLE, "1 of 2 packages looked up, 1 vulnerable"),
        ([answer(clean("a"), SKIPPED), NOBODY], NOT_LOOKED_UP, "NOT looked up: 1, for example b: not found"),
        ([answer(clean("a"), SKIPPED), answer(BAD, clean("b"))], CLEAN, "2 of 2"),
        ([answer(SKIPPED), answer(BAD, clean("b"))], VULNERABLE, "2 of 2"),
        ([answer(clean("a")), NOBODY], NOT_LOOKED_UP, "1 of 2 packages looked up"),
        ([NOBODY, NOBODY], NOT_LOOKED_UP, "0 of 2 packages looked up"),
    ],
)
def test_only_what_was_looked_up_is_clean(
    lock: Path, answers: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    left = list(answers)
    audited = look_up(lock, lambda _lock, _service: subprocess.CompletedProcess([], 0, left.pop(0), ""))
    assert told(lock, audited) == code
    assert said in capsys.readouterr().out
    assert left == []
