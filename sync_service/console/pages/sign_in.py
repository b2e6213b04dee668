"""Signing in and out: at the provider where there is one, by a one-time link where there is none."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlencode

import structlog

from sync_service.access import Right
from sync_service.auditing import Act, Door, Look
from sync_service.console.doors import CEREMONY, CEREMONY_S
from sync_service.console.entrance import SIGN_IN
from sync_service.console.guarding import is_from_elsewhere
from sync_service.console.pages.preferences import inside
from sync_service.console.pages.sign_in_words import Trouble
from sync_service.console.routes import ANYBODY, Page
from sync_service.console.visit import NotThere
from sync_service.signing_in import TOKEN_BYTES, Ceremony, ProviderRefused, ProviderUnavailable, is_same_secret

if TYPE_CHECKING:
    from starlette.responses import Response

    from sync_service.access import Visitor
    from sync_service.console.doors import Doors
    from sync_service.console.visit import Visit
    from sync_service.signing_in import IdentityProvider

log = structlog.get_logger(__name__)

BEGIN: Final = f"{SIGN_IN}/begin"
CALLBACK: Final = f"{SIGN_IN}/callback"
SIGN_OUT: Final = "/console/sign-out"
PREFETCH: Final = ("sec-purpose", "purpose", "x-moz")
"""What browsers and mail programs say when they only look at a link before anybody opens it."""


def show(visit: Visit) -> Response:
    """How to sign in; a one-time link that was opened on purpose is redeemed at once, as notebooks do."""
    once, request = visit.query.get("once", ""), visit.request
    if not once or visit.ports.doors.provider is not None:
        return _page(visit)
    is_opened = request.method == "GET" and not any(name in request.headers for name in PREFETCH)
    if is_opened and not is_from_elsewhere(request.headers):
        return _redeemed(visit, once)
    return _page(visit, once=once)


def redeem(visit: Visit) -> Response:
    """Redeem a link after a click: what another site led here with does not sign anybody in by itself."""
    if visit.ports.doors.provider is not None:
        raise NotThere
    return _redeemed(visit, visit.form.get("once", ""))


def begin(visit: Visit) -> Response:
    """Go to the provider; a cookie keeps what its answer has to fit."""
    doors, provider = _at_provider(visit)
    doors.take_a_try(visit.request)
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    try:
        address = provider.address(Ceremony.of(secret), _callback(visit))
    except ProviderUnavailable as error:
        return _troubled(visit, Trouble.PROVIDER_AWAY, error)
    answer = visit.redirect(address)
    kept = f"{secret}.{quote(inside(visit.query.get('back', '')), safe='')}"
    doors.give(visit.request, answer, CEREMONY, kept, CEREMONY_S)
    return answer


def finish(visit: Visit) -> Response:
    """Take what the provider says of whoever comes back; only the browser that began it can end it."""
    doors, provider = _at_provider(visit)
    doors.take_a_try(visit.request)
    secret, _, back = visit.request.cookies.get(doors.cookie(visit.request, CEREMONY), "").partition(".")
    ceremony = Ceremony.of(secret)
    if not secret or not is_same_secret(ceremony.state, visit.query.get("state", "")):
        return _troubled(visit, Trouble.NOT_BEGUN_HERE)
    if "code" not in visit.query:
        return _troubled(visit, Trouble.PROVIDER_REFUSED)
    try:
        visitor = doors.visitor(provider.identity(ceremony, visit.query["code"], _callback(visit)))
    except ProviderRefused as error:
        return _troubled(visit, Trouble.NOT_PROVEN, error)
    except ProviderUnavailable as error:
        return _troubled(visit, Trouble.PROVIDER_AWAY, error)
    if not visitor.roles:
        return _troubled(visit, Trouble.NO_ROLE)
    answer = _welcomed(visit, visitor, inside(unquote(back)))
    doors.forget(visit.request, answer, CEREMONY)
    return answer


def sign_out(visit: Visit) -> Response:
    """End the session, here and, where the provider has a place for it, there."""
    doors = visit.ports.doors
    here = f"{doors.base(visit.request)}{SIGN_IN}"
    there = doors.provider.farewell(here) if doors.provider is not None else None
    answer = _led(visit, there) if there else visit.redirect(f"{SIGN_IN}?out=1")
    doors.dismiss(visit.request, answer)
    log.info("console.signed_out")
    return answer


def _led(visit: Visit, there: str) -> Response:
    """A page that leads on to the provider: a form may not end on another site, by our own content policy."""
    visit.session = None
    return visit.render("sign_out.html", there=there, badges={})


def _redeemed(visit: Visit, once: str) -> Response:
    visit.ports.doors.take_a_try(visit.request)
    visitor = visit.ports.doors.sessions.redeem(once)
    if visitor is None:
        return _troubled(visit, Trouble.LINK_SPENT)
    return _welcomed(visit, visitor, inside(visit.query.get("back", "")))


def _welcomed(visit: Visit, visitor: Visitor, back: str) -> Response:
    answer = visit.redirect(back)
    visit.ports.audit.record(Look.by(visitor, Door.CONSOLE, Act.SIGNED_IN))
    visit.ports.doors.welcome(visit.request, answer, visitor)
    log.info("console.signed_in", roles=sorted(role.value for role in visitor.roles))
    return answer


def _troubled(visit: Visit, trouble: Trouble, error: Exception | None = None) -> Response:
    log.warning("console.sign_in_refused", reason=trouble.name.lower(), detail=str(error) if error else None)
    return _page(visit, trouble)


def _page(visit: Visit, trouble: Trouble | None = None, once: str = "") -> Response:
    back = inside(visit.query.get("back", ""))
    doors = visit.ports.doors
    return visit.render(
        "sign_in.html",
        status=trouble.status if trouble else HTTPStatus.OK,
        trouble=trouble,
        once=once,
        provider=doors.provider is not None,
        begin=f"{BEGIN}?{urlencode({'back': back})}",
        is_out=visit.query.get("out") == "1",
        badges={},
    )


def _at_provider(visit: Visit) -> tuple[Doors, IdentityProvider]:
    if visit.ports.doors.provider is None:
        raise NotThere
    return visit.ports.doors, visit.ports.doors.provider


def _callback(visit: Visit) -> str:
    return f"{visit.ports.doors.base(visit.request)}{CALLBACK}"


PAGES = (
    Page(SIGN_IN, see=ANYBODY, show=show, act_needs=ANYBODY, act=redeem),
    Page(BEGIN, see=ANYBODY, show=begin),
    Page(CALLBACK, see=ANYBODY, show=finish),
    Page(SIGN_OUT, see=Right.ENTER, act_needs=Right.ENTER, act=sign_out),
)
