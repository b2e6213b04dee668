"""Hands mails to an SMTP server, and tells a mail that was certainly not taken from one whose outcome is unknown."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from sync_service.notices.mailing import MailRefused, MailServerUnavailable, OutcomeUnknown, message_of

if TYPE_CHECKING:
    from sync_service.notices.mailing import Mail

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
OK, GO_AHEAD = 250, 354
ANSWERS = frozenset((2, 4, 5))
CLOSING = 421
"""The server says that it is about to go, whatever it was asked."""
_LEADING_DOT = re.compile(rb"(?m)^\.")


class SmtpServer(NamedTuple):
    """Where the server is, how the connection is protected, and who we are there."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str

    @classmethod
    def parse(cls, url: str) -> SmtpServer:
        """Read `smtp://`, `smtp+starttls://` or `smtps://[user:password@]host[:port]`; raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or parts.path not in {"", "/"}:
            raise ValueError(
                f"an address such as smtp+starttls://user:password@host:{PORTS['smtp+starttls']} is needed"
            )
        user = unquote(parts.username) if parts.username else None
        port = parts.port or PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname, port, user, unquote(parts.password or ""))

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class SmtpMailer:
    """Fits Mailer. Keeps one connection as long as mails follow each other."""

    def __init__(self, server: SmtpServer, timeout_s: float) -> None:
        self._server = server
        self._timeout_s = timeout_s
        self._smtp: smtplib.SMTP | None = None

    def send(self, mail: Mail) -> None:
        """Return once the server has taken the mail.

        Up to the server's readiness for the text, whatever goes wrong, the mail was not taken. From then until its
        answer nobody can know.
        """
        text = _LEADING_DOT.sub(b"..", message_of(mail).as_bytes())
        smtp = self._connected()
        try:
            self._ask(smtp, *smtp.mail(mail.sender))
            self._ask(smtp, *smtp.rcpt(mail.to))
            self._ask(smtp, *smtp.docmd("DATA"), expected=GO_AHEAD)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise self._unavailable(error) from None
        try:
            smtp.send(text + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            code, _ = smtp.getreply()
        except (OSError, smtplib.SMTPException):
            self._drop()
            raise OutcomeUnknown("the connection was lost while the server had the mail") from None
        if code // 100 not in ANSWERS:
            self._drop()
            raise OutcomeUnknown("the server's answer to the mail is none")
        self._ask(smtp, code)

    def probe(self) -> str:
        """Reach the server without sending; raises MailServerUnavailable."""
        self._connected()
        self.close()
        return f"SMTP at {self._server}"

    def close(self) -> None:
        """Take leave of the server."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()

    def _ask(self, smtp: smtplib.SMTP, code: int, _said: bytes = b"", expected: int = OK) -> None:
        """Check an answer; what the server said is not kept, for it repeats addresses."""
        if code == expected or (expected == OK and code // 100 == OK // 100):
            return
        if code in {CLOSING, -1}:
            self._drop()
            raise MailServerUnavailable(f"the mail server {self._server} is going away ({CLOSING})")
        with suppress(OSError, smtplib.SMTPException):
            smtp.rset()
        raise MailRefused(code)

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                if self._smtp.noop()[0] == OK:
                    return self._smtp
            self._drop()
        try:
            self._smtp = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise self._unavailable(error) from None
        return self._smtp

    def _connect(self) -> smtplib.SMTP:
        """A connection, protected and signed in; an answer that refuses us is no refusal of a mail."""
        server = self._server
        context = ssl.create_default_context()
        smtp: smtplib.SMTP
        if server.scheme == "smtps":
            smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout_s, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._timeout_s)
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.scheme == "smtp+starttls":
                smtp.starttls(context=context)
            if server.user is not None:
                smtp.login(server.user, server.password)
        except (OSError, smtplib.SMTPException):
            smtp.close()
            raise
        return smtp

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _unavailable(self, error: Exception) -> MailServerUnavailable:
        why = f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()
        return MailServerUnavailable(f"the mail server {self._server} cannot be reached: {why}")
