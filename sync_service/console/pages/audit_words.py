"""The words of the auditor's page: what each act and door is called, and whether the chain holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_service.auditing import Act, Door
from sync_service.sentences.words import Sentence, form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync_service.auditing import AuditFault, AuditStanding

ACTS: Mapping[str, Sentence] = {
    Act.SEARCHED: Sentence("поиск", "search"),
    Act.FOUND_SEEN: Sentence("список найденного", "list of what was found"),
    Act.PERSON_SEEN: Sentence("страница специалиста", "specialist's page"),
    Act.HISTORY_SEEN: Sentence("история", "history"),
    Act.PLAN_SEEN: Sentence("план", "plan"),
    Act.ANSWER_SEEN: Sentence("ответ пользователю", "answer to the user"),
    Act.VALUE_REVEALED: Sentence("открыто значение", "value revealed"),
    Act.REPLAY_SEEN: Sentence("пересчёт из событий", "recomputation from events"),
    Act.ROWS_REPAIRED: Sentence("строки исправлены", "rows repaired"),
    Act.RESEND_FORESEEN: Sentence("что будет запрошено снова", "what would be asked for again"),
    Act.RESENT: Sentence("копии запрошены снова", "replicas asked for again"),
    Act.REPORT_MADE: Sentence("отчёт", "report"),
    Act.REPORT_VERIFIED: Sentence("отчёт проверен", "report verified"),
    Act.CODE_SEEN: Sentence("страница кода", "code's page"),
    Act.CODE_REVEALED: Sentence("код целиком", "whole code"),
    Act.SUPPORT_LETTER_SEEN: Sentence("письмо в поддержку", "letter to the support"),
    Act.LETTERS_LISTED: Sentence("список отложенных", "list of parked messages"),
    Act.LETTER_SEEN: Sentence("отложенное сообщение", "parked message"),
    Act.LETTER_REVEALED: Sentence("отложенное сообщение целиком", "whole parked message"),
    Act.LETTER_FORESEEN: Sentence("что сделает сообщение", "what a message would do"),
    Act.LETTER_RETRIED: Sentence("сообщение повторено", "message retried"),
    Act.LETTER_DISCARDED: Sentence("сообщение отклонено", "message discarded"),
    Act.DECISIONS_LISTED: Sentence("список решений", "list of decisions"),
    Act.DECISION_SEEN: Sentence("решение рассмотрено", "decision looked at"),
    Act.DECISION_PROPOSED: Sentence("решение предложено", "decision proposed"),
    Act.DECISION_APPROVED: Sentence("решение одобрено", "decision approved"),
    Act.DECISION_REJECTED: Sentence("решение отклонено", "decision rejected"),
    Act.CREDIT_REVERSED: Sentence("балл отменён", "credit reversed"),
    Act.ACCOUNTS_RECONCILED: Sentence("сверка с порталом", "reconciliation with a portal"),
    Act.NOTICES_LISTED: Sentence("список писем", "list of notices"),
    Act.NOTICES_DECIDED: Sentence("решено о письмах", "notices decided on"),
    Act.REBUILD_SEEN: Sentence("перестроение рассмотрено", "rebuild looked at"),
    Act.REBUILD_DECIDED: Sentence("решено о перестроении", "rebuild decided on"),
    Act.CASE_OPENED: Sentence("обращение начато", "case begun"),
    Act.CASE_ENDED: Sentence("обращение закончено", "case ended"),
    Act.SIGNED_IN: Sentence("вход", "signed in"),
    Act.SIGNED_OUT: Sentence("выход", "signed out"),
    Act.LINK_MADE: Sentence("ссылка для входа выдана", "sign-in link made"),
    Act.CREDENTIALS_CHANGED: Sentence("доступ программы изменён", "program's credentials changed"),
    Act.ERASURES_LISTED: Sentence("список стираний", "list of erasures"),
    Act.ERASURE_SEEN: Sentence("стирание рассмотрено", "erasure looked at"),
    Act.ERASURE_PROPOSED: Sentence("стирание предложено", "erasure proposed"),
    Act.ERASURE_APPROVED: Sentence("стирание одобрено", "erasure approved"),
    Act.ERASURE_REJECTED: Sentence("стирание отклонено", "erasure rejected"),
    Act.PERSON_ERASED: Sentence("данные человека стёрты", "person's data erased"),
    Act.CERTIFICATE_SEEN: Sentence("справка о стирании", "certificate of erasure"),
    Act.STORE_COPIED: Sentence("резервная копия", "backup"),
    Act.KEYS_ROTATED: Sentence("ключи обновлены", "keys rotated"),
    Act.MAIL_OPENED: Sentence("письмо открыто", "mail opened"),
    Act.STORE_RESTORED: Sentence("восстановление из копии", "restore from a backup"),
    Act.AUDIT_SEEN: Sentence("этот журнал", "this log"),
    Act.AUDIT_EXPORTED: Sentence("выгрузка журнала", "export of the log"),
    Act.AUDIT_VERIFIED: Sentence("проверка журнала", "verification of the log"),
    Act.AUDIT_ANCHORED: Sentence("журнал закреплён заново", "log anchored anew"),
}

DOORS: Mapping[Door, Sentence] = {
    Door.CONSOLE: Sentence("консоль", "console"),
    Door.API: Sentence("API", "API"),
    Door.COMMAND_LINE: Sentence("командная строка", "command line"),
}

HOLDS = Sentence("Цепочка цела: журнал такой, каким записан.", "The chain holds: the log is as it was recorded.")
MALFORMED = Sentence(
    "«Кого» — это кабинет (edu:ID или sovetnmo:ID) или номер из журнала, дни — как 2026-03-12.",
    "“Whom” is an account (edu:ID or sovetnmo:ID) or an id of the log; days are like 2026-03-12.",
)


def act_word(act: str) -> Sentence:
    """What an act is called; one that another version recorded, by its own name."""
    return ACTS.get(act, Sentence(act, act))


def anchored_sentence(standing: AuditStanding) -> Sentence:
    """How many rows there are, and up to where the anchor holds them."""
    rows = form(standing.newest, "запись", "записи", "записей", "записи")
    if standing.anchored is None:
        return Sentence(
            f"{standing.newest} {rows}; якоря на этой машине нет.", f"{standing.newest} rows; no anchor here."
        )
    return Sentence(
        f"{standing.newest} {rows}, закреплено до № {standing.anchored}.",
        f"{standing.newest} rows, anchored up to № {standing.anchored}.",
    )


def broken_sentence(faults: Sequence[AuditFault]) -> Sentence:
    """How many places do not hold."""
    places = form(len(faults), "месте", "местах", "местах", "местах")
    return Sentence(
        f"Цепочка нарушена в {len(faults)} {places}. Скажите тому, кто отвечает за безопасность.",
        f"The chain is broken in {len(faults)} places. Tell whoever answers for security.",
    )
