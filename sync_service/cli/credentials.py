"""Commands for who lets programs in: `credentials add`, `list`, `rotate`, `revoke`."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_service.access import Role
from sync_service.cli.app import Json, app, open_service, say, show_json
from sync_service.cli.failures import Failed
from sync_service.cli.recording import os_user

if TYPE_CHECKING:
    from sync_service.credentials import Credential

credentials = typer.Typer(no_args_is_help=True, help="Credentials of portals and of service accounts.")
app.add_typer(credentials, name="credentials")

PORTALS = ("sovetnmo", "edu", "catalogue", "support")
OVERLAP_H = 24.0


def _name(text: str) -> str:
    """The name of a credential; raises BadParameter, before it is written down anywhere."""
    from sync_service.credentials import NAME

    if not NAME.fullmatch(text):
        raise typer.BadParameter("a name is made of a-z, 0-9 and -, 40 characters at most")
    return text


Name = Annotated[
    str,
    typer.Argument(metavar="NAME", parser=_name, help="Of a-z, 0-9 and -; it is recorded, and never used twice."),
]
Expires = Annotated[
    float | None, typer.Option("--expires", min=0.01, metavar="DAYS", help="The secret ends after so many days.")
]
Certificate = Annotated[
    Path | None,
    typer.Option("--certificate", metavar="FILE", help="Only over a connection with this client certificate (PEM)."),
]


@credentials.command("add")
def add_credential(
    name: Name,
    portal: Annotated[
        str | None, typer.Option(help="A portal's, which speaks for it alone: sovetnmo, edu, catalogue or support.")
    ] = None,
    role: Annotated[
        list[Role] | None, typer.Option("--role", help="A service account's, for the JSON API; may be given again.")
    ] = None,
    expires: Expires = None,
    certificate: Certificate = None,
) -> None:
    """Make a credential, and print its token on stdout: this once, for it is kept as a hash."""
    from sync_service.bootstrap import now
    from sync_service.credentials import Credential, Kind, new_secret

    if (portal is None) == (role is None):
        raise typer.BadParameter("one of --portal and --role is needed")
    if portal is not None and portal not in PORTALS:
        raise typer.BadParameter(f"--portal is one of {', '.join(PORTALS)}")
    made_at = now()
    token, secret = new_secret(name, made_at, _until(made_at, expires), _fingerprint(certificate))
    made = Credential(
        name=name,
        kind=Kind.SERVICE if portal is None else Kind.PORTAL,
        source=_source(portal),
        roles=frozenset(role or ()),
        secrets=(secret,),
        made_at=made_at,
        made_by=os_user().subject,
    )
    open_service(log_level="warning").credentials.add(made)
    _hand_over(token, f"{name} is made; {_lasts(secret.expires_at)}.")


@credentials.command("rotate")
def rotate_credential(
    name: Name,
    overlap: Annotated[
        float, typer.Option("--overlap", min=0, metavar="HOURS", help="So long the present secret holds beside it.")
    ] = OVERLAP_H,
    expires: Expires = None,
    certificate: Certificate = None,
) -> None:
    """Make another secret for a credential, and print its token on stdout; the present one ends after the overlap."""
    from sync_service.bootstrap import now
    from sync_service.credentials import new_secret

    made_at = now()
    token, secret = new_secret(name, made_at, _until(made_at, expires), _fingerprint(certificate))
    old_until = made_at + timedelta(hours=overlap)
    open_service(log_level="warning").credentials.rotate(name, secret, old_until)
    _hand_over(token, f"{name} has a new secret; {_lasts(secret.expires_at)}. The old one ends {_told(old_until)}.")


@credentials.command("revoke")
def revoke_credential(name: Name) -> None:
    """End a credential for good: within seconds no process lets it in."""
    from sync_service.bootstrap import now

    open_service(log_level="warning").credentials.revoke(name, os_user().subject, now())
    say(f"{name} ключ отозван / {name} is revoked")


@credentials.command("list")
def list_credentials(
    everything: Annotated[bool, typer.Option("--all", help="Also what was revoked.")] = False, as_json: Json = False
) -> None:
    """List the credentials: for whom, made and used when, until when."""
    from sync_service.bootstrap import now

    known = open_service(log_level="warning").credentials.all()
    found = [_shown(one, now()) for one in known if everything or one.revoked_at is None]
    if as_json:
        show_json(found)
        return
    for one in found:
        ends = ", ".join(_told(end) for end in one["ends"]) or "no secret"
        state = f"revoked {_told(one['revoked_at'])} by {one['revoked_by']}" if one["revoked_at"] else f"ends: {ends}"
        whom = one["source"] or ", ".join(one["roles"])
        sys.stdout.write(f"{one['name']}  {one['kind']}  {whom}  used: {_told(one['last_used_at'])}  {state}\n")


def _shown(one: Credential, at: datetime) -> dict[str, Any]:
    """What anybody may know of a credential: nothing of its secrets but when they end."""
    holding = [secret for secret in one.secrets if secret.expires_at is None or secret.expires_at > at]
    return {
        "name": one.name,
        "kind": one.kind,
        "source": one.source,
        "roles": sorted(one.roles),
        "made_at": one.made_at,
        "made_by": one.made_by,
        "last_used_at": one.last_used_at,
        "ends": [secret.expires_at for secret in holding],
        "certificates": [secret.certificate for secret in holding if secret.certificate],
        "revoked_at": one.revoked_at,
        "revoked_by": one.revoked_by,
    }


def _source(portal: str | None) -> str | None:
    from sync_service.messages.contracts import SOURCES

    return next((source for source in SOURCES if source.rpartition("/")[2] == portal), None)


def _fingerprint(file: Path | None) -> str | None:
    if file is None:
        return None
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).fingerprint(SHA256()).hex()
    except ValueError:
        raise Failed(f"{file} holds no certificate (PEM)") from None


def _until(made_at: datetime, days: float | None) -> datetime | None:
    return None if days is None else made_at + timedelta(days=days)


def _lasts(until: datetime | None) -> str:
    return "it holds until it is revoked" if until is None else f"it ends {_told(until)}"


def _told(moment: object) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if isinstance(moment, datetime) else "never"


def _hand_over(token: str, text: str) -> None:
    sys.stdout.write(f"{token}\n")
    say(f"{text} The token is shown this once: keep it where secrets are kept.")
