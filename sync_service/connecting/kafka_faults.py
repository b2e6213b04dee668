"""Remembers why connections to Kafka's brokers fail: the library itself tells its log only, and tries on."""

from __future__ import annotations

import os
import re
import ssl
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_service.connecting.kafka_connection import KafkaConnection

REFUSALS = frozenset(("SaslAuthenticationFailedError", "UnsupportedSaslMechanismError", "IllegalSaslStateError"))
"""The library's errors, by name, when a broker refuses a sign-in."""

UNREACHED = frozenset(("KafkaTimeoutError", "KafkaConnectionError", "NodeNotReadyError", "RequestTimedOutError"))
"""The library's errors, by name, that say no more than that nothing came about in time."""

OUT_OF_TIME = frozenset(("KafkaTimeoutError", "RequestTimedOutError"))
"""The last try is often cut off by the end of the time: what the one before it said is worth more."""

CUT_OFF = "Connection timed out"
"""The same of a try that is cut off while it connects, by an error of another name. From a broker that had let us in it
means that it does not answer."""

NO_TLS = frozenset(("WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"))
"""What OpenSSL says when the other side speaks something else."""

ENDED = "socket disconnected"
ENDED_MAX = 3
"""A refused sign-in often shows as an end of the connection, for the library reads the answer and the end at once."""

SYSTEM_ERROR = re.compile(r"^KafkaConnectionError: (?:unable to connect: )?|\b(\d+) E[A-Z]+\b")
"""What the library puts before, and how it writes an error of the operating system, such as `111 ECONNREFUSED`."""


class BrokersRefuse(OSError):
    """Every broker that the settings name refuses us, and will at the next try too."""


class _Fault(msgspec.Struct, frozen=True):
    """Why a connection failed; not the error itself, which would hold on to the socket."""

    sentence: str
    is_for_good: bool


class BrokerFaults:
    """Makes the library's network client, and keeps each broker's last fault until a connection to it comes about.

    A start at which every broker named in the settings refuses us for good (a certificate, a password) ends at once
    with that error, where the library would try on until its time is over. Passed to a client as `kafka_client`.
    """

    def __init__(self, connection: KafkaConnection, client_class: Callable[..., Any]) -> None:
        self._connection, self._client_class = connection, client_class
        self._clients: list[Any] = []
        self._faults: dict[str, _Fault] = {}
        self._ended: dict[str, int] = {}
        self._was_let_in = False

    def __call__(self, **settings: object) -> Any:  # noqa: ANN401 - the library's own class
        """Make the network client."""
        client = self._client_class(**settings)
        client.cluster.config["allow_auto_create_topics"] = False  # its own option of that name does not get there
        self._watch(vars(client)["_manager"])
        self._clients.append(client)
        return client

    @property
    def cluster(self) -> Any:  # noqa: ANN401 - the library's own class
        """The metadata that the network client keeps."""
        return self._clients[0].cluster

    @property
    def reason(self) -> str | None:
        """In one line, why the last connection failed; None if none has since one came about."""
        return next((f"{server}: {self._faults[server].sentence}" for server in reversed(self._faults)), None)

    def said(self, error: Exception) -> str:
        """In one line, what lies behind an error: the connection that failed, or what a broker answered."""
        if type(error).__name__ in UNREACHED:
            waited_s = self._connection.timeout_ms / 1000
            return self.reason or f"it takes connections, but did not do within {waited_s:g} s what was asked ({error})"
        return str(error)

    def close(self) -> None:
        """Leave no thread and no connection behind, where no client came about."""
        for client in self._clients:
            client.close()

    def _watch(self, manager: Any) -> None:  # noqa: ANN401 - the library's own class
        connect = manager.get_connection

        def get_connection(node_id: object, *args: object, **options: object) -> Any:  # noqa: ANN401
            self._give_up_if_refused(manager)
            connection = connect(node_id, *args, **options)
            node = manager.cluster.broker_metadata(node_id)
            if node is not None and not connection.init_future.is_done:
                server = f"{node.host}:{node.port}"
                connection.init_future.add_callback(lambda _: self._let_in(server, connection))
                connection.init_future.add_errback(lambda error: self._failed(server, error))
            return connection

        manager.get_connection = get_connection

    def _let_in(self, server: str, connection: Any) -> None:  # noqa: ANN401 - the library's own class
        connection.close_future.add_errback(lambda error: self._failed(server, error))
        self._was_let_in = True
        self._faults.pop(server, None)
        self._ended.pop(server, None)

    def _failed(self, server: str, error: BaseException) -> None:
        self._ended[server] = self._ended.get(server, 0) + (ENDED in str(error))
        known = self._faults.get(server)
        is_cut_off = error.args == (CUT_OFF,) and not self._was_let_in
        says_less = is_cut_off or type(error).__name__ in OUT_OF_TIME
        if known is None or not (known.is_for_good or says_less):
            self._faults.pop(server, None)  # the last to fail stands last
            self._faults[server] = _Fault(self._sentence(error), self._is_for_good(server, error))

    def _give_up_if_refused(self, manager: Any) -> None:  # noqa: ANN401 - the library's own class
        """At the start, raise what the brokers say if all of them refuse us for good."""
        servers = [f"{node.host}:{node.port}" for node in manager.cluster.bootstrap_brokers()]
        refused = [server for server in servers if server in self._faults and self._faults[server].is_for_good]
        if not self._was_let_in and len(refused) == len(servers):
            raise BrokersRefuse(self.reason)

    def _is_for_good(self, server: str, error: BaseException) -> bool:
        if type(error).__name__ in REFUSALS or any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
            return True
        return self._connection.signs_in and self._ended[server] >= ENDED_MAX

    def _sentence(self, error: BaseException) -> str:
        """What an error means, without secrets: a certificate, a sign-in, or the network."""
        told = next(filter(None, map(_of_tls, _causes(error))), None)
        if told is not None:
            return told
        text = SYSTEM_ERROR.sub(lambda found: os.strerror(int(found[1])) if found[1] else "", str(error))
        who = f"{self._connection.user} by {self._connection.mechanism}"
        if type(error).__name__ in REFUSALS:
            return f"it refuses the sign-in of {who}: {error.args[0] if error.args else text}"
        if self._connection.signs_in and ENDED in text:
            return f"it ended the connection while we signed in as {who}: name, password or mechanism may be wrong"
        if ENDED in text or "frame length" in text:
            return f"{text}; perhaps it wants TLS or a sign-in: SYNC_KAFKA_SECURITY is {self._connection.security}"
        return text


def _of_tls(cause: BaseException) -> str | None:
    """What an error of TLS means; None for other errors."""
    match cause:
        case ssl.SSLCertVerificationError():
            return f"its certificate is refused: {cause.verify_message}"
        case ssl.SSLError(reason=str(reason)) if "ALERT" in reason:
            return (
                f"it refuses our certificate, or wants one (SYNC_KAFKA_CERT_FILE): {reason.lower().replace('_', ' ')}"
            )
        case ssl.SSLError(reason=str(reason)) if reason in NO_TLS:
            return "it does not speak TLS there (SYNC_KAFKA_SECURITY)"
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what the library wrapped into it."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and cause not in seen:
            seen.append(cause)
            yield cause
            waiting += [cause.__cause__, cause.__context__, *cause.args]
