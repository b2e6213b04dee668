"""Commands for e-mails about credits: `notices`, and `notices list|retry|discard|restored`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from sync_service.cli.app import Json, app, open_service, say, show_json
from sync_service.cli.failures import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_service.aggregates.values import Account
    from sync_service.bootstrap import Service
    from sync_service.notices.notice import Notice

notices = typer.Typer(help="E-mails about credits.")
app.add_typer(notices, name="notices")

LISTED_MAX = 10_000


@notices.callback(invoke_without_command=True)
def overview(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say which mails would be sent, and send and store nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say how many notices are in each state; each is about one credit."""
    if context.invoked_subcommand is not None:
        return
    service = open_service(log_level="warning")
    if dry_run:
        _show_mails(list(_mails(service)), as_json=as_json)
        return
    counts = {state.value: count for state, count in service.notices.counts().items()}
    if as_json:
        show_json(counts)
        return
    for state, count in counts.items():
        sys.stdout.write(f"{state:<9} {count:>10}\n")


@notices.command("list")
def list_notices(
    everything: Annotated[bool, typer.Option("--all", help="Also what is planned, sent or skipped.")] = False,
    as_json: Json = False,
) -> None:
    """List the notices that wait for a person's decision, the oldest first, with the reasons."""
    from sync_service.notices.notice import NoticeState

    states = list(NoticeState) if everything else [NoticeState.PARKED]
    found = [_described(one) for one in open_service(log_level="warning").notices.listed(states, LISTED_MAX)]
    if as_json:
        show_json(found)
        return
    for one in found:
        sys.stdout.write(
            f"{one['notice']}  {one['planned_at']:%Y-%m-%d %H:%M:%S}  {one['state']:<8} {one['reason'] or '':<18}"
            f"  {one['account']}  {one['activity_key']}\n"
        )
    say(f"{len(found)} notices")


@notices.command("retry")
def retry_notices(
    which: Annotated[list[UUID] | None, typer.Argument(metavar="[NOTICE...]", help="Ids, from `list`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are parked.")] = False,
    reason: Annotated[
        str | None, typer.Option(help="All that are parked for this reason, such as refused_451.")
    ] = None,
) -> None:
    """Send parked notices after all. One that was interrupted may have arrived already: ask first."""
    from sync_service.bootstrap import now

    service = open_service(log_level="warning")
    wanted = which or _parked(service, reason if not everything else None)
    if not (which or everything or reason):
        raise typer.BadParameter("name notices, or --all, or --reason")
    _changed(service.notices.retry(wanted, now()), len(wanted), "planned")


@notices.command("discard")
def discard_notices(
    which: Annotated[list[UUID], typer.Argument(metavar="NOTICE...", help="Ids, from `list`.")],
) -> None:
    """Decide that notices which are parked or planned will not be sent."""
    from sync_service.bootstrap import now

    service = open_service(log_level="warning")
    _changed(service.notices.discard(which, now()), len(which), "discarded")


@notices.command("open")
def open_mail(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mail that was kept as a file, `….eml.sealed`.")],
) -> None:
    """Write a mail that was kept as a file to stdout, as any mail program opens it."""
    from sync_service.adapters.file_mailer import opened_mail
    from sync_service.sealing import KeyDestroyed

    try:
        message = opened_mail(file, open_service(log_level="warning").keys)
    except KeyDestroyed:
        raise Failed("nobody can open this mail: the person was erased, or another store wrote it") from None
    except ValueError:
        raise Failed(f"{file.name} is no mail of this service") from None
    sys.stdout.buffer.write(message)


@notices.command("restored")
def say_restored() -> None:
    """Say that the database was restored from a copy of its files, which the service cannot see by itself.

    What may have been mailed after the copy was made is parked from now on instead of being mailed again.
    """
    from sync_service.bootstrap import now

    service = open_service(log_level="warning")
    service.planner().begin(service.settings.notices_since)
    say(f"{service.notices.mark_restored(now())} notices parked")


def _parked(service: Service, reason: str | None) -> list[UUID]:
    from sync_service.notices.notice import NoticeState

    found = service.notices.listed([NoticeState.PARKED], LISTED_MAX)
    return [one.id for one in found if reason in (None, one.reason)]


def _changed(changed: int, wanted: int, word: str) -> None:
    say(f"{changed} {word}")
    if changed != wanted:
        raise Failed(f"{wanted - changed} of the notices are not there, or not in a state for this")


def _described(one: Notice) -> dict[str, Any]:
    return {
        "notice": one.id,
        "account": str(one.account),
        "activity_key": _masked(one.key),
        "state": one.state.value,
        "reason": one.reason,
        "attempts": one.attempts,
        "planned_at": one.planned_at,
        "next_at": one.next_at,
        "mail": one.mail,
    }


def _masked(key: str) -> str:
    """An activity key without the rest of a confirmation code, which is somebody's credential."""
    from sync_service.aggregates.values import masked_code

    kind, _, rest = key.partition(":")
    return f"{kind}:{masked_code(rest)}" if kind == "code" else key


def _mails(service: Service) -> Iterable[dict[str, Any]]:
    """The mails that the notices make which are planned, or would be from the events that are not followed yet."""
    from sync_service.bootstrap import now

    moment, drafts = now(), service.drafts()
    for account, waiting in _waiting(service).items():
        draft = drafts.draft(account, waiting, moment)
        if draft.mail is not None:
            yield {"account": str(account), "credits": len(draft.told), "subject": draft.mail.subject, "not_sent": None}
        for reason, left in (draft.parked | draft.skipped).items():
            yield {"account": str(account), "credits": len(left), "subject": None, "not_sent": reason}


def _waiting(service: Service) -> dict[Account, list[Notice]]:
    from sync_service.bootstrap import now
    from sync_service.notices.notice import Notice, NoticeState

    moment = now()
    found = {one.cause: one for one in service.notices.listed([NoticeState.PLANNED], LISTED_MAX)}
    for batch in service.planner().look(service.settings.notices_since):
        for cause in batch.plan:
            found.setdefault(cause, Notice(cause.account, cause.key, NoticeState.PLANNED, 0, moment, moment))
    by_account: dict[Account, list[Notice]] = {}
    for one in found.values():
        by_account.setdefault(one.account, []).append(one)
    return by_account


def _show_mails(mails: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        show_json(mails)
        return
    for mail in mails:
        sys.stdout.write(f"{mail['account']}  {mail['subject'] or 'not sent: ' + mail['not_sent']}\n")
    say(f"{sum(mail['not_sent'] is None for mail in mails)} mails")
