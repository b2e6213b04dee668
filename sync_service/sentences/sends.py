"""Sentences on messages to the portals: what each would be told, and of which account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.values import Account, Reason
from sync_service.messages import outcome_messages as told
from sync_service.sentences.reasons import REASONS
from sync_service.sentences.subjects import record_name
from sync_service.sentences.words import NOTHING, Sentence, account_name

if TYPE_CHECKING:
    from sync_service.messages.fields import Body


def send_text(account: Account, body: Body) -> Sentence:
    """What a portal is told of one of its accounts."""
    to = account_name(account)
    said = _said(body)
    return Sentence(f"{to}: {said.ru}", f"{to}: {said.en}")


def _said(body: Body) -> Sentence:
    match body:
        case told.ReplicaRequested():
            return _of_record("показать запись", "show the record", body.activity_key)
        case told.ReplicaWithdrawn():
            return _of_record("больше не показывать запись", "no longer show the record", body.activity_key)
        case told.ActivationOutcome():
            return Sentence(f"код {body.code}.", f"code {body.code}.") + _because(body.reason or Reason.ACCEPTED)
        case told.LinkOutcome():
            return _of_link(body)
        case _:  # nothing else is sent because of a decision
            return Sentence(body.TYPE, body.TYPE)


def _of_link(body: told.LinkOutcome) -> Sentence:
    if isinstance(body, told.LinkRefused):
        return Sentence("кабинеты не связаны.", "the accounts are not linked.") + _because(body.reason)
    shown, total = body.applied, body.to_edu + body.to_sovetnmo
    return Sentence(
        f"кабинеты связаны, показано {shown} из {total}.", f"the accounts are linked, {shown} of {total} shown."
    )


def _of_record(ru: str, en: str, key: str | None) -> Sentence:
    what = record_name(key or "")
    return Sentence(f"{ru}: {what.ru}.", f"{en}: {what.en}.")


def _because(reason: str | None) -> Sentence:
    return REASONS[Reason(reason)] if reason else NOTHING
