"""Kafka by TLS: every client of ours gets in as it should, and says in one line, without secrets, why it does not."""

from __future__ import annotations

import re
import shlex
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType
from kafka.admin import ACLResourcePatternType as PatternType
from kafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from consumers.kafka_records import KafkaRecords
from consumers.membership import Membership
from consumers.source_ends import KafkaSources
from simulation.kafka_channel import KafkaChannel, security_of
from sync_service.adapters.kafka_topics import KafkaEnds, KafkaTopics
from sync_service.connecting.certificates import CertificateFiles
from sync_service.messages.records import Outgoing
from sync_service.messages.transport_errors import TransportUnavailable
from sync_service.topic_names import TopicNames
from tests.certificates import Authority
from tests.fake_application import FakeApplication
from tests.real_kafka import REFUSED
from tests.secured_kafka import SERVICE, SecuredKafka
from tests.transports import numbered, polled

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.connecting.kafka_connection import KafkaConnection

pytestmark = [*REFUSED, pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")]

NAMES = TopicNames()
RULES = Path(__file__).parents[2] / "docs" / "howto" / "secure-kafka.md"
SOON_S = 10.0


@pytest.fixture(scope="session")
def ruled(secured_kafka: SecuredKafka) -> SecuredKafka:
    """The broker with the topics, and with the rules that the how-to gives: those, and no others."""
    KafkaTopics(secured_kafka.administrator).create_topics(dict.fromkeys((*NAMES.all_in(), *NAMES.all_out()), 1))
    with secured_kafka.admin() as admin:
        admin.create_acls([rule for line in rules_of_the_how_to() for rule in rules_of(line)])
    return secured_kafka


def rules_of_the_how_to() -> list[str]:
    """The commands of its first block of rules, which is all that a deployment without the portals' HTTP door needs."""
    (block,) = [
        text for text in re.findall(r"```console\n(.*?)```", RULES.read_text(), re.DOTALL) if "# The portals" in text
    ]
    return [line for line in block.splitlines() if line.startswith("kafka-acls.sh --add")]


def rules_of(command: str) -> list[ACL]:
    """What Kafka's own tool would make of a command."""
    words = iter(shlex.split(command)[2:])
    given: dict[str, list[str]] = {}
    for option in words:
        given.setdefault(option, []).append(next(words))
    kind, names = (
        (ResourceType.TOPIC, given["--topic"]) if "--topic" in given else (ResourceType.GROUP, given["--group"])
    )
    pattern = PatternType.PREFIXED if "--resource-pattern-type" in given else PatternType.LITERAL
    return [
        ACL(
            principal,
            "*",
            ACLOperation[operation.upper()],
            ACLPermissionType.ALLOW,
            ResourcePattern(kind, name, pattern),
        )
        for principal in given["--allow-principal"]
        for operation in given["--operation"]
        for name in names
    ]


@pytest.mark.parametrize("listener", ["MUTUAL", "PASSWORD"])
def test_the_service_does_all_its_work_with_the_rights_of_the_how_to_and_nothing_more(
    ruled: SecuredKafka, listener: str
) -> None:
    connection = ruled.wires.connection(listener)
    topics, application = KafkaTopics(connection), FakeApplication()
    cluster = topics.describe()
    assert {topic for topic in cluster.partitions if topic.startswith("nmo.")} == {*NAMES.all_in(), *NAMES.all_out()}
    assert cluster.protection.startswith("TLS")
    topic_in, topic_out = NAMES.all_in()[0], NAMES.all_out()[0]
    ruled.publish(topic_in, numbered(5))
    with closing(KafkaRecords(Membership(connection=connection), NAMES.all_in(), application)) as records:
        assert len(polled(records, 5)) >= 5
    with closing(KafkaSources(KafkaEnds(connection), NAMES.all_in(), application)) as sources:
        assert sum(end.end_offset for end in sources.ends()) >= 5
    topics.send([Outgoing(name, b"{}", key=b"k") for name in NAMES.all_out()])
    with pytest.raises(TransportUnavailable, match="Authorization"):
        topics.send([Outgoing(topic_in, b"{}", key=b"k")])
    with pytest.raises(TransportUnavailable, match="Authorization"):
        topics.create_topics({"one.more": 1})
    topics.send([Outgoing(topic_out, b"{}", key=b"k")])
    topics.close()


@pytest.mark.parametrize("listener", ["MUTUAL", "PASSWORD"])
def test_a_portal_writes_its_own_topic_and_reads_what_is_told_to_it_and_nothing_else(
    ruled: SecuredKafka, listener: str
) -> None:
    portal = (
        ruled.wires.connection("MUTUAL", certificates=ruled.wires.authority.issue("portal-edu"))
        if listener == "MUTUAL"
        else ruled.wires.connection("PASSWORD", user="portal-edu")
    )
    mine = {"nmo.edu.events.v1"}
    told = {"nmo.edu.replicas.v1", "nmo.edu.outcomes.v1"}
    every = {*NAMES.all_in(), *NAMES.all_out()}
    assert {topic for topic in every if may_write(portal, topic)} == mine
    for topic in every:
        ruled.publish(topic, [b"{}"])
    assert all(may_read(portal, topic, SOON_S) for topic in told)
    assert not any(may_read(portal, topic, 2.0) for topic in every - told)
    assert is_read_in_a_group(portal, told, "portal-edu-reader")
    assert not is_read_in_a_group(portal, told, "sync-service")


def may_write(connection: KafkaConnection, topic: str) -> bool:
    producer = KafkaProducer(**connection.options(), max_block_ms=int(SOON_S * 1000))
    try:
        producer.send(topic, b"{}").get(timeout=SOON_S)  # type: ignore[no-untyped-call]  # the stubs say no more
    except TopicAuthorizationFailedError:
        return False
    else:
        return True
    finally:
        producer.close(timeout=1)


def may_read(connection: KafkaConnection, topic: str, patience_s: float) -> bool:
    """Whether a record of the topic comes; a broker tells those without rights to it nothing of the topic at all."""
    consumer = KafkaConsumer(**connection.options(), enable_auto_commit=False, auto_offset_reset="earliest")
    consumer.assign([TopicPartition(topic, 0)])
    try:
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if consumer.poll(timeout_ms=200):
                return True
    except TopicAuthorizationFailedError:
        return False
    finally:
        consumer.close()
    return False


def is_read_in_a_group(connection: KafkaConnection, topics: set[str], group: str) -> bool:
    consumer = KafkaConsumer(
        *topics, **connection.options(), group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        found: set[str] = set()
        deadline = time.monotonic() + 3 * SOON_S
        while found != topics and time.monotonic() < deadline:
            found |= {partition.topic for partition in consumer.poll(timeout_ms=5_000)}  # a short one may lose the join
    except GroupAuthorizationFailedError:
        return False
    else:
        return found == topics
    finally:
        consumer.close()


@pytest.mark.parametrize("listener", ["MUTUAL", "PASSWORD"])
def test_the_simulated_portals_come_in_by_the_same_variables(secured_kafka: SecuredKafka, listener: str) -> None:
    prefix = f"simulated-{listener.lower()}"
    secured_kafka.let_in(prefix)
    KafkaTopics(secured_kafka.administrator).create_topics({f"{prefix}.topic": 1})
    connection = secured_kafka.wires.connection(listener)
    files = connection.certificates
    given = {
        "SECURITY": connection.security,
        "CA_FILE": files.ca,
        "CERT_FILE": files.cert,
        "KEY_FILE": files.key,
        "USER": connection.user,
        "PASSWORD_FILE": connection.password_file,
    }
    security = security_of({f"SYNC_KAFKA_{name}": str(value) for name, value in given.items() if value is not None})
    channel = KafkaChannel(connection.bootstrap, security)
    channel.publish(f"{prefix}.topic", b"k", b"{}")
    channel.flush()
    assert may_read(connection, f"{prefix}.topic", SOON_S)
    channel.close()


WRONG = {
    "an authority that we do not trust": r"its certificate is refused: unable to get local issuer certificate",
    "a certificate whose time is over": r"its certificate is refused: certificate has expired",
    "a certificate of another host": r"its certificate is refused: Hostname mismatch",
    "no certificate of ours": r"it refuses our certificate, or wants one \(SYNC_KAFKA_CERT_FILE\)",
    "a certificate of ours that they do not trust": r"it refuses our certificate",
    "a certificate of ours whose time is over": r"it refuses our certificate",
    "a wrong password": r"it (refuses the sign-in of|ended the connection while we signed in as) sync-service",
    "a user that there is not": r"it (refuses the sign-in of|ended the connection while we signed in as) nobody",
    "TLS where there is none": r"it does not speak TLS there \(SYNC_KAFKA_SECURITY\)",
    "no TLS where there is": r"perhaps it wants TLS or a sign-in: SYNC_KAFKA_SECURITY is plaintext",
    "no sign-in where one is wanted": r"perhaps it wants TLS or a sign-in: SYNC_KAFKA_SECURITY is tls",
}
IN_VAIN = ("no TLS where there is", "no sign-in where one is wanted")
"""Here the broker just ends the connection, as one does that restarts: it is tried until the time is over."""


def wrong_connection(kafka: SecuredKafka, what: str, directory: Path) -> KafkaConnection:
    """A connection that is right but for one thing."""
    wires, others = kafka.wires, Authority(directory / "others")
    guessed = directory / "guessed"
    guessed.write_text("guessed\n")
    foreign = others.issue(SERVICE)
    trusted = CertificateFiles(wires.authority.file)
    changes: dict[str, tuple[str, dict[str, object]]] = {
        "an authority that we do not trust": ("PASSWORD", {"certificates": CertificateFiles(others.file)}),
        "a certificate whose time is over": ("EXPIRED", {}),
        "a certificate of another host": ("ELSEWHERE", {}),
        "no certificate of ours": ("MUTUAL", {"certificates": trusted}),
        "a certificate of ours that they do not trust": (
            "MUTUAL",
            {"certificates": CertificateFiles(trusted.ca, foreign.cert, foreign.key)},
        ),
        "a certificate of ours whose time is over": (
            "MUTUAL",
            {"certificates": wires.authority.issue("old", ended=True)},
        ),
        "a wrong password": ("PASSWORD", {"password_file": guessed}),
        "a user that there is not": ("PASSWORD", {"user": "nobody"}),
        "TLS where there is none": ("MUTUAL", {"bootstrap": kafka.running.bootstrap}),
        "no TLS where there is": ("MUTUAL", {"security": "plaintext", "timeout_ms": 3_000}),
        "no sign-in where one is wanted": (
            "PASSWORD",
            {"security": "tls", "user": None, "password_file": None, "timeout_ms": 3_000},
        ),
    }
    listener, wrong = changes[what]
    return wires.connection(listener, **wrong)


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_one_line_in_time_and_by_every_client(
    secured_kafka: SecuredKafka, what: str, tmp_path: Path
) -> None:
    connection = wrong_connection(secured_kafka, what, tmp_path)
    clients: dict[str, Callable[[], object]] = {
        "doctor": lambda: KafkaTopics(connection).describe(),
        "consumer": lambda: KafkaRecords(Membership(connection=connection), ["t"], FakeApplication()),
        "publisher": lambda: KafkaTopics(connection).send([Outgoing("t", b"{}", key=b"k")]),
        "ends": lambda: KafkaEnds(connection).spans(["t"]),
    }
    for name, reach in clients.items():
        began = time.monotonic()
        with pytest.raises(TransportUnavailable, match=WRONG[what]) as refused:
            reach()
        took_s = time.monotonic() - began
        assert (took_s > connection.timeout_ms / 1000 - 1) == (what in IN_VAIN), (name, took_s)
        assert "\n" not in str(refused.value)
        assert secured_kafka.wires.password not in str(refused.value)
        assert "guessed" not in str(refused.value)
