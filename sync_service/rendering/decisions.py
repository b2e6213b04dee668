"""Shows what waits for people, what they proposed, and what a decision would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sync_service.aggregates.deciding import ProposalState
from sync_service.rendering.parts import BOLD, DIM, below, label, moment, plain, table
from sync_service.sentences.counting import COUNTS
from sync_service.sentences.subjects import record_name
from sync_service.sentences.words import Sentence, account_name, because, number, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync_service.decisions import Case, EntryChange, PersonChange, Preview, Proposal

STATES: Mapping[ProposalState, Sentence] = {
    ProposalState.OPEN: Sentence("ждёт второго сотрудника", "waits for a second person"),
    ProposalState.APPROVED: Sentence("утверждено и исполнено", "approved and carried out"),
    ProposalState.REJECTED: Sentence("отклонено", "rejected"),
    ProposalState.TAKEN_BACK: Sentence("отозвано", "taken back"),
}
_NOT_THERE = Sentence("записи нет", "not in the plan")
_NONE = Sentence("Решать нечего.", "Nothing waits for a decision.")
_NOT_WRITTEN = Sentence("Ничего не записано: это предпросмотр.", "Nothing is written: this is a preview.")


def show_waiting(cases: Sequence[Case], proposals: Sequence[Proposal], console: Console | None = None) -> None:
    """Print the open cases, then the proposals."""
    console = console or Console()
    if not cases and not proposals:
        console.print(below(_NONE))
    if cases:
        found = table(Sentence("С какого времени, UTC", "since, UTC"), Sentence("Случай", "case"))
        for case in cases:
            found.add_row(moment(case.since), below(case.text))
        console.print(found)
    for proposal in proposals:
        console.print()
        show_proposal(proposal, console)


def show_proposal(proposal: Proposal, console: Console | None = None) -> None:
    """Print one proposal, and what became of it."""
    console = console or Console()
    state = STATES[proposal.state]
    console.print(Text.assemble(plain(proposal.id, BOLD), plain(f"  {state.ru}"), plain(f" / {state.en}", DIM)))
    console.print(below(proposal.text + because(proposal.reason)))
    console.print(_act(Sentence("Предложение", "proposed by"), proposal.proposed_by, f"{proposal.proposed_at:%F %T}"))
    if proposal.decided_by is not None:
        console.print(_act(Sentence("Решение", "decided by"), proposal.decided_by, f"{proposal.decided_at:%F %T}"))
    if proposal.rejected_for is not None:
        console.print(below(because(proposal.rejected_for)))


def show_preview(preview: Preview, console: Console | None = None, *, is_written: bool = False) -> None:
    """Print what a decision changes: for each account, in the log, and what is sent."""
    console = console or Console()
    for person in preview.people:
        _show_person(person, console)
    _show_list(Sentence("События", "events"), [event.text for event in preview.events], console)
    _show_list(
        Sentence("Сообщения порталам", "messages to the portals"), [send.text for send in preview.sends], console
    )
    if not is_written:
        console.print(below(_NOT_WRITTEN, BOLD))


def _show_person(person: PersonChange, console: Console) -> None:
    before, after = number(person.credits_before), number(person.credits_after)
    console.print(Text.assemble(label(Sentence("Кабинет", "account"), BOLD), plain(account_name(person.account))))
    accounts = (", ".join(map(account_name, each)) for each in (person.accounts_before, person.accounts_after))
    console.print(Text.assemble(label(Sentence("Кабинеты человека", "the person's accounts")), " → ".join(accounts)))
    console.print(Text.assemble(label(Sentence("Баллы", "credits")), f"{before.ru} → {after.ru}"))
    for sign, changes in (("+", person.gains), ("−", person.losses), ("~", person.changes)):
        _show_changes(sign, changes, console)
    console.print()


def _show_changes(sign: str, changes: Iterable[EntryChange], console: Console) -> None:
    for change in changes:
        what, was, is_now = record_name(change.key), _verdict(change.before), _verdict(change.after)
        russian = plain(f"  {sign} {what.ru}: {was.ru} → {is_now.ru}")
        console.print(Text.assemble(russian, plain(f" / {what.en}: {was.en} → {is_now.en}", DIM)))


def _verdict(counts: str | None) -> Sentence:
    return word(COUNTS, counts) if counts else _NOT_THERE


def _show_list(title: Sentence, lines: Sequence[Sentence], console: Console) -> None:
    console.print(Text.assemble(label(title, BOLD), str(len(lines))))
    for line in lines:
        console.print(below(line))
    console.print()


def _act(words: Sentence, name: str, at: str) -> Text:
    return Text.assemble(label(words), plain(name), plain(f", {at} UTC", DIM))
