"""Reasons as staff read them: fields by their names with the key beside them, senders by theirs, nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_service.console.reasons_told import reason_sentence, type_of, wrongs_told
from sync_service.messages.catalogue_messages import Accreditation
from sync_service.messages.contracts import CONTRACTS, SOURCES, Attributes
from sync_service.messages.faults import Kind
from sync_service.messages.problems import ID_REUSED, Problem, reasons_of
from sync_service.messages.reason_words import FIELDS, KIND_WORDS, SENDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

LINK = "ru.nmo.link.requested.v1"


def told(*path: str | int, kind: Kind, facts: Mapping[str, object] | None = None, of: str | None = None) -> str:
    """The Russian sentence of one fault."""
    (reason,) = reasons_of([Problem(path, kind, facts or {})])
    return reason_sentence(reason, of).ru


def test_every_field_that_is_read_has_a_name() -> None:
    bodies: list[type[BaseModel]] = [Accreditation, *(contract.body for contract in CONTRACTS.values())]
    read = {name for body in bodies for name in body.model_fields} | set(Attributes.__annotations__)
    assert read <= set(FIELDS)
    assert set(SENDERS) == SOURCES
    assert set(KIND_WORDS) == set(Kind)


@pytest.mark.parametrize(
    ("path", "kind", "facts", "sentence"),
    [
        (("data", "held_on"), Kind.MISSING, {}, "нет обязательного поля: дата проведения (held_on)"),
        (("time",), Kind.MISSING, {}, "нет обязательного поля: время сообщения (time)"),
        (("data", "completed_on"), Kind.DATE_FORM, {}, "дата завершения (completed_on) записана не как ГГГГ-ММ-ДД"),
        (("time",), Kind.INSTANT_AHEAD, {"days": 3}, "время сообщения (time): на 3 сут. впереди нашего"),
        (("data", "title"), Kind.TOO_LONG, {"limit": 9}, "название (title): длиннее 9 знаков"),
        (("data", "snils"), Kind.SNILS_CHECKSUM, {}, "СНИЛС с неверной контрольной суммой"),
        (("message",), Kind.TOO_BIG, {"limit": 256}, "больше 256 КиБ"),
        (
            ("data", "accreditation", 1, "credits"),
            Kind.MISSING,
            {},
            "нет обязательного поля: баллы (accreditation.credits) на месте 2",
        ),
    ],
)
def test_a_reason_names_its_field_and_its_key(
    path: tuple[str | int, ...], kind: Kind, facts: Mapping[str, object], sentence: str
) -> None:
    assert told(*path, kind=kind, facts=facts) == sentence


def test_a_sender_is_called_by_name_and_so_is_who_sends_such_messages() -> None:
    facts = {"source": "/portals/sovetnmo"}
    bare = "sovetnmo не вправе присылать такие сообщения"
    assert told("source", kind=Kind.SOURCE_NOT_ALLOWED, facts=facts) == bare
    assert told("source", kind=Kind.SOURCE_NOT_ALLOWED, facts=facts, of=LINK) == f"{bare}; их присылает только edu"
    facts = {"source": "/catalogue"}
    expected = "каталог не вправе присылать такие сообщения; их присылают только sovetnmo и edu"
    assert told("source", kind=Kind.SOURCE_NOT_ALLOWED, facts=facts, of="ru.nmo.code.activated.v1") == expected


def test_what_is_worded_otherwise_stands_as_it_is() -> None:
    assert reason_sentence("anything at all").ru == "anything at all"
    assert reason_sentence("data.x: по-русски / in English") == ("x: по-русски", "x: in English")
    assert reason_sentence(ID_REUSED).ru == "тот же номер сообщения уже был с другим содержанием"


def test_the_type_is_what_the_bytes_say() -> None:
    reasons = reasons_of([Problem(("source",), Kind.SOURCE_NOT_ALLOWED, {"source": "/portals/sovetnmo"})])
    (sentence,) = wrongs_told(b'{"type": "%s"}' % LINK.encode(), reasons)
    assert sentence.en == "sovetnmo may not send messages of this type; only edu may"
    assert [type_of(value) for value in (b"{", b"[]", b'{"type": 3}')] == [None] * 3
