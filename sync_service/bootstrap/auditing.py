"""What proves who looked at whom: the audit log, with its key and its anchor."""

from __future__ import annotations

from functools import cached_property

from sync_service.adapters.audit_anchor import AnchorFile
from sync_service.adapters.postgres_audit import PostgresAudit
from sync_service.bootstrap.keeping import Keeping
from sync_service.bootstrap.surroundings import AUDIT_ANCHOR, now

CHAIN = "audit chain"


class Auditing(Keeping):
    """What records looks."""

    @cached_property
    def audit(self) -> PostgresAudit:
        """The audit log; what is shown to anybody is recorded here first."""
        _ = self.store
        anchor = self.settings.audit_anchor or self.kept_beside(AUDIT_ANCHOR)
        audit = PostgresAudit(self.database, self.keys.derived(CHAIN), AnchorFile(anchor), now)
        audit.migrate()
        return audit
