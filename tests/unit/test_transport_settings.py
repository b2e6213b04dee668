"""The settings of transport fit together, or are refused by name before anything is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_service.bootstrap import Service
from sync_service.settings import SettingsError, load_settings
from tests.certificates import Authority

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SYNC_KAFKA_CA_FILE": "ca.pem"}, "SYNC_KAFKA_SECURITY"),
        ({"SYNC_KAFKA_SECURITY": "tls", "SYNC_KAFKA_KEY_FILE": "key.pem"}, "SYNC_KAFKA_CERT_FILE"),
        ({"SYNC_KAFKA_SECURITY": "sasl_tls"}, "SYNC_KAFKA_USER"),
        ({"SYNC_KAFKA_SECURITY": "sasl_tls", "SYNC_KAFKA_USER": "sync"}, "SYNC_KAFKA_PASSWORD_FILE"),
        ({"SYNC_KAFKA_SECURITY": "tls", "SYNC_KAFKA_USER": "sync"}, "sasl_tls"),
        (
            {
                "SYNC_KAFKA_SECURITY": "sasl_plaintext",
                "SYNC_KAFKA_SASL_MECHANISM": "PLAIN",
                "SYNC_KAFKA_USER": "sync",
                "SYNC_KAFKA_PASSWORD_FILE": "password",
            },
            "PLAIN would send the password",
        ),
        ({"SYNC_DATABASE_CERT_FILE": "cert.pem"}, "SYNC_DATABASE_CA_FILE"),
        ({"SYNC_DATABASE_CA_FILE": "ca.pem", "SYNC_DATABASE_KEY_FILE": "key.pem"}, "SYNC_DATABASE_CERT_FILE"),
        ({"SYNC_CONSOLE_KEY_FILE": "key.pem"}, "SYNC_CONSOLE_CERT_FILE"),
        ({"SYNC_PORTAL_CLIENT_CA_FILE": "ca.pem"}, "SYNC_CONSOLE_CERT_FILE"),
        ({"SYNC_KAFKA_SECURITY": "ssl"}, "SYNC_KAFKA_SECURITY"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused_by_name(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named) as refused:
        load_settings(given)
    assert not str(refused.value).startswith("SYNC_:")


def test_nothing_named_is_nothing_protected_and_nothing_refused() -> None:
    settings = load_settings({})
    assert settings.kafka_security == "plaintext"
    assert settings.portal_port is None


@pytest.mark.parametrize("mode", ["disable", "require", "verify-ca"])
def test_a_connection_string_cannot_undo_the_verification_that_is_set(tmp_path: Path, mode: str) -> None:
    authority = Authority(tmp_path)
    url = f"postgresql://sync@db.example.org/sync?sslmode={mode}"
    service = Service(load_settings({"SYNC_DATABASE_URL": url, "SYNC_DATABASE_CA_FILE": str(authority.file)}))
    with pytest.raises(SettingsError, match=f"sslmode={mode}"):
        service.database_conninfo(url)


def test_with_an_authority_nothing_but_a_verified_database_is_connected_to(tmp_path: Path) -> None:
    own = Authority(tmp_path).issue("sync")
    given = {"CA": own.ca, "CERT": own.cert, "KEY": own.key}
    service = Service(load_settings({f"SYNC_DATABASE_{name}_FILE": str(file) for name, file in given.items()}))
    conninfo = service.database_conninfo("postgresql://sync@db.example.org/sync")
    assert f"sslmode=verify-full sslrootcert={own.ca} sslcert={own.cert} sslkey={own.key}" in conninfo
    assert Service(load_settings({})).database_conninfo("host=db") == "host=db"


def test_a_file_that_is_not_there_is_a_wrong_setting_and_names_itself(tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    service = Service(load_settings({"SYNC_KAFKA_SECURITY": "tls", "SYNC_KAFKA_CA_FILE": str(missing)}))
    with pytest.raises(SettingsError, match=r"missing\.pem: No such file"):
        _ = service.kafka_connection


def test_a_password_is_in_its_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("very secret\nwhat follows is not read\n")
    given = {"SECURITY": "sasl_tls", "USER": "sync", "PASSWORD_FILE": str(file)}
    service = Service(load_settings({f"SYNC_KAFKA_{name}": value for name, value in given.items()}))
    assert service.kafka_connection.options()["sasl_plain_password"] == "very secret"
    assert "secret" not in repr(service.kafka_connection)
    file.write_text("\n")
    with pytest.raises(ValueError, match="empty"):
        service.kafka_connection.options()


def test_every_topic_is_kept_for_as_long_as_it_is_set_and_no_longer() -> None:
    given = {"SYNC_KAFKA_RETENTION_IN_H": "24", "SYNC_KAFKA_RETENTION_OUT_H": "48", "SYNC_KAFKA_RETENTION_DLQ_H": "12"}
    service = Service(load_settings(given))
    kept_h = service.retention_h(service.names)
    assert kept_h.keys() == {*service.names.all_in(), *service.names.all_backfill(), *service.names.all_out()}
    assert kept_h["nmo.edu.events.v1"] == 24
    assert kept_h["nmo.edu.outcomes.v1"] == 48
    assert kept_h["nmo.edu.events.v1.dlq"] == 12
