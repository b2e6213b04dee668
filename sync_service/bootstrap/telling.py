"""What tells people of their credits by e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.adapters.file_mailer import FileMailer
from sync_service.adapters.smtp_mailer import SmtpMailer, SmtpServer
from sync_service.bootstrap.keeping import Keeping
from sync_service.bootstrap.surroundings import EMBEDDED_MAIL, now
from sync_service.notices.drafting import Drafts
from sync_service.notices.notifier import Notifier, Wishes
from sync_service.notices.planning import Planner
from sync_service.notices.sending import Sender
from sync_service.settings import SettingsError

if TYPE_CHECKING:
    from sync_service.notices.mailing import Mailer


class Telling(Keeping):
    """What plans, writes and sends mails."""

    def mailer(self) -> Mailer:
        """Who delivers e-mails: the mail server, or files as the embedded default; raises SettingsError."""
        if self.settings.smtp_url is None:
            return FileMailer(self.settings.data_dir / EMBEDDED_MAIL, self.keys)
        if "mail_from" not in self.settings.model_fields_set:
            raise SettingsError("SYNC_MAIL_FROM: with a mail server, the address that mails come from is needed")
        try:
            return SmtpMailer(SmtpServer.parse(self.settings.smtp_url), self.settings.smtp_timeout_s)
        except ValueError as error:
            raise SettingsError(f"SYNC_SMTP_URL: {error}") from None

    def planner(self) -> Planner:
        """Decides which credits are to be told by e-mail."""
        return Planner(self.store, self.views, self.notices, now)

    def drafts(self) -> Drafts:
        """Writes the e-mails."""
        return Drafts(self.views, self.notices, self.settings.mail_from)

    def notifier(self, mailer: Mailer) -> Notifier:
        """Tells people of their credits."""
        settings = self.settings
        sender = Sender(self.notices, self.drafts(), mailer, now, settings.notices_retry_after_s)
        wishes = Wishes(settings.notices_since, settings.notices_hold, settings.notices_gather_s)
        return Notifier(self.planner(), sender, wishes)
