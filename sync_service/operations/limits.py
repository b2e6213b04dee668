"""From when on something is worth a colour or a sentence: the thresholds of the dashboard and of the problems."""

from __future__ import annotations

from typing import Final

LAG_S: Final = 2.0
"""A reader that is further behind is shown as behind."""
STILL_S: Final = 30.0
"""A view or follower that has had something to read for so long, and has not moved for so long, stands still.

A view that failed is tried again after ten seconds, so a single mishap stays below.
"""
FALLING_BEHIND_S: Final = 60.0
"""A lag of at least this that has grown over the memory of the process is falling behind."""
SIGHT_S: Final = 15.0
"""What was measured longer ago is not known any more: three looks."""
MEMORY_S: Final = 120.0
"""How far back a process remembers its own readings, to tell speeds."""
SILENT_PORTAL_S: Final = 600.0
"""A portal that has left replicas unanswered for so long, and has answered nothing in that time, is silent."""
UNUSUAL_TIMES: Final = 3.0
"""So many times the usual number in an hour is unusual."""
PARKED_MIN: Final = 10
"""Fewer parked messages in an hour are no flood, whatever is usual."""
REFUSED_MIN: Final = 30
"""Fewer refusals for one reason in an hour are no flood."""
MAIL_LATE_S: Final = 300.0
"""Mail that has been due for so long and does not go out is late."""
AGES: Final = {"minute": 60.0, "ten_minutes": 600.0, "hour": 3600.0, "day": 86_400.0}
"""The ages by which waiting replicas are grouped (seconds, upper bounds); what is older is `older`."""
