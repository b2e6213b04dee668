"""What the portal door answers instead of receipts: a problem (RFC 9457), with when to come again where that helps."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec

PROBLEM_TYPE: Final = "application/problem+json"

SOON_S: Final = 1
"""When to come again if the door is merely busy (seconds)."""
LATER_S: Final = 5
"""When to come again if something behind the door is away (seconds)."""
MUCH_LATER_S: Final = 15
"""When to come again if so much waits that it takes a while to be read (seconds)."""


class Refused(Exception):
    """A request as a whole is not taken; nothing of it was acknowledged.

    `code` is the word that programs go by; `detail` is for people, and never holds anything of what was sent.
    """

    def __init__(self, status: HTTPStatus, code: str, detail: str, *, retry_after_s: int | None = None) -> None:
        self.status, self.code, self.detail, self.retry_after_s = status, code, detail, retry_after_s
        super().__init__(detail)


class Problem(msgspec.Struct, frozen=True):
    """The body of a refusal."""

    status: int
    title: str
    code: str
    detail: str
    type: str = "about:blank"


def problem_of(refused: Refused) -> bytes:
    """The refusal as a JSON document."""
    return msgspec.json.encode(Problem(refused.status, refused.status.phrase, refused.code, refused.detail))


def headers_of(refused: Refused) -> dict[str, str]:
    """The headers that go with it."""
    headers = {"content-type": PROBLEM_TYPE}
    if refused.retry_after_s is not None:
        headers["retry-after"] = str(refused.retry_after_s)
    if refused.status is HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="portal"'
    if refused.code == "content-encoding":
        headers["accept-encoding"] = "gzip"
    return headers


def unauthorized() -> Refused:
    """No credential, or none that holds; why is nobody's business."""
    return Refused(
        HTTPStatus.UNAUTHORIZED,
        "credential",
        "нужен действующий ключ портала: Authorization: Bearer sync_… / a valid credential of a portal is needed",
    )


def unavailable() -> Refused:
    """Something behind the door is away."""
    return Refused(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        "сейчас сохранить нельзя, ничего не принято: пришлите то же ещё раз"
        " / nothing can be stored just now and nothing was taken: send the same again",
        retry_after_s=LATER_S,
    )
