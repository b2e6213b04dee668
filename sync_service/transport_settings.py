"""The settings of how others are reached and reach us: TLS, certificates, sign-in to Kafka and PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field, model_validator

from sync_service.connecting.kafka_connection import Mechanism, Security

if TYPE_CHECKING:
    from typing import Self


class TransportSettings(BaseModel):
    """How connections are protected, to whatever side. All files are PEM; keys and passwords only ever in files."""

    kafka_security: Security = "plaintext"
    """How Kafka is reached: with or without TLS, and with or without a sign-in by name and password (`sasl_…`)."""
    kafka_ca_file: Path | None = None
    """The authority that signs the brokers' certificates; without it those that the operating system trusts."""
    kafka_cert_file: Path | None = None
    """Our certificate for Kafka, where brokers ask for one."""
    kafka_key_file: Path | None = None
    """Its key, not encrypted; without this setting it is in the certificate's file."""
    kafka_sasl_mechanism: Mechanism = "SCRAM-SHA-512"
    """How to sign in to Kafka; `PLAIN` sends the password itself, and needs TLS."""
    kafka_user: str | None = None
    """As whom to sign in to Kafka."""
    kafka_password_file: Path | None = None
    """The file whose first line is the password for Kafka."""
    kafka_retention_in_h: Annotated[int, Field(ge=1, le=87_600)] = 168
    """For how long `topics create` has Kafka keep what comes in (hours); an erased person may be in it for so long."""
    kafka_retention_out_h: Annotated[int, Field(ge=1, le=87_600)] = 168
    """For how long `topics create` has Kafka keep replicas and outcomes (hours)."""
    kafka_retention_dlq_h: Annotated[int, Field(ge=1, le=87_600)] = 720
    """For how long `topics create` has Kafka keep the sealed copies of parked messages (hours)."""
    database_ca_file: Path | None = None
    """The authority that signs the database's certificate: with it, nothing but a verified one is connected to."""
    database_cert_file: Path | None = None
    """Our certificate for the database, where it asks for one; needs `SYNC_DATABASE_CA_FILE`."""
    database_key_file: Path | None = None
    """Its key, not encrypted and readable by its owner alone; without this setting it is in the certificate's file."""
    console_cert_file: Path | None = None
    """The certificate of the console and the other HTTP doors, with those in between: they then speak TLS alone."""
    console_key_file: Path | None = None
    """Its key, not encrypted; without this setting it is in the certificate's file."""
    portal_client_ca_file: Path | None = None
    """The authority of portals' own certificates: the portals' door asks for one and verifies it (mutual TLS)."""
    portal_host: str = "127.0.0.1"
    """Where the portals' own door listens if `SYNC_PORTAL_PORT` gives it one."""
    portal_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """A port for `/portal/…` alone; without it portals come by the console's, which then asks for certificates too."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        faults = [fault for fault in (_kafka_fault(self), _database_fault(self), _console_fault(self)) if fault]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _kafka_fault(settings: TransportSettings) -> str | None:
    """What does not fit together in the settings for Kafka."""
    encrypted, signs_in = settings.kafka_security.endswith("tls"), settings.kafka_security.startswith("sasl_")
    if not encrypted and (settings.kafka_ca_file or settings.kafka_cert_file or settings.kafka_key_file):
        return "SYNC_KAFKA_SECURITY is without TLS, but files for TLS are set: use tls or sasl_tls"
    if settings.kafka_key_file and not settings.kafka_cert_file:
        return "SYNC_KAFKA_KEY_FILE needs SYNC_KAFKA_CERT_FILE"
    if signs_in and not (settings.kafka_user and settings.kafka_password_file):
        return f"SYNC_KAFKA_SECURITY={settings.kafka_security} needs SYNC_KAFKA_USER and SYNC_KAFKA_PASSWORD_FILE"
    if not signs_in and (settings.kafka_user or settings.kafka_password_file):
        return "SYNC_KAFKA_SECURITY is without a sign-in, but a user or password is set: use sasl_tls"
    if settings.kafka_security == "sasl_plaintext" and settings.kafka_sasl_mechanism == "PLAIN":
        return "SYNC_KAFKA_SASL_MECHANISM=PLAIN would send the password readable to anyone: use sasl_tls"
    return None


def _database_fault(settings: TransportSettings) -> str | None:
    """What does not fit together in the settings for the database."""
    if settings.database_key_file and not settings.database_cert_file:
        return "SYNC_DATABASE_KEY_FILE needs SYNC_DATABASE_CERT_FILE"
    if settings.database_cert_file and not settings.database_ca_file:
        return "SYNC_DATABASE_CERT_FILE needs SYNC_DATABASE_CA_FILE"
    return None


def _console_fault(settings: TransportSettings) -> str | None:
    """What does not fit together in the settings for the HTTP doors."""
    if settings.console_key_file and not settings.console_cert_file:
        return "SYNC_CONSOLE_KEY_FILE needs SYNC_CONSOLE_CERT_FILE"
    if settings.portal_client_ca_file and not settings.console_cert_file:
        return "SYNC_PORTAL_CLIENT_CA_FILE needs SYNC_CONSOLE_CERT_FILE: certificates are shown by TLS alone"
    return None
