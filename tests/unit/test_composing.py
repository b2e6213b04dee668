"""What a mail about credits says, in Russian that a calm colleague would write."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from html import unescape
from uuid import UUID

import pytest

from sync_service.notices.composing import CycleRow, compose, points, worth
from sync_service.notices.mailing import Mail, message_of, usable_address
from sync_service.notices.planning import Credit

THERAPY = CycleRow("c1", "терапия", date(2021, 6, 1), date(2026, 5, 31))
CARDIOLOGY = CycleRow("c2", "кардиология", date(2023, 9, 1), date(2028, 8, 31))
NOW = datetime(2025, 5, 20, 9, 0, tzinfo=UTC)


def seen(page: str) -> list[str]:
    """What a reader sees of a page, piece by piece."""
    return [unescape(piece).strip() for piece in re.split(r"<[^>]+>", page) if piece.strip()]


def credit(
    credits_: float = 5, *, title: str | None = "Форум терапевтов, день 1", kind: str = "event", **cycles: float
) -> Credit:
    return Credit(
        owner=UUID(int=1),
        activity_key="code:AB12CDEF3456",
        kind=kind,
        title=title,
        completed_on=date(2025, 5, 14),
        origin="sovetnmo",
        origin_account="s1",
        recorded_at=NOW,
        position=1,
        counts="counted",
        credits=credits_,
        counts_in=tuple(cycles),
        credits_in=tuple(cycles.values()),
    )


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("value", "words"),
    [(1, "1 балл"), (2, "2 балла"), (5, "5 баллов"), (11, "11 баллов"), (21, "21 балл"), (1.5, "1,5 балла")],
)
def test_credits_have_the_right_plural(value: float, words: str) -> None:
    assert plain(points(value)) == words


def test_a_programme_gives_hours() -> None:
    assert [plain(worth("programme", value)) for value in (1, 72, 36)] == ["1 час", "72 часа", "36 часов"]


@pytest.mark.parametrize(
    ("credited", "subject"),
    [
        ([credit(1)], "НМО: засчитан 1 балл"),
        ([credit(5), credit(4), credit(5)], "НМО: засчитано 14 баллов"),
        ([credit(36, kind="programme")], "НМО: засчитано 36 часов программы"),
        ([credit(1.5), credit(36, kind="programme")], "НМО: засчитано 1,5 балла и 36 часов программы"),
    ],
)
def test_the_subject_is_the_whole_sum(credited: list[Credit], subject: str) -> None:
    assert compose("edu", credited, ()).subject == subject


def test_the_text_says_what_when_how_much_and_where_it_counts() -> None:
    said = plain(compose("sovetnmo", [credit(5, c1=5)], [THERAPY]).text)
    assert said.startswith("Здравствуйте!\n\nВ вашем плане обучения засчитано 5 баллов.\n\nФорум терапевтов, день 1\n")
    assert "Мероприятие, 14 мая 2025 года: 5 баллов.\nЗасчитывается в цикле «терапия» (2021–2026).\n" in said
    assert "на портале sovetnmo.ru" in said


def test_several_cycles_are_named_with_their_credits_where_these_differ() -> None:
    both = [THERAPY, CARDIOLOGY]
    equal, different = credit(5, c1=5, c2=5), credit(5, c1=5, c2=2)
    assert "в циклах «терапия» (2021–2026), «кардиология» (2023–2028)." in compose("edu", [equal], both).text
    said = plain(compose("edu", [different], both).text)
    assert "в циклах «терапия» (2021–2026) 5 баллов, «кардиология» (2023–2028) 2 балла." in said


def test_the_html_says_the_same_and_escapes_what_others_wrote() -> None:
    composed = compose("edu", [credit(5, title="<b>Боль & $lines</b>\n", c1=5)], [THERAPY])
    pieces = seen(composed.html)
    assert "<b>Боль & $lines</b>" in pieces
    assert plain(" ".join(pieces)).count("5 баллов") == 3  # the page's title, the first sentence and the row
    assert "<b>Боль & $lines</b>\n" in composed.text


def test_no_code_and_no_link_stands_in_a_mail() -> None:
    composed = compose("edu", [credit()], ())
    assert "AB12" not in composed.text + composed.html
    assert "href" not in composed.html


def test_the_message_is_text_with_an_html_alternative_that_nobody_answers() -> None:
    composed = compose("edu", [credit()], ())
    mail = Mail(
        UUID(int=7),
        UUID(int=8),
        "notices@example.org",
        "a@example.org",
        composed.subject,
        composed.text,
        composed.html,
        NOW,
    )
    message = message_from_bytes(message_of(mail).as_bytes(), policy=policy.default)
    assert message["To"] == "a@example.org"
    assert message["Subject"] == "НМО: засчитано 5 баллов"
    assert message["Message-ID"] == "<00000000-0000-0000-0000-000000000007@example.org>"
    assert message["Content-Language"] == "ru"
    assert message["Auto-Submitted"] == "auto-generated"
    parts = [part.get_content_type() for part in message.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == composed.text.splitlines()


@pytest.mark.parametrize(
    ("typed", "usable"),
    [
        (" doctor@example.org ", "doctor@example.org"),
        ("врач@example.org", None),
        ("doctor@пример.рф", "doctor@xn--e1afmkfd.xn--p1ai"),
        ("a@b@example.org", None),
        ("a@example.org\r\nBcc: b@example.org", None),
        ("a@example.org>", None),
        ("@example.org", None),
        ("a@", None),
        ("a", None),
        ("a@exa..mple.org", None),
    ],
)
def test_only_an_address_that_mail_servers_take_is_used(typed: str, usable: str | None) -> None:
    assert usable_address(typed) == usable
