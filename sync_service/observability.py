"""Structured logs (JSON lines for machines, text in a terminal, on stderr) and traces; never with personal data."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import structlog

from sync_service.tracing import NO_TRACES

if TYPE_CHECKING:
    from sync_service.settings import Settings
    from sync_service.tracing import Traces


def configure_logging(settings: Settings) -> None:
    """Set up structlog for this process."""
    is_text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if is_text else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.log_level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(name)s: %(message)s", force=True)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # our own lines say what an operator needs
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)


def traces_of(settings: Settings) -> Traces:
    """Where traces go: to the collector of `SYNC_TRACES_URL`, or nowhere; the library is loaded only if they do."""
    if settings.traces_url is None:
        return NO_TRACES
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    from sync_service.adapters.otel_traces import OtelTraces  # noqa: PLC0415

    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # a collector that is away must not fill the log
    processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.traces_url))
    return OtelTraces(processor, version("sync-service"), settings.traces_share)
