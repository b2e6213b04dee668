"""The command `sign-in-link`, and the links that are said when a console starts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from sync_service.access import Role
from sync_service.cli.app import app, open_service, say
from sync_service.cli.failures import Failed

if TYPE_CHECKING:
    from sync_service.bootstrap import Service


@app.command("sign-in-link")
def sign_in_link(
    role: Annotated[Role, typer.Option(help="What the link makes of whoever opens it.")],
    name: Annotated[
        str | None, typer.Option(help="How they sign; decisions that take two people need two names.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the console is, if the settings do not say it.")
    ] = None,
) -> None:
    """Make a link that signs somebody in to the console, once and within ten minutes."""
    from sync_service.console.doors import clean_name
    from sync_service.sentences.staff import ROLE_NAMES

    signed = clean_name(name if name is not None else f"{ROLE_NAMES[role].ru} (эта машина)")
    if not signed:
        raise typer.BadParameter("a name is needed that can be read")
    service = open_service(log_level="error")
    if service.settings.oidc_issuer is not None:
        raise Failed("people sign in at SYNC_OIDC_ISSUER; without that setting there are one-time links")
    base = address or f"http://{_bracketed(service.settings.console_host)}:{service.settings.console_port}"
    sys.stdout.write(f"{service.sign_in_link(base, role, signed)}\n")


def say_links(service: Service, address: str) -> None:
    """Say a link for each role; nothing where people sign in at a provider.

    A deployment's output is collected by others: there only the command that makes a link is said.
    """
    if not (service.is_embedded or sys.stderr.isatty()):
        if service.settings.oidc_issuer is None:
            say("sign in by a link: `sync-service sign-in-link --role ROLE` makes one")
        return
    found = urlsplit(address)
    links = list(service.sign_in_links(f"{found.scheme}://{found.netloc}"))
    if links:
        say("Вход по ссылке, каждая работает один раз / sign in by a link, each works once:")
    for name, link in links:
        say(f"  {name:<36} {link}")


def _bracketed(host: str) -> str:
    """The host as an address has it; one that listens everywhere is reached at this machine's own."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - nothing listens here
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
