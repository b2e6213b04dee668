"""Commands for the read models: `projections status`, `rebuild`, `pause`, `resume`, `cancel`."""

from __future__ import annotations

import getpass
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_service.cli.app import Json, app, open_service, say, show_json
from sync_service.cli.attending import Attendant, described
from sync_service.cli.failures import Failed
from sync_service.projections.rebuild_orders import Act, NotNow, OrderState, ask_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_service.bootstrap import Service
    from sync_service.projections.rebuild_orders import Order

projections = typer.Typer(no_args_is_help=True, help="The read models.")
app.add_typer(projections, name="projections")

RATE_MEASURED_S = 1.0
LEFT_RUNNING = 130
"""The exit code of a command that was left with Ctrl-C."""

Name = Annotated[str, typer.Argument(help="The view's name, from `status`, or `all`.")]
Who = Annotated[str | None, typer.Option("--who", help="Who asks; the name of your login by default.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays with the rebuild.")]


@projections.command("status")
def status(
    name: Annotated[str | None, typer.Argument(help="One view's name; all by default.")] = None, as_json: Json = False
) -> None:
    """Say where each view stands: position, lag and rate in events, when it last moved, and its rebuild."""
    service = open_service(log_level="warning")
    if name is not None:
        _names(name)
    head = service.store.head()
    found = _standings(service, head, name)
    orders = [order for order in service.rebuilds.open() if name in {None, order.view}]
    followers: list[dict[str, object]] = [
        {"follower": follower, "position": position, "head": head, "lag": max(0, head - position), "said_at": said_at}
        for follower, (position, said_at) in service.store.followers().items()
    ]
    if as_json:
        show_json({"projections": found, "followers": followers, "rebuilds": orders})
        return
    for one in found:
        sys.stdout.write(
            f"{one['view']:<16} {one['state']:<9} generation {one['generation']:<3} position {one['position']:>10}"
            f"  lag {one['lag']:>8}  {one['rate']:>7.0f} events/s  moved {one['moved_at']:%Y-%m-%d %H:%M:%S}\n"
        )
    for line in followers:
        sys.stdout.write(
            f"{line['follower']:<16} {'follower':<9} {'':14} position {line['position']:>10}  lag {line['lag']:>8}\n"
        )
    for order in orders:
        sys.stdout.write(f"{described(order)}\n")


def _standings(service: Service, head: int, name: str | None) -> list[dict[str, Any]]:
    """Where each generation of each view stands; its rate is measured for a second, if any view is behind."""
    before = {(one.view, one.number): one.position for one in service.views.generations()}
    if any(position < head for position in before.values()):
        time.sleep(RATE_MEASURED_S)
    return [
        {
            "view": generation.view,
            "generation": generation.number,
            "state": generation.state.value,
            "position": generation.position,
            "head": head,
            "lag": max(0, head - generation.position),
            "rate": (generation.position - before.get((generation.view, generation.number), 0)) / RATE_MEASURED_S,
            "moved_at": generation.moved_at,
        }
        for generation in service.views.generations()
        if name in {None, generation.view}
    ]


@projections.command("rebuild")
def rebuild(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Switch without asking, even where rows differ.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Go back to the view before the last rebuild.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Ask for it, and do not wait.")] = False,
    who: Who = None,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Build a view anew beside the live one, compare them, and switch; nothing stops meanwhile.

    The process of `run projections` does it; where there is none, this command does. Ctrl-C leaves it as far as it is.
    The same command again goes on watching, or switches what is ready.
    """
    names, signed = _names(name), _signed(who)
    service = open_service(log_level="warning")
    if back:
        _ask_back(service, names, signed, reason)
    else:
        service.rebuilds.ask(names, signed, reason)
    if not detach:
        _attend(service, names, signed, yes=yes)
    orders = [service.rebuilds.latest()[view] for view in names]
    if as_json:
        show_json(orders)
    unfinished = [order for order in orders if order.is_open]
    if unfinished and not detach:
        raise Failed("; ".join(described(order) for order in unfinished))


def _ask_back(service: Service, names: Sequence[str], who: str, reason: str) -> None:
    from sync_service.projections.rebuilding import NothingToSwitchTo
    from sync_service.projections.view_store import GenerationState

    for view in names:
        previous = service.views.other(view, GenerationState.PREVIOUS)
        if previous is None:
            raise NothingToSwitchTo(view)
        if not service.rebuilds.ask_back(view, previous.number, who, reason):
            raise Failed(f"{view} is being rebuilt: `projections cancel {view}` first")


def _attend(service: Service, names: Sequence[str], who: str, *, yes: bool) -> None:
    """Wait until nothing is to be done, then switch what is equal, or what the person says."""
    attendant = Attendant(service, names)
    try:
        orders = attendant.settled()
        switched = [order for order in orders if order.state is OrderState.READY and _is_wanted(order, yes=yes)]
        for order in switched:
            ask_of(service.rebuilds, order, Act.SWITCH, who, "")
        orders = attendant.settled() if switched else orders
    except KeyboardInterrupt:
        say(f"left as far as it is; `projections rebuild {' '.join(names)}` goes on watching")
        raise typer.Exit(LEFT_RUNNING) from None
    finally:
        attendant.close()
    for order in orders:
        if order.state is OrderState.SWITCHED:
            say(f"{order.view}: switched; `projections rebuild {order.view} --back` takes it back")
        elif order.state is OrderState.TAKEN_BACK:
            say(f"{order.view}: the previous generation is live again")


def _is_wanted(order: Order, *, yes: bool) -> bool:
    say(described(order))
    for example in order.comparison.examples if order.comparison else ():
        columns = ", ".join(f"{name}: {live} → {other}" for name, (live, other) in example.columns.items())
        say(f"    {example.table} {example.key} {example.lack.value.replace('_', ' ')} {columns}".rstrip())
    if order.comparison is not None and order.comparison.is_equal:
        return True
    return yes or (sys.stdin.isatty() and typer.confirm(f"Switch {order.view} to the new rows?", err=True))


@projections.command("pause")
def pause(name: Name, who: Who = None, reason: Reason = "", as_json: Json = False) -> None:
    """Let a rebuild rest where it is."""
    _act(Act.PAUSE, name, who, reason, as_json=as_json)


@projections.command("resume")
def resume(name: Name, who: Who = None, reason: Reason = "", as_json: Json = False) -> None:
    """Let a rebuild that rests or failed go on from where it is."""
    _act(Act.RESUME, name, who, reason, as_json=as_json)


@projections.command("cancel")
def cancel(name: Name, who: Who = None, reason: Reason = "", as_json: Json = False) -> None:
    """Give a rebuild up and drop the rows that it made; the live view stays as it is."""
    _act(Act.CANCEL, name, who, reason, as_json=as_json)


def _act(act: Act, name: str, who: str | None, reason: str, *, as_json: bool) -> None:
    names, signed = _names(name), _signed(who)
    service = open_service(log_level="warning")
    acted: list[str] = []
    for order in service.rebuilds.open():
        if order.view in names:
            try:
                ask_of(service.rebuilds, order, act, signed, reason)
            except NotNow:
                continue
            acted.append(order.view)
    if not acted:
        raise Failed(f"{name}: there is no rebuild to {act.value}")
    Attendant(service, acted).tidy()
    orders = [service.rebuilds.latest()[view] for view in acted]
    if as_json:
        show_json(orders)
    for order in orders:
        say(described(order))


def _names(name: str) -> list[str]:
    from sync_service.projections.registry import VIEWS

    if name != "all" and name not in VIEWS:
        raise typer.BadParameter(f"there is no view {name}; there are {', '.join(VIEWS)}")
    return list(VIEWS) if name == "all" else [name]


def _signed(who: str | None) -> str:
    try:
        return who or getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "command line"
