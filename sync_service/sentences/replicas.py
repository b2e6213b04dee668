"""Sentences on replicas: what the other account was asked to show, and what its portal answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates import link_facts as facts
from sync_service.aggregates.specialist_state import CODE_MOVED, LINK_UNDONE, SUPPORT
from sync_service.sentences.subjects import record_name
from sync_service.sentences.words import NOTHING, Sentence, at_portal, because, day, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_service.sentences.words import Sentences

SHOWN_IN: Mapping[str, Sentence] = {
    "origin": Sentence("введено здесь", "entered here"),
    "not_linked": Sentence("показывать негде", "no account to show it in"),
    "requested": Sentence("копия запрошена", "replica requested"),
    "applied": Sentence("копия видна", "replica shown"),
    "refused": Sentence("портал отклонил", "portal refused"),
}
"""Where an entry is shown: the states of `plan --json` in words."""

_WITHDRAWN_FOR: Mapping[str, Sentence] = {
    CODE_MOVED: Sentence("Код передан его владельцу.", "The code was moved to its owner."),
    LINK_UNDONE: Sentence("Связь кабинетов отменена.", "The link of the accounts was undone."),
    SUPPORT: Sentence("Запись отменила поддержка.", "Support took the record back."),
}


def _requested(fact: facts.ReplicaRequested) -> Sentence:
    what, times = record_name(fact.key), _times(fact)
    title = quoted(fact.title)
    ru, en = (f", {title.ru}", f", {title.en}") if title.ru else NOTHING
    return Sentence(
        f"Служба запросила у {fact.account.portal} копию: {what.ru}{ru}{times.ru}.",
        f"The service asked {fact.account.portal} for a replica: {what.en}{en}{times.en}.",
    )


def _times(fact: facts.ReplicaRequested) -> Sentence:
    """Whether the catalogue says something else now, and how often the portal was asked."""
    if fact.revision <= 1 and fact.asked <= 1:
        return NOTHING
    ru, en = [], []
    if fact.revision > 1:
        ru.append(f"редакция {fact.revision}")
        en.append(f"revision {fact.revision}")
    if fact.asked > 1:
        ru.append(f"просьба {fact.asked}-я")
        en.append(f"request no. {fact.asked}")
    return Sentence(f" ({', '.join(ru)})", f" ({', '.join(en)})")


def _withdrawn(fact: facts.ReplicaWithdrawn) -> Sentence:
    what = record_name(fact.key)
    told = Sentence(
        f"Служба попросила {fact.account.portal} больше не показывать: {what.ru}.",
        f"The service asked {fact.account.portal} no longer to show: {what.en}.",
    )
    return told + (_WITHDRAWN_FOR[fact.reason] if fact.reason in _WITHDRAWN_FOR else because(fact.reason))


def _applied(fact: facts.ReplicaApplied) -> Sentence:
    on, place, what = day(fact.at), at_portal(fact.account.portal), record_name(fact.key)
    if fact.duplicate:
        return Sentence(
            f"{on.ru} портал {fact.account.portal} ответил, что запись у него уже есть: {what.ru}.",
            f"On {on.en} {fact.account.portal} answered that it has the record already: {what.en}.",
        )
    return Sentence(
        f"С {on.ru} копия видна {place.ru}: {what.ru}.", f"Since {on.en} the replica is shown {place.en}: {what.en}."
    )


def _rejected(fact: facts.ReplicaRejected) -> Sentence:
    on, what = day(fact.at), record_name(fact.key)
    told = Sentence(
        f"{on.ru} портал {fact.account.portal} отклонил копию: {what.ru}.",
        f"On {on.en} {fact.account.portal} refused the replica: {what.en}.",
    )
    return told + because(fact.detail)


def _deferred(fact: facts.ReplicaDeferred) -> Sentence:
    on, what = day(fact.at), record_name(fact.key)
    told = Sentence(
        f"{on.ru} портал {fact.account.portal} попросил подождать с копией: {what.ru}. Служба спросит снова.",
        f"On {on.en} {fact.account.portal} asked to wait with the replica: {what.en}. The service will ask again.",
    )
    return told + because(fact.detail)


SENTENCES: Sentences = {
    facts.ReplicaRequested: _requested,
    facts.ReplicaWithdrawn: _withdrawn,
    facts.ReplicaApplied: _applied,
    facts.ReplicaRejected: _rejected,
    facts.ReplicaDeferred: _deferred,
}
