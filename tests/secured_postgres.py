"""A real PostgreSQL that is reached by TLS alone, with certificates of a throw-away authority.

The embedded programs are built without TLS, so those on the PATH are taken (or in TEST_POSTGRES_BIN).
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from sync_service.adapters.embedded_postgres_programs import as_server_user
from tests.certificates import Authority
from tests.jvm_kafka import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_service.connecting.certificates import CertificateFiles

VARIABLE = "TEST_POSTGRES_BIN"
START_TIMEOUT_S = 30
RULES = "local all all trust\nhostssl all certified all cert\nhostssl all all all scram-sha-256\n"
"""Who may come in how: by TCP with TLS alone; `certified` by a certificate of that name, others by password."""


class SecuredPostgres:
    """A server in a directory of its own; `show` starts it again with another certificate."""

    def __init__(self, programs: Path, directory: Path) -> None:
        self._programs, self._cluster = programs, directory / "cluster"
        self._process: subprocess.Popen[bytes] | None = None
        self.port, self.password = free_ports()[0], secrets.token_hex(16)
        self.authority = Authority(directory / "authority")
        self._uid = 65534 if os.geteuid() == 0 else os.geteuid()
        self._log = directory / "postgres.log"
        self._make()
        self.show(self.authority.issue("database"))
        with psycopg.connect(self._local("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE sync LOGIN PASSWORD '{self.password}'".encode())
            connection.execute(b"CREATE ROLE certified LOGIN")

    def show(self, certificates: CertificateFiles) -> None:
        """Start the server, again if it runs, with this certificate of its own."""
        self.stop()
        for name, file in (("server.crt", certificates.cert), ("server.key", certificates.key)):
            assert file is not None
            self._own(self._cluster / name, file.read_bytes())
        settings = {
            "port": self.port,
            "unix_socket_directories": self._cluster,
            "fsync": "off",
            "ssl": "on",
            "ssl_cert_file": "server.crt",
            "ssl_key_file": "server.key",
            "ssl_ca_file": "authority.crt",
        }
        command = ["postgres", "-D", str(self._cluster), *(f"--{name}={value}" for name, value in settings.items())]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._as_owner(command), stdout=log, stderr=log, start_new_session=True)
        self._wait()

    def stop(self) -> None:
        """Stop it at once; nothing in it is to last."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # "fast": whoever is connected is thrown out
            self._process.wait(START_TIMEOUT_S)
            self._process = None

    def fresh(self, owner: str = "sync") -> str:
        """Make an empty database, and give the connection string of its owner, without any option of TLS."""
        name = f"t{secrets.token_hex(6)}"
        with psycopg.connect(self._local("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER {owner}".encode())
        password = {"password": self.password} if owner == "sync" else {}
        return make_conninfo(host="localhost", port=self.port, dbname=name, user=owner, **password)

    def _local(self, name: str) -> str:
        return make_conninfo(host=str(self._cluster), port=self.port, dbname=name, user="postgres")

    def _make(self) -> None:
        self._cluster.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(self._cluster, self._uid, -1)
        command = self._as_owner(["initdb", "-D", str(self._cluster), "-U", "postgres", "--auth=trust", "-E", "UTF8"])
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        self._own(self._cluster / "pg_hba.conf", RULES.encode())
        self._own(self._cluster / "authority.crt", self.authority.file.read_bytes())

    def _as_owner(self, command: list[str]) -> list[str]:
        program = self._programs / command[0]
        return [*as_server_user(self._uid, self._cluster, program), str(program), *command[1:]]

    def _own(self, file: Path, content: bytes) -> None:
        file.write_bytes(content)
        file.chmod(0o600)
        if os.geteuid() == 0:
            os.chown(file, self._uid, -1)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                return psycopg.connect(self._local("postgres")).close()
            except psycopg.OperationalError:
                if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                    said = self._log.read_text(errors="replace")[-500:]
                    if "not supported by this build" in said:
                        pytest.skip(f"the PostgreSQL of {self._programs} is built without TLS ({VARIABLE})")
                    raise
                time.sleep(0.1)


@pytest.fixture(scope="session")
def secured_postgres(quick_directory: Path) -> Iterator[SecuredPostgres]:
    """Give a real PostgreSQL that speaks TLS."""
    found = shutil.which("postgres", path=os.environ.get(VARIABLE))
    if found is None:
        pytest.skip(f"needs a PostgreSQL with TLS: put its programs on the PATH, or name them in {VARIABLE}")
    directory = quick_directory / "secured-postgres"
    directory.mkdir()
    server = SecuredPostgres(Path(found).resolve().parent, directory)
    yield server
    server.stop()
