"""Why somebody was not let in: the words of each reason, and the status that goes with it."""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus

from sync_service.sentences.words import Sentence


class Trouble(Enum):
    """A reason for which nobody was signed in."""

    LINK_SPENT = (
        HTTPStatus.FORBIDDEN,
        Sentence("Эта ссылка уже не действует", "This link is no longer good"),
        Sentence(
            "Ссылка для входа работает один раз и недолго. Получите новую на машине, где работает служба.",
            "A sign-in link works once, and not for long. Make another on the machine where the service runs.",
        ),
    )
    NOT_BEGUN_HERE = (
        HTTPStatus.FORBIDDEN,
        Sentence("Этот вход начат не здесь", "This sign-in was not begun here"),
        Sentence(
            "Ответ не подходит к этому браузеру, или прошло больше десяти минут. Начните вход заново.",
            "The answer does not fit this browser, or more than ten minutes have passed. Begin anew.",
        ),
    )
    PROVIDER_REFUSED = (
        HTTPStatus.FORBIDDEN,
        Sentence("Вход отменён", "The sign-in was given up"),
        Sentence("Служба входа никого не назвала. Начните вход заново.", "The provider named nobody. Begin anew."),
    )
    NOT_PROVEN = (
        HTTPStatus.FORBIDDEN,
        Sentence("Вход не подтверждён", "The sign-in is not proven"),
        Sentence(
            "Ответ службы входа просрочен, уже использован или не проходит проверку. Начните вход заново; если это"
            " повторится, скажите администратору.",
            "The provider's answer is too old, used already, or does not hold. Begin anew; if it happens again, tell"
            " an administrator.",
        ),
    )
    NO_ROLE = (
        HTTPStatus.FORBIDDEN,
        Sentence("Для вас здесь нет роли", "You have no role here"),
        Sentence(
            "Служба входа вас знает, но роли для этой консоли у вас нет. Её даёт администратор.",
            "The provider knows you, but you have no role for this console. An administrator gives one.",
        ),
    )
    PROVIDER_AWAY = (
        HTTPStatus.BAD_GATEWAY,
        Sentence("Служба входа не отвечает", "The provider does not answer"),
        Sentence(
            "Войти сейчас нельзя, повторите через минуту. Администратор увидит причину в журнале службы.",
            "Nobody can sign in now; try again in a minute. An administrator finds the cause in the service's log.",
        ),
    )

    def __init__(self, status: HTTPStatus, title: Sentence, advice: Sentence) -> None:
        self.status = status
        self.title = title
        self.advice = advice
