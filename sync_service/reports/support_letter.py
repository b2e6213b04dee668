"""The letter that a portal's support asks for when a code was not activated: title, date, place and code.

It is written for support staff and says the true reason; it never says whose the code is. It must not go to the person:
what is filled in would tell a stranger that the code exists (DOMAIN.md, «Refusals»).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from sync_service.aggregates.confirmation_code import ConfirmationCode
from sync_service.aggregates.values import Account, Portal, Reason, canonical_code, code_stream, printed_code
from sync_service.questions.people import catalogue_of, known_streams
from sync_service.reports.report import full_name_of
from sync_service.reports.wording import readable
from sync_service.sentences.reasons import REASONS
from sync_service.sentences.words import NOTHING, Sentence, account_name, day

if TYPE_CHECKING:
    from sync_service.aggregates.activity import Activity
    from sync_service.aggregates.confirmation_code import Attempt
    from sync_service.event_store import EventStore

SUPPORT = {
    Portal.SOVETNMO: "поддержка портала Совета, info@sovetnmo.ru",
    Portal.EDU: "техническая поддержка портала edu.rosminzdrav.ru",
}
BLANK = "____________________ (впишите по свидетельству)"
NAME_BLANK = "____________________ (впишите фамилию, имя, отчество)"
NOT_FOR_THE_PERSON = Sentence(
    "Письмо для поддержки портала: в нём сказано, что известно о коде. Самому человеку его не посылайте.",
    "For the portal's support: it says what is known of the code. Do not send it to the person.",
)
_NO_ATTEMPT = "Из кабинетов этого человека код не вводили."
_ASK = "Код подтверждения не активирован. Просим его проверить."
_ASK_WHERE_IT_IS = "Код подтверждения принят, но человек не видит записи. Просим её найти."


class SupportLetter(msgspec.Struct, frozen=True):
    """The letter, and what it was filled in from; what is None is left blank in the text."""

    to: str
    subject: str
    text: str
    code: str
    title: str | None
    held_on: date | None
    place: str | None
    reason: Reason | None


def support_letter(store: EventStore, account: Account, typed: str) -> SupportLetter:
    """Write the letter about a code to the account's portal; raises CodeMalformed and AccountUnknown."""
    canonical = canonical_code(typed)
    person = known_streams(store, account, None).fold()
    stream = code_stream(canonical)
    code = ConfirmationCode(canonical).fold(store.load([stream]).get(stream, []))
    attempts = [attempt for attempt in code.attempts if attempt.account in person.accounts]
    activity = _activity(store, code, attempts)
    reason = attempts[-1].outcome if attempts else None
    lines = [
        *_heading(account, canonical),
        *_asked(activity, canonical, reason),
        f"Личный кабинет: {readable(account_name(account))}",
        f"Специалист: {readable(full_name_of(person) or '') or NAME_BLANK}",
        *(f"Код вводили: {_when(attempt)}" for attempt in attempts),
        "",
        f"Что известно службе синхронизации. {REASONS[reason].ru if reason else _NO_ATTEMPT}",
    ]
    published = activity.published if activity else None
    return SupportLetter(
        to=SUPPORT[account.portal],
        subject=_subject(canonical),
        text="\n".join(lines) + "\n",
        code=printed_code(canonical),
        title=activity.title if activity else None,
        held_on=activity.held_on if activity else None,
        place=published.place if published else None,
        reason=reason,
    )


def _activity(store: EventStore, code: ConfirmationCode, attempts: list[Attempt]) -> Activity | None:
    """What the code was issued for, or else what the person's portal named last."""
    vouched = [attempt.vouched_for for attempt in attempts if attempt.vouched_for]
    activity_id = code.activity_id or (vouched[-1] if vouched else None)
    return catalogue_of(store, [activity_id], None)(activity_id) if activity_id else None


def _subject(code: str) -> str:
    return f"Код подтверждения {printed_code(code)}"


def _heading(account: Account, code: str) -> list[str]:
    return [f"Кому: {SUPPORT[account.portal]}", f"Тема: {_subject(code)}", "", "Здравствуйте!", ""]


def _asked(activity: Activity | None, code: str, reason: Reason | None) -> list[str]:
    """What the portals' FAQ asks for: title, date, place and code."""
    published = activity.published if activity else None
    held_on = activity.held_on if activity else None
    is_credited = reason in {Reason.ACCEPTED, Reason.CODE_ALREADY_YOURS}
    return [
        _ASK_WHERE_IT_IS if is_credited else _ASK,
        "",
        f"Название: {readable(published.title) if published else BLANK}",
        f"Дата: {day(held_on).ru if held_on else BLANK}",
        f"Место: {readable(published.place) if published and published.place else BLANK}",
        *([f"Организатор: {readable(published.provider)}"] if published else []),
        f"Код: {printed_code(code)}",
        "",
    ]


def _when(attempt: Attempt) -> str:
    moment = attempt.at or attempt.completed_on
    on = day(moment) if moment else NOTHING
    clock = f", {attempt.at:%H:%M:%S} ({attempt.at.isoformat()[-6:]})" if attempt.at else ""
    return f"{on.ru}{clock}, кабинет {readable(account_name(attempt.account))}"
