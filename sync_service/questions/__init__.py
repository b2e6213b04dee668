"""What support staff ask, each answered by one pure function over the ports: history, plan, code, replay.

The answers are structs whose JSON is the contract's (section 3). Commands bear the same names: say `questions.plan`.
"""

from sync_service.questions.codes import code
from sync_service.questions.histories import history
from sync_service.questions.plans import plan, plan_as_of
from sync_service.questions.replays import replay

__all__ = ["code", "history", "plan", "plan_as_of", "replay"]
