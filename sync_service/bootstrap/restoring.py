"""What takes backups of the store, puts one in its place, and goes on after it."""

from __future__ import annotations

import time
from contextlib import closing
from importlib.metadata import version
from typing import TYPE_CHECKING, BinaryIO

from sync_service.adapters.key_ring import KeyRing
from sync_service.adapters.postgres_backup import snapshot
from sync_service.adapters.postgres_restore import RestoreTarget
from sync_service.backups.archive import read_manifest, write_archive
from sync_service.backups.manifest import BackupRefused
from sync_service.bootstrap.admitting import Admitting
from sync_service.bootstrap.auditing import Auditing
from sync_service.bootstrap.entering import Entering
from sync_service.bootstrap.surroundings import now
from sync_service.reapplying import Resumption

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zipfile import ZipFile

    from sync_service.backups.archive import Told
    from sync_service.backups.manifest import Manifest
    from sync_service.reapplying import Resumed

SIGNED = "backup manifest"
LEAVE_S = 3.0
LOOK_AGAIN_S = 0.1


class Restoring(Admitting, Auditing, Entering):
    """Backups of one store, and of all that is kept in it."""

    def backup(self, out: BinaryIO, told: Told) -> Manifest:
        """Write everything that is kept, as it is at one moment; whoever runs goes on meanwhile."""
        self.make_tables()
        with snapshot(self.database.conninfo) as taken:
            return write_archive(out, taken, version("sync-service"), self._sign, told)

    def restore(self, archive: ZipFile, may_replace: Callable[[Mapping[str, int]], bool], told: Told) -> Manifest:
        """Put a backup, whose parts were verified, in the place of the store; views are filled afterwards.

        `may_replace` is asked when the store holds rows, which it is told by table; what it says may be dropped is.

        Raises:
            BackupRefused: the store is in use or may not be replaced, or the backup is not what it seems.
            MasterKeyMissing: the master key at hand is not the backup's. In all these cases nothing was changed.
        """
        manifest, digest, signature = read_manifest(archive)
        with RestoreTarget(self.database.conninfo) as target:
            _refuse_while_used(target)
            secrets = target.secrets_in(archive, manifest, self.master_keys)
            if KeyRing(self.database.cursor, lambda: secrets).hashed(SIGNED, digest).hex() != signature:
                raise BackupRefused("its manifest was changed after it was written")
            if (held := target.held()) and not may_replace(held):
                raise BackupRefused("the store holds rows, and they stay: nothing was changed")
            target.clear()
            target.put_secrets(archive, manifest)
            self.make_tables()
            if misfits := target.misfits(manifest):
                raise BackupRefused(*misfits)
            target.put_rows(archive, manifest, told)
        return manifest

    def resume(self, is_stopping: Callable[[], bool] = lambda: False) -> Resumed | None:
        """After a restore, learn what was sent and read again what had come; None if there is nothing to do.

        One process does it, and others wait for that one. Raises TransportUnavailable and SourceChanged.
        """
        with closing(self.leadership("resumption")) as leader:
            while self.restores.restored() is not None and not is_stopping():
                if leader.is_held():
                    return self._resumption().run(is_stopping)
                time.sleep(LOOK_AGAIN_S)
        return None

    def _resumption(self) -> Resumption:
        application = self.application()
        return Resumption(
            book=self.restores,
            sent=self.sent(),
            names=self.names,
            application=application,
            now=now,
            unread=lambda: {end.place: end.end_offset for end in self.sources.ends() if end.unread != 0},
            incoming=lambda: closing(self.records(application, (*self.names.all_in(), *self.names.all_backfill()))),
        )

    def make_tables(self) -> None:
        """Make the tables that are not there: whatever keeps rows makes its own when it is first asked for."""
        _ = self.store, self.views, self.notices, self.rebuilds, self.parts, self.restores
        _ = self.audit, self.credentials, self.sessions

    def _sign(self, digest: str) -> bytes:
        return self.keys.hashed(SIGNED, digest)


def _refuse_while_used(target: RestoreTarget) -> None:
    """Refuse if somebody else is connected; who has just ended may still be seen for a moment."""
    deadline = time.monotonic() + LEAVE_S
    while others := target.others():
        if time.monotonic() > deadline:
            raise BackupRefused(f"the database has {others} other connections: stop every process of the service first")
        time.sleep(LOOK_AGAIN_S)
