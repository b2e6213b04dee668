"""Problems of what runs: parts that stopped or hang, readers that are behind, and what keeps parts from their work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync_service.operations.problem import Problem, Severity
from sync_service.operations.standing import PartState
from sync_service.sentences.lengths import clock
from sync_service.sentences.words import Sentence, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from sync_service.operations.standing import RoleStanding, Standing

PARTS: Final[Mapping[str, Sentence]] = {
    "consumers": Sentence("Приём сообщений", "Message intake"),
    "projections": Sentence("Обновление представлений", "The updating of views"),
    "rebuilder": Sentence("Перестроение представлений", "The rebuilding of views"),
    "publisher": Sentence("Отправка порталам", "Publishing to the portals"),
    "replicator": Sentence("Повторные просьбы о копиях", "The repeating of replica requests"),
    "notifier": Sentence("Отправка писем", "Mail delivery"),
}
TRANSPORT: Final = "transport"
"""What a hindrance is about that keeps messages from coming or going."""

ROLE_TO_RUN: Final = {"replicator": "publisher", "rebuilder": "projections"}
_CONSEQUENCES: Final[Mapping[str, Sentence]] = {
    "consumers": Sentence(
        "Новое с порталов не видно никому; порталы копят сообщения у себя, ничего не потеряно.",
        "Nothing new is seen; the portals keep their messages, nothing is lost.",
    ),
    "projections": Sentence(
        "Люди видят прежнее; журнал пишется дальше, ничего не потеряно.",
        "People see an earlier state; the log goes on, and nothing is lost.",
    ),
    "rebuilder": Sentence(
        "Заказанные перестроения ждут; прежние представления служат дальше.",
        "Rebuilds that were asked for wait; the present views go on serving.",
    ),
    "publisher": Sentence(
        "Копии и ответы порталам ждут в журнале и уйдут сами.",
        "Replicas and outcomes wait in the log and go by themselves.",
    ),
    "replicator": Sentence(
        "Порталам не напоминают о копиях без ответа; сами копии не потеряются.",
        "Portals are not reminded of unanswered replicas; none is lost.",
    ),
    "notifier": Sentence("Письма ждут и уйдут сами, каждое один раз.", "Mail waits and goes by itself, each once."),
}
_CAUSES: Final[Mapping[PartState, Sentence]] = {
    PartState.STOPPED: Sentence("признаков жизни нет", "there is no sign of life"),
    PartState.ENDED: Sentence("его остановили", "it was stopped"),
}
_SILENT: Final = Sentence("процесс не подаёт признаков жизни", "its process gives no sign of life")
_HANGS: Final = Sentence("занят одним и тем же или завис", "it is busy with one thing, or hangs")
_NOTHING_LOST: Final = Sentence(
    "Порталы копят сообщения у себя, журнал цел: ничего не потеряно.",
    "The portals keep their messages, the log is whole: nothing is lost.",
)


def command_to_run(*parts: str) -> str:
    """The command that starts parts; the replicator and the rebuilder come with others."""
    return " ".join(("sync-service run", *dict.fromkeys(ROLE_TO_RUN.get(part, part) for part in parts)))


def of_parts(standing: Standing, zone: tzinfo) -> Iterator[Problem]:
    """Parts that do not work."""
    down = [role for role in standing.roles if role.part in PARTS and not role.is_up]
    together: dict[tuple[PartState, datetime | None], list[RoleStanding]] = {}
    for role in down:
        together.setdefault((role.state, role.since), []).append(role)
    for found in together.values():
        names = {role.part for role in found}
        roles = [role for role in found if ROLE_TO_RUN.get(role.part) not in names]  # who comes with another is with it
        yield _of_role(roles[0], standing, zone) if len(roles) == 1 else _of_several(roles, standing, zone)


def _of_several(roles: Sequence[RoleStanding], standing: Standing, zone: tzinfo) -> Problem:
    """Several parts that stopped at the same moment were one process, or were never started."""
    first, names = roles[0], listed(PARTS[role.part] for role in roles)
    is_all = len(roles) == len(PARTS) - len(ROLE_TO_RUN)
    command = "sync-service run" if is_all else command_to_run(*(role.part for role in roles))
    if first.since is None:
        what = Sentence(f"Не запущены: {names.ru.lower()}.", f"Not running: {names.en.lower()}.")
    else:
        at, cause = clock(first.since, standing.taken_at, zone), _CAUSES.get(first.state, _HANGS)
        failed = f" ({first.hindrance})" if first.state is PartState.ENDED and first.hindrance else ""
        what = Sentence(
            f"Процесс молчит с {at.ru}: {cause.ru}{failed}. Стоят: {names.ru.lower()}.",
            f"A process has been silent since {at.en}: {cause.en}{failed}. Standing still: {names.en.lower()}.",
        )
    return Problem(
        kind="no_part" if first.since is None else "stopped",
        severity=Severity.BAD,
        subject=first.part,
        what=what,
        remedy=_NOTHING_LOST + Sentence(f"Запустите: {command}.", f"Start: {command}."),
        command=command,
        since=first.since,
        people=standing.people_waiting if any(role.part == "publisher" for role in roles) else None,
    )


def _of_role(role: RoleStanding, standing: Standing, zone: tzinfo) -> Problem:
    name, command = PARTS[role.part], command_to_run(role.part)
    people = standing.people_waiting if role.part == "publisher" else None
    remedy = Sentence(f"Запустите: {command}.", f"Start: {command}.")
    if role.since is None:
        what = Sentence(
            f"{name.ru} не работает: за сутки ни один процесс о себе не сообщил.",
            f"{name.en} is not running: no process has reported for a day.",
        )
        return _problem("no_part", role, what, _CONSEQUENCES[role.part] + remedy, command, people)
    at = clock(role.since, standing.taken_at, zone)
    if role.state is PartState.HUNG:
        what = Sentence(
            f"{name.ru} стоит с {at.ru}: процесс работает, но занят одним и тем же или завис.",
            f"{name.en} has stood still since {at.en}: its process runs, but is busy with one thing, or hangs.",
        )
        remedy = Sentence(
            f"Посмотрите журнал процесса; если он завис, остановите его и запустите снова: {command}.",
            f"Look at the log of the process; if it hangs, stop it and start it again: {command}.",
        )
        return _problem("hung", role, what, _CONSEQUENCES[role.part] + remedy, command, people)
    failed = f" ({role.hindrance})" if role.hindrance else ""
    is_ended = role.state is PartState.ENDED
    cause = Sentence(f"процесс остановлен{failed}", f"its process was stopped{failed}") if is_ended else _SILENT
    what = Sentence(f"{name.ru} молчит с {at.ru}: {cause.ru}.", f"{name.en} has been silent since {at.en}: {cause.en}.")
    return _problem("stopped", role, what, _CONSEQUENCES[role.part] + remedy, command, people)


def _problem(
    kind: str, role: RoleStanding, what: Sentence, remedy: Sentence, command: str, people: int | None
) -> Problem:
    return Problem(
        kind=kind,
        severity=Severity.BAD,
        subject=role.part,
        what=what,
        remedy=remedy,
        command=command,
        since=role.since,
        people=people,
    )


def of_hindrances(standing: Standing, zone: tzinfo) -> Iterator[Problem]:
    """Parts that run and say what keeps them from their work: no broker, above all."""
    for role in standing.roles:
        hindered = [one for one in standing.parts if one.part == role.part and TRANSPORT in one.hindrances]
        if role.is_up and hindered and role.part in PARTS and role.hindered_since:
            at, why = clock(role.hindered_since, standing.taken_at, zone), hindered[0].hindrances[TRANSPORT]
            name = PARTS[role.part]
            silent = Sentence(f"Kafka не отвечает ({why})", f"Kafka is silent ({why})")
            cause = silent if "Kafka" in why else Sentence(why, why)
            yield Problem(
                kind="broker_away",
                severity=Severity.BAD,
                subject=role.part,
                what=Sentence(
                    f"{name.ru} стоит с {at.ru}: {cause.ru}.", f"{name.en} has stood still since {at.en}: {cause.en}."
                ),
                remedy=_CONSEQUENCES[role.part]
                + Sentence("Проверьте связь; всё продолжится само.", "Check the connection; all goes on by itself."),
                command="sync-service doctor",
                since=role.hindered_since,
                people=standing.people_waiting if role.part == "publisher" else None,
            )
