"""PostgreSQL by TLS: verified in both directions, and one clear line where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_service.adapters.postgres_database import StoreUnavailable
from sync_service.bootstrap import Service
from sync_service.connecting.certificates import CertificateFiles
from sync_service.settings import Settings
from tests.certificates import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.secured_postgres import SecuredPostgres


@pytest.fixture
def database(secured_postgres: SecuredPostgres) -> Iterator[SecuredPostgres]:
    """The server under its good certificate, before and after."""
    yield secured_postgres
    secured_postgres.show(secured_postgres.authority.issue("database"))


def service_at(url: str, files: CertificateFiles, directory: Path) -> Service:
    given = {"database_ca_file": files.ca, "database_cert_file": files.cert, "database_key_file": files.key}
    settings = {"data_dir": directory, "database_url": url, "database_timeout_s": 3}
    return Service(Settings.model_validate(settings | given))


def complaint(url: str, files: CertificateFiles, directory: Path) -> str:
    with pytest.raises(StoreUnavailable) as refused:
        _ = service_at(url, files, directory).store.head()
    return str(refused.value)


def test_a_store_is_made_and_read_by_a_verified_connection(secured_postgres: SecuredPostgres, tmp_path: Path) -> None:
    service = service_at(secured_postgres.fresh(), CertificateFiles(secured_postgres.authority.file), tmp_path)
    assert service.store.head() == 0
    assert service.views.names()
    protection = service.protection_of(service.database)
    assert protection.is_encrypted
    assert protection.words == "TLSv1.3, the server's certificate is verified"


def test_our_certificate_is_our_password(secured_postgres: SecuredPostgres, tmp_path: Path) -> None:
    own = secured_postgres.authority.issue("certified")
    assert service_at(secured_postgres.fresh("certified"), own, tmp_path).store.head() == 0


def test_an_unverified_connection_is_said_to_be_one(secured_postgres: SecuredPostgres, tmp_path: Path) -> None:
    service = service_at(secured_postgres.fresh(), CertificateFiles(), tmp_path)
    protection = service.protection_of(service.database)
    assert protection.is_encrypted
    assert "not verified (SYNC_DATABASE_CA_FILE)" in protection.words


def test_what_is_wrong_with_us_is_said_in_one_line(secured_postgres: SecuredPostgres, tmp_path: Path) -> None:
    url, authority, others = secured_postgres.fresh(), secured_postgres.authority, Authority(tmp_path / "others")
    certified, foreign = secured_postgres.fresh("certified"), others.issue("certified")
    trusted = CertificateFiles(authority.file)
    for wrong_url, files, said in [
        (
            url,
            CertificateFiles(others.file),
            "certificate verify failed (self-signed certificate in certificate chain)",
        ),
        (url.replace(secured_postgres.password, "guessed"), trusted, "password authentication failed"),
        (certified, trusted, "requires a valid client certificate"),
        (certified, authority.issue("somebody"), "certificate authentication failed"),
        (certified, CertificateFiles(authority.file, foreign.cert, foreign.key), "unknown ca"),
        (certified, authority.issue("certified", ended=True), "certificate expired"),
    ]:
        text = complaint(wrong_url, files, tmp_path)
        assert said in text
        assert text.startswith(f"the database localhost:{secured_postgres.port}/")
        assert "\n" not in text
        assert "guessed" not in text
        assert secured_postgres.password not in text


def test_what_is_wrong_with_the_server_is_said_in_one_line(database: SecuredPostgres, tmp_path: Path) -> None:
    url, authority = database.fresh(), database.authority
    trusted = CertificateFiles(authority.file)
    database.show(authority.issue("old-database", ended=True))
    assert "certificate verify failed (certificate has expired)" in complaint(url, trusted, tmp_path)
    database.show(authority.issue("other-database", "db.example.org"))
    assert 'certificate for "db.example.org" does not match host name "localhost"' in complaint(url, trusted, tmp_path)
