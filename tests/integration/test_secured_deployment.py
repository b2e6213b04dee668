"""The whole service by role, as an operator runs it, over a Kafka and a PostgreSQL that speak TLS alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaConsumer

from sync_service.adapters.kafka_topics import KafkaTopics
from sync_service.aggregates.values import Portal
from sync_service.messages.records import Outgoing
from sync_service.topic_names import TopicNames
from tests.model import lines
from tests.real_kafka import REFUSED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.connecting.kafka_connection import KafkaConnection
    from tests.secured_kafka import SecuredKafka
    from tests.secured_postgres import SecuredPostgres

pytestmark = [
    *REFUSED,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning"),
]

COMMAND = Path(sys.executable).with_name("sync-service")
PATIENCE_S = 60


class Deployment:
    """Settings of one deployment, and its commands."""

    def __init__(self, directory: Path, connection: KafkaConnection, database: Mapping[str, str], prefix: str) -> None:
        files = connection.certificates
        settings = {
            "DATA_DIR": directory,
            "TOPIC_PREFIX": prefix,
            "KAFKA_BOOTSTRAP": connection.bootstrap,
            "KAFKA_TIMEOUT_S": 10,
            "KAFKA_GROUP": prefix,
            "KAFKA_SECURITY": connection.security,
            "KAFKA_CA_FILE": files.ca,
            "KAFKA_CERT_FILE": files.cert,
            "KAFKA_KEY_FILE": files.key,
            "KAFKA_USER": connection.user,
            "KAFKA_PASSWORD_FILE": connection.password_file,
            "KAFKA_PARTITIONS": 1,
            **database,
        }
        plain = {name: value for name, value in os.environ.items() if not name.startswith("SYNC_")}
        key = {name: os.environ[name] for name in ("SYNC_MASTER_KEY",) if name in os.environ}
        given = {f"SYNC_{name}": str(value) for name, value in settings.items() if value is not None}
        self.environment = plain | key | given

    def type(self, *words: str, **changes: object) -> subprocess.CompletedProcess[str]:
        """Run a command; `changes` are settings that are wrong."""
        changed = {f"SYNC_{name}": str(value) for name, value in changes.items()}
        return subprocess.run(
            [COMMAND, *words],
            env=self.environment | changed,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )


@pytest.mark.parametrize("listener", ["MUTUAL", "PASSWORD"])
def test_a_portals_message_comes_in_and_its_answer_goes_out_by_tls(
    secured_kafka: SecuredKafka, secured_postgres: SecuredPostgres, listener: str, tmp_path: Path
) -> None:
    prefix = f"e2e-{listener.lower()}"
    names, connection = TopicNames(prefix), secured_kafka.wires.connection(listener)
    secured_kafka.let_in(prefix)
    KafkaTopics(secured_kafka.administrator).create_topics(dict.fromkeys((*names.all_in(), *names.all_out()), 1))
    deployment = Deployment(tmp_path, connection, database_of(secured_postgres, listener), prefix)
    assert deployment.type("migrate").returncode == 0
    found = {one["dependency"]: one for one in json.loads(deployment.type("doctor", "--json").stdout)}
    assert all(one["ok"] for one in found.values()), found
    assert "TLSv1.3, the server's certificate is verified" in found["database"]["detail"]
    assert ("TLS, by our certificate" if listener == "MUTUAL" else "TLS, as sync-service") in found["kafka"]["detail"]
    running = subprocess.Popen(
        [COMMAND, "run", "consumers", "projections", "publisher"],
        env=deployment.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        publish(connection, names)
        assert is_heard(connection, names.outcomes(Portal.EDU), "ru.nmo.activation.accepted.v1")
    finally:
        running.send_signal(signal.SIGTERM)
        log = running.communicate(timeout=PATIENCE_S)[1]
    assert running.returncode == 0, log
    assert "unencrypted" not in log
    assert secured_kafka.wires.password not in log
    assert deployment.type("check").returncode == 0


def database_of(server: SecuredPostgres, listener: str) -> dict[str, str]:
    """The database as the service reaches it: by certificate where Kafka is, else by password."""
    if listener == "MUTUAL":
        own = server.authority.issue("certified")
        files = {"DATABASE_CERT_FILE": str(own.cert), "DATABASE_KEY_FILE": str(own.key)}
        return {"DATABASE_URL": server.fresh("certified"), "DATABASE_CA_FILE": str(server.authority.file), **files}
    return {"DATABASE_URL": server.fresh(), "DATABASE_CA_FILE": str(server.authority.file)}


def publish(connection: KafkaConnection, names: TopicNames) -> None:
    topics = KafkaTopics(connection)
    said = [lines.published("ev1"), lines.issued(), lines.registered("edu:e1"), lines.activated("edu:e1")]
    for line in said:
        source = str(lines.decode(line)["source"])
        topics.send([Outgoing(str(names.topic_of(source)), line, key=b"e1")])
    topics.close()


def is_heard(connection: KafkaConnection, topic: str, kind: str) -> bool:
    consumer = KafkaConsumer(topic, **connection.options(), auto_offset_reset="earliest", enable_auto_commit=False)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            polled = consumer.poll(timeout_ms=500).values()
            if any(json.loads(record.value)["type"] == kind for records in polled for record in records):
                return True
    finally:
        consumer.close()
    return False


def test_what_is_wrong_ends_a_command_with_one_line_and_its_exit_code(
    secured_kafka: SecuredKafka, secured_postgres: SecuredPostgres, tmp_path: Path
) -> None:
    connection = secured_kafka.wires.connection("PASSWORD")
    deployment = Deployment(tmp_path, connection, database_of(secured_postgres, "PASSWORD"), "wrong")
    guessed, other = tmp_path / "guessed", secured_kafka.wires.authority
    guessed.write_text("guessed\n")
    expired = secured_kafka.wires.connection("EXPIRED").bootstrap
    wrong: list[tuple[dict[str, object], int, str]] = [
        ({"KAFKA_BOOTSTRAP": expired}, 1, "certificate has expired"),
        ({"KAFKA_CA_FILE": tmp_path / "none"}, 2, "none: No such file or directory"),
        ({"KAFKA_SECURITY": "tls"}, 2, "use sasl_tls"),
        ({"DATABASE_CA_FILE": other.file}, 1, "certificate verify failed"),
        ({"KAFKA_PASSWORD_FILE": guessed}, 1, "sync-service by SCRAM-SHA-512"),
    ]
    for changes, code, said in wrong:
        done = deployment.type("run", "consumers", LOG_LEVEL="error", **changes)
        (line,) = done.stderr.splitlines()
        assert said in line
        assert done.returncode == code
        assert "guessed" not in line.replace(str(guessed), "")
    told = deployment.type("doctor", KAFKA_PASSWORD_FILE=guessed)
    (line,) = [line for line in told.stdout.splitlines() if line.startswith("FAIL")]
    assert "sync-service by SCRAM-SHA-512" in line
    assert told.returncode == 1
