"""How others are reached, from the settings: Kafka's brokers and the database; and a word if others can read along."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import structlog

from sync_service.adapters.postgres_tls import WeakerThanSet, protection_of, verified_conninfo
from sync_service.bootstrap.surroundings import MS
from sync_service.connecting.certificates import CertificateFiles, CertificatesUnusable
from sync_service.connecting.kafka_connection import KafkaConnection
from sync_service.settings import SettingsError

if TYPE_CHECKING:
    from sync_service.adapters.postgres_database import Database
    from sync_service.adapters.postgres_tls import DatabaseProtection
    from sync_service.settings import Settings
    from sync_service.topic_names import TopicNames

log = structlog.get_logger(__name__)


class Connecting:
    """The connections, with what protects them; nothing is reached yet."""

    settings: Settings

    @cached_property
    def kafka_connection(self) -> KafkaConnection:
        """How Kafka is reached, if the settings name it; raises SettingsError for a file that cannot be used."""
        settings = self.settings
        connection = KafkaConnection(
            bootstrap=settings.kafka_bootstrap or "",
            timeout_ms=int(settings.kafka_timeout_s * MS),
            security=settings.kafka_security,
            certificates=CertificateFiles(settings.kafka_ca_file, settings.kafka_cert_file, settings.kafka_key_file),
            mechanism=settings.kafka_sasl_mechanism,
            user=settings.kafka_user,
            password_file=settings.kafka_password_file,
        )
        try:
            connection.options()
        except CertificatesUnusable as error:
            raise SettingsError(str(error)) from None
        return connection

    @property
    def database_certificates(self) -> CertificateFiles:
        """Whom we trust as the database, and who we are to it."""
        settings = self.settings
        return CertificateFiles(settings.database_ca_file, settings.database_cert_file, settings.database_key_file)

    def database_conninfo(self, url: str) -> str:
        """The connection string of one's own database, with TLS as set; raises SettingsError."""
        try:
            self.database_certificates.client_context()
            return verified_conninfo(url, self.database_certificates)
        except (CertificatesUnusable, WeakerThanSet) as error:
            raise SettingsError(str(error)) from None

    def retention_h(self, names: TopicNames) -> dict[str, int]:
        """For how long Kafka is to keep each topic (hours)."""
        settings = self.settings
        kept_h = dict.fromkeys((*names.all_in(), *names.all_backfill()), settings.kafka_retention_in_h)
        for name in names.all_out():
            is_copy = names.is_dead_letters(name)
            kept_h[name] = settings.kafka_retention_dlq_h if is_copy else settings.kafka_retention_out_h
        return kept_h

    def protection_of(self, database: Database) -> DatabaseProtection:
        """What protects the connections to the database; raises StoreUnavailable."""
        return protection_of(database)

    def tell_open_wires(self, database: Database) -> None:
        """Log a warning for each connection to another machine that anybody on the way can read."""
        from sync_service.console.serving import is_loopback  # noqa: PLC0415 - the rule stands there

        servers = (self.settings.kafka_bootstrap or "localhost:").split(",")
        if not (self.kafka_connection.is_encrypted or all(is_loopback(one.rpartition(":")[0]) for one in servers)):
            log.warning("kafka.unencrypted", bootstrap=self.settings.kafka_bootstrap)
        protection = self.protection_of(database)
        if not (protection.is_encrypted or is_loopback(protection.host)):
            log.warning("database.unencrypted", host=protection.host)
