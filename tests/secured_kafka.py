"""A real Kafka that is reached by TLS: one listener for client certificates, one for passwords, and rights by topic."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
)

from sync_service.adapters.kafka_topics import KafkaTopics
from sync_service.connecting.certificates import CertificateFiles
from sync_service.connecting.kafka_connection import KafkaConnection
from sync_service.messages.records import Outgoing
from tests import jvm_kafka
from tests.certificates import Authority
from tests.real_kafka import NO_KAFKA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SERVICE = "sync-service"
"""The principal of the service itself."""

LISTENERS = ("MUTUAL", "PASSWORD", "EXPIRED", "ELSEWHERE")
START_ATTEMPTS = 3


class SecuredWires:
    """Listeners by TLS beside the plain one, which is the administrator's and reached from this machine alone.

    `MUTUAL` wants a client certificate, `PASSWORD` a name and a password; `EXPIRED` and `ELSEWHERE` show a certificate
    whose time is over, and one for another host. Whoever has no right to a topic by an ACL has none.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.authority = Authority(directory / "authority")
        self.ports = dict(zip(LISTENERS, (*jvm_kafka.free_ports(), *jvm_kafka.free_ports()), strict=True))
        self.password = secrets.token_hex(16)
        self.password_file = directory / "password"
        self.password_file.write_text(f"{self.password}\n")

    def settings(self, plain: Mapping[str, str]) -> dict[str, str]:
        """The broker's settings for its listeners, certificates and rights."""
        shown = {
            "MUTUAL": self.authority.issue("broker"),
            "PASSWORD": self.authority.issue("broker-too"),
            "EXPIRED": self.authority.issue("ended-broker", ended=True),
            "ELSEWHERE": self.authority.issue("other-broker", "kafka.example.org"),
        }
        protocols = dict.fromkeys(LISTENERS, "SSL") | {"PASSWORD": "SASL_SSL"}
        added = [f"{name}://127.0.0.1:{port}" for name, port in self.ports.items()]
        settings = {
            "listeners": ",".join((plain["listeners"], *added)),
            "advertised.listeners": ",".join((plain["advertised.listeners"], *self._advertised())),
            "listener.security.protocol.map": ",".join(
                (plain["listener.security.protocol.map"], *(f"{name}:{kind}" for name, kind in protocols.items()))
            ),
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.password.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/,DEFAULT",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }
        for name, files in shown.items():
            settings |= self._of_listener(name, files)
        return settings

    def users(self) -> list[str]:
        """The users with a password: the service and a portal."""
        named = [f"SCRAM-SHA-512=[name={name},password={self.password}]" for name in (SERVICE, "portal-edu")]
        return [part for user in named for part in ("--add-scram", user)]

    def connection(self, listener: str, **changes: object) -> KafkaConnection:
        """How the service reaches this listener as it should be reached; `changes` make it wrong."""
        signs_in = listener == "PASSWORD"
        own = self.authority.issue(SERVICE) if listener == "MUTUAL" else CertificateFiles(self.authority.file)
        right: dict[str, object] = {
            "bootstrap": f"localhost:{self.ports[listener]}",
            "timeout_ms": 15_000,
            "security": "sasl_tls" if signs_in else "tls",
            "certificates": own,
            "user": SERVICE if signs_in else None,
            "password_file": self.password_file if signs_in else None,
        }
        return KafkaConnection(**(right | changes))  # type: ignore[arg-type]

    def _advertised(self) -> list[str]:
        return [f"{name}://localhost:{port}" for name, port in self.ports.items()]

    def _of_listener(self, name: str, files: CertificateFiles) -> dict[str, str]:
        """The certificates of one listener, as Kafka takes them: PEM, the key before its certificate."""
        assert files.cert is not None
        assert files.key is not None
        keys = self.directory / f"{name.lower()}.keys.pem"
        keys.write_bytes(files.key.read_bytes() + files.cert.read_bytes())
        prefix = f"listener.name.{name.lower()}.ssl"
        return {
            f"{prefix}.keystore.type": "PEM",
            f"{prefix}.keystore.location": str(keys),
            f"{prefix}.truststore.type": "PEM",
            f"{prefix}.truststore.location": str(self.authority.file),
            f"{prefix}.client.auth": "required" if name == "MUTUAL" else "none",
        }


class SecuredKafka:
    """A running broker, its wires, and its administrator's own, plain way in."""

    def __init__(self, running: jvm_kafka.JvmKafka, wires: SecuredWires) -> None:
        self.running, self.wires = running, wires

    @property
    def administrator(self) -> KafkaConnection:
        """The administrator's way in."""
        return KafkaConnection(bootstrap=self.running.bootstrap)

    def admin(self) -> KafkaAdminClient:
        """The administrator's client."""
        return KafkaAdminClient(bootstrap_servers=self.running.bootstrap)

    def let_in(self, prefix: str) -> None:
        """Let the service do everything with the topics of this prefix, in the consumer group of that name."""
        with self.admin() as admin:
            admin.create_acls(
                [
                    ACL(
                        f"User:{SERVICE}",
                        "*",
                        ACLOperation.ALL,
                        ACLPermissionType.ALLOW,
                        ResourcePattern(kind, prefix, ACLResourcePatternType.PREFIXED),
                    )
                    for kind in (ResourceType.TOPIC, ResourceType.GROUP)
                ]
            )

    def publish(self, topic: str, values: Sequence[bytes]) -> None:
        """Put messages into a topic, past all rules."""
        topics = KafkaTopics(self.administrator)
        topics.send([Outgoing(topic, value, key=b"k") for value in values])
        topics.close()


@contextmanager
def secured_broker(directory: Path) -> Iterator[SecuredKafka]:
    """Run one that keeps everything under this directory."""
    for attempt in range(1, START_ATTEMPTS + 1):
        scratch = directory / f"secured-{attempt}"
        scratch.mkdir(parents=True)
        wires = SecuredWires(scratch)
        running = jvm_kafka.JvmKafka(scratch, wires)
        try:
            running.start()
        except jvm_kafka.CannotStart as error:
            running.remove()
            if attempt == START_ATTEMPTS or "Address already in use" not in str(error):
                raise
        else:
            break
    try:
        yield SecuredKafka(running, wires)
    finally:
        running.remove()


@pytest.fixture(scope="session")
def secured_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """Give a real Kafka with TLS; only Apache's own artifacts on a JDK are set up so."""
    if missing := jvm_kafka.obstacle():
        pytest.skip(f"{NO_KAFKA} with TLS: {missing}")
    with secured_broker(tmp_path_factory.mktemp("secured-kafka")) as running:
        yield running
