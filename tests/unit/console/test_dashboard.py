"""The dashboard's page: problems first, honest lags, and the same figures for whoever has no script."""

from __future__ import annotations

import re
from dataclasses import replace as with_ports
from html import unescape
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from sync_service.console.pages.dashboard_watch import KEPT_S, Watch
from sync_service.console.pages.dashboard_words import PARTS, READERS
from sync_service.console.ports import MOSCOW
from sync_service.operations.judging_parts import ROLES
from sync_service.operations.judging_readers import PART_OF_FOLLOWER
from sync_service.operations.series import Period
from sync_service.operations.standing import HonestSum, PartState, ReaderState, Standing
from sync_service.projections.registry import VIEWS
from tests.unit.console.browsing import Browser, ports_of
from tests.unit.console.standings import PERSON, Told, broken, empty, healthy
from tests.unit.support_desk import Desk

if TYPE_CHECKING:
    from httpx2 import Response


TABLE = "/console/dashboard/table"


def opened(told: Told, address: str = "/console/dashboard", **cookies: str) -> Response:
    """The answer to a browser that has no script."""
    ports = with_ports(ports_of(Desk()), operators=told, unavailable=(ConnectionError,))
    browser = Browser(ports).sign_in()
    browser.cookies.update(cookies)
    return browser.get(address, follow_redirects=True)


def words(answer: Response) -> str:
    """The text of a page as it is read, blanks put together."""
    body = re.sub(r"<(head|script|svg)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def largest(answer: Response) -> str:
    """The text of the only h1."""
    (found,) = re.findall(r"<h1[^>]*>(.*?)</h1>", answer.text)
    return str(unescape(found))


def tile(answer: Response, name: str) -> str:
    """The HTML of one tile."""
    found = [one for one in re.findall(r'<li class="part.*?</li>', answer.text, flags=re.DOTALL) if f">{name}<" in one]
    assert len(found) == 1, (name, len(found))
    return str(found[0])


def test_problems_come_first_with_remedy_command_and_link() -> None:
    answer = opened(Told(broken()))
    text = words(answer)
    assert largest(answer) == "Три неполадки"
    assert text.index("Ждут 1 107 человек, дольше всех 41 минуту") < text.index("Приём")
    assert text.index("Копии в edu остаются без ответа 41 минуту") < text.index(
        "Обновление представлений молчит с 14:18"
    )
    assert re.search(r'<code[^>]*id="(trouble-\d)"[^>]*>sync-service run projections</code>', answer.text)
    assert 'href="/console/parked">Открыть отложенные' in answer.text


def test_who_waits_longest_is_one_click_away() -> None:
    assert f'href="/console/people/{PERSON}"' in tile(opened(Told(broken())), "в edu")


def test_a_healthy_service_says_so_and_shows_every_lag_in_seconds_and_events() -> None:
    answer = opened(Told(healthy()))
    assert largest(answer) == "Всё в порядке"
    assert "is-stopped" not in answer.text
    assert "cut" not in re.findall(r'class="arrow([^"]*)"', answer.text)
    for name in ("План", "Копии", "Связи", "Коды", "Кабинеты", "Табло", "Порталам", "Напоминания", "Подготовка писем"):
        assert "0,4 <small>с</small>" in tile(answer, name)
        assert "3\u00a0события" in tile(answer, name)
    assert "ждут 3 · 3,1 в с" in tile(answer, "sovetnmo")


def test_a_new_service_is_neither_broken_nor_blank() -> None:
    answer = opened(Told(empty(), scale=0))
    assert largest(answer) == "Сообщений ещё не было"
    assert "is-stopped" not in answer.text
    assert "is-unknown" not in answer.text
    assert "сходится" in words(answer)


@pytest.mark.parametrize("state", [PartState.STOPPED, PartState.HUNG, PartState.ENDED, PartState.ABSENT])
def test_what_has_stopped_is_never_shown_as_caught_up(state: PartState) -> None:
    """Although its views had read everything: whoever has stopped reporting does not know what came since."""
    stands = caught_up(healthy(), "projections", state)
    answer = opened(Told(stands))
    for name in ("План", "Коды"):
        assert "is-stopped" in tile(answer, name)
        assert "стоит" in tile(answer, name)
        assert "прочитано всё" in tile(answer, name)
    assert "is-stopped" not in tile(answer, "Порталам")
    assert re.findall(r'class="arrow([^"]*)"', answer.text) == ["", " cut", ""]


def caught_up(standing: Standing, part: str, state: PartState) -> Standing:
    """The standing with a part that does not run although its readers are at the head."""
    return replace(
        standing,
        roles=tuple(replace(one, state=state) if one.part == part else one for one in standing.roles),
        parts=tuple(one for one in standing.parts if one.part != part),
        views=tuple(replace(one, lag_events=0, lag_s=0.0) for one in standing.views),
    )


def test_a_reader_that_does_not_move_although_its_part_runs_is_stopped() -> None:
    calm = healthy()
    since = broken().views[0].since
    stuck = replace(
        calm.views[0], state=ReaderState.STOPPED, lag_events=6_640, lag_s=840.0, moved_at=since, since=since
    )
    answer = opened(Told(replace(calm, views=(stuck, *calm.views[1:]))))
    assert "показывает 14:18 · 6\u202f640\u00a0событий" in tile(answer, "План")
    assert "14\u00a0мин" in tile(answer, "План")


def test_figures_of_a_view_that_stands_are_hatched_and_say_of_when_they_are() -> None:
    answer = opened(Told(broken()))
    for region in ("replicas", "d-refusals", "d-counts"):
        assert f'<section class="card is-old" id="{region}">' in answer.text
    assert words(answer).count("Представление стоит: цифры за 14:18") == 3
    assert "is-old" not in opened(Told(healthy())).text


def test_what_nobody_has_measured_is_not_zero() -> None:
    calm = healthy()
    blind = replace(calm.sources[1], waiting=None, waiting_bytes=None, oldest_s=None, state=ReaderState.UNKNOWN)
    answer = opened(Told(replace(calm, sources=(calm.sources[0], blind, calm.sources[2]))))
    assert "is-unknown" in tile(answer, "edu")
    assert "нет данных" in tile(answer, "edu")


def test_mail_that_is_held_is_not_late() -> None:
    calm = healthy()
    held = replace(calm.mail, held=True, oldest_waiting_since=broken().parked.oldest_at)
    assert "придержаны" in tile(opened(Told(replace(calm, mail=held))), "Письма")


def test_a_sum_that_does_not_hold_is_said_in_red() -> None:
    off = HonestSum(received=10, stored=5, repeats=1, parked=1, refused=0)
    answer = opened(Told(replace(healthy(), sum=off)))
    assert 'chip chip-bad">' in answer.text
    assert "не сходится на 3" in words(answer)


def test_parts_that_do_not_run_are_hatched_and_ended_ones_beside_running_ones_are_not() -> None:
    calm = caught_up(healthy(), "notifier", PartState.ABSENT)
    old = replace(calm.parts[0], instance="sync-0-1-old", state=PartState.ENDED)
    answer = opened(Told(replace(calm, parts=(*calm.parts, old))))
    rows = re.findall(r'<tr role="row" class="look-(\w+)">.*?<b>(.*?)</b>', answer.text)
    assert ("bad", "Письма") in rows
    assert ("off", "Приём") in rows
    assert ("ok", "Приём") in rows


def test_refusals_stand_beside_what_is_usual() -> None:
    text = words(opened(Told(healthy())))
    assert "код неизвестен 184 170 6 5" in text


@pytest.mark.parametrize("period", list(Period))
def test_charts_say_in_words_what_they_draw_and_have_a_table(period: Period) -> None:
    told = Told(healthy())
    answer = opened(told, f"/console/dashboard?period={period}")
    (said, *_) = re.findall(r'class="chart" role="img" aria-label="(.*?)"', answer.text)
    total = sum(sum(counts) for counts in told.series(period).inflow.values())
    assert f"{total:,}".replace(",", "\u202f") in said
    assert "больше всего" in said
    table = opened(told, f"/console/dashboard/table?period={period}")
    assert table.text.count('<th scope="row">') == period.steps


def test_the_table_leaves_out_what_did_not_happen() -> None:
    headings = re.findall(r"<th scope=\"col\w*\"[^>]*>(.*?)</th>", opened(Told(healthy()), f"{TABLE}?period=day").text)
    assert headings[:3] == ["Пришло сообщений", "Показано копий", "Отказано"]
    assert headings[3:] == ["С, МСК", "sovetnmo", "edu", "sovetnmo", "edu", "код неизвестен"]
    assert "Ничего не было." in opened(Told(empty(), scale=0), TABLE).text


def test_the_parked_of_a_day_are_named_as_such_and_the_rest_is_counted() -> None:
    reasons = {f"data.{name}: missing": 2 for name in ("title", "kind", "held_on", "place", "code", "hours", "email")}
    parked = replace(broken().parked, by_reason=reasons)
    text = words(opened(Told(replace(healthy(), parked=parked))))
    assert "За сутки: 2 нет обязательного поля: название 2 нет" in text
    assert text.partition("За сутки:")[2].count("нет обязательного поля") == 5
    assert "ещё 2\u00a0причины" in text.replace(" причины", "\u00a0причины")


def test_when_no_mail_waits_nobody_does() -> None:
    text = words(opened(Told(empty(), scale=0)))
    assert "никто не ждёт, за сутки ушло 0" in text
    assert "отправляются 0" not in text


def test_a_page_that_is_opened_reads_its_charts_with_its_figures() -> None:
    clock, told = [0.0], Told()
    watch = Watch(told, MOSCOW, (), lambda: clock[0])
    watch.series(Period.DAY)
    clock[0] += KEPT_S
    watch.series(Period.DAY)
    assert told.asked_for_series == 1
    watch.series(Period.DAY, KEPT_S)
    assert told.asked_for_series == 2


def test_who_has_no_script_is_not_told_that_it_updates_by_itself() -> None:
    page = opened(Told()).text
    assert re.search(r"<span data-script hidden>Обновляется само", page)
    assert re.search(r"<noscript>Без скриптов само не обновляется", page)


def test_an_unknown_period_is_a_day() -> None:
    assert 'data-live="/console/dashboard/live?period=day"' in opened(Told(), "/console/dashboard?period=century").text


def test_the_wall_grows_with_the_screen_and_asks_for_no_badges() -> None:
    answer = opened(Told(), "/console/dashboard?wall=1")
    assert 'class="wall"' in answer.text
    assert 'href="/console/dashboard?period=day">Обычный вид' in answer.text


def test_it_is_told_in_english_too() -> None:
    answer = opened(Told(broken()), lang="en")
    assert largest(answer) == "Three problems"
    assert "stopped <small>14\u00a0min</small>" in tile(answer, "Plan")


def test_more_problems_than_a_wall_can_show_are_counted() -> None:
    views = tuple(replace(one, state=ReaderState.STOPPED, lag_events=9, lag_s=90.0) for one in healthy().views)
    text = words(opened(Told(replace(healthy(), views=views))))
    assert "7 неполадок" in text
    assert "И ещё 3" in text


def test_without_a_database_from_the_start_there_is_no_dashboard() -> None:
    told = Told()
    told.away = ConnectionError()
    assert opened(told).status_code == 503


def test_every_part_view_and_follower_has_a_name() -> None:
    assert set(ROLES) <= set(PARTS)
    assert set(VIEWS) | set(PART_OF_FOLLOWER) <= set(READERS)
