"""A ready answer to the user, in Russian: what counts, what waits and why; nothing of others, no codes, no names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.aggregates.judging import Counts
from sync_service.aggregates.link_facts import LinkRequested
from sync_service.aggregates.values import Portal, Reason, entry_id
from sync_service.console.person.summary import summary
from sync_service.questions.histories import link_shown
from sync_service.sentences.words import day, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sync_service.console.formats import Formats
    from sync_service.console.person.credits import CreditRow
    from sync_service.questions.histories import LinkShown
    from sync_service.questions.moments import Moment
    from sync_service.questions.plans import PlanEntry

SHOWN_MAX = 20
NO_ENTRIES = "Записей у вас пока нет: порталы о них не сообщали."
_UNLINKED = "Ваши кабинеты не связаны. Связать их можно самим: edu, «Личные сведения»."
_CONFIRMED = "Вы подтвердили связь на sovetnmo. Запросите её в edu, «Личные сведения»."
_AGAIN = "заново: edu, «Личные сведения»."
_ENDED: Mapping[Reason, str] = {
    Reason.DECLINED: f"Вы отказались от связи на sovetnmo. Запросить её можно {_AGAIN}",
    Reason.ACCOUNT_CLOSED: f"Кабинеты не связаны: один из них был закрыт. Запросить связь можно {_AGAIN}",
}
_REFUSED_FOR_GOOD = f"Связать кабинеты не удалось. Запросить связь можно {_AGAIN}"
_BEING_SORTED_OUT = "Кабинеты не связаны: мы разбираемся."


def answer_to_user(moment: Moment, rows: Sequence[CreditRow], f: Formats, today: date) -> str:
    """The text that staff copy; `rows` and `f` must be Russian, whatever language the page has."""
    told = summary(moment, rows, today, f)
    parts = ["Здравствуйте!", f"{told.sentence} {told.exceptions}".strip() if rows else NO_ENTRIES]
    waiting = [row for row in rows if row.group == "waits"]
    without = [row for row in rows if row.group == "not_counted" and row.counts != Counts.DUPLICATE_OF]
    unseen = [row for row in rows if row.unseen_at]
    if waiting:
        parts.append("\n".join(["Ждут:", *_listed(waiting)]))
    if without:
        parts.append("\n".join(["Не засчитаны:", *_listed(without)]))
    if unseen:
        parts.append("\n".join(["Во втором кабинете пока не видны:", *_unseen(moment, unseen)]))
    if moment.person.link is None:
        parts.append(_not_linked(moment, f))
    if told.left:
        parts.append(told.left)
    return "\n\n".join(parts)


def _not_linked(moment: Moment, f: Formats) -> str:
    """Why the accounts are not linked, and what the person can do: of themselves only, whatever the other side said."""
    person = moment.person
    closed = [portal for portal in Portal if portal in person.by_portal and person.by_portal[portal].is_closed]
    if closed:
        return f"Кабинет {closed[0]} закрыт: связать кабинеты можно, когда его откроют снова."
    link = link_shown(person)
    if link is None:
        return _UNLINKED
    if link.state == "requested":
        return f"Вы запросили связь в edu{_requested_on(moment, link, f)}. Подтвердите её на sovetnmo."
    if link.state == "confirmed":
        return _CONFIRMED
    latest = list(person.attempts.values())[-1]
    if link.reason is Reason.IDENTITY_MISMATCH and latest.upheld:
        return _REFUSED_FOR_GOOD
    return _ENDED.get(link.reason or Reason.UNDONE, _BEING_SORTED_OUT)


def _requested_on(moment: Moment, link: LinkShown, f: Formats) -> str:
    facts = (event.fact for event in moment.streams.in_log_order())
    asked = (fact.at for fact in facts if isinstance(fact, LinkRequested) and fact.request_id == link.request_id)
    at = next(asked, None)
    return f" {day(f.local(at)).ru}" if at else ""


def _listed(rows: Sequence[CreditRow]) -> list[str]:
    return _cut([f"— {_named(row)}: {row.verdict}. {row.reason}".strip() for row in rows])


def _unseen(moment: Moment, rows: Sequence[CreditRow]) -> list[str]:
    """Where the copies are: how often a portal was asked is nothing to the user."""
    entries = {entry_id(entry.activity_key): entry for entry in moment.plan.entries}
    return _cut([f"— {_named(row)}: {_awaited(moment, entries[row.id], row)}." for row in rows])


def _awaited(moment: Moment, entry: PlanEntry, row: CreditRow) -> str:
    asked = [portal for portal in row.unseen_at if entry.shown_in[portal] == "requested"]
    if not asked or entry.activity_key in moment.person.reversals or not moment.person.is_open(Portal(asked[0])):
        return row.caption
    return f"{asked[0]} ещё не ответил, копия уйдёт сама"


def _named(row: CreditRow) -> str:
    return f"{row.completed_on:%d.%m.%Y}, {quoted(row.title).ru or row.kind}"


def _cut(lines: list[str]) -> list[str]:
    rest = len(lines) - SHOWN_MAX
    return [*lines[:SHOWN_MAX], f"— и ещё {rest}"] if rest > 0 else lines
