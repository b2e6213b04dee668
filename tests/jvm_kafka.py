"""The real Apache Kafka from its published artifacts, run by a JDK: one broker that is its own controller."""

from __future__ import annotations

import base64
import ctypes
import fcntl
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KAFKA_VERSION = "4.1.1"
JDK_MIN = 17
DOWNLOAD_TIMEOUT_S = 600
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
PORTS = range(20_000, 30_000)
"""Below the range that systems take outgoing connections' ports from, so that a port is free again at a restart."""

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tests</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
"""

SETTINGS = {
    "auto.create.topics.enable": "false",
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "3000",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
}
"""What a single broker needs, and what makes groups settle in tenths of a second."""


class Wires(Protocol):
    """What a broker that is reached by TLS and sign-ins adds."""

    def settings(self, plain: Mapping[str, str]) -> dict[str, str]:
        """The broker's settings beside, or instead of, the plain ones."""
        ...

    def users(self) -> list[str]:
        """The arguments of its format command that make users."""
        ...


class CannotStart(Exception):
    """Kafka could not be downloaded, formatted or started; the message says why, with the end of its log."""


def obstacle() -> str | None:
    """Say what is missing for this way of getting a Kafka, or None if nothing is."""
    java, maven = shutil.which("java"), shutil.which("mvn")
    if java is None:
        return f"no JDK (java) on the PATH; install JDK {JDK_MIN} or later"
    told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    if found is None or int(found[1]) < JDK_MIN:
        return f"the JDK on the PATH is older than {JDK_MIN}"
    if maven is None and not _cached().exists():
        return "no Maven (mvn) on the PATH to download Kafka with"
    return None


class JvmKafka:
    """One broker in a directory of its own; stopping and starting keeps its data and its ports."""

    kind = f"Apache Kafka {KAFKA_VERSION} on this machine's JDK"

    def __init__(self, directory: Path, wires: Wires | None = None) -> None:
        self._directory, self._wires = directory, wires
        self._process: subprocess.Popen[bytes] | None = None
        self._ports = free_ports()
        self.log_path = directory / "kafka.log"
        self.bootstrap = f"127.0.0.1:{self._ports[0]}"
        self._format()

    def start(self) -> None:
        """Start it, and return when it takes connections.

        Raises:
            CannotStart: it ended, or was not ready in time.
        """
        with self.log_path.open("ab") as log:
            seen = log.tell()
            command = [*_java(), "kafka.Kafka", str(self._directory / "server.properties")]
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                start_new_session=True,  # the terminal's Ctrl-C is for pytest, which then stops it in order
                preexec_fn=_die_with_parent(),  # noqa: PLW1509 - it is one system call, looked up before
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while b"Kafka Server started" not in self.log_path.read_bytes()[seen:]:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise CannotStart(self._complaint("did not start"))
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it in order; kill it if that takes too long."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_TIMEOUT_S)
        self.kill()

    def kill(self) -> None:
        """End it at once, as a failing machine would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Stop it for good; its directory is the caller's."""
        self.kill()

    def _format(self) -> None:
        client, controller = self._ports
        settings = SETTINGS | {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
            "listeners": f"CLIENT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"CLIENT://127.0.0.1:{client}",
            "inter.broker.listener.name": "CLIENT",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self._directory / "logs"),
        }
        if self._wires:
            settings |= self._wires.settings(settings)
        properties = self._directory / "server.properties"
        properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        cluster = base64.urlsafe_b64encode(b"\0" + secrets.token_bytes(15)).decode().rstrip("=")
        command = [*_java(), "kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", str(properties)]
        command += self._wires.users() if self._wires else []
        with self.log_path.open("ab") as log:
            done = subprocess.run(command, stdout=log, stderr=log, timeout=START_TIMEOUT_S, check=False)
        if done.returncode:
            raise CannotStart(self._complaint("could not be formatted"))

    def _complaint(self, what: str) -> str:
        return f"Kafka {what}; the end of {self.log_path}:\n{self.log_path.read_text(errors='replace')[-2000:]}"


def _java() -> list[str]:
    loggers = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.log.kafka.server=info"
    return ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *loggers, "-cp", f"{_libraries()}/*"]


def _cached() -> Path:
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "sync-service-tests" / f"kafka-{KAFKA_VERSION}"


def _libraries() -> Path:
    """Give the directory with Kafka's jars, downloaded once for a version: it appears whole or not at all."""
    cached = _cached()
    if cached.exists():
        return cached
    cached.parent.mkdir(parents=True, exist_ok=True)
    with (cached.parent / f"{cached.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cached.exists():
            _download(cached)
    return cached


def _download(cached: Path) -> None:
    with tempfile.TemporaryDirectory(dir=cached.parent) as scratch:
        pom, libraries = Path(scratch) / "pom.xml", Path(scratch) / "libs"
        pom.write_text(POM)
        goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
        command = ["mvn", "-B", "-q", "-f", str(pom), goal, "-DincludeScope=runtime", f"-DoutputDirectory={libraries}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S, check=False)
        if done.returncode:
            message = f"Maven could not download Kafka {KAFKA_VERSION}: {(done.stdout + done.stderr)[-1000:]}"
            raise CannotStart(message)
        libraries.rename(cached)


def free_ports() -> tuple[int, int]:
    chosen: set[int] = set()
    while len(chosen) < 2:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            chosen.add(port)
    client, controller = chosen
    return client, controller


def _die_with_parent() -> Callable[[], object] | None:
    """Give what a child has to call so that it is killed when pytest is, even by -9; None where no system call can."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, set_parent_death_signal = ctypes.CDLL(None).prctl, 1
    return lambda: prctl(set_parent_death_signal, signal.SIGKILL)
