"""What a decision would do, as lines to be read before anything is written: people, credits, messages."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sync_service.aggregates.erased_facts import SpecialistErased
from sync_service.aggregates.values import Account, Portal
from sync_service.console.effects import Effect
from sync_service.console.pages.decisions_words import hidden
from sync_service.decisions import Kind
from sync_service.reports.wording import readable
from sync_service.sentences.counting import COUNTS
from sync_service.sentences.totals import credited
from sync_service.sentences.words import Sentence, account_name, day, form, hours, listed, number, quoted, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync_service.decisions import EntryChange, PersonChange, Preview

ENTRIES_SHOWN_MAX = 10
EVENTS_SHOWN_MAX = 100
TITLE_CHARACTERS_MAX = 160


def effects_of(preview: Preview) -> list[Effect]:
    """Every effect in the order of weight: people, credits and entries of each account, what the portals are told."""
    if preview.decision.kind is Kind.ERASE:
        # Both of a linked person's histories tell the whole: it is said once, and not counted.
        counted = Counter((event.text, event.type == SpecialistErased.TYPE) for event in preview.events)
        lines = (text if is_whole else _times(text, count) for (text, is_whole), count in counted.items())
        return [*(Effect("minus", line) for line in lines), *_sends(preview)]
    return [_people(preview), *(line for change in preview.people for line in _plan(change)), *_sends(preview)]


def _times(text: Sentence, count: int) -> Sentence:
    """The same of several streams is told once, with how often."""
    return text if count == 1 else text + Sentence(f"(× {count})", f"(× {count})")


def events_of(preview: Preview) -> tuple[list[Sentence], int]:
    """What would be recorded, event by event with codes masked; and how many more there are."""
    shown = [hidden(event.text) for event in preview.events[:EVENTS_SHOWN_MAX]]
    return shown, len(preview.events) - len(shown)


def _people(preview: Preview) -> Effect:
    before = {change.accounts_before for change in preview.people}
    after = {change.accounts_after for change in preview.people}
    if len(after) < len(before):
        return Effect("send", Sentence("Кабинеты станут одним специалистом.", "The accounts become one specialist's."))
    if len(after) > len(before):
        return Effect(
            "send",
            Sentence("Это снова будут два разных специалиста.", "There will be two specialists again."),
        )
    count = len(before)
    people = form(count, "человека", "человек", "человек", "человека")
    return Effect(
        "none", Sentence(f"Касается {count} {people}.", f"It concerns {count} {'person' if count == 1 else 'people'}.")
    )


def _plan(change: PersonChange) -> Iterator[Effect]:
    name = _name(change.account)
    if not (change.gains or change.losses or change.changes):
        yield Effect("none", Sentence(f"{name}: план не изменится.", f"{name}: the plan stays as it is."))
    yield from _totals(name, [*change.gains, *change.losses, *change.changes])
    yield from _entries("plus", name, change.gains, _gained)
    yield from _entries("minus", name, change.losses, _lost)
    yield from _entries("send", name, change.changes, _judged_anew)


def _totals(name: str, changes: Sequence[EntryChange]) -> Iterator[Effect]:
    """By how much the sums change: credits and hours apart, for they are never added up."""
    sums: dict[Callable[[float], Sentence], float] = {credited: 0, hours: 0}
    for change in changes:
        sums[_unit(change)] += change.credits_after - change.credits_before
    more = [unit(value) for unit, value in sums.items() if value > 0]
    less = [unit(-value) for unit, value in sums.items() if value < 0]
    if more:
        told = listed(more)
        yield Effect("plus", Sentence(f"{name}: всего больше на {told.ru}.", f"{name}: {told.en} more in all."))
    if less:
        told = listed(less)
        yield Effect("minus", Sentence(f"{name}: всего меньше на {told.ru}.", f"{name}: {told.en} fewer in all."))


def _unit(change: EntryChange) -> Callable[[float], Sentence]:
    """A programme's credits are its hours."""
    return hours if change.key.startswith("programme:") else credited


def _entries(
    sign: str, name: str, changes: Sequence[EntryChange], tell: Callable[[str, EntryChange], Sentence]
) -> Iterator[Effect]:
    for change in changes[:ENTRIES_SHOWN_MAX]:
        yield Effect(sign, tell(name, change))
    left = len(changes) - ENTRIES_SHOWN_MAX
    if left > 0:
        entries = form(left, "запись", "записи", "записей", "записи")
        yield Effect(
            sign,
            Sentence(
                f"{name}: и ещё {left} {entries}.", f"{name}: and {left} more {'entry' if left == 1 else 'entries'}."
            ),
        )


def _gained(name: str, change: EntryChange) -> Sentence:
    what, worth = _title(change), _worth(change, change.after, change.credits_after)
    return Sentence(f"{name}: появится {what.ru}. {worth.ru}", f"{name}: gains {what.en}. {worth.en}")


def _lost(name: str, change: EntryChange) -> Sentence:
    what = _title(change)
    if change.credits_before:
        worth = _unit(change)(change.credits_before)
        was = Sentence(f"Было засчитано {worth.ru}.", f"It counted for {worth.en}.")
    else:
        short = word(COUNTS, change.before or "")
        was = Sentence(f"Было: {short.ru}.", f"It was: {short.en}.")
    return Sentence(f"{name}: уйдёт {what.ru}. {was.ru}", f"{name}: loses {what.en}. {was.en}")


def _judged_anew(name: str, change: EntryChange) -> Sentence:
    what = _title(change)
    was, now = word(COUNTS, change.before or ""), word(COUNTS, change.after or "")
    was_worth, now_worth = number(change.credits_before), _unit(change)(change.credits_after)
    if change.before == change.after:
        return Sentence(
            f"{name}: {what.ru}: станет {now_worth.ru}, было {was_worth.ru}.",
            f"{name}: {what.en}: {now_worth.en}, was {was_worth.en}.",
        )
    return Sentence(
        f"{name}: {what.ru}: было «{was.ru}», станет «{now.ru}».",
        f"{name}: {what.en}: was “{was.en}”, will be “{now.en}”.",
    )


def _worth(change: EntryChange, counts: str | None, credits_: float) -> Sentence:
    short = word(COUNTS, counts or "")
    if not credits_:
        return Sentence(f"{short.ru[:1].upper()}{short.ru[1:]}.", f"{short.en[:1].upper()}{short.en[1:]}.")
    worth = _unit(change)(credits_)
    return Sentence(f"Засчитано: {worth.ru}.", f"Counted: {worth.en}.")


def _title(change: EntryChange) -> Sentence:
    title = quoted(readable(change.title or change.activity_id, TITLE_CHARACTERS_MAX))
    on = day(change.completed_on)
    return Sentence(f"{title.ru}, {on.ru}", f"{title.en}, {on.en}")


def _name(account: Account) -> str:
    return readable(account_name(account), TITLE_CHARACTERS_MAX)


def _sends(preview: Preview) -> list[Effect]:
    """The messages, counted by portal and kind."""
    if not preview.sends:
        return [Effect("none", Sentence("Порталам ничего не уйдёт.", "Nothing goes to the portals."))]
    counted = Counter((send.account.portal, _family(send.type)) for send in preview.sends)
    order = [(family, portal) for family in _SENDS for portal in Portal if counted[portal, family]]
    return [Effect("send", _SENDS[family](portal, counted[portal, family])) for family, portal in order]


def _family(kind: str) -> str:
    return kind if kind in _SENDS else "other"


def _copies(portal: Portal, count: int) -> Sentence:
    copies = form(count, "копия", "копии", "копий", "копии")
    verb = form(count, "уйдёт", "уйдут", "уйдёт", "уйдут")
    where = "в edu" if portal is Portal.EDU else "на sovetnmo"
    return Sentence(
        f"{where[0].upper()}{where[1:]} {verb} {count} {copies}.",
        f"{count} {'replica goes' if count == 1 else 'replicas go'} to {portal}.",
    )


def _withdrawals(portal: Portal, count: int) -> Sentence:
    copies = form(count, "запись", "записи", "записей", "записи")
    return Sentence(
        f"Портал {portal} попросят больше не показывать {count} {copies}.",
        f"{portal} is asked to stop showing {count} {'entry' if count == 1 else 'entries'}.",
    )


def _others(portal: Portal, count: int) -> Sentence:
    messages = form(count, "сообщение", "сообщения", "сообщений", "сообщения")
    verb = form(count, "уйдёт", "уйдут", "уйдёт", "уйдут")
    return Sentence(
        f"Порталу {portal} об исходе {verb} {count} {messages}.",
        f"{portal} is told of the outcome: {count} {'message' if count == 1 else 'messages'}.",
    )


_SENDS: Mapping[str, Callable[[Portal, int], Sentence]] = {
    "replica.requested": _copies,
    "replica.withdrawn": _withdrawals,
    "other": _others,
}
