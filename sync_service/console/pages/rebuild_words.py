"""The words of the rebuilds' pages: what views, tables and columns are called, and what an order's state means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync_service.projections.comparing import Lack
from sync_service.projections.rebuild_orders import Act, OrderState
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

VIEWS: Final[Mapping[str, Sentence]] = {
    "learning_plan": Sentence("План", "Plan"),
    "replica_ledger": Sentence("Копии", "Replicas"),
    "link_progress": Sentence("Связи", "Links"),
    "code_register": Sentence("Коды", "Codes"),
    "directory": Sentence("Кабинеты", "Accounts"),
    "decision_cases": Sentence("Решения", "Decisions"),
    "sync_health": Sentence("Табло", "Dashboard"),
}
STATES: Final[Mapping[OrderState, tuple[str, Sentence]]] = {
    OrderState.ASKED: ("wait", Sentence("ждёт начала", "waits to begin")),
    OrderState.FILLING: ("wait", Sentence("заполняется", "being filled")),
    OrderState.COMPARING: ("wait", Sentence("сравнивается", "being compared")),
    OrderState.READY: ("wait", Sentence("ждёт решения", "waits for you")),
    OrderState.PAUSED: ("off", Sentence("приостановлено", "paused")),
    OrderState.FAILED: ("bad", Sentence("не получилось", "did not work")),
    OrderState.SWITCHING: ("wait", Sentence("переключается", "switching")),
    OrderState.TAKING_BACK: ("wait", Sentence("возвращается", "going back")),
    OrderState.SWITCHED: ("ok", Sentence("переключено", "switched")),
    OrderState.TAKEN_BACK: ("ok", Sentence("возвращено", "taken back")),
    OrderState.CANCELLED: ("off", Sentence("отменено", "cancelled")),
}
"""The kind of chip, and its word."""

LACKS: Final[Mapping[Lack, Sentence]] = {
    Lack.DIFFERS: Sentence("Отличаются", "Differ"),
    Lack.ONLY_IN_LIVE: Sentence("Только в служащей", "Only in the live one"),
    Lack.ONLY_IN_OTHER: Sentence("Только в новой", "Only in the new one"),
}
ACTS: Final[Mapping[Act, Sentence]] = {
    Act.PAUSE: Sentence("Приостановить", "Pause"),
    Act.RESUME: Sentence("Продолжить", "Resume"),
    Act.CANCEL: Sentence("Отменить и удалить новую версию…", "Cancel and drop the new version…"),
    Act.SWITCH: Sentence("Переключить…", "Switch…"),
}
RUN: Final = "sync-service run projections"
MOVED_ON: Final = Sentence(
    "Пока вы смотрели, перестроение продвинулось. Ничего не изменено; откройте его страницу и решите заново.",
    "The rebuild moved on while you were looking. Nothing was changed; open its page and decide again.",
)
NO_REASON: Final = Sentence("Ничего не изменено: напишите, почему.", "Nothing was changed: write why.")
ALL_OPEN: Final = Sentence(
    "Эти представления уже перестраиваются. Ничего не изменено.",
    "These views are being rebuilt already. Nothing was changed.",
)

TABLES: Final[Mapping[str, Sentence]] = {
    "entries": Sentence("запись плана", "entry of the plan"),
    "cycles": Sentence("цикл", "cycle"),
    "training": Sentence("подготовка", "training"),
    "replicas": Sentence("копия", "replica"),
    "links": Sentence("связь", "link"),
    "codes": Sentence("код", "code"),
    "attempts": Sentence("попытка ввода", "attempt"),
    "accounts": Sentence("кабинет", "account"),
    "cases": Sentence("вопрос к решению", "case to decide"),
    "counts": Sentence("счётчик", "count"),
}
COLUMNS: Final[Mapping[str, Sentence]] = {
    "account_id": Sentence("номер кабинета", "account id"),
    "activated_at": Sentence("код введён", "code entered at"),
    "activity_id": Sentence("активность по каталогу", "activity in the catalogue"),
    "activity_key": Sentence("активность", "activity"),
    "answered_at": Sentence("ответ портала", "answered at"),
    "applied": Sentence("показано", "shown"),
    "asked": Sentence("сколько раз спросили", "times asked"),
    "asked_at": Sentence("спросили", "asked at"),
    "at": Sentence("когда", "when"),
    "attempt": Sentence("которая попытка", "which attempt"),
    "audience": Sentence("для кого", "audience"),
    "backfill": Sentence("перенос истории", "transfer of history"),
    "begun_at": Sentence("начато", "begun at"),
    "code": Sentence("код", "code"),
    "code_audience": Sentence("для кого код", "the code's audience"),
    "code_revoked_at": Sentence("код отозван", "code revoked at"),
    "completed_at": Sentence("завершено", "completed at"),
    "completed_on": Sentence("день", "day"),
    "counts": Sentence("засчитано ли", "whether it counts"),
    "counts_in": Sentence("в каких циклах", "in which cycles"),
    "credits": Sentence("баллы", "credits"),
    "credits_in": Sentence("баллы по циклам", "credits by cycle"),
    "cycle_id": Sentence("цикл", "cycle"),
    "detail": Sentence("слова портала", "the portal's words"),
    "distance_hours": Sentence("дистанционные часы", "distance hours"),
    "duplicate_of": Sentence("дубль чего", "duplicate of"),
    "edu": Sentence("кабинет edu", "edu account"),
    "education_level": Sentence("уровень образования", "education level"),
    "email": Sentence("почта", "e-mail"),
    "email_look_up": Sentence("почта для поиска", "e-mail as looked up"),
    "ends_on": Sentence("конец", "ends on"),
    "events": Sentence("событий", "events"),
    "full_name": Sentence("имя", "name"),
    "hours": Sentence("часы", "hours"),
    "is_closed": Sentence("кабинет закрыт", "closed"),
    "is_deferred": Sentence("портал просит подождать", "deferred"),
    "is_joined": Sentence("кабинеты связаны", "joined"),
    "is_waiting": Sentence("ждёт ответа", "waits"),
    "kind": Sentence("вид", "kind"),
    "name_look_up": Sentence("имя для поиска", "name as looked up"),
    "number": Sentence("номер", "number"),
    "organisation": Sentence("организация", "organisation"),
    "origin": Sentence("откуда", "origin"),
    "origin_account": Sentence("кабинет, откуда", "account of origin"),
    "outcome": Sentence("исход", "outcome"),
    "owner": Sentence("чья строка", "whose row"),
    "owner_account": Sentence("кабинет владельца", "owner's account"),
    "owner_portal": Sentence("портал владельца", "owner's portal"),
    "policy": Sentence("правила", "policy"),
    "portal": Sentence("портал", "portal"),
    "position": Sentence("место в журнале", "place in the log"),
    "reason": Sentence("причина", "reason"),
    "recorded_at": Sentence("записано", "recorded at"),
    "request_id": Sentence("номер запроса", "request id"),
    "requested_at": Sentence("запрошено", "requested at"),
    "reversed_for": Sentence("причина отмены", "reversed for"),
    "revision": Sentence("редакция", "revision"),
    "revoked_at": Sentence("отозван", "revoked at"),
    "revoked_for": Sentence("причина отзыва", "revoked for"),
    "said_on": Sentence("день по порталу", "day by the portal"),
    "shown_in_edu": Sentence("показано в edu", "shown in edu"),
    "shown_in_sovetnmo": Sentence("показано на sovetnmo", "shown in sovetnmo"),
    "since": Sentence("с какого времени", "since"),
    "snils": Sentence("СНИЛС", "СНИЛС"),
    "snils_look_up": Sentence("СНИЛС для поиска", "СНИЛС as looked up"),
    "source": Sentence("источник", "source"),
    "sovetnmo": Sentence("кабинет sovetnmo", "sovetnmo account"),
    "span": Sentence("промежуток, мин", "span, min"),
    "specialties": Sentence("специальности", "specialties"),
    "specialty": Sentence("специальность", "specialty"),
    "starts_on": Sentence("начало", "starts on"),
    "state": Sentence("состояние", "state"),
    "title": Sentence("название", "title"),
    "to_edu": Sentence("нужно показать в edu", "to show in edu"),
    "to_sovetnmo": Sentence("нужно показать на sovetnmo", "to show in sovetnmo"),
    "type": Sentence("вид события", "event type"),
    "typed": Sentence("как набрано", "as typed"),
    "vouched_for": Sentence("кто подтвердил", "vouched for by"),
}


def title_of(view: str) -> Sentence:
    """What people call a view."""
    return VIEWS.get(view, Sentence(view, view))


def column_word(name: str) -> Sentence:
    """What people call a column."""
    return COLUMNS.get(name, Sentence(name, name))
