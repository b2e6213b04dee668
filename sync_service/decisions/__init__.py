"""Decisions that only people may take: looked at, proposed, approved by a second person; and what waits for one.

What pages and commands call: say `decisions.propose`. The rules are in `aggregates.deciding` and `handling`.
"""

from sync_service.aggregates.deciding import Decision, Kind, ProposalState
from sync_service.decisions.deciding import approve, erase, propose, reject, reverse
from sync_service.decisions.listing import Case, Proposal, cases, cases_of, proposal, proposals
from sync_service.decisions.previewing import EntryChange, Foreseen, PersonChange, Preview, Send, preview
from sync_service.sentences.decisions import KIND_NAMES, decision_text

__all__ = [
    "KIND_NAMES",
    "Case",
    "Decision",
    "EntryChange",
    "Foreseen",
    "Kind",
    "PersonChange",
    "Preview",
    "Proposal",
    "ProposalState",
    "Send",
    "approve",
    "cases",
    "cases_of",
    "decision_text",
    "erase",
    "preview",
    "proposal",
    "proposals",
    "propose",
    "reject",
    "reverse",
]
