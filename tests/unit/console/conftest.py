"""The console over a service in memory: what pages show is asked as a browser would, without a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.console.browsing import SOMEBODY, Browser, ports_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_service.access import Role
    from tests.unit.support_desk import Desk


@pytest.fixture
def browse() -> Callable[..., Browser]:
    """A browser of the console over a desk, signed in with these roles, or with all."""

    def opened(desk: Desk, *roles: Role, name: str = SOMEBODY) -> Browser:
        return Browser(ports_of(desk)).sign_in(name, *roles)

    return opened
