"""The ready answer to the user: their own entries and how their own link stands, in words for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.model import lines
from tests.unit.console.test_person import PAGE, text_of
from tests.unit.support_desk import LINKED, LINKED_PERSON, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.testclient import TestClient

    Browse = Callable[[Desk], TestClient]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((), "Ваши кабинеты не связаны. Связать их можно самим: edu, «Личные сведения»."),
        ((lines.link_requested(),), "Вы запросили связь в edu 12 мая 2025 года. Подтвердите её на sovetnmo."),
        ((lines.link_confirmed(),), "Вы подтвердили связь на sovetnmo. Запросите её в edu, «Личные сведения»."),
        (
            (lines.link_requested(), lines.link_declined()),
            "Вы отказались от связи на sovetnmo. Запросить её можно заново: edu, «Личные сведения».",
        ),
        (
            (lines.registered("sovetnmo:s1", snils=lines.OTHER_SNILS), *LINKED),
            "Кабинеты не связаны: мы разбираемся.",
        ),
        (
            (lines.link_requested(), lines.closed("edu:e1")),
            "Кабинет edu закрыт: связать кабинеты можно, когда его откроют снова.",
        ),
    ],
)
def test_the_answer_to_the_user_tells_how_their_own_link_stands(
    browse: Browse, given: tuple[bytes, ...], said: str
) -> None:
    text = text_of(browse(Desk(lines.registered("edu:e1", snils=lines.SNILS), *given)).get(f"{PAGE}/answer").text)
    assert said in text
    assert "Записей у вас пока нет: порталы о них не сообщали." in text


def test_the_answer_to_the_user_does_not_count_how_often_a_portal_was_asked(browse: Browse) -> None:
    desk = Desk(lines.published("ev1", "event", lines.row(), title="Школа «Сердце»"), *LINKED_PERSON[1:])
    text = text_of(browse(desk).get(f"{PAGE}/answer").text)
    assert "«Школа „Сердце“»: edu ещё не ответил, копия уйдёт сама." in text
    assert "Ваши кабинеты не связаны" not in text
