"""What the console stands on: the ports that it asks and writes through, and the settings that shape its pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from starlette.routing import BaseRoute

from sync_service.application import Application
from sync_service.auditing import AuditLog
from sync_service.console.doors import Doors
from sync_service.erasures.certificate import Certificate
from sync_service.erasures.ledger import Ledger
from sync_service.event_store import EventStore
from sync_service.notices.notice import NoticeBook
from sync_service.projections.rebuild_orders import RebuildBook
from sync_service.projections.rebuilding import RebuildableViews
from sync_service.projections.view_store import ViewStore
from sync_service.reports.report import Report

if TYPE_CHECKING:
    from sync_service.operations.series import Period, Series
    from sync_service.operations.standing import Standing

MOSCOW = ZoneInfo("Europe/Moscow")


class Operators(Protocol):
    """What operators are told; `operations.asking.Operations` fits."""

    def standing(self) -> Standing:
        """How everything stands now."""

    def series(self, period: Period) -> Series:
        """How it went over a period."""


@dataclass(frozen=True)
class Rebuilds:
    """What rebuilds of views are asked of: the names of the views, their orders, their generations."""

    kinds: Collection[str]
    book: RebuildBook
    views: RebuildableViews


@dataclass(frozen=True)
class Erasures:
    """The ledger of erasures, and what writes a certificate as a PDF."""

    ledger: Ledger
    as_pdf: Callable[[Certificate], bytes]


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Everything that pages ask or write through.

    `application` makes an application for the one request that writes; `settle` returns when the views stand at the
    log's head, or False if they do not within a moment. `unavailable` are the errors that mean that the database is
    away. `ask_again_after_s` are the delays after which a silent portal is asked again, `report_writers` the formats of
    reports. `hosts` are the names, beside the loopback ones, under which browsers may reach the console. `stopping`
    ends the live streams. `doors` is what signing in goes by; `audit` records who looks at what; `mounted` are routes
    that know by themselves who comes.
    """

    store: EventStore
    views: ViewStore
    application: Callable[[], Application]
    now: Callable[[], datetime]
    settle: Callable[[], bool] = lambda: True
    notices: NoticeBook | None = None
    zone: ZoneInfo = field(default=MOSCOW)
    hosts: tuple[str, ...] = ()
    ask_again_after_s: tuple[float, ...]
    report_writers: Callable[[], Mapping[str, Callable[[Report], bytes]]]
    unavailable: tuple[type[Exception], ...] = ()
    operators: Operators | None = None
    stopping: Event = field(default_factory=Event)
    rebuilds: Rebuilds | None = None
    erasures: Erasures | None = None
    doors: Doors
    audit: AuditLog
    mounted: tuple[BaseRoute, ...] = ()
