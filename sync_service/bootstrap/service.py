"""The whole service of one process: everything that the settings make."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from sync_service.bootstrap.answering import Answering
from sync_service.bootstrap.auditing import Auditing
from sync_service.bootstrap.backfilling import Backfilling
from sync_service.bootstrap.entering import Entering
from sync_service.bootstrap.listening import Listening
from sync_service.bootstrap.moving import Moving
from sync_service.bootstrap.restoring import Restoring
from sync_service.bootstrap.surroundings import UNAVAILABLE, certificate_as_pdf, now, report_writers
from sync_service.bootstrap.telling import Telling
from sync_service.projections.registry import VIEWS
from sync_service.roles import Roles
from sync_service.supervising import exporting, supervise
from sync_service.working import Working

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.console.ports import Ports


class Service(Restoring, Answering, Backfilling, Moving, Telling, Auditing, Entering, Listening):
    """Everything that the settings make, made when it is first asked for."""

    def console_ports(self, stopping: threading.Event | None = None) -> Ports:
        """What the console's pages ask and write through; `stopping` ends its live streams."""
        from zoneinfo import ZoneInfo  # noqa: PLC0415

        from sync_service.console.ports import Erasures, Ports, Rebuilds  # noqa: PLC0415

        ports = Ports(
            store=self.store,
            views=self.views,
            application=self.application,
            now=now,
            settle=self.settle,
            notices=self.notices,
            zone=ZoneInfo(self.settings.console_zone),
            hosts=(
                self.settings.console_host,
                self.settings.portal_host,
                *self.public_hosts,
                *self.settings.console_hosts,
            ),
            unavailable=UNAVAILABLE,
            ask_again_after_s=tuple(self.settings.ask_again_after_s),
            report_writers=report_writers,
            operators=self.operations,
            stopping=stopping or threading.Event(),
            erasures=Erasures(self.ledger, certificate_as_pdf),
            rebuilds=Rebuilds(tuple(VIEWS), self.rebuilds, self.views),
            doors=self.doors(),
            audit=self.audit,
            mounted=(*self.portal_routes(),),
        )
        return replace(ports, mounted=(*ports.mounted, *self.api_routes(ports)))

    def run(self, roles: Sequence[str], stopping: threading.Event) -> None:
        """Run these roles until told to stop; the first error of any of them ends all, and is raised."""
        _ = self.views, self.notices, self.parts, self.rebuilds, self.sessions
        self.tell_open_wires(self.database)
        known = Roles(self).by_name()
        beside = {"publisher": "replicator", "projections": "rebuilder"}
        wanted = [*roles, *(beside[role] for role in roles if role in beside)]
        self.workings.extend(Working(role) for role in wanted)
        looks = self.sources if {"consumers", "backfill", "console"} & set(wanted) else None
        if {"consumers", "backfill", "publisher", "console"} & set(wanted):
            self.resume(stopping.is_set)
        with exporting(self.workings, self.settings):
            supervise({role: known[role] for role in wanted}, self.workings, stopping, self.parts, looks)
