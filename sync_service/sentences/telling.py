"""Tells every stored fact as one sentence to support staff, in Russian and in English.

No name, e-mail address or СНИЛС ever stands in a sentence. Codes stand in full: staff compare them with certificates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.sentences import (
    accounts,
    activities,
    catalogue,
    decisions,
    erasures,
    letters,
    links,
    policies,
    replicas,
)

if TYPE_CHECKING:
    from sync_service.aggregates.aggregate import Event
    from sync_service.sentences.words import Sentence, Sentences

SENTENCES: Sentences = {
    **accounts.SENTENCES,
    **activities.SENTENCES,
    **links.SENTENCES,
    **replicas.SENTENCES,
    **catalogue.SENTENCES,
    **letters.SENTENCES,
    **policies.SENTENCES,
    **decisions.SENTENCES,
    **erasures.SENTENCES,
}


def told(event: Event) -> Sentence:
    """What happened, in one or two sentences; every kind of fact has its own (a test sees to it)."""
    return SENTENCES[type(event.fact)](event.fact)
