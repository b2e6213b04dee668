"""A message is told all its errors at once, each by its place and none with its value."""

from __future__ import annotations

import json
from uuid import UUID

from sync_service.messages.decoding import Unreadable
from sync_service.messages.faults import TEXTS, Kind
from sync_service.messages.outcome_messages import MessageParked, cloud_event
from sync_service.messages.problems import ID_REUSED, PLACES_MAX, REASONS_MAX
from tests.unit.valid_messages import CATALOGUE, NOW, decoded, enveloped, event, is_message, message, reasons

BAD_CODE = (
    "data.codes: код на месте {0} списка неверен; ни один код этого сообщения не принят"
    " / the code at place {0} is malformed; none of the message's codes is taken"
)


def test_every_error_of_the_envelope_and_the_data_is_told() -> None:
    broken = event("programme.completed.v1", hours="36", completed_on="12.05.2025", organisation=None)
    broken |= {"time": None, "source": CATALOGUE, "specversion": "0.3"}
    assert reasons(broken) == (
        "specversion: не из перечня: 1.0 / not one of: 1.0",
        "time: обязательное поле пусто (null) / a required field is null",
        "data.hours: не тот тип: нужно число, а пришёл текст / wrong type: a number is expected, not text",
        "data.completed_on: дата не вида ГГГГ-ММ-ДД / not a YYYY-MM-DD date",
        "data.organisation: обязательное поле пусто (null) / a required field is null",
        f"source: {CATALOGUE} не вправе присылать такие сообщения / {CATALOGUE} may not send messages of this type",
    )


def test_every_bad_code_is_named_by_its_place() -> None:
    codes = ["AB12-CD34EF56", "AB1", "", 5, "AB12-CD34EF5\0", "АВ12-СD34ЕF57"]
    *bad, no_text = reasons(event("codes.issued.v1", codes=codes))
    assert bad == [BAD_CODE.format(place) for place in (2, 3, 5)]
    assert no_text == (
        "data.codes: на месте 4: не тот тип: нужен текст, а пришло число"
        " / at place 4: wrong type: text is expected, not a number"
    )


def test_a_list_of_codes_has_its_limit() -> None:
    assert is_message(event("codes.issued.v1", codes=["AB12CD34EF56"] * 10_000))
    told = reasons(event("codes.issued.v1", codes=["AB12CD34EF56"] * 10_000 + ["?"]))
    assert told[0] == "data.codes: в списке больше 10000 кодов / more than 10000 codes"
    assert told[1].startswith("data.codes: код на месте 10001 списка неверен")


def test_rows_and_names_are_found_by_their_places() -> None:
    row = {"audience": "doctors", "education_level": "higher", "credits": -1, "specialties": ["терапия", "", 5]}
    assert [
        reason.split(" / ")[0] for reason in reasons(event("activity.published.v1", accreditation=[{}, row, 5]))
    ] == [
        "data.accreditation.audience: на месте 1: обязательного поля нет",
        "data.accreditation.education_level: на месте 1: обязательного поля нет",
        "data.accreditation.credits: на месте 1: обязательного поля нет",
        "data.accreditation.specialties: на месте 1: обязательного поля нет",
        "data.accreditation.credits: на месте 2: число меньше нуля",
        "data.accreditation.specialties: на месте 2.2: пустой текст",
        "data.accreditation.specialties: на месте 2.3: не тот тип: нужен текст, а пришло число",
        "data.accreditation: на месте 3: не тот тип: нужен объект, а пришло число",
    ]


def test_ten_thousand_bad_codes_are_all_named_in_an_answer_that_fits() -> None:
    told = reasons(event("codes.issued.v1", codes=["?"] * 10_000))
    places = [place for reason in told for place in reason.split(" списка")[0].split("местах ")[1].split(", ")]
    assert places == [str(place) for place in range(1, 10_001)]
    assert len(told) == 10_000 // PLACES_MAX
    assert max(map(len, told)) <= 1000


def test_errors_without_end_are_counted_at_last() -> None:
    rows = [{"specialties": [kind, ""] * 9} for kind in (1, 2)] * 1500
    told = reasons(event("activity.published.v1", accreditation=rows))
    assert len(told) == REASONS_MAX
    assert told[-1].startswith("message: и ещё ошибок: ")
    assert max(map(len, told)) <= 1000
    parked = cloud_event(MessageParked.TYPE, MessageParked(reasons=list(told)), "1", NOW, None)
    assert len(parked) <= 256 * 1024


def test_no_reason_tells_a_value() -> None:
    secret = "Тайна-112"
    body = {
        "account_id": [secret],
        "email": {secret: secret},
        "snils": secret,
        "education_level": secret,
        "audience": secret,
        "specialties": [[secret], secret * 500],
        "registered_at": secret,
        secret: secret,
    }
    broken = enveloped("account.registered.v1", data=body, time=secret, specversion=secret, source=secret, type=secret)
    for changed in (broken, broken | {"type": "ru.nmo.account.registered.v1"}):
        assert secret not in "".join(reasons(changed))


def test_every_kind_of_problem_has_its_words_in_both_languages() -> None:
    assert TEXTS.keys() == set(Kind)
    for russian, english in TEXTS.values():
        assert any("а" <= letter <= "я" for letter in russian)
        assert any("a" <= letter <= "z" for letter in english)


def test_a_reused_id_is_known_by_its_first_word() -> None:
    assert ID_REUSED.startswith("id_reused: ")


def test_what_can_be_made_out_is_told_beside_the_reasons() -> None:
    read = decoded(enveloped(time=None))
    assert isinstance(read, Unreadable)
    whole = message(enveloped())
    assert (read.source, read.id, read.type, read.account_id) == (whole.source, whole.id, whole.type, "s-1")
    assert read.key == whole.key


def test_the_subject_names_the_account_where_the_data_does_not() -> None:
    read = decoded(enveloped(data=None))
    assert isinstance(read, Unreadable)
    assert read.account_id == "s-1"


def test_what_is_no_valid_text_is_not_made_out() -> None:
    for wrong in ("", "x" * 1001, "\ud800", "\0", 5, None, ["a"]):
        read = decoded(enveloped(id=wrong, source=wrong, type=wrong, subject=wrong, data={"account_id": wrong}))
        assert isinstance(read, Unreadable)
        assert (read.source, read.id, read.type, read.account_id) == (None, None, None, None)
        assert read.key is None


def test_the_key_is_drawn_from_source_and_id_and_the_content_from_type_and_data() -> None:
    read = message(enveloped())
    assert message(enveloped(time="2025-01-01T00:00:00Z", note=1)).key == read.key
    assert message(enveloped(time="2025-01-01T00:00:00Z", note=1)).content == read.content
    assert message(enveloped(id="other")).key != read.key
    assert message(enveloped(id="other")).content == read.content
    assert message(event("account.closed.v1", closed_at="2025-05-12T18:30:06+03:00")).content != read.content


def test_what_this_version_ignores_makes_no_other_content() -> None:
    whole = message(event("account.closed.v1"))
    assert message(event("account.closed.v1", grown=1, also={"deep": [None]})).content == whole.content
    published = event("activity.published.v1")
    rows = [row | {"grown": True} for row in published["data"]["accreditation"]]
    assert message(event("activity.published.v1", accreditation=rows)).content == message(published).content


def test_keys_and_contents_stay_what_they_are_for_ever() -> None:
    """They are stored: another way to draw them would make every repeat a new message."""
    read = message(enveloped())
    assert read.key == UUID("14664c49-265e-ea23-b671-b326a7031f3f")
    assert read.content == UUID("20fe9e78-f9b6-e925-137d-255c7357fa13")


def test_the_content_knows_no_order_of_fields() -> None:
    turned = enveloped(data=dict(reversed(enveloped()["data"].items())))
    assert message(turned).content == message(enveloped()).content
    assert message(json.dumps(turned, indent=1).encode()).content == message(enveloped()).content
