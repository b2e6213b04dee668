"""A real SMTP server answers, and each answer is told as what it means: taken, refused, not reached, or unknown."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from sync_service.adapters.file_mailer import FileMailer, opened_mail, owner_of
from sync_service.adapters.postgres_database import Database
from sync_service.adapters.smtp_mailer import SmtpMailer, SmtpServer
from sync_service.notices.mailing import Mail, MailRefused, MailServerUnavailable, OutcomeUnknown
from sync_service.sealing import KeyDestroyed
from tests.mail_server import TAKEN, MailServer
from tests.master_key import MASTER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = "Здравствуйте!\n.\nстрока\n"


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A server that takes everything."""
    started = MailServer().start()
    yield started
    started.close()


@pytest.fixture
def mailer(server: MailServer) -> Iterator[SmtpMailer]:
    """A mailer that knows the server."""
    made = SmtpMailer(SmtpServer.parse(server.url), timeout_s=30)
    yield made
    made.close()


def mail() -> Mail:
    return Mail(uuid4(), uuid4(), "notices@example.org", "a@example.org", "НМО", TEXT, "<p>Да</p>", datetime.now(UTC))


def test_a_mail_arrives_as_it_was_written(server: MailServer, mailer: SmtpMailer) -> None:
    sent = mail()
    mailer.send(sent)
    (message,) = server.taken
    assert (message["To"], message["Subject"]) == (sent.to, "НМО")
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == TEXT.splitlines()


def test_several_mails_take_one_connection_and_a_lost_one_is_opened_again(
    server: MailServer, mailer: SmtpMailer
) -> None:
    mailer.send(mail())
    mailer.send(mail())
    server.stop()
    server.start()
    mailer.send(mail())
    assert len(server.taken) == 3


@pytest.mark.parametrize("code", [450, 550])
def test_a_refused_recipient_is_a_refusal_and_the_next_mail_goes(
    server: MailServer, mailer: SmtpMailer, code: int
) -> None:
    server.answer_recipient = lambda address: f"{code} {address} is not wanted"
    with pytest.raises(MailRefused) as refused:
        mailer.send(mail())
    assert (refused.value.code, refused.value.is_permanent) == (code, code == 550)
    assert "example.org" not in str(refused.value)
    server.answer_recipient = lambda _: TAKEN
    mailer.send(mail())
    assert len(server.taken) == 1


@pytest.mark.parametrize("code", [452, 554])
def test_a_refused_text_is_a_refusal(server: MailServer, mailer: SmtpMailer, code: int) -> None:
    server.answer_mail = lambda _: f"{code} not this one"
    with pytest.raises(MailRefused) as refused:
        mailer.send(mail())
    assert refused.value.code == code


def test_a_server_that_hangs_up_with_the_mail_leaves_the_outcome_unknown(
    server: MailServer, mailer: SmtpMailer
) -> None:
    server.answer_mail = lambda _: None
    with pytest.raises(OutcomeUnknown):
        mailer.send(mail())


def test_a_server_that_is_not_there_or_is_going_away_is_unavailable(server: MailServer, mailer: SmtpMailer) -> None:
    server.answer_recipient = lambda _: "421 closing"
    with pytest.raises(MailServerUnavailable):
        mailer.send(mail())
    server.stop()
    with pytest.raises(MailServerUnavailable) as unavailable:
        mailer.send(mail())
    assert f"127.0.0.1:{server.port}" in str(unavailable.value)
    with pytest.raises(MailServerUnavailable):
        mailer.probe()


@pytest.mark.parametrize("url", ["http://host", "smtp://", "smtp://host/path", "host:25"])
def test_an_address_of_a_server_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is needed"):
        SmtpServer.parse(url)


def test_an_address_of_a_server_has_its_parts() -> None:
    server = SmtpServer.parse("smtp+starttls://me:p%40ss@mail.example.org")
    assert server == ("smtp+starttls", "mail.example.org", 587, "me", "p@ss")
    assert str(server) == "mail.example.org:587"


def test_mails_are_kept_as_files_that_appear_whole_and_open_with_their_persons_key(
    tmp_path: Path, database_url: str
) -> None:
    with closing(Database(database_url, master=MASTER)) as database:
        keys, sent = database.keys, mail()
        with database.transaction() as cursor:
            keys.writing(cursor, [sent.owner]).insert(cursor)
        mailer = FileMailer(tmp_path / "mail", keys)
        mailer.send(sent)
        mailer.send(sent)
        (path,) = (tmp_path / "mail").iterdir()
        assert path.name.endswith(".eml.sealed")
        assert b"example.org" not in path.read_bytes()
        assert owner_of(path, keys) == sent.owner
        assert b"To: a@example.org\r\n" in opened_mail(path, keys)
        with database.transaction() as cursor:
            keys.destroy(cursor, [sent.owner])
        with pytest.raises(KeyDestroyed):
            opened_mail(path, keys)
