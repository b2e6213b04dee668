"""Problems of readers whose part runs: views and followers that stand or are behind, and intake that is behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync_service.operations.limits import FALLING_BEHIND_S, LAG_S
from sync_service.operations.problem import Problem, Severity
from sync_service.operations.problems_of_parts import PARTS, command_to_run
from sync_service.operations.standing import ReaderState
from sync_service.sentences.lengths import EVENTS, MESSAGES, clock, counted, counted_en, lasting
from sync_service.sentences.words import NOTHING, Sentence, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

    from sync_service.operations.standing import ReaderStanding, SourceStanding, Standing

READERS: Final[Mapping[str, Sentence]] = {
    "learning_plan": Sentence("Представление «План»", "The plan view"),
    "replica_ledger": Sentence("Представление «Копии»", "The replicas view"),
    "link_progress": Sentence("Представление «Связи»", "The links view"),
    "code_register": Sentence("Представление «Коды»", "The codes view"),
    "directory": Sentence("Представление «Кабинеты»", "The accounts view"),
    "sync_health": Sentence("Представление «Табло»", "The dashboard's view"),
    "publisher": PARTS["publisher"],
    "replication": PARTS["replicator"],
    "notifier": PARTS["notifier"],
}

_BEHIND_VIEWS: Final = frozenset({"replication", "notifier"})
"""They go no further than the views that they look at: while these stand, they have no fault of their own."""


def of_readers(standing: Standing, zone: tzinfo) -> Iterator[Problem]:
    """Views and followers that stand or are behind although their part runs."""
    for reader in (*standing.views, *standing.followers):
        role = next((role for role in standing.roles if role.part == reader.part), None)
        if role is None or not role.is_up or (role.hindrance is not None and reader.part == "publisher"):
            continue
        if reader.name in _BEHIND_VIEWS and not standing.role("projections").is_up:
            continue
        if reader.state is ReaderState.STOPPED:
            yield _stands(reader, standing, zone)
        elif reader.lag_s > LAG_S:
            yield _behind(reader)


def _stands(reader: ReaderStanding, standing: Standing, zone: tzinfo) -> Problem:
    name, at = word(READERS, reader.name), clock(reader.moved_at, standing.taken_at, zone)
    why = Sentence(f" ({reader.hindrance})", f" ({reader.hindrance})") if reader.hindrance else NOTHING
    lag = counted(reader.lag_events, EVENTS)
    return Problem(
        kind="view_stopped",
        severity=Severity.BAD,
        subject=reader.name,
        what=Sentence(
            f"{name.ru} стоит с {at.ru}, хотя процесс работает{why.ru}: не прочитано {lag}.",
            f"{name.en} has stood still since {at.en} although its process runs{why.en}:"
            f" {counted_en(reader.lag_events, 'event')} unread.",
        ),
        remedy=Sentence(
            "Позовите разработчика и покажите журнал процесса: причина в строке view.failed. Ничего не потеряно.",
            "Call a developer and show the log of the process: the cause is in the line view.failed. Nothing is lost.",
        ),
        command="sync-service projections status",
        since=reader.moved_at,
    )


def _behind(reader: ReaderStanding) -> Problem:
    name, lag = word(READERS, reader.name), lasting(reader.lag_s)
    if reader.grows and reader.lag_s > FALLING_BEHIND_S and reader.catches_up_s is None:
        return Problem(
            kind="falling_behind",
            severity=Severity.WARN,
            subject=reader.name,
            what=Sentence(
                f"{name.ru} отстаёт всё больше: на {lag.ru}.", f"{name.en} falls further behind: by {lag.en}."
            ),
            remedy=Sentence(
                "Посмотрите, чем занята машина: процессор, диск, база. Ничего не потеряется.",
                "See what the machine is busy with: processor, disk, database. Nothing will be lost.",
            ),
            command="sync-service projections status",
        )
    soon = Sentence("", "") if reader.catches_up_s is None else lasting(reader.catches_up_s)
    until = Sentence(f", догонит через {soon.ru}", f", caught up in {soon.en}") if soon.ru else NOTHING
    return Problem(
        kind="behind",
        severity=Severity.NOTE,
        subject=reader.name,
        what=Sentence(
            f"{name.ru} отстаёт на {lag.ru}, {counted(reader.lag_events, EVENTS)}{until.ru}.",
            f"{name.en} is {lag.en} behind, {counted_en(reader.lag_events, 'event')}{until.en}.",
        ),
        remedy=Sentence("Делать ничего не нужно.", "Nothing to do."),
    )


def of_sources(standing: Standing) -> Iterator[Problem]:
    """Intake that is behind although it runs."""
    if not standing.role("consumers").is_up or standing.role("consumers").hindrance:
        return
    for source in standing.sources:
        if source.state is ReaderState.BEHIND and source.oldest_s is not None:
            yield _of_source(source, source.oldest_s)


def _of_source(source: SourceStanding, oldest_s: float) -> Problem:
    lag, command = lasting(oldest_s), command_to_run("consumers")
    unread = NOTHING
    if source.waiting:
        count = counted(source.waiting, MESSAGES)
        unread = Sentence(f", не прочитано {count}", f", {counted_en(source.waiting, 'message')} unread")
    if source.grows and oldest_s > FALLING_BEHIND_S:
        return Problem(
            kind="falling_behind",
            severity=Severity.WARN,
            subject=source.source,
            what=Sentence(
                f"Приём {source.source} отстаёт всё больше: на {lag.ru}{unread.ru}.",
                f"{source.source} intake falls further behind: by {lag.en}{unread.en}.",
            ),
            remedy=Sentence(
                f"Запустите ещё один процесс: {command}. Сообщения ждут у порталов и не потеряются.",
                f"Start another process: {command}. The messages wait at the portals and are not lost.",
            ),
            command=command,
        )
    return Problem(
        kind="behind",
        severity=Severity.NOTE,
        subject=source.source,
        what=Sentence(
            f"Приём {source.source} отстаёт на {lag.ru}{unread.ru}.",
            f"{source.source} intake is {lag.en} behind{unread.en}.",
        ),
        remedy=Sentence("Делать ничего не нужно.", "Nothing to do."),
    )
