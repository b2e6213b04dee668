"""Commands for whoever keeps the keys: `keys status`, `keys rotate`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sync_service.cli.app import Json, app, open_service, say, show_json
from sync_service.cli.failures import Failed

keys = typer.Typer(help="The master key, and what it wraps.", no_args_is_help=True)
app.add_typer(keys, name="keys")


@keys.command()
def status(as_json: Json = False) -> None:
    """Say which master key wraps the store's secrets, and how many owners' keys each root wraps; never a key."""
    from sync_service.adapters.key_rotation import KeyRotation

    service = open_service(log_level="warning")
    secrets = KeyRotation(service.database, service.master_keys).secrets()
    current = service.master_keys.current()
    if as_json:
        show_json({"master_key": current, "secrets": secrets})
        return
    sys.stdout.write(f"master key {current}\n")
    for secret in secrets:
        wraps = f"{secret.owners:>10} keys" if secret.kind == "root" else ""
        sys.stdout.write(
            f"{secret.number:>4}  {secret.kind:<6} under {secret.master}  {secret.made_at:%Y-%m-%d}{wraps}\n"
        )


@keys.command()
def rotate(
    forget_old: Annotated[
        bool,
        typer.Option("--forget-old", help="Afterwards remove the old master keys from the file; backups need them."),
    ] = False,
) -> None:
    """Make a new master key in the key's file, and wrap the store's secrets and every owner's key anew.

    Everything runs on meanwhile; restart the processes of other machines with the new file. A master key that is a
    setting is changed there first: the new one before the old, separated by a comma.
    """
    from sync_service.adapters.key_rotation import KeyRotation

    service = open_service(log_level="warning")
    before = service.master_keys.current()
    after = before if service.settings.master_key is not None else service.master_keys.renew()
    rotation = KeyRotation(service.database, service.master_keys)
    count = rotation.rotate()
    if any(secret.master != after for secret in rotation.secrets()):
        raise Failed("other keys were made meanwhile: run it again")
    say(f"master key {before} → {after}; {count} keys wrapped anew")
    if forget_old:
        say(f"{service.master_keys.forget(frozenset({after}))} old master keys removed")
