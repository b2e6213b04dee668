"""The console over a service in memory: what pages show is asked as a browser would, without a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from sync_service.bootstrap import report_writers
from sync_service.console.ports import Ports
from sync_service.console.web import console

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.support_desk import Desk

BASE = "http://127.0.0.1:8080"


def ports_of(desk: Desk) -> Ports:
    """The desk as the console's ports; views catch up with what is written."""

    def settle() -> bool:
        desk.catch_up()
        return True

    return Ports(
        store=desk.store,
        views=desk.views,
        application=lambda: desk.application,
        now=lambda: desk.now,
        settle=settle,
        ask_again_after_s=(60.0, 600.0),
        report_writers=report_writers,
    )


@pytest.fixture
def browse() -> Callable[[Desk], TestClient]:
    """A browser of the console over a desk; it does not follow redirects by itself."""

    def opened(desk: Desk) -> TestClient:
        return TestClient(console(ports_of(desk)), base_url=BASE, follow_redirects=False, raise_server_exceptions=True)

    return opened
