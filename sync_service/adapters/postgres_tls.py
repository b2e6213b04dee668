"""TLS to PostgreSQL: what the settings add to a connection string, and what protects a connection that there is."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sync_service.connecting.certificates import CertificateFiles

if TYPE_CHECKING:
    from sync_service.adapters.postgres_database import Database

VERIFIED = "verify-full"
POSTGRES_PORT = 5432
ASK_TIMEOUT_S = 3.0
ASK_FOR_TLS = bytes.fromhex("0000000804d2162f")
"""The first message of a client of PostgreSQL that wants TLS."""


class WeakerThanSet(ValueError):
    """The connection string asks for less than the settings do; the message says what."""


def verified_conninfo(conninfo: str, certificates: CertificateFiles) -> str:
    """The connection string with `verify-full` and our files, as it is if there are none.

    A string that is none is given back as it is, for whoever connects to complain of.

    Raises:
        WeakerThanSet: it asks for another `sslmode`.
    """
    if certificates.ca is None:
        return conninfo
    try:
        asked = conninfo_to_dict(conninfo).get("sslmode", VERIFIED)
    except psycopg.ProgrammingError:
        return conninfo
    if asked != VERIFIED:
        raise WeakerThanSet(f"SYNC_DATABASE_URL says sslmode={asked}, SYNC_DATABASE_CA_FILE means {VERIFIED}")
    files = {
        "sslrootcert": certificates.ca,
        "sslcert": certificates.cert,
        "sslkey": certificates.key or certificates.cert,
    }
    return make_conninfo(conninfo, sslmode=VERIFIED, **{name: str(file) for name, file in files.items() if file})


def certificate_fault(conninfo: str) -> str | None:
    """Why the server's certificate is refused, which libpq does not say; None if it is not, or cannot be asked."""
    parts = conninfo_to_dict(conninfo)
    host, port = str(parts.get("host", "")), int(parts.get("port") or POSTGRES_PORT)
    authority = parts.get("sslrootcert")
    try:
        with socket.create_connection((host, port), timeout=ASK_TIMEOUT_S) as connection:
            connection.sendall(ASK_FOR_TLS)
            if connection.recv(1) == b"S":
                context = CertificateFiles(Path(str(authority)) if authority else None).client_context()
                context.wrap_socket(connection, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except (OSError, ValueError):
        pass
    return None


class DatabaseProtection(msgspec.Struct, frozen=True):
    """What protects the connection to the database, in a few words for operators too."""

    host: str
    is_encrypted: bool
    words: str


def protection_of(database: Database) -> DatabaseProtection:
    """Look at a connection; raises StoreUnavailable."""
    with database.connection() as connection:
        host, encrypted = connection.info.host, connection.pgconn.ssl_in_use
        mode = connection.info.get_parameters().get("sslmode")
        row = connection.execute(b"SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    if host.startswith("/"):
        return DatabaseProtection("localhost", is_encrypted=False, words="by a socket of this machine")
    if not encrypted:
        return DatabaseProtection(host, is_encrypted=False, words="not encrypted (SYNC_DATABASE_CA_FILE)")
    verified = "the server's certificate is verified"
    if mode != VERIFIED:
        verified = "but the server's certificate is not verified (SYNC_DATABASE_CA_FILE)"
    version = row["version"] if isinstance(row, dict) else "TLS"
    return DatabaseProtection(host, is_encrypted=True, words=f"{version}, {verified}")
