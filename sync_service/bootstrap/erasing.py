"""What an erasure reaches outside the database: files, and the ledger."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sync_service.adapters.erasure_ledger import FileLedger
from sync_service.adapters.outside_files import OutsideFiles
from sync_service.bootstrap.keeping import Keeping
from sync_service.bootstrap.surroundings import EMBEDDED_MAIL, EMBEDDED_TOPICS, LEDGER

if TYPE_CHECKING:
    from sync_service.erasures.ledger import Ledger


class Erasing(Keeping):
    """The ledger of erasures, and what is cleaned beside the database."""

    @cached_property
    def ledger(self) -> Ledger:
        """Which erasures were carried out: a file that no restore touches."""
        return FileLedger(self.settings.erasure_ledger or self.kept_beside(LEDGER))

    @property
    def outside(self) -> OutsideFiles:
        """The topic files and mails of the embedded default."""
        data_dir = self.settings.data_dir
        return OutsideFiles(
            self.database, self.store, self.ledger, data_dir / EMBEDDED_TOPICS, data_dir / EMBEDDED_MAIL
        )
