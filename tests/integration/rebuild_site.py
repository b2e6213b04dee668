"""A service on a real database whose views can be rebuilt: with orders, someone who carries them out, and an inflow."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync_service.adapters.postgres_rebuilds import REFUSED, PostgresRebuilds
from sync_service.adapters.postgres_signals import Leadership, News
from sync_service.projections.rebuild_orders import LEADER, Act, OrderState, ask_of
from sync_service.projections.rebuilder import FAULTS, Rebuilder
from sync_service.projections.registry import VIEWS
from sync_service.projections.running import ProjectionRunner
from tests.integration.test_operations_on_postgres import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync_service.projections.rebuild_orders import Order
    from sync_service.projections.view import View


class RebuildSite(Site):
    """A site with orders."""

    def __init__(self, conninfo: str) -> None:
        super().__init__(conninfo)
        self.book = PostgresRebuilds(self.database)
        self.book.migrate()
        self.carrier = self.new_carrier()

    def new_carrier(self, kinds: Mapping[str, View] = VIEWS, version: str = "1") -> Rebuilder:
        """Someone who carries orders out, knowing nothing but the database."""
        return Rebuilder(self.store, self.views, kinds, self.book, version=version, faults=(*FAULTS, *REFUSED))

    def ask(self, *views: str) -> None:
        """Ask for rebuilds."""
        assert self.book.ask(views, "operator", "a test") == list(views)

    def order(self, view: str) -> Order:
        """The newest order of a view."""
        return self.book.latest()[view]

    def act(self, view: str, act: Act) -> None:
        """Let a person say something of the open order."""
        ask_of(self.book, self.order(view), act, "operator", "a test")

    def carry_out(self) -> None:
        """Do all that can be done."""
        while self.carrier.turn():
            pass

    def rebuilt(self, view: str) -> Order:
        """Fill and compare a new generation."""
        self.ask(view)
        self.carry_out()
        assert self.order(view).state is OrderState.READY
        return self.order(view)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The role `projections` at work, with its rebuilder, each in a thread of its own."""
        stopping = threading.Event()
        errors: list[BaseException] = []
        live_leader, leader = Leadership(self.database, "projections"), Leadership(self.database, LEADER)
        news = News(self.database)

        def noted(act: object, *arguments: object) -> None:
            try:
                act(*arguments)  # type: ignore[operator]
            except BaseException as error:  # noqa: BLE001 - told to the test
                errors.append(error)

        runner = ProjectionRunner(self.store, self.views, VIEWS, live_leader)
        threads = [
            threading.Thread(target=noted, args=(runner.run, stopping, news)),
            threading.Thread(target=noted, args=(self.carrier.run, stopping, leader)),
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stopping.set()
            for thread in threads:
                thread.join()
            for closing in (news, live_leader, leader):
                closing.close()
        assert errors == []
