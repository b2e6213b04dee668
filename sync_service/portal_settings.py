"""The settings of the door for portals that send over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field


class PortalSettings(BaseModel):
    """How much the portal door takes."""

    portal_body_bytes_max: Annotated[int, Field(ge=1024, le=1024**3)] = 16 * 1024 * 1024
    """How large one request of a portal may be, unpacked (bytes)."""
    portal_events_max: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    """How many events one request of a portal may hold."""
    portal_events_per_s: Annotated[float, Field(gt=0)] = 2_000
    """How many events a second one credential may send over time; at once as many as one request may hold."""
    portal_under_way_bytes_max: Annotated[int, Field(ge=1024)] = 64 * 1024 * 1024
    """How many bytes of portals' requests are under way at once in one process; more are asked to come again."""
    portal_under_way_requests_max: Annotated[int, Field(ge=1)] = 64
    """How many of portals' requests are under way at once in one process; more are asked to come again."""
    portal_unread_max: Annotated[int, Field(ge=0)] = 100_000
    """While more messages of a source are unread, or events not told to portals, its portal is asked to come again."""
    portal_body_timeout_s: Annotated[float, Field(gt=0, le=600)] = 30
    """How long the body of a portal's request may take to come (seconds)."""
