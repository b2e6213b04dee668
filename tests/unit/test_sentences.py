"""What support staff read of every fact: in both languages, in whole sentences, and never a personal detail."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import msgspec
import pytest

from sync_service.adapters.event_mapper import KNOWN_MODULES
from sync_service.aggregates import activity, confirmation_code
from sync_service.aggregates import specialist_facts as facts
from sync_service.aggregates.activity import AccreditationRow
from sync_service.aggregates.aggregate import FACTS, Event, Fact
from sync_service.aggregates.deciding import Decision, Kind
from sync_service.aggregates.policy import Altogether, CodePeriod, Targets
from sync_service.aggregates.values import Account, Portal, Reason
from sync_service.messages.contracts import CONTRACTS
from sync_service.messages.portal_messages import PortalBody
from sync_service.sentences.links import link_standing
from sync_service.sentences.reasons import REASONS
from sync_service.sentences.subjects import MESSAGES, record_name
from sync_service.sentences.telling import SENTENCES, told
from sync_service.sentences.words import Sentence, codes, day, events, hours, listed

AT = datetime.fromisoformat("2025-05-12T23:30:00+12:00")
E1, S1 = Account(Portal.EDU, "e1"), Account(Portal.SOVETNMO, "s1")
CODE = "AB12CDEF3456"
SECRETS = {"email": "anna@example.org", "full_name": "Anna Invented", "snils": "11223344595"}
TEXTS = SECRETS | {"code": CODE, "key": f"code:{CODE}", "audience": "doctors", "education_level": "higher"}
VALUES: dict[Any, Any] = {
    datetime: AT,
    date: date(2025, 5, 12),
    Account: E1,
    UUID: UUID(int=1),
    int: 2,
    float: 1.5,
    bool: True,
    Reason: Reason.ACCEPTED,
    tuple[str, ...]: ("cardiology",),
    tuple[AccreditationRow, ...]: (),
    Targets: Targets(events=16),
    Altogether: Altogether(credits=250),
    Decision: Decision(Kind.UNDO_LINK, E1, S1),
    tuple[UUID, ...]: (UUID(int=1),),
    tuple[CodePeriod, ...]: (CodePeriod((Portal.EDU,), date(2025, 1, 1)),),
}
KINDS = [kind for kind in FACTS.values() if kind.__module__.startswith("sync_service.") and KNOWN_MODULES]


def sample(kind: type[Fact], *, whole: bool) -> Fact:
    """A fact with all its fields, or with those only that it must have."""
    fields = msgspec.structs.fields(kind)
    return kind(**{field.name: value_of(field.name, field.type) for field in fields if whole or field.required})


def value_of(name: str, annotation: Any) -> Any:  # noqa: ANN401 - any field
    if get_origin(annotation) in {Union, UnionType}:
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    return TEXTS.get(name, "x1") if annotation is str else VALUES[annotation]


def sentence(fact: Fact) -> Sentence:
    return told(Event(UUID(int=0), 1, fact, datetime(2026, 1, 1, tzinfo=UTC)))


def test_every_kind_of_fact_has_its_sentence_in_both_languages() -> None:
    assert set(KINDS) == set(SENTENCES)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.TYPE)
def test_sentences_are_whole_and_each_in_its_own_language(kind: type[Fact], whole: bool) -> None:
    text = sentence(sample(kind, whole=whole))
    assert re.search(r"[а-яё]", text.ru)
    assert not re.search(r"[а-яё]", text.en)
    for words in text:
        assert words[0].isupper() or words[0].isdigit() or words.startswith(("edu", "sovetnmo"))
        assert words.endswith(".")
        assert not re.search(r"None|[{}!]|\.\.|  |:\.| ,|«»|“”|_", words), words


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.TYPE)
def test_no_sentence_names_a_personal_detail(kind: type[Fact]) -> None:
    text = sentence(sample(kind, whole=True))
    assert not [secret for secret in SECRETS.values() for words in text if secret in words]


def test_every_outcome_has_its_words() -> None:
    assert set(REASONS) == set(Reason)


def test_every_message_of_a_portal_has_its_words() -> None:
    bodies = {name for name, contract in CONTRACTS.items() if issubclass(contract.body, PortalBody)}
    assert bodies == set(MESSAGES)


@pytest.mark.parametrize(
    ("fact", "ru", "en"),
    [
        (
            facts.ActivationRecorded(
                account=S1, code=CODE, activated_at=AT, activity_id="ev1", vouched_for="ev2", answers="m1"
            ),
            (
                "Служба рассмотрела попытку заново. 12 мая 2025 года человек ввёл на sovetnmo код AB12-CDEF3456."
                " Код принят за активность ev1. Портал называл активность ev2; верна запись о выдаче кода."
            ),
            (
                "The service judged the attempt again. On 12 May 2025 the person entered the code AB12-CDEF3456"
                " at sovetnmo. The code is accepted for the activity ev1. The portal named the activity ev2; the issue"
                " record of the code wins."
            ),
        ),
        (
            facts.ActivationRefused(
                account=E1, typed="AB12-CDEF345Ю", reason=Reason.CODE_MALFORMED, activated_at=AT, position=13
            ),
            "12 мая 2025 года в edu ввели не код: знака «Ю» в кодах не бывает.",
            "On 12 May 2025 something was entered at edu that is no code: the character “Ю” never occurs in codes.",
        ),
        (
            facts.ActivationRefused(account=E1, typed="AB12", reason=Reason.CODE_MALFORMED, activated_at=AT),
            "12 мая 2025 года в edu ввели не код: букв и цифр 4, а нужно 12.",
            "On 12 May 2025 something was entered at edu that is no code: 4 letters and digits instead of 12.",
        ),
        (
            facts.PersonalDetailsReported(account=E1, at=AT, email="anna@example.org", full_name="Анна"),
            "12 мая 2025 года портал edu сообщил почту и имя.",
            "On 12 May 2025 edu named the e-mail address and the name.",
        ),
        (
            facts.CompletionRecorded(
                account=E1,
                module_id="m1",
                completed_on=date(2025, 9, 1),
                code=CODE,
                code_outcome=Reason.CODE_ALREADY_YOURS,
            ),
            (
                "Портал edu сообщил: модуль m1 завершён 1 сентября 2025 года. Рядом код AB12-CDEF3456."
                " Код уже у этого человека: второго балла нет."
            ),
            (
                "edu said: module m1 was completed on 1 September 2025. Beside it code AB12-CDEF3456."
                " This person has the code already: no second credit."
            ),
        ),
        (
            facts.ReplicaRequested(
                account=E1,
                key=f"code:{CODE}",
                revision=2,
                kind="event",
                activity_id="ev1",
                completed_on=date(2025, 5, 12),
                origin=S1,
                origin_recorded_at=AT,
                title="Форум «Клиника»",
                asked=4,
            ),
            "Служба запросила у edu копию: код AB12-CDEF3456, «Форум „Клиника“» (редакция 2, просьба 4-я).",
            "The service asked edu for a replica: code AB12-CDEF3456, “Форум «Клиника»” (revision 2, request no. 4).",
        ),
        (
            facts.ReplicaRejected(account=E1, key="module:m1:2025-05-12", at=AT, detail="запись закрыта"),
            "12 мая 2025 года портал edu отклонил копию: модуль m1 от 12 мая 2025 года. Причина: «запись закрыта».",
            "On 12 May 2025 edu refused the replica: module m1 of 12 May 2025. The reason: “запись закрыта”.",
        ),
        (
            facts.LinkRefused(request_id="r1", edu="e1", sovetnmo="s1", reason=Reason.IDENTITY_MISMATCH),
            "Служба не связала кабинеты edu e1 и sovetnmo s1. СНИЛС в кабинетах разный. Решают двое сотрудников.",
            (
                "The service did not link the accounts edu e1 and sovetnmo s1. The СНИЛС differ."
                " Two members of staff decide."
            ),
        ),
        (
            facts.LinkCompleted(request_id="r1", edu="e1", sovetnmo="s1", to_edu=9, to_sovetnmo=2, applied=10),
            (
                "Перенос завершён: показано 10 из 11. Остальные портал отклонил, или они отменены."
                " Связывают один раз, дальше записи идут сами."
            ),
            (
                "Transfer done: 10 of 11 shown. The rest was refused by the portal or reversed."
                " Linking is done once; entries flow by themselves from then on."
            ),
        ),
        (
            facts.MessageNoted(account=E1, message_type="ru.nmo.module.completed.v1", key="module:m1:2025-05-12"),
            "Портал edu прислал завершение модуля (модуль m1 от 12 мая 2025 года). Это ничего не изменило.",
            "edu sent the completion of a module (module m1 of 12 May 2025). It changed nothing.",
        ),
        (
            confirmation_code.AttemptRejudged(attempt=0, outcome=Reason.CODE_TAKEN),
            "Служба рассмотрела попытку № 1 заново. Код занят: раньше его ввёл другой человек.",
            "The service judged attempt no. 1 again. The code is taken: another person entered it before.",
        ),
        (
            activity.CodesIssued(activity_id="ev1", audience="nurses", codes=21),
            "Организатор выдал 21 код за активность ev1, для медсестёр и медбратьев.",
            "The provider issued 21 codes for the activity ev1, for nurses.",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fact) else "",
)
def test_what_staff_read(fact: Fact, ru: str, en: str) -> None:
    assert sentence(fact) == Sentence(ru, en)


def test_the_day_of_an_instant_is_the_one_written_in_it() -> None:
    assert day(AT).ru == "12 мая 2025 года"
    assert day(AT.astimezone(UTC).replace(hour=1, day=13)).en == "13 May 2025"


def test_details_that_were_erased_are_not_told_apart() -> None:
    assert sentence(facts.PersonalDetailsReported(account=E1, at=AT)).ru.endswith("сообщил личные данные.")


@pytest.mark.parametrize(
    ("amount", "ru", "en"),
    [
        (codes(1), "1 код", "1 code"),
        (codes(3), "3 кода", "3 codes"),
        (codes(11), "11 кодов", "11 codes"),
        (codes(102), "102 кода", "102 codes"),
        (hours(72), "72 часа", "72 hours"),
        (hours(1.5), "1,5 часа", "1.5 hours"),
        (events(21), "21 события", "21 events"),
        (events(65), "65 событий", "65 events"),
    ],
)
def test_amounts_are_declined(amount: Sentence, ru: str, en: str) -> None:
    assert amount == Sentence(ru, en)


def test_a_list_ends_with_and() -> None:
    words = [Sentence("почту", "mail"), Sentence("имя", "name"), Sentence("СНИЛС", "СНИЛС")]
    assert listed(words) == Sentence("почту, имя и СНИЛС", "mail, name and СНИЛС")
    assert listed(words[:1]) == words[0]


@pytest.mark.parametrize("key", ["module:2025-05-12", "module:m1:12.05.2025", "lecture:m1:2025-05-12", "code:AB"])
def test_a_key_of_no_known_form_stands_for_itself(key: str) -> None:
    assert record_name(key).ru == f"запись {key}"


def test_a_module_may_have_a_colon_in_its_name() -> None:
    assert record_name("module:urn:m:1:2025-05-12").en == "module urn:m:1 of 12 May 2025"


@pytest.mark.parametrize("state", [None, "requested", "confirmed", "backfilling", "completed", "refused"])
def test_a_link_is_told_in_every_state(state: str | None) -> None:
    text = link_standing(state, 4, 11, Reason.DECLINED)
    assert all(words.endswith(".") for words in text)
    assert ("4" in text.ru) == (state in {"backfilling", "completed"})
