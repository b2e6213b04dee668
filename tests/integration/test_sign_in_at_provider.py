"""Signing in at a real OpenID provider, over real HTTP: what is let in, and every way in which it is not."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from sync_service.access import Role, Visitor
from sync_service.adapters.oidc_provider import OidcProvider
from sync_service.console.doors import RoleRule
from sync_service.signing_in import Ceremony, ProviderUnavailable
from tests.bent_tokens import CLIENT, KEY, SECRET, TAMPERED, changed
from tests.oidc_server import in_between, running
from tests.unit.console.browsing import Browser, doors, ports_of
from tests.unit.support_desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oidc_server import Provider

ANNA = {"sub": "0a1b", "name": "Анна Орехова", "roles": ["nmo-support", "mail-users"]}
BORIS = {"sub": "2c3d", "preferred_username": "b.somov", "realm": {"access": {"roles": ["nmo-lead", "nmo-audit"]}}}
EVE = {"sub": "4e5f", "name": "Ева Чужая", "roles": ["accounting"]}
ROLES = {
    "nmo-support": frozenset({Role.SUPPORT}),
    "nmo-lead": frozenset({Role.SUPERVISOR}),
    "nmo-audit": frozenset({Role.AUDITOR}),
}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """The provider's program, with three people."""
    with running(ANNA, BORIS, EVE) as started:
        yield started


def browser_at(provider: Provider, claim: str = "roles") -> Browser:
    """A browser of a console whose people sign in at the provider."""
    client = OidcProvider(provider.issuer, CLIENT, SECRET, timeout_s=20)
    door = replace(doors(), provider=client, role_rule=RoleRule(claim=claim, by_value=ROLES))
    return Browser(ports_of(Desk(), door))


def begun(browser: Browser, back: str = "") -> str:
    """Begin to sign in; gives the provider's address that the browser is sent to."""
    answer = browser.get("/console/sign-in/begin", params={"back": back} if back else {})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def come_back(browser: Browser, address: str) -> Any:  # noqa: ANN401 - the client's answer
    """Follow where the provider leads: the same path of our console."""
    found = urlsplit(address)
    assert f"{found.scheme}://{found.netloc}" == "http://127.0.0.1:8080"
    return browser.get(f"{found.path}?{found.query}")


def sign_in(browser: Browser, provider: Provider, subject: str, back: str = "") -> Any:  # noqa: ANN401 - as above
    return come_back(browser, provider.signs_in(begun(browser, back), subject))


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/console/").status_code == 200


def test_somebody_with_a_role_comes_in_and_is_known_by_name(provider: Provider) -> None:
    browser = browser_at(provider)
    asked = browser.get("/console/decisions")
    assert (asked.status_code, asked.headers["location"]) == (303, "/console/sign-in?back=%2Fconsole%2Fdecisions")
    assert "Войти через службу входа" in browser.get(asked.headers["location"]).text

    answer = sign_in(browser, provider, "0a1b", back="/console/decisions")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/decisions")
    page = browser.get("/console/").text
    assert "Анна Орехова" in page
    assert "Поддержка" in page
    assert browser.get("/console/rebuilds/start").status_code == 403
    session = browser.doors.sessions.find(browser.cookies["session"])
    assert session is not None
    assert session.visitor.subject == f"{provider.issuer}|0a1b"


def test_the_cookie_is_for_this_host_and_no_script_reads_it(provider: Provider) -> None:
    given = sign_in(browser_at(provider), provider, "0a1b").headers.get_list("set-cookie")
    (session,) = [one for one in given if one.startswith("session=")]
    assert {"httponly", "samesite=lax", "path=/"} <= {word.strip().lower() for word in session.split(";")}
    assert any(one.startswith("signing-in=") and "max-age=0" in one.lower() for one in given), "it is used up"


def test_roles_stand_where_the_settings_say_and_several_add_up(provider: Provider) -> None:
    browser = browser_at(provider, claim="realm.access.roles")
    sign_in(browser, provider, "2c3d")
    session = browser.doors.sessions.find(browser.cookies["session"])
    assert session is not None
    assert session.visitor.roles == {Role.SUPERVISOR, Role.AUDITOR}
    assert session.visitor.name == "b.somov"


@pytest.mark.parametrize(("subject", "claim"), [("4e5f", "roles"), ("0a1b", "groups"), ("0a1b", "name.roles")])
def test_somebody_without_a_role_is_told_so_and_not_let_in(provider: Provider, subject: str, claim: str) -> None:
    browser = browser_at(provider, claim=claim)
    answer = sign_in(browser, provider, subject)
    assert answer.status_code == 403
    assert "Для вас здесь нет роли" in answer.text
    assert not is_signed_in(browser)


def test_the_request_carries_a_challenge_and_a_nonce_and_the_exchange_what_they_were_made_of(
    provider: Provider,
) -> None:
    with in_between(provider, lambda _: None) as between:
        browser = browser_at(between)
        address = begun(browser)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"] == "http://127.0.0.1:8080/console/sign-in/callback"
        assert come_back(browser, between.signs_in(address, "0a1b")).status_code == 303
        (exchange,) = between.saw
        digest = hashlib.sha256(exchange["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
        assert len({asked["nonce"], asked["state"], exchange["code_verifier"]}) == 3


def test_every_attempt_has_a_state_a_nonce_and_a_challenge_of_its_own(provider: Provider) -> None:
    browser = browser_at(provider)
    attempts = [parse_qs(urlsplit(begun(browser)).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert attempts[0][name] != attempts[1][name]


def refused(answer: Any, browser: Browser, words: str) -> None:  # noqa: ANN401 - as above
    assert answer.status_code == 403, answer.text
    assert words in answer.text
    assert not is_signed_in(browser)


def test_an_answer_that_another_browser_began_is_refused(provider: Provider) -> None:
    """Or else somebody could sign the victim in as themselves, and read what is done there."""
    mine, theirs = browser_at(provider), browser_at(provider)
    begun(theirs)
    address = provider.signs_in(begun(mine), "0a1b")
    refused(come_back(theirs, address), theirs, "начат не здесь")
    without = browser_at(provider)
    refused(come_back(without, address), without, "начат не здесь")


@pytest.mark.parametrize("state", ["", "0" * 64, "é"])
def test_another_state_is_refused(provider: Provider, state: str) -> None:
    browser = browser_at(provider)
    found = urlsplit(provider.signs_in(begun(browser), "0a1b"))
    query = dict(parse_qsl(found.query)) | {"state": state}
    refused(browser.get(f"{found.path}?{urlencode(query)}"), browser, "начат не здесь")


def test_another_nonce_is_refused(provider: Provider) -> None:
    """A token that was issued for another attempt proves nothing of this one."""
    browser = browser_at(provider)
    found = urlsplit(begun(browser))
    query = dict(parse_qsl(found.query)) | {"nonce": "of-another-attempt"}
    address = provider.signs_in(found._replace(query=urlencode(query)).geturl(), "0a1b")
    refused(come_back(browser, address), browser, "Вход не подтверждён")


def test_a_code_works_once(provider: Provider) -> None:
    browser = browser_at(provider)
    address = provider.signs_in(begun(browser), "0a1b")
    kept = browser.cookies["signing-in"]
    assert come_back(browser, address).status_code == 303
    again = browser_at(provider)
    again.cookies.set("signing-in", kept)
    refused(come_back(again, address), again, "Вход не подтверждён")


def test_a_code_that_nobody_issued_is_refused(provider: Provider) -> None:
    browser = browser_at(provider)
    found = urlsplit(provider.signs_in(begun(browser), "0a1b"))
    query = dict(parse_qsl(found.query)) | {"code": "made-up"}
    refused(browser.get(f"{found.path}?{urlencode(query)}"), browser, "Вход не подтверждён")


def test_a_code_that_was_issued_to_another_client_is_refused(provider: Provider) -> None:
    browser = browser_at(provider)
    found = urlsplit(begun(browser))
    query = dict(parse_qsl(found.query)) | {"client_id": "another-client"}
    address = provider.signs_in(found._replace(query=urlencode(query)).geturl(), "0a1b")
    refused(come_back(browser, address), browser, "Вход не подтверждён")


def test_whoever_gives_up_at_the_provider_is_not_let_in(provider: Provider) -> None:
    browser = browser_at(provider)
    found = urlsplit(begun(browser))
    state = parse_qs(found.query)["state"][0]
    answer = browser.get(f"/console/sign-in/callback?error=access_denied&state={state}")
    refused(answer, browser, "Вход отменён")


@pytest.mark.parametrize("what", TAMPERED)
def test_a_token_that_does_not_hold_is_refused(provider: Provider, what: str) -> None:
    with in_between(provider, TAMPERED[what], KEY) as between:
        browser = browser_at(between)
        refused(sign_in(browser, between, "0a1b"), browser, "Вход не подтверждён")


def test_a_token_that_only_the_published_key_could_have_signed_is_taken(provider: Provider) -> None:
    """The same way of changing a token, with nothing changed: what is refused above is refused for its content."""
    with in_between(provider, changed(), KEY) as between:
        assert sign_in(browser_at(between), between, "0a1b").status_code == 303


def test_a_token_that_another_key_signed_is_refused(provider: Provider) -> None:
    with in_between(provider, changed()) as between:
        browser = browser_at(between)
        refused(sign_in(browser, between, "0a1b"), browser, "Вход не подтверждён")


def test_a_provider_that_went_away_is_said_to_be_away() -> None:
    with running(ANNA) as provider:
        browser = browser_at(provider)
        address = provider.signs_in(begun(browser), "0a1b")
    for answer in (come_back(browser, address), browser_at(provider).get("/console/sign-in/begin")):
        assert answer.status_code == 502
        assert "Служба входа не отвечает" in answer.text
    assert not is_signed_in(browser)


def test_a_provider_that_names_itself_otherwise_is_not_believed(provider: Provider) -> None:
    elsewhere = OidcProvider(provider.issuer.replace("127.0.0.1", "localhost") + "/", CLIENT, SECRET)
    with pytest.raises(ProviderUnavailable, match="another issuer"):
        elsewhere.address(Ceremony.of("x"), "http://127.0.0.1/")


def test_a_new_session_is_begun_and_the_old_one_ended(provider: Provider) -> None:
    """A token that somebody planted before the sign-in is worth nothing after it."""
    browser = browser_at(provider)
    sign_in(browser, provider, "0a1b")
    before = browser.cookies["session"]
    sign_in(browser, provider, "0a1b")
    assert browser.cookies["session"] != before
    assert browser.doors.sessions.find(before) is None


def test_signing_out_ends_the_session_and_leads_to_the_providers_own(provider: Provider) -> None:
    browser = browser_at(provider)
    sign_in(browser, provider, "0a1b")
    token = browser.cookies["session"]
    session = browser.doors.sessions.find(token)
    assert session is not None
    page = browser.post("/console/sign-out", data={"csrf": session.csrf})
    assert page.status_code == 200
    assert f'href="{provider.issuer}/oauth2/end_session?client_id={CLIENT}' in page.text
    assert "Анна" not in page.text
    assert browser.doors.sessions.find(token) is None
    assert not is_signed_in(browser)


def test_links_open_nothing_where_people_sign_in_at_a_provider(provider: Provider) -> None:
    browser = browser_at(provider)
    once = browser.doors.sessions.offer(Visitor("link:X", "X", frozenset({Role.SUPPORT})), timedelta(minutes=1))
    assert browser.get(f"/console/sign-in?once={once}").status_code == 200
    assert browser.post("/console/sign-in", data={"once": once}).status_code == 404
    assert not is_signed_in(browser)
