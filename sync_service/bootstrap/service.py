"""The whole service of one process: everything that the settings make."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING

from sync_service.bootstrap.moving import Moving
from sync_service.bootstrap.surroundings import UNAVAILABLE, now, report_writers
from sync_service.bootstrap.telling import Telling
from sync_service.projections.registry import VIEWS
from sync_service.roles import Roles
from sync_service.settings import SettingsError
from sync_service.supervising import exporting, supervise
from sync_service.working import Working

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from sync_service.console.ports import Ports


class Service(Moving, Telling):
    """Everything that the settings make, made when it is first asked for."""

    @cached_property
    def listening(self) -> socket.socket:
        """Where the console listens, bound; raises SettingsError, or OSError if the port is taken."""
        from sync_service.console.serving import is_loopback, listen  # noqa: PLC0415

        if not (is_loopback(self.settings.console_host) or self.settings.console_allow_remote):
            raise SettingsError(
                "SYNC_CONSOLE_HOST: others could reach the console, and nothing protects it yet; where something does,"
                " set SYNC_CONSOLE_ALLOW_REMOTE (or --allow-remote)"
            )
        return listen(self.settings.console_host, self.settings.console_port)

    def console_ports(self, stopping: threading.Event | None = None) -> Ports:
        """What the console's pages ask and write through; `stopping` ends its live streams."""
        from zoneinfo import ZoneInfo  # noqa: PLC0415

        from sync_service.console.ports import Ports, Rebuilds  # noqa: PLC0415

        return Ports(
            store=self.store,
            views=self.views,
            application=self.application,
            now=now,
            settle=self.settle,
            notices=self.notices,
            zone=ZoneInfo(self.settings.console_zone),
            hosts=(self.settings.console_host, *self.settings.console_hosts),
            unavailable=UNAVAILABLE,
            ask_again_after_s=tuple(self.settings.ask_again_after_s),
            report_writers=report_writers,
            operators=self.operations,
            stopping=stopping or threading.Event(),
            rebuilds=Rebuilds(tuple(VIEWS), self.rebuilds, self.views),
        )

    def run(self, roles: Sequence[str], stopping: threading.Event) -> None:
        """Run these roles until told to stop; the first error of any of them ends all, and is raised."""
        _ = self.views, self.notices, self.parts, self.rebuilds
        known = Roles(self).by_name()
        beside = {"publisher": "replicator", "projections": "rebuilder"}
        wanted = [*roles, *(beside[role] for role in roles if role in beside)]
        self.workings.extend(Working(role) for role in wanted)
        looks = self.sources if {"consumers", "console"} & set(wanted) else None
        with exporting(self.workings, self.settings):
            supervise({role: known[role] for role in wanted}, self.workings, stopping, self.parts, looks)
