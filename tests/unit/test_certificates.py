"""Files of certificates and keys: what is wrong with one is said with its name, and nobody asks for a passphrase."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from sync_service.connecting.certificates import CertificateFiles, CertificatesUnusable
from tests.certificates import Authority

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


def test_a_client_verifies_the_certificate_and_the_name_by_tls_1_2_or_later(authority: Authority) -> None:
    context = authority.issue("sync").client_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) == 1


def test_without_an_authority_that_of_the_operating_system_is_trusted_and_names_are_verified_too() -> None:
    context = CertificateFiles().client_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_key_may_stand_in_the_certificates_file(authority: Authority, tmp_path: Path) -> None:
    own = authority.issue("sync")
    assert own.cert is not None
    assert own.key is not None
    both = tmp_path / "both.pem"
    both.write_bytes(own.key.read_bytes() + own.cert.read_bytes())
    assert CertificateFiles(authority.file, both).server_context().verify_mode is ssl.CERT_NONE


def test_what_is_wrong_with_a_file_is_said_with_its_name(authority: Authority, tmp_path: Path) -> None:
    own, other = authority.issue("sync"), authority.issue("other")
    rubbish, missing = tmp_path / "rubbish.pem", tmp_path / "missing.pem"
    rubbish.write_text("no certificate")
    for files, said in [
        (CertificateFiles(missing), "missing.pem: No such file"),
        (CertificateFiles(tmp_path), "Is a directory"),
        (CertificateFiles(rubbish), "rubbish.pem: there is no certificate of an authority"),
        (CertificateFiles(own.ca, rubbish, own.key), "rubbish.pem: what is needed"),
        (CertificateFiles(own.ca, own.cert, rubbish), "its key in .*rubbish.pem"),
        (CertificateFiles(own.ca, own.cert), "its key in the same file"),
        (CertificateFiles(own.ca, own.cert, other.key), "other.key: the key is not that of .*sync.pem"),
        (CertificateFiles(own.ca, own.cert, missing), "missing.pem: No such file"),
    ]:
        with pytest.raises(CertificatesUnusable, match=said):
            files.client_context()


def test_an_encrypted_key_is_refused_and_nobody_is_asked_at_the_terminal(authority: Authority, tmp_path: Path) -> None:
    own = authority.issue("sync")
    assert own.key is not None
    private = load_pem_private_key(own.key.read_bytes(), password=None)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"nobody knows"))
    )
    with pytest.raises(CertificatesUnusable, match=r"locked\.key: the key is encrypted"):
        CertificateFiles(own.ca, own.cert, locked).client_context()


def test_it_is_known_when_our_own_certificate_ends(authority: Authority) -> None:
    now = datetime.now(UTC)
    ends, ended = authority.issue("sync").expires_at(), authority.issue("old", ended=True).expires_at()
    assert ends is not None
    assert ended is not None
    assert now + timedelta(days=29) < ends
    assert ended < now
    assert CertificateFiles(authority.file).expires_at() is None
