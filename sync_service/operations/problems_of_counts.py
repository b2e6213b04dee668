"""Problems of what was counted: silent portals, floods of parked messages and refusals, mail, a sum that is off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync_service.messages.reason_kinds import OTHER, words_of
from sync_service.operations.limits import (
    MAIL_LATE_S,
    PARKED_MIN,
    REFUSED_MIN,
    SILENT_PORTAL_S,
    UNUSUAL_TIMES,
)
from sync_service.operations.problem import Problem, Severity
from sync_service.sentences.lengths import (
    LETTERS,
    MESSAGES,
    REPLICAS,
    TIMES,
    clock,
    counted,
    counted_en,
    grouped,
    lasting,
    waits,
)
from sync_service.sentences.words import NOTHING, Sentence, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

    from sync_service.operations.standing import (
        MailStanding,
        ParkedStanding,
        RefusalStanding,
        ReplicaStanding,
        Standing,
    )

_TO_PORTAL: Final[Mapping[str, str]] = {"sovetnmo": "на sovetnmo", "edu": "в edu"}
REASONS: Final[Mapping[str, Sentence]] = {
    "code_malformed": Sentence("опечатка в коде", "the code is malformed"),
    "code_taken": Sentence("код занят другим", "the code is taken by another person"),
    "code_revoked": Sentence("код отозван", "the code is revoked"),
    "code_unknown": Sentence("код неизвестен", "the code is unknown"),
    "activity_withdrawn": Sentence("снята аккредитация", "the accreditation is withdrawn"),
    "already_linked": Sentence("кабинет уже связан с другим", "the account is linked to another"),
    "account_closed": Sentence("кабинет закрыт", "the account is closed"),
    "identity_mismatch": Sentence("не сошёлся СНИЛС", "the СНИЛС differ"),
}
"""Why something was refused, in a few words."""
_REFUSAL_REMEDY = Sentence("Посмотрите, у кого и где это началось.", "See whom it concerns and where it began.")
_CODES_REMEDY = Sentence(
    "Спросите организаторов, выгрузили ли они коды; когда коды внесут, служба примет их сама.",
    "Ask the providers whether the codes were issued; once they are, they are accepted by themselves.",
)


def of_portals(standing: Standing) -> Iterator[Problem]:
    """Portals that leave replicas unanswered although the publisher works."""
    publisher = standing.role("publisher")
    if not publisher.is_up or publisher.hindrance:
        return
    for one in standing.replicas:
        if one.oldest_since is None:
            continue
        heard_at = max(filter(None, (one.answered_at, one.oldest_since)))
        silent_s = (standing.taken_at - heard_at).total_seconds()
        if silent_s >= SILENT_PORTAL_S and one.waiting > one.deferred:
            yield _silent(one, silent_s)


def _silent(one: ReplicaStanding, silent_s: float) -> Problem:
    lag, waiting = lasting(silent_s), counted(one.waiting, REPLICAS)
    return Problem(
        kind="portal_silent",
        severity=Severity.BAD,
        subject=one.portal,
        what=Sentence(
            f"Копии {_TO_PORTAL[one.portal]} остаются без ответа {lag.ru}: портал молчит.",
            f"No replica to {one.portal} has been answered for {lag.en}: the portal is silent.",
        ),
        remedy=Sentence(
            f"{waits(one.waiting).capitalize()} {waiting}. Проверьте сеть до {one.portal} и его приём; копии не"
            " потеряются и уйдут сами, как только связь вернётся.",
            f"{counted_en(one.waiting, 'replica waits', 'replicas wait')}. Check the network to {one.portal} and its"
            " intake; none is lost, and all go by themselves once the connection is back.",
        ),
        since=one.answered_at or one.oldest_since,
        people=one.people,
        page="replicas",
    )


def of_parked(parked: ParkedStanding) -> Iterator[Problem]:
    """More messages parked in an hour than is usual."""
    usual = parked.usual_hour or 0.0
    if parked.hour < max(PARKED_MIN, UNUSUAL_TIMES * usual):
        return
    reason, most = next(iter(parked.hour_by_reason.items()))
    usually, usually_en = "", ""
    if parked.usual_hour is not None:
        usually, usually_en = f", обычно {grouped(round(usual))}", f", usually {round(usual)}"
    ru, en = (
        f"За час отложено {counted(parked.hour, MESSAGES)}",
        counted_en(parked.hour, "message was", "messages were"),
    )
    flood = Sentence(f"{ru}{usually}.", f"{en} parked in an hour{usually_en}.")
    yield Problem(
        kind="parked",
        severity=Severity.WARN,
        subject=reason,
        what=flood + _most_often(reason, most, parked.hour),
        remedy=Sentence(
            "Сообщите тому, кто их прислал; сообщения сохранены, исправленные можно повторить все сразу.",
            "Tell whoever sent them; they are kept, and once corrected all can be retried at once.",
        ),
        command="sync-service dead-letters list",
        page="dead-letters",
    )


def _most_often(reason: str, most: int, count: int) -> Sentence:
    """What most of them have in common."""
    if reason == OTHER:
        return Sentence("Причины разные.", "The reasons differ.")
    ru, en = words_of(reason)
    if most == count:
        return Sentence(f"Во всех {ru}.", f"In all of them: {en}.")
    return Sentence(f"В {grouped(most)} из них {ru}.", f"In {most:,} of them: {en}.")


def of_refusals(refusals: tuple[RefusalStanding, ...]) -> Iterator[Problem]:
    """More refusals for one reason in an hour than is usual."""
    for one in refusals:
        usual = one.usual_hour
        if usual is None or one.hour < max(REFUSED_MIN, UNUSUAL_TIMES * usual):
            continue
        why, times = word(REASONS, one.reason), counted(one.hour, TIMES)
        yield Problem(
            kind="refusals",
            severity=Severity.WARN,
            subject=one.reason,
            what=Sentence(
                f"Отказов больше обычного: {times} за час {why.ru}, обычно {grouped(round(usual))}.",
                f"More refusals than usual: {one.hour:,} in an hour because {why.en}, usually {round(usual)}.",
            ),
            remedy=_CODES_REMEDY if one.reason == "code_unknown" else _REFUSAL_REMEDY,
        )


def of_mail(standing: Standing, zone: tzinfo) -> Iterator[Problem]:
    """Mail that does not go out, and mail of which nobody knows whether it arrived."""
    mail = standing.mail
    interrupted = mail.parked_by_reason.get("interrupted", 0)
    if interrupted:
        yield _unsettled(interrupted)
    due_at = mail.oldest_waiting_since
    if due_at is None or mail.held or not standing.role("notifier").is_up:
        return
    if mail.hindrance or (standing.taken_at - due_at).total_seconds() > MAIL_LATE_S:
        yield _late(mail, clock(due_at, standing.taken_at, zone))


def _unsettled(count: int) -> Problem:
    return Problem(
        kind="mail_unsettled",
        severity=Severity.WARN,
        subject="interrupted",
        what=Sentence(
            f"Отправка прервалась, {counted(count, LETTERS)}: дошли ли они, неизвестно.",
            f"Sending was interrupted for {counted_en(count, 'e-mail')}: nobody knows whether they arrived.",
        ),
        remedy=Sentence(
            "Решите по каждому: послать ещё раз или нет. Само ничего не уйдёт дважды.",
            "Decide on each: send again or not. Nothing goes out twice by itself.",
        ),
        command="sync-service notices list",
        people=None,
    )


def _late(mail: MailStanding, at: Sentence) -> Problem:
    why = Sentence(
        f": почтовый сервер не отвечает ({mail.hindrance})", f": the mail server is silent ({mail.hindrance})"
    )
    why = why if mail.hindrance else NOTHING
    return Problem(
        kind="mail_stopped",
        severity=Severity.BAD,
        subject="mail",
        what=Sentence(f"Письма не уходят с {at.ru}{why.ru}.", f"No e-mail has gone out since {at.en}{why.en}."),
        remedy=Sentence(
            f"{waits(mail.waiting).capitalize()} {counted(mail.waiting, LETTERS)}; они уйдут, когда сервер ответит.",
            f"Waiting: {counted_en(mail.waiting, 'e-mail')}; all go when the server answers.",
        ),
        command="sync-service doctor",
        since=mail.oldest_waiting_since,
    )


def of_sum(standing: Standing) -> Iterator[Problem]:
    """A promise broken: what was received is not what is accounted for."""
    off = standing.sum.off_by
    if off:
        yield Problem(
            kind="sum_off",
            severity=Severity.BAD,
            subject="sum",
            what=Sentence(f"Сверка не сходится на {counted(abs(off), MESSAGES)}.", f"The sum is off by {abs(off)}."),
            remedy=Sentence(
                "Не перезапускайте; выполните sync-service check и позовите разработчика.",
                "Do not restart; run sync-service check and call a developer.",
            ),
            command="sync-service check",
            page="check",
        )
