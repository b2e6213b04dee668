"""`make audit`: a bill of materials of what the image contains, and whether any package has a known vulnerability.

What could not be looked up is not clean: pip-audit says "no known vulnerabilities" of a package that its service does
not know or cannot be asked about, and this says "not looked up", with an exit code of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[Path, str], subprocess.CompletedProcess[str]]

ROOT: Final = Path(__file__).resolve().parents[2]
LOCKS: Final = (ROOT / "requirements.lock", ROOT / "requirements-dev.lock")
BILL: Final = ROOT / "build" / "sbom.cdx.json"
SERVICES: Final = ("pypi", "osv")
"""pip-audit's own names for who is asked; the second one only if the first left something open."""

TIMEOUT_S: Final = 300
CLEAN, NOT_LOOKED_UP, VULNERABLE = 0, 1, 3
"""Exit codes, the worst one last; 2 is a wrong usage, as everywhere."""


class Vulnerability(msgspec.Struct, frozen=True):
    """A known one: its name in the service's lists, and the versions that mend it."""

    id: str
    fix_versions: tuple[str, ...] = ()


class Audited(msgspec.Struct, frozen=True):
    """One package as pip-audit answers about it; `skip_reason` says why it was not looked up."""

    name: str
    version: str = ""
    vulns: tuple[Vulnerability, ...] = ()
    skip_reason: str | None = None


class _Answer(msgspec.Struct, frozen=True):
    dependencies: tuple[Audited, ...]


def main() -> int:
    """Write the bill of materials, look up both lock files, and say what was found."""
    write_bill(LOCKS[0], BILL)
    packages = len(json.loads(BILL.read_text(encoding="utf-8"))["components"])
    _say(f"{BILL.relative_to(ROOT)}: {packages} packages, CycloneDX")
    if "--bill-only" in sys.argv[1:]:
        return CLEAN
    return max(told(lock, look_up(lock)) for lock in LOCKS)


def write_bill(lock: Path, bill: Path) -> None:
    """Write the bill of materials of a lock file: the same lock gives the same bytes."""
    bill.parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "requirements",
        str(lock),
        "--pyproject",
        str(ROOT / "pyproject.toml"),
    ]
    options = ["--mc-type", "application", "--output-reproducible", "--output-format", "JSON", "-o", str(bill)]
    subprocess.run([*command, *options], check=True, timeout=TIMEOUT_S)


def look_up(lock: Path, ask: Ask | None = None) -> list[Audited]:
    """Ask about every package of the lock file; a service that does not answer leaves it to the next one."""
    found: dict[str, Audited] = {name: Audited(name, skip_reason="no service answered") for name in named_in(lock)}
    for service in SERVICES:
        answered = (ask or _pip_audit)(lock, service)
        try:
            audited = msgspec.json.decode(answered.stdout, type=_Answer).dependencies
        except msgspec.MsgspecError:
            continue  # it ended without an answer: nobody could be asked
        found |= {one.name: one for one in audited if one.name not in found or found[one.name].skip_reason}
        if not any(one.skip_reason for one in found.values()):
            break
    return list(found.values())


def told(lock: Path, audited: list[Audited]) -> int:
    """Say what was found of one lock file, and give the exit code: what is vulnerable is worse than what is unknown."""
    vulnerable = [one for one in audited if one.vulns]
    unknown = [one for one in audited if one.skip_reason]
    for one in vulnerable:
        for vulnerability in one.vulns:
            fixed = ", ".join(vulnerability.fix_versions) or "no version yet"
            _say(f"{lock.name}: {one.name} {one.version}: {vulnerability.id}, mended in {fixed}")
    looked_up = len(audited) - len(unknown)
    _say(f"{lock.name}: {looked_up} of {len(audited)} packages looked up, {len(vulnerable)} vulnerable")
    if unknown:
        _say(f"{lock.name}: NOT looked up: {len(unknown)}, for example {unknown[0].name}: {unknown[0].skip_reason}")
    return VULNERABLE if vulnerable else NOT_LOOKED_UP if unknown or not audited else CLEAN


def named_in(lock: Path) -> dict[str, str]:
    """The packages that a lock file names, with their versions."""
    pinned = (line.partition(";")[0].split() for line in lock.read_text(encoding="utf-8").splitlines())
    names = (words[0].partition("==") for words in pinned if words and "==" in words[0])
    return {name.partition("[")[0]: version for name, _, version in names}


def _pip_audit(lock: Path, service: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes", "--disable-pip"]
    options = ["--no-deps", "--format", "json", "--progress-spinner", "off", "--vulnerability-service", service]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False, timeout=TIMEOUT_S)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - its output


if __name__ == "__main__":
    sys.exit(main())
