"""All read models of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.projections.code_register import CodeRegister
from sync_service.projections.decision_cases import DecisionCases
from sync_service.projections.directory import Directory
from sync_service.projections.learning_plan import LearningPlan
from sync_service.projections.link_progress import LinkProgress
from sync_service.projections.replica_ledger import ReplicaLedger
from sync_service.projections.sync_health import SyncHealth

if TYPE_CHECKING:
    from sync_service.projections.view import View

AGGREGATE_VIEWS = (LearningPlan(), ReplicaLedger(), LinkProgress(), CodeRegister(), Directory(), DecisionCases())
COUNTING_VIEWS = (SyncHealth(),)
VIEWS: dict[str, View] = {view.name: view for view in (*AGGREGATE_VIEWS, *COUNTING_VIEWS)}
