"""What an e-mail is, the port that sends one, and how sending can fail."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Protocol
from uuid import UUID

import msgspec

_USABLE = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,253}$)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_PERMANENT = 500


class Mail(msgspec.Struct, frozen=True):
    """One e-mail to one address. The id stays the same as long as it tells of the same credits.

    `owner` is the specialist's stream, whose key seals the mail where it is kept.
    """

    id: UUID
    owner: UUID
    sender: str
    to: str
    subject: str
    text: str
    html: str
    written_at: datetime


class MailServerUnavailable(RuntimeError):
    """The mail server could not be reached, or took nothing from us: the mail was certainly not taken."""


class MailRefused(RuntimeError):
    """The mail server refused this mail; `code` is its answer. It was certainly not taken."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the mail server answered {code}")
        self.code = code

    @property
    def is_permanent(self) -> bool:
        """Whether the server says that it will never take it (5xx)."""
        return self.code >= _PERMANENT


class OutcomeUnknown(RuntimeError):
    """The connection was lost while the server had the mail and had not answered yet: it may arrive, or not."""


class Mailer(Protocol):
    """Hands mails to whoever delivers them."""

    def send(self, mail: Mail) -> None:
        """Return once the mail is taken; raises MailServerUnavailable, MailRefused or OutcomeUnknown."""

    def probe(self) -> str:
        """Reach the server without sending, and say where it is; raises MailServerUnavailable."""

    def close(self) -> None:
        """Let go of what is held open."""


def usable_address(address: str) -> str | None:
    """The address as it can stand in a header and in SMTP, its domain in ASCII; None if it cannot."""
    local, _, domain = address.strip().rpartition("@")
    try:
        found = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return None
    return found if _USABLE.fullmatch(found) and not found.startswith(".") else None


def message_of(mail: Mail) -> EmailMessage:
    """The message: plain text with an HTML alternative, marked as made by a machine so that nobody answers it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("Уведомления НМО", addr_spec=mail.sender)
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = mail.written_at
    message["Message-ID"] = f"<{mail.id}@{mail.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="base64")
    message.add_alternative(mail.html, subtype="html", cte="base64")
    message["Content-Language"] = "ru"
    return message
