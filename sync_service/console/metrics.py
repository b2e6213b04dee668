"""`/metrics` in the text format of Prometheus, `/healthz` and `/readyz`: for machines, without personal data."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, start_http_server
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sync_service.console.metric_families import of_standing, of_this_one, reached
from sync_service.console.routes import ANYBODY, Plain
from sync_service.console.serving import is_loopback
from sync_service.operations.asking import Operations
from sync_service.signing_in import is_same_secret
from sync_service.working import Working

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from prometheus_client import Metric
    from starlette.requests import Request

    from sync_service.projections.view_store import Generation


class MigratedStore(Protocol):
    """The store as readiness asks it."""

    def is_migrated(self) -> bool:
        """Whether the tables are there."""


class FilledViews(Protocol):
    """The views as readiness asks them."""

    def names(self) -> list[str]:
        """The views that there should be."""

    def generations(self) -> list[Generation]:
        """All generations of all views."""


@dataclass(frozen=True)
class Watched:
    """What is watched; `unavailable` are the errors that mean that the database is away."""

    operations: Operations
    workings: Sequence[Working]
    store: MigratedStore
    views: FilledViews
    unavailable: tuple[type[Exception], ...]


class StandingMetrics:
    """What the database tells of all processes, and what this process knows of itself; asked anew each time."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def collect(self) -> Iterator[Metric]:
        """The metrics of this moment; without the database those of the process alone."""
        try:
            standing = self._watched.operations.standing()
        except self._watched.unavailable:
            yield reached(is_up=False)
        else:
            yield reached(is_up=True)
            yield from of_standing(standing)
        yield from of_this_one(self._watched.workings)


class MetricsOfThisOne:
    """What this process knows of itself."""

    def __init__(self, workings: Sequence[Working]) -> None:
        self._workings = workings

    def collect(self) -> Iterable[Metric]:
        """The metrics of this moment."""
        return of_this_one(self._workings)


def routes(watched: Watched, token: str | None = None) -> list[Plain]:
    """The three addresses, to stand beside the console's pages; `token` is what `/metrics` is asked with.

    Nobody signs in for them: the metrics ask for themselves, the others say nothing but whether the service is there.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StandingMetrics(watched))

    async def metrics(request: Request) -> Response:
        if not may_read(request, token):
            return PlainTextResponse("not for you\n", HTTPStatus.UNAUTHORIZED, {"www-authenticate": "Bearer"})
        content = await run_in_threadpool(generate_latest, registry)
        return Response(content, media_type=CONTENT_TYPE_LATEST)

    async def ready(_: Request) -> Response:
        checks = await run_in_threadpool(readiness, watched)
        is_ready = not any(checks.values())
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"ready": is_ready, "checks": dict(checks)}, status)

    return [
        Plain("/metrics", see=ANYBODY, answer=metrics),
        Plain("/healthz", see=ANYBODY, answer=_alive),
        Plain("/readyz", see=ANYBODY, answer=ready),
    ]


def may_read(request: Request, token: str | None) -> bool:
    """Whether somebody may read the metrics: with the token, or without one from this machine itself.

    What a proxy on this machine forwards counts as from elsewhere, if the proxy says that it does so.
    """
    if token is not None:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and is_same_secret(token, given.strip())
    is_forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "via"))
    return not is_forwarded and request.client is not None and is_loopback(request.client.host)


async def _alive(_: Request) -> Response:
    return PlainTextResponse("ok\n")


def readiness(watched: Watched) -> Mapping[str, str | None]:
    """What is wrong with each thing that pages need, None where nothing is."""
    try:
        is_migrated = watched.store.is_migrated()
        present = (
            {one.view for one in watched.views.generations() if one.state.value == "live"} if is_migrated else set()
        )
    except watched.unavailable as error:
        return {"database": type(error).__name__, "tables": "not known", "views": "not known"}
    missing = sorted(set(watched.views.names()) - present)
    return {
        "database": None,
        "tables": None if is_migrated else "run `sync-service migrate`",
        "views": f"not there: {', '.join(missing)}" if missing else None,
    }


@contextmanager
def export(workings: Sequence[Working], host: str, port: int) -> Iterator[None]:
    """Answer Prometheus about this process alone until left; raises OSError if the port is taken."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(MetricsOfThisOne(workings))
    server, thread = start_http_server(port, host, registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
