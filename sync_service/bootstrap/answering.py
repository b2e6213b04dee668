"""What answers programs in JSON: the API beside the console, and who may ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.bootstrap.admitting import Admitting
from sync_service.credentials import Kind
from sync_service.limiting import RateLimit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from sync_service.access import Visitor
    from sync_service.console.ports import Ports


class Answering(Admitting):
    """The JSON API."""

    def api_routes(self, ports: Ports) -> list[BaseRoute]:
        """The addresses of the API, to be mounted in the console's server; it asks through the same ports."""
        from sync_service.api.entering import Gate  # noqa: PLC0415 - only who serves needs a web framework
        from sync_service.api.web import mounted  # noqa: PLC0415

        gate = Gate(
            self._service_account,
            ports.doors.session_of,
            calls=RateLimit(self.settings.api_calls_per_minute),
            searches=ports.doors.searches,
            strangers=RateLimit(self.settings.sign_ins_per_minute),
        )
        return [mounted(ports, gate)]

    def _service_account(self, request: Request) -> Visitor | None:
        """Whom a request's bearer token speaks for; asks the database."""
        from sync_service.console.peers import peer_of  # noqa: PLC0415 - only who serves needs it

        peer = peer_of(request.scope)
        fingerprint = peer.fingerprint if peer else None
        credential = self.doorkeeper.admit(request.headers.get("authorization"), Kind.SERVICE, fingerprint)
        return credential.visitor if credential else None
