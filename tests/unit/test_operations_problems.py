"""Every fault becomes a sentence with its remedy; silence is health."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from sync_service.operations.problems import Problem, Severity, headline, problems, waiting_line
from sync_service.operations.readings import HappenedRow, OldestRow, ReplicaRow
from tests.unit.calm_readings import HEAD, ago, calm, looked_at, parts, readers, topics

MOSCOW = ZoneInfo("Europe/Moscow")
PERSON = UUID("5a1f8a52-7c43-4f0e-9a40-111111111111")
WAITING: dict[str, Any] = {
    "replicas": (ReplicaRow("edu", "requested", True, False, ago(2_460), 1_284),),
    "oldest": (OldestRow("edu", PERSON, ago(2_460)),),
    "people": {"edu": 1_107},
    "people_waiting": 1_107,
    "answered": {"edu": ago(2_460)},
}


def found(before: Any = None, **changes: Any) -> list[Problem]:  # noqa: ANN401 - any field of the readings
    return problems(looked_at(before, **changes), MOSCOW)


def only(before: Any = None, **changes: Any) -> Problem:  # noqa: ANN401 - any field of the readings
    [one] = found(before, **changes)
    return one


def test_all_is_well() -> None:
    assert found() == []
    assert headline([], looked_at()).ru == "Всё в порядке."


def test_the_headline_of_health_says_what_waits_longest() -> None:
    fresh: dict[str, Any] = {"oldest": (OldestRow("edu", PERSON, ago(2)),), "people_waiting": 1}
    standing = looked_at(**fresh)
    assert problems(standing) == []
    assert headline([], standing).ru == "Всё в порядке. Дольше всех ждёт копия в edu: 2 секунды."
    assert headline([], standing).en == "All is well. The longest wait: a replica to edu, 2 seconds."
    assert waiting_line([], standing).ru == ""


def test_a_silent_part_is_told_with_the_command_that_starts_it() -> None:
    one = only(parts=parts(projections={"beat_at": ago(840)}))
    assert one.what.ru == "Обновление представлений молчит с 14:18: процесс не подаёт признаков жизни."
    assert one.command == "sync-service run projections"
    assert one.severity is Severity.BAD
    assert "ничего не потеряно" in one.remedy.ru


def test_a_part_that_ended_by_a_failure_says_which() -> None:
    one = only(parts=parts(notifier={"ended_at": ago(60), "hindrances": {"failed": "KeyError"}}))
    assert one.what.ru == "Отправка писем молчит с 14:31: процесс остановлен (KeyError)."


def test_parts_that_stopped_together_are_one_problem() -> None:
    gone = {"beat_at": ago(840)}
    one = only(parts=parts(**dict.fromkeys(("publisher", "replicator", "notifier"), gone)))
    assert one.kind == "stopped"
    assert one.what.ru == "Процесс молчит с 14:18: признаков жизни нет. Стоят: отправка порталам и отправка писем."
    assert one.command == "sync-service run publisher notifier"


def test_a_part_that_comes_with_another_is_told_with_it() -> None:
    gone = {"beat_at": ago(840)}
    one = only(parts=parts(projections=gone, rebuilder=gone))
    assert one.what.ru.startswith("Обновление представлений молчит с 14:18")
    alone = only(parts=parts(replicator=gone))
    assert (alone.subject, alone.command) == ("replicator", "sync-service run publisher")


def test_a_hanging_loop_is_no_dead_process() -> None:
    one = only(parts=parts(consumers={"turned_at": ago(840)}))
    assert one.kind == "hung"
    assert "с 14:18" in one.what.ru


def test_nothing_runs_on_a_new_store() -> None:
    one = only(parts=())
    assert (one.kind, one.command) == ("no_part", "sync-service run")


def test_a_broker_that_is_away_is_told_once_with_its_reason() -> None:
    away = {
        "hindrances": {"transport": "Kafka at k:9092 did not take the messages: refused"},
        "hindered_since": ago(840),
    }
    behind = {"position": HEAD - 9, "unread_since": ago(840), "moved_at": ago(840)}
    one = only(parts=parts(publisher=away), readers=readers(publisher=behind))
    assert one.kind == "broker_away"
    assert "Kafka не отвечает" in one.what.ru
    assert "с 14:18" in one.what.ru


def test_a_failed_view_names_its_error() -> None:
    stuck = {"position": HEAD - 6_640, "unread_since": ago(840), "moved_at": ago(841)}
    hindered = {"hindrances": {"learning_plan": "KeyError"}}
    one = only(parts=parts(projections=hindered), readers=readers(learning_plan=stuck))
    assert one.kind == "view_stopped"
    assert "Представление «План» стоит с 14:18" in one.what.ru
    assert "(KeyError)" in one.what.ru
    assert "6\N{NARROW NO-BREAK SPACE}640 событий" in one.what.ru


def test_a_view_that_catches_up_needs_nothing() -> None:
    before = calm(now=ago(60), readers=readers(directory={"position": HEAD - 930, "unread_since": ago(160)}))
    one = only(before, readers=readers(directory={"position": HEAD - 310, "unread_since": ago(40), "moved_at": ago(0)}))
    assert one.severity is Severity.NOTE
    assert one.what.ru == "Представление «Кабинеты» отстаёт на 40 секунд, 310 событий, догонит через 30 секунд."
    assert one.remedy.ru == "Делать ничего не нужно."
    assert headline([one], looked_at()).ru == "Всё в порядке."


def test_intake_that_falls_further_behind_asks_for_another_process() -> None:
    def unread(seconds: float) -> Any:  # noqa: ANN401
        return topics(edu={"end_offset": 9_000, "unread": 40, "oldest_at": ago(seconds)})

    before = calm(now=ago(120), unread=unread(360))
    one = only(before, unread=unread(360))
    assert one.kind == "falling_behind"
    assert one.what.ru == "Приём edu отстаёт всё больше: на 6 минут, не прочитано 40 сообщений."
    assert one.command == "sync-service run consumers"


def test_a_portal_that_answers_nothing_is_told_with_who_waits() -> None:
    one = only(**WAITING)
    assert one.what.ru == "Копии в edu остаются без ответа 41 минуту: портал молчит."
    assert one.people == 1_107
    assert "Ждут 1\N{NARROW NO-BREAK SPACE}284 копии" in one.remedy.ru
    assert "не потеряются" in one.remedy.ru


def test_a_portal_that_answers_others_or_asks_to_wait_is_not_silent() -> None:
    assert found(**WAITING | {"answered": {"edu": ago(5)}}) == []
    asked_to_wait = (ReplicaRow("edu", "requested", True, True, ago(2_460), 1_284),)
    assert found(**WAITING | {"replicas": asked_to_wait}) == []


def test_a_portal_is_not_blamed_while_nobody_publishes() -> None:
    kinds = [one.kind for one in found(parts=parts(publisher={"beat_at": ago(3_000)}), **WAITING)]
    assert kinds == ["stopped"]


def test_a_flood_of_parked_messages_names_its_reason() -> None:
    rows = (
        HappenedRow("dead_letter.parked.v1", "/sync", "held_on: missing", 40, 35, {1: 1}, {}),
        HappenedRow("dead_letter.parked.v1", "/sync", "message: not_json", 2, 2, {1: 1}, {}),
    )
    one = only(happened=rows, began_at=ago(86_400 + 7_200))
    assert one.what.ru == (
        "За час отложено 37 сообщений, обычно 2. В 35 из них нет обязательного поля: дата проведения."
    )
    assert one.page == "dead-letters"


def flood(**hours: int) -> Problem:
    """The problem of so many messages of each class, in a store that is too young to know what is usual."""
    rows = tuple(HappenedRow("dead_letter.parked.v1", "/sync", name, n, n, {}, {}) for name, n in hours.items())
    return only(happened=rows, began_at=ago(1_800))


def test_a_flood_in_a_young_store_is_not_measured_by_what_is_usual() -> None:
    one = flood(**{"data.completed_on: date_form": 4, "time: missing": 3, "other": 3})
    assert one.what.ru == "За час отложено 10 сообщений. В 4 из них дата завершения записана не как ГГГГ-ММ-ДД."
    assert one.what.en == (
        "10 messages were parked in an hour. In 4 of them: date of completion is not written as YYYY-MM-DD."
    )


def test_a_flood_of_one_cause_or_of_many_says_so() -> None:
    assert flood(**{"time: missing": 12}).what.ru.endswith("Во всех нет обязательного поля: время сообщения.")
    assert flood(other=9, id_reused=3).what.ru.endswith("12 сообщений. Причины разные.")


def test_a_lasting_fault_is_told_in_english_grammar() -> None:
    one = only(parts=parts(projections={"beat_at": ago(840)}))
    assert one.what.en.startswith("The updating of views has been silent since 14:18: ")
    standing = looked_at(**(WAITING | {"people_waiting": 1}))
    assert waiting_line(problems(standing), standing).en.startswith("1 person waits, ")


@pytest.mark.parametrize(("hour", "usual", "is_told"), [(9, 0, False), (10, 0, True), (29, 10, False), (30, 10, True)])
def test_few_or_usual_parked_messages_are_no_problem(hour: int, usual: int, is_told: bool) -> None:
    row = HappenedRow("dead_letter.parked.v1", "/sync", "other", hour, hour, {1: usual}, {})
    assert bool(found(happened=(row,), began_at=ago(86_400 + 7_200))) is is_told


def test_unusually_many_refusals_ask_for_the_provider() -> None:
    row = HappenedRow("specialist.activation_refused.v1", "/portals/edu", "code_unknown", 317, 184, {1: 60}, {})
    one = only(happened=(row,), began_at=ago(86_400 + 7_200))
    assert one.what.ru == "Отказов больше обычного: 184 раза за час код неизвестен, обычно 60."
    assert "организаторов" in one.remedy.ru
    assert found(happened=(row,), began_at=ago(3_600)) == []  # nobody knows what is usual


def test_mail_that_does_not_go_out_names_the_server_s_answer() -> None:
    hindered = {"hindrances": {"mail_server": "connection refused"}}
    one = only(parts=parts(notifier=hindered), oldest_mail=ago(5_220), mails={"planned": 2})
    assert one.what.ru == "Письма не уходят с 13:05: почтовый сервер не отвечает (connection refused)."
    assert "Ждут 2 письма" in one.remedy.ru
    held = {"hindrances": {"held": "SYNC_NOTICES_HOLD"}}
    assert found(parts=parts(notifier=held), oldest_mail=ago(5_220), mails={"planned": 2}) == []


def test_interrupted_mail_waits_for_a_decision() -> None:
    one = only(mails={"parked": 4}, mails_parked={"interrupted": 3, "no_address": 1})
    assert one.what.ru == "Отправка прервалась, 3 письма: дошли ли они, неизвестно."


def test_a_broken_promise_forbids_a_restart() -> None:
    one = only(received=103)
    assert one.what.ru == "Сверка не сходится на 3 сообщения."
    assert one.remedy.ru.startswith("Не перезапускайте")


def test_problems_stand_in_the_order_of_people_who_wait() -> None:
    several = found(parts=parts(projections={"beat_at": ago(840)}), received=103, **WAITING)
    assert [one.kind for one in several] == ["portal_silent", "sum_off", "stopped"]
    standing = looked_at(**WAITING)
    assert headline(several, standing).ru == "Три неполадки"
    assert waiting_line(several, standing).ru == ("Ждут 1\N{NARROW NO-BREAK SPACE}107 человек, дольше всех 41 минуту")
    assert waiting_line(several, standing).en == "1,107 people wait, the longest for 41 minutes"
