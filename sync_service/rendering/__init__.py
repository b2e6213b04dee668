"""Shows the answers of `questions` in a terminal: Russian first, English beside it in dim, at home in 80 columns."""

from sync_service.rendering.codes import show_code
from sync_service.rendering.histories import show_history
from sync_service.rendering.plans import show_plan
from sync_service.rendering.replays import show_replay

__all__ = ["show_code", "show_history", "show_plan", "show_replay"]
