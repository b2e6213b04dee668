"""What each role of a deployment does until it is told to stop, over what the service is made of."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import structlog

from sync_service import replication
from sync_service.projections import rebuild_orders
from sync_service.projections.registry import VIEWS
from sync_service.projections.running import ProjectionRunner
from sync_service.publishing import Publisher

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from sync_service.bootstrap import Service

log = structlog.get_logger(__name__)


class Roles:
    """The roles of one service; each runs in a thread of its own."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def by_name(self) -> dict[str, Callable[[threading.Event], None]]:
        """What to run for each role, also for those that run beside another."""
        return {
            "consumers": self._consume,
            "backfill": self._fill_back,
            "projections": self._project,
            "rebuilder": self._rebuild,
            "publisher": self._publish,
            "replicator": self._replicate,
            "notifier": self._notify,
            "console": self._show,
        }

    def _consume(self, stopping: threading.Event) -> None:
        self._service.consumer().run(stopping)

    def _fill_back(self, stopping: threading.Event) -> None:
        self._service.backfill_consumer(stopping).run(stopping)

    def _project(self, stopping: threading.Event) -> None:
        with closing(self._service.news()) as news, closing(self._service.leadership("projections")) as leader:
            ProjectionRunner(self._service.store, self._service.views, VIEWS, leader).run(stopping, news)

    def _rebuild(self, stopping: threading.Event) -> None:
        with closing(self._service.leadership(rebuild_orders.LEADER)) as leader:
            self._service.rebuilder().run(stopping, leader)

    def _publish(self, stopping: threading.Event) -> None:
        if self._service.settings.kafka_bootstrap is not None:  # one that goes away later is waited for
            self._service.kafka().describe()  # one that was never there is a wrong setting
        with (
            closing(self._service.topics()) as topics,
            closing(self._service.news()) as news,
            closing(self._service.leadership("publisher")) as leader,
        ):
            publisher = Publisher(
                self._service.store,
                topics,
                self._service.names,
                traces=self._service.traces,
                sent=self._service.restores,
                sealer=self._service.keys,
                decider=replication.FOLLOWER,
            )
            publisher.run(stopping, news.wait, leader.is_held)

    def _replicate(self, stopping: threading.Event) -> None:
        with closing(self._service.leadership("replicator")) as leader:
            self._service.replicator().run(stopping, leader)

    def _notify(self, stopping: threading.Event) -> None:
        with closing(self._service.news()) as news, closing(self._service.leadership("notifier")) as leader:
            self._service.notifier(self._service.mailer()).run(stopping, news, leader)

    def _show(self, stopping: threading.Event) -> None:
        from sync_service.console.metrics import Watched, routes  # noqa: PLC0415 - only this role needs a web server
        from sync_service.console.serving import serve_all  # noqa: PLC0415
        from sync_service.console.web import console  # noqa: PLC0415

        ports = self._service.console_ports(stopping)
        watched = Watched(
            self._service.operations,
            self._service.workings,
            self._service.store,
            self._service.views,
            ports.unavailable,
        )
        app = console(ports, routes(watched, ports.doors.metrics_token))
        log.info("console.opened", address=self._service.console_address)
        with closing(self._service.portal_sink):
            serve_all(self._service.listeners(app), stopping)
