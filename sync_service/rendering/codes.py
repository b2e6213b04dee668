"""Shows what is known of a confirmation code: issued, revoked, whose it is, and every attempt."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sync_service.aggregates.values import Reason
from sync_service.rendering.parts import BOLD, below, label, moment_as_written, plain, short_day, table
from sync_service.sentences.reasons import REASONS
from sync_service.sentences.words import FOR_WHOM, Sentence, because, day, word

if TYPE_CHECKING:
    from sync_service.questions.codes import CodeAttempt, CodeStory

_NOT_ISSUED = Sentence("Этого кода никто не выдавал.", "Nobody has issued this code.")
_NO_OWNER = Sentence("Владельца нет.", "Nobody owns it.")
_NO_ATTEMPTS = Sentence("Этот код никто не вводил.", "Nobody has entered this code.")


def show_code(answer: CodeStory, console: Console | None = None) -> None:
    """Print the code's story to stdout, or to a console of the caller's."""
    console = console or Console()
    console.print(Text.assemble(label(Sentence("Код", "code"), BOLD), plain(answer.printed)))
    console.print(below(_issued(answer)))
    if answer.revoked_at is not None:
        console.print(below(_revoked(answer.revoked_at) + because(answer.revoked_for)))
    console.print(below(_owner(answer)))
    console.print()
    if not answer.attempts:
        console.print(below(_NO_ATTEMPTS))
        return
    attempts = table(
        Sentence("Когда", "when"),
        Sentence("Кабинет", "account"),
        Sentence("Как набрали", "as typed"),
        Sentence("Исход", "outcome"),
    )
    for attempt in answer.attempts:
        outcome = below(REASONS[Reason(attempt.outcome)])
        account = plain(f"{attempt.portal}\n{attempt.account_id}")
        attempts.add_row(_when(attempt), account, plain(attempt.typed), outcome)
    console.print(attempts)


def _issued(answer: CodeStory) -> Sentence:
    if answer.issued is None:
        return _NOT_ISSUED
    audience = word(FOR_WHOM, answer.issued.audience or "")
    return Sentence(
        f"Выдан за активность {answer.issued.activity_id}, {audience.ru}.",
        f"Issued for the activity {answer.issued.activity_id}, {audience.en}.",
    )


def _revoked(at: str) -> Sentence:
    on = day(datetime.fromisoformat(at))
    return Sentence(f"Организатор отозвал его {on.ru}.", f"The provider revoked it on {on.en}.")


def _owner(answer: CodeStory) -> Sentence:
    if answer.owner is None:
        return _NO_OWNER
    account = f"{answer.owner.portal} {answer.owner.account_id}"
    return Sentence(
        f"Владелец: кабинет {account}, специалист {answer.owner.specialist_id}.",
        f"The owner: account {account}, specialist {answer.owner.specialist_id}.",
    )


def _when(attempt: CodeAttempt) -> Text:
    if attempt.at is not None:
        return moment_as_written(datetime.fromisoformat(attempt.at))
    return plain(short_day(attempt.completed_on) if attempt.completed_on else "")
