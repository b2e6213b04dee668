"""Every type of message: what it must have, what it may leave out, and who may send it (contract, «Schema»)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sync_service.messages.contracts import CONTRACTS
from tests.unit.valid_messages import (
    ABSENT,
    BODIES,
    CATALOGUE,
    EDU,
    OPTIONAL,
    SOVETNMO,
    decoded,
    enveloped,
    event,
    message,
    reasons,
)

FIELDS = [(kind, name) for kind, (_, body) in BODIES.items() for name in body]
REQUIRED_FIELDS = [(kind, name) for kind, name in FIELDS if name not in OPTIONAL.get(kind, ())]
NEITHER: list[object] = [True, 7, [[]], {"a": 1}]
WRONG_TYPES = [
    (kind, name, wrong)
    for kind, name in FIELDS
    for wrong in NEITHER
    if type(wrong) is not type(BODIES[kind][1][name]) and not (wrong == 7 and name in {"hours", "distance_hours"})
]
OPTIONAL_FIELDS = [(kind, name) for kind, names in OPTIONAL.items() for name in sorted(names)]

MISSING = "обязательного поля нет / a required field is missing"
NULL = "обязательное поле пусто (null) / a required field is null"


def test_every_type_of_the_contract_is_known_and_has_an_example() -> None:
    assert {f"ru.nmo.{kind}" for kind in BODIES} == set(CONTRACTS)


@pytest.mark.parametrize("kind", BODIES)
def test_a_valid_message_is_read(kind: str) -> None:
    read = message(event(kind))
    assert (read.source, read.id, read.type) == (BODIES[kind][0], f"id-{kind}", f"ru.nmo.{kind}")
    assert type(read.body) is CONTRACTS[read.type].body
    assert read.body.model_fields_set == BODIES[kind][1].keys()


@pytest.mark.parametrize(("kind", "name"), REQUIRED_FIELDS)
def test_a_required_field_must_be_there(kind: str, name: str) -> None:
    assert reasons(event(kind, **{name: ABSENT})) == (f"data.{name}: {MISSING}",)


@pytest.mark.parametrize(("kind", "name"), REQUIRED_FIELDS)
def test_a_required_field_must_not_be_null(kind: str, name: str) -> None:
    (reason,) = reasons(event(kind, **{name: None}))
    assert reason in {f"data.{name}: {NULL}", f"data.{name}: {MISSING}"}


@pytest.mark.parametrize("absent", [None, ABSENT], ids=["null", "not there"])
@pytest.mark.parametrize(("kind", "name"), OPTIONAL_FIELDS)
def test_an_optional_field_may_be_absent_or_null(kind: str, name: str, absent: object) -> None:
    read = message(event(kind, **{name: absent}))
    assert getattr(read.body, name) in (None, False)


@pytest.mark.parametrize(("kind", "name", "wrong"), WRONG_TYPES)
def test_a_field_of_another_type_is_an_error(kind: str, name: str, wrong: object) -> None:
    (reason,) = reasons(event(kind, **{name: wrong}))
    assert reason.startswith(f"data.{name}: ")
    assert "не тот тип" in reason


def test_unknown_attributes_and_fields_are_ignored() -> None:
    grown = {**enveloped("account.closed.v1"), "traceparent": "00-1", "data_base64": 5}
    grown["data"] |= {"colour": None, "nested": {"deep": [1, {"\ud800": "\0\udfff"}]}, "huge": 1e308}
    assert message(grown).body == message(event("account.closed.v1")).body


def test_a_number_beyond_all_ranges_in_an_unknown_field_is_ignored() -> None:
    line = b'{"grown":1e999,"more":%b,"half":"\\ud800",' % (b"7" * 5000)
    assert message(line + json.dumps(enveloped()).encode()[1:]).id == "id-account.closed.v1"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"specversion": "0.3"}, "specversion: не из перечня: 1.0 / not one of: 1.0"),
        ({"specversion": 1.0}, "specversion: не тот тип: нужен текст, а пришло число"),
        ({"id": ABSENT}, f"id: {MISSING}"),
        ({"id": ""}, "id: пустой текст / the text is empty"),
        ({"id": "x" * 201}, "id: длиннее 200 знаков / longer than 200 characters"),
        ({"id": 5}, "id: не тот тип: нужен текст, а пришло число"),
        ({"source": ABSENT}, f"source: {MISSING}"),
        ({"source": "/portals/other"}, "source: такого источника служба не знает / a source that the service does"),
        ({"type": ABSENT}, f"type: {MISSING}"),
        ({"type": ["a"]}, "type: не тот тип: нужен текст, а пришёл список"),
        ({"type": "ru.nmo.account.closed.v2"}, "type: такого типа сообщений служба не знает / a type of message"),
        ({"type": "account.closed.v1"}, "type: такого типа сообщений служба не знает / a type of message"),
        ({"subject": 5}, "subject: не тот тип: нужен текст, а пришло число"),
        ({"time": ABSENT}, f"time: {MISSING}"),
        ({"time": None}, f"time: {NULL}"),
        ({"data": ABSENT}, f"data: {MISSING}"),
        ({"data": None}, f"data: {NULL}"),
        ({"data": []}, "data: не тот тип: нужен объект, а пришёл список"),
        ({"data": "{}"}, "data: не тот тип: нужен объект, а пришёл текст"),
    ],
)
def test_the_attributes_have_their_rules(changes: dict[str, Any], reason: str) -> None:
    (told,) = reasons(enveloped(**changes))
    assert told.startswith(reason)


def test_the_subject_may_be_absent() -> None:
    for absent in (None, ABSENT):
        assert message(enveloped(subject=absent)).subject is None


@pytest.mark.parametrize("source", [SOVETNMO, EDU, CATALOGUE, "/support"])
@pytest.mark.parametrize("kind", BODIES)
def test_a_type_comes_only_from_those_who_may_send_it(kind: str, source: str) -> None:
    portals = {SOVETNMO, EDU}
    may = {"link.requested.v1": {EDU}, "link.confirmed.v1": {SOVETNMO}, "link.declined.v1": {SOVETNMO}}
    senders = {CATALOGUE} if BODIES[kind][0] == CATALOGUE else may.get(kind, portals)
    changed = event(kind) | {"source": source}
    if source in senders:
        assert message(changed).source == source
    else:
        assert reasons(changed) == (
            f"source: {source} не вправе присылать такие сообщения / {source} may not send messages of this type",
        )


def test_a_message_is_unreadable_in_the_same_way_every_time() -> None:
    broken = enveloped(time=None, id="", data={"account_id": 5})
    assert decoded(broken) == decoded(broken)
