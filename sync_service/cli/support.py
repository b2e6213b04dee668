"""Commands for support staff: `history`, `plan`, `code`, `replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sync_service.aggregates.values import Account, Portal, canonical_code
from sync_service.cli.app import AccountArgument, AsOf, Json, OnDay, app, open_service, say, show_json

if TYPE_CHECKING:
    from datetime import datetime

    from sync_service.bootstrap import Service


@app.command()
def history(account: AccountArgument, as_of: AsOf = None, as_json: Json = False) -> None:
    """Tell a person's whole story; either account of a linked person gives the same."""
    from sync_service import questions, rendering

    wanted = Account.parse(account)
    service = open_service(log_level="warning")
    answer = questions.history(service.store, wanted, _until(service, as_of))
    show_json(answer) if as_json else rendering.show_history(answer)


@app.command()
def plan(account: AccountArgument, as_of: AsOf = None, on: OnDay = None, as_json: Json = False) -> None:
    """Show a person's plan: every credited activity, what it counts for, and where it is shown."""
    from sync_service import questions, rendering

    wanted = Account.parse(account)
    service = open_service(log_level="warning")
    until = _until(service, as_of)
    answer = (
        questions.plan(service.views, service.store, wanted, on)
        if until is None
        else questions.plan_as_of(service.store, wanted, until, on)
    )
    show_json(answer) if as_json else rendering.show_plan(answer)


@app.command()
def code(typed: Annotated[str, typer.Argument(metavar="CODE", help="In any spelling.")], as_json: Json = False) -> None:
    """Tell everything that is known about one confirmation code."""
    from sync_service import questions, rendering

    canonical = canonical_code(typed)
    service = open_service(log_level="warning")
    answer = questions.code(service.views, canonical)
    show_json(answer) if as_json else rendering.show_code(answer)


@app.command()
def replay(
    account: AccountArgument,
    repair: Annotated[bool, typer.Option("--repair", help="Write the rows anew where they differ.")] = False,
    resend: Annotated[
        Portal | None, typer.Option("--resend", help="Ask this portal for the person's replicas again.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Recompute a person's read models from events and compare them with the live ones; exit 1 if they differ."""
    from sync_service import questions, rendering
    from sync_service.replication import resend_to

    wanted = Account.parse(account)
    service = open_service(log_level="warning")
    answer = questions.replay(service.store, service.views, wanted)
    show_json(answer) if as_json else rendering.show_replay(answer)
    if repair and not answer.equal:
        service.views.mend(answer.changes)
        say("исправлено / repaired")
    if resend is not None:
        say(f"{resend_to(service.application(), wanted, resend)} копий запрошено снова / replicas asked for again")
    if not (answer.equal or repair):
        raise typer.Exit(1)


def _until(service: Service, as_of: datetime | None) -> int | None:
    return None if as_of is None else service.store.position_at(as_of)
