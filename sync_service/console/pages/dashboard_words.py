"""The words of the dashboard: what parts, views, sources and states are called on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync_service.operations.series import Period
from sync_service.operations.standing import PartState
from sync_service.sentences.words import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCES: Final[Mapping[str, Sentence]] = {
    "sovetnmo": Sentence("sovetnmo", "sovetnmo"),
    "edu": Sentence("edu", "edu"),
    "catalogue": Sentence("каталог", "catalogue"),
    "support": Sentence("поддержка", "support"),
    "unknown": Sentence("неизвестно откуда", "unknown source"),
}
READERS: Final[Mapping[str, Sentence]] = {
    "learning_plan": Sentence("План", "Plan"),
    "replica_ledger": Sentence("Копии", "Replicas"),
    "link_progress": Sentence("Связи", "Links"),
    "code_register": Sentence("Коды", "Codes"),
    "directory": Sentence("Кабинеты", "Accounts"),
    "sync_health": Sentence("Табло", "Dashboard"),
    "decision_cases": Sentence("Решения", "Decisions"),
    "publisher": Sentence("Порталам", "To the portals"),
    "replication": Sentence("Напоминания", "Reminders"),
    "notifier": Sentence("Подготовка писем", "Preparing mail"),
}
"""Views and followers of the log, in the order in which they are shown."""

TO_PORTALS: Final[Mapping[str, Sentence]] = {
    "sovetnmo": Sentence("на sovetnmo", "to sovetnmo"),
    "edu": Sentence("в edu", "to edu"),
}
PARTS: Final[Mapping[str, Sentence]] = {
    "consumers": Sentence("Приём", "Intake"),
    "projections": Sentence("Представления", "Views"),
    "rebuilder": Sentence("Перестроение", "Rebuilding"),
    "publisher": Sentence("Отправка порталам", "Publishing to the portals"),
    "replicator": Sentence("Напоминания порталам", "Reminders to the portals"),
    "notifier": Sentence("Письма", "Mail"),
    "console": Sentence("Консоль", "Console"),
}
PART_STATES: Final[Mapping[PartState, Sentence]] = {
    PartState.WORKING: Sentence("работает", "works"),
    PartState.STANDING_BY: Sentence("наготове", "stands by"),
    PartState.HUNG: Sentence("завис", "hangs"),
    PartState.STOPPED: Sentence("молчит", "silent"),
    PartState.ENDED: Sentence("остановлен", "ended"),
    PartState.ABSENT: Sentence("не запущен", "not running"),
}
AGES: Final[Mapping[str, Sentence]] = {
    "minute": Sentence("до минуты", "under a minute"),
    "ten_minutes": Sentence("до 10 минут", "under 10 minutes"),
    "hour": Sentence("до часа", "under an hour"),
    "day": Sentence("до суток", "under a day"),
    "older": Sentence("дольше суток", "over a day"),
}
PERIODS: Final[Mapping[Period, Sentence]] = {
    Period.DAY: Sentence("Сутки", "Day"),
    Period.WEEK: Sentence("Неделя", "Week"),
    Period.QUARTER: Sentence("Квартал", "Quarter"),
}
OVER: Final[Mapping[Period, Sentence]] = {
    Period.DAY: Sentence("за сутки", "over a day"),
    Period.WEEK: Sentence("за неделю", "over a week"),
    Period.QUARTER: Sentence("за квартал", "over a quarter"),
}
STEPS: Final[Mapping[Period, Sentence]] = {
    Period.DAY: Sentence("за 15 минут", "in 15 minutes"),
    Period.WEEK: Sentence("за 2 часа", "in 2 hours"),
    Period.QUARTER: Sentence("за день", "in a day"),
}
MAIL_PARKED: Final[Mapping[str, Sentence]] = {
    "interrupted": Sentence("отправка прервалась", "interrupted"),
    "store_restored": Sentence("база восстановлена из копии", "the database was restored"),
    "no_address": Sentence("адреса нет", "no address"),
    "address_unusable": Sentence("адрес негодный", "the address is unusable"),
    "server_unreachable": Sentence("сервер не отвечал", "the server was silent"),
}
DONE: Final[Mapping[str, Sentence]] = {
    "batch.received": Sentence("приняла сообщения", "received messages"),
    "batch.projected": Sentence("обновила представления", "updated the views"),
    "batch.published": Sentence("отправила порталам", "published to the portals"),
    "mail.sent": Sentence("послала письмо", "sent a mail"),
    "portal.received": Sentence("приняла события портала", "received a portal's events"),
}
"""What parts say that they have done last."""
