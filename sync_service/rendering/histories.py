"""Shows a person's story: who it is, how the link stands, and what happened, oldest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sync_service.rendering.parts import BOLD, below, label, moment, plain, show_specialist, table
from sync_service.sentences.links import link_standing
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from sync_service.questions.histories import Happening, History, LinkShown

_SERVICE = Sentence("служба", "service")


def show_history(answer: History, console: Console | None = None) -> None:
    """Print the story to stdout, or to a console of the caller's."""
    console = console or Console()
    show_specialist(console, answer.specialist_id)
    names = ", ".join(f"{account.portal} {account.account_id}" for account in answer.accounts)
    console.print(Text.assemble(label(Sentence("Кабинеты", "accounts"), BOLD), plain(names)))
    console.print(below(_standing(answer.link)))
    console.print()
    events = table(
        Sentence("№", "no."),
        Sentence("Записано, UTC", "recorded, UTC"),
        Sentence("Кабинет", "account"),
        Sentence("Что произошло", "what happened"),
    )
    events.columns[0].justify = "right"
    for event in answer.events:
        account = plain(f"{event.portal}\n{event.account_id}") if event.portal else below(_SERVICE)
        events.add_row(str(event.position), moment(event.recorded_at), account, below(_text(event)))
    console.print(events)


def _standing(link: LinkShown | None) -> Sentence:
    if link is None:
        return link_standing(None)
    return link_standing(link.state, link.applied, link.to_edu + link.to_sovetnmo, link.reason)


def _text(event: Happening) -> Sentence:
    return Sentence(event.text, event.text_en)
