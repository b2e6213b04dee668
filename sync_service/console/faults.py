"""The pages for what went wrong: in both languages, without a word of what was asked or found."""

from __future__ import annotations

import math
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from sync_service.auditing import AuditUnavailable
from sync_service.console.visit import Lacking, NotThere, Refused, Visit
from sync_service.limiting import TooOften
from sync_service.sentences.staff import named, with_right
from sync_service.sentences.words import NOTHING, Sentence

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sync_service.console.ports import Ports
    from sync_service.console.templating import Templates

log = structlog.get_logger(__name__)

CASE_CHARACTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CASE_LENGTH = 8

TITLES = {
    HTTPStatus.UNAUTHORIZED: Sentence("Вы не вошли", "You are not signed in"),
    HTTPStatus.FORBIDDEN: Sentence("Запрос пришёл не с этой страницы", "The request did not come from this page"),
    HTTPStatus.NOT_FOUND: Sentence("Такой страницы нет", "There is no such page"),
    HTTPStatus.METHOD_NOT_ALLOWED: Sentence("Так эту страницу не открывают", "This page does not take that"),
    HTTPStatus.REQUEST_TIMEOUT: Sentence("Слишком долго", "Too slow"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Sentence("Слишком много текста", "Too much text"),
    HTTPStatus.MISDIRECTED_REQUEST: Sentence("Консоль так не называется", "The console has another name"),
    HTTPStatus.UNPROCESSABLE_ENTITY: Sentence("Так не выйдет", "That will not do"),
    HTTPStatus.INTERNAL_SERVER_ERROR: Sentence("Не получилось", "It did not work"),
    HTTPStatus.TOO_MANY_REQUESTS: Sentence("Слишком часто", "Too often"),
    HTTPStatus.SERVICE_UNAVAILABLE: Sentence("База данных не отвечает", "The database is silent"),
}
NOT_RECORDED = Sentence("Просмотр не удалось записать", "The look could not be recorded")
NOT_SHOWN = Sentence(
    "Что не записано в журнал доступа, то не показывается и не меняется. Скажите администратору.",
    "What is not recorded in the audit log is neither shown nor changed. Tell an administrator.",
)
NO_ROLE = Sentence("Для этого нужна другая роль", "This needs another role")
ADVICE = {
    HTTPStatus.UNAUTHORIZED: Sentence(
        "Ничего не изменено. Возможно, время сеанса вышло: войдите и повторите.",
        "Nothing was changed. Perhaps the session is over: sign in and repeat it.",
    ),
    HTTPStatus.FORBIDDEN: Sentence(
        "Ничего не изменено. Откройте страницу заново и повторите с неё.",
        "Nothing was changed. Open the page again and repeat from there.",
    ),
    HTTPStatus.NOT_FOUND: Sentence(
        "Возможно, ссылка набрана не полностью, или того, о чём она, служба не знает.",
        "The link may be incomplete, or the service does not know what it is about.",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: Sentence(
        "Ничего не изменено. Начните с поиска.", "Nothing was changed. Begin with the search."
    ),
    HTTPStatus.REQUEST_TIMEOUT: Sentence(
        "Ничего не изменено. Запрос не пришёл целиком: отправьте его снова.",
        "Nothing was changed. The request did not come whole: send it again.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Sentence(
        "Ничего не изменено. Сократите текст и отправьте снова.", "Nothing was changed. Shorten it and send it again."
    ),
    HTTPStatus.MISDIRECTED_REQUEST: Sentence(
        "Откройте её по адресу этой машины или назовите её имя в настройке SYNC_CONSOLE_HOSTS.",
        "Open it by this machine's address, or name it in the setting SYNC_CONSOLE_HOSTS.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: Sentence(
        "Ничего не изменено. Повторите; если не поможет, назовите разработчикам номер случая.",
        "Nothing was changed. Try again; if that does not help, tell the developers the case number.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: Sentence(
        "Показать нечего, и ничего не изменено. Порталы копят сообщения у себя, ничего не потеряно. Повторите через"
        " минуту.",
        "There is nothing to show, and nothing was changed. The portals keep their messages, none is lost. Try again"
        " in a minute.",
    ),
}


class Faults:
    """Makes the page for an error, and logs what is to be mended: a case number and the error's type."""

    def __init__(self, ports: Ports, templates: Templates) -> None:
        self._ports = ports
        self._templates = templates

    def page(self, request: Request, status: HTTPStatus, error: Exception | None = None) -> Response:
        """The page; an error that is not expected gets a case number."""
        title, sentence, case = None, None, None
        visit = Visit(request, self._ports, self._templates, {})
        match error:
            case NotThere():
                status = HTTPStatus.NOT_FOUND
            case Refused():
                status, sentence = HTTPStatus.UNPROCESSABLE_ENTITY, error.sentence
            case Lacking():
                status, title, sentence = HTTPStatus.FORBIDDEN, NO_ROLE, _lacking(error, visit)
            case AuditUnavailable():
                status, title, sentence = HTTPStatus.SERVICE_UNAVAILABLE, NOT_RECORDED, NOT_SHOWN
                log.error("console.not_recorded")
            case TooOften():
                status, sentence = HTTPStatus.TOO_MANY_REQUESTS, _too_often(error)
            case Exception():
                status = self._status_of(error)
                case = self._logged(error, status)
        answer = visit.render(
            "fault.html",
            status=status,
            title=title or TITLES.get(status, TITLES[HTTPStatus.INTERNAL_SERVER_ERROR]),
            advice=sentence or ADVICE.get(status, ADVICE[HTTPStatus.NOT_FOUND]),
            number=int(status),
            case=case,
            badges={},
        )
        if isinstance(error, TooOften):
            answer.headers["retry-after"] = str(math.ceil(error.wait_s))
        return answer

    def _status_of(self, error: Exception) -> HTTPStatus:
        if isinstance(error, self._ports.unavailable):
            return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.INTERNAL_SERVER_ERROR

    def _logged(self, error: Exception, status: HTTPStatus) -> str:
        case = "".join(secrets.choice(CASE_CHARACTERS) for _ in range(CASE_LENGTH))
        log.error("console.failed", case=case, error=type(error).__name__, status=int(status))
        return case


def _lacking(error: Lacking, visit: Visit) -> Sentence:
    """Which roles may come here, and which whoever asked has."""
    wanted, has = with_right(error.right), named(visit.session.visitor.roles if visit.session else ())
    told = Sentence(f"Сюда можно с ролью: {wanted.ru}.", f"Roles that may come here: {wanted.en}.")
    mine = Sentence(f"Ваша роль: {has.ru}.", f"Yours: {has.en}.") if has.ru else NOTHING
    return told + mine + Sentence("Роли даёт администратор.", "An administrator gives roles.")


def _too_often(error: TooOften) -> Sentence:
    seconds = math.ceil(error.wait_s)
    return Sentence(f"Ничего не сделано. Повторите через {seconds} с.", f"Nothing was done. Try again in {seconds} s.")
