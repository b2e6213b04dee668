"""The real Apache Kafka in a container, where an engine answers."""

from __future__ import annotations

import importlib
import os
import socket
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.jvm_kafka import KAFKA_VERSION, SETTINGS, START_TIMEOUT_S, STOP_TIMEOUT_S, CannotStart, free_ports

if TYPE_CHECKING:
    from pathlib import Path

    from testcontainers.core.container import DockerContainer

ENGINE_TIMEOUT_S = 3
IMAGE = f"apache/kafka:{KAFKA_VERSION}"
CLIENT_PORT = 9092


def obstacle() -> str | None:
    """Say why no container can be run, or None; a docker client on the PATH proves nothing, so the engine is asked."""
    if not _listens(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"):
        return "no Docker engine answers"
    docker: Any = importlib.import_module("docker")  # it has no types
    try:
        with closing(docker.DockerClient.from_env(timeout=ENGINE_TIMEOUT_S)) as engine:
            engine.ping()
    except (docker.errors.DockerException, OSError):
        return "the Docker engine does not answer"
    return None


def _listens(host: str) -> bool:
    """Tell whether somebody listens there at all: docker's own client leaves a socket open if nobody does."""
    if not host.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(ENGINE_TIMEOUT_S)
        return probe.connect_ex(host.removeprefix("unix://")) == 0


class DockerKafka:
    """One broker in a container; stopping and starting keeps its data and its port."""

    kind = f"{IMAGE} in a container"

    def __init__(self, directory: Path) -> None:
        self.log_path = directory / "kafka.log"
        self._port, _ = free_ports()
        self.bootstrap = f"127.0.0.1:{self._port}"
        self._container: DockerContainer | None = None

    def start(self) -> None:
        """Start it, and return when it has said that it is ready.

        Raises:
            CannotStart: it was not ready in time.
        """
        if self._container is None:
            self._container = _container(self._port)
            self._container.start()
            since = 0
        else:
            since = len(self._log())
            self._container.get_wrapped_container().start()
        deadline = time.monotonic() + START_TIMEOUT_S
        while b"Kafka Server started" not in self._log()[since:]:
            if time.monotonic() > deadline:
                self._keep_log()
                message = f"{IMAGE} did not start; its log is {self.log_path}"
                raise CannotStart(message)
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop it in order, keeping its data."""
        if self._container is not None:
            self._container.get_wrapped_container().stop(timeout=STOP_TIMEOUT_S)
            self._keep_log()

    def kill(self) -> None:
        """End it at once, as a failing machine would, keeping its data."""
        if self._container is not None:
            self._container.get_wrapped_container().kill()
            self._keep_log()

    def remove(self) -> None:
        """Stop it for good, and remove its data."""
        if self._container is not None:
            self._keep_log()
            self._container.stop()
            self._container = None

    def _log(self) -> bytes:
        if self._container is None:
            return b""
        out, err = self._container.get_logs()
        return out + err

    def _keep_log(self) -> None:
        self.log_path.write_bytes(self._log())


def _container(port: int) -> DockerContainer:
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - it reaches for the engine

    settings = SETTINGS | {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": "1@localhost:9093",
        "listeners": f"CLIENT://:{CLIENT_PORT},CONTROLLER://:9093",
        "advertised.listeners": f"CLIENT://127.0.0.1:{port}",
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    }
    container = DockerContainer(IMAGE).with_bind_ports(CLIENT_PORT, port)
    for name, value in settings.items():
        container = container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
    return container
