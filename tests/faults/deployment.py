"""The service's processes as an operator runs them: started, killed with -9, stopped with SIGTERM, and asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.master_key import MASTER_KEY

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from sync_service.cli import main; main()")
"""What the script `sync-service` does, of this source tree whatever is installed."""

STOP_TIMEOUT_S = 30.0
COMMAND_TIMEOUT_S = 120.0
SAY_TIMEOUT_S = 30.0
TAIL_CHARACTERS = 3_000


class Deployment:
    """Processes with the same settings; each has a name, and its log is a file of that name in the directory."""

    def __init__(self, directory: Path, **settings: object) -> None:
        """Take the settings without their prefix: `database_url=…` is SYNC_DATABASE_URL."""
        self._directory = directory
        others = {name: value for name, value in os.environ.items() if not name.startswith("SYNC_")}
        others |= {"SYNC_MASTER_KEY": MASTER_KEY, "SYNC_DATA_DIR": str(directory)}
        self._environ = others | {
            f"SYNC_{name.upper()}": str(value) for name, value in ({"console_port": 0} | settings).items()
        }
        self._arguments: dict[str, tuple[str, ...]] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._log_begins: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for name in list(self._running):
            self.kill(name)

    def start(self, name: str, *arguments: str) -> None:
        """Start `sync-service` with these arguments, or with those that this name had before."""
        self._arguments[name] = arguments or self._arguments[name]
        with self._log(name).open("ab") as log:
            self._log_begins[name] = log.tell()
            self._running[name] = subprocess.Popen(
                [*COMMAND, *self._arguments[name]], stdout=log, stderr=log, cwd=ROOT, env=self._environ
            )

    def kill(self, name: str) -> None:
        """End it at once, by -9."""
        running = self._running.pop(name)
        running.kill()
        running.wait()

    def stop(self, name: str) -> float:
        """Tell it to end, see that it does with exit code 0, and give the seconds that it took."""
        running = self._running[name]
        begun = time.monotonic()
        running.terminate()
        assert running.wait(STOP_TIMEOUT_S) == 0, self.said(name)
        del self._running[name]
        return time.monotonic() - begun

    def wait(self, name: str, timeout_s: float = COMMAND_TIMEOUT_S) -> int:
        """Wait until it has ended by itself, and give its exit code."""
        return self._running.pop(name).wait(timeout_s)

    def is_running(self, name: str) -> bool:
        """Whether it has not ended yet."""
        return self._running[name].poll() is None

    def pid_of(self, name: str) -> int:
        """Which process it is."""
        return self._running[name].pid

    def assert_running(self) -> None:
        """Fail, with the end of its log, for one that ended by itself."""
        for name, running in self._running.items():
            assert running.poll() is None, f"{name} ended with {running.returncode}:\n{self.said(name)}"

    def wait_until_said(self, name: str, words: str, times: int = 1) -> None:
        """Wait until a process has logged these words so often since it was started last."""
        deadline = time.monotonic() + SAY_TIMEOUT_S
        while self._log(name).read_bytes()[self._log_begins[name] :].count(words.encode()) < times:
            assert time.monotonic() < deadline, f"{name} did not say {words!r}:\n{self.said(name)}"
            self.assert_running()
            time.sleep(0.02)

    def said(self, name: str) -> str:
        """The end of its log, standard output among it."""
        return self._log(name).read_text(errors="replace")[-TAIL_CHARACTERS:]

    def command(self, *arguments: str) -> Any:  # noqa: ANN401 - whatever the command's JSON is
        """Run a command to its end, and give the JSON that it printed; it must end with exit code 0."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            capture_output=True,
            cwd=ROOT,
            env=self._environ,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr).decode()[-TAIL_CHARACTERS:]
        return json.loads(done.stdout) if done.stdout else None

    def _log(self, name: str) -> Path:
        return self._directory / f"{name}.log"
