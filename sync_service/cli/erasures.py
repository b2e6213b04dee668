"""The command that erases a person: `erase ACCOUNT`, `erase --list`, `erase --reapply`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync_service.aggregates.values import Account, account_stream
from sync_service.cli.app import Json, app, open_service, say, show_json
from sync_service.cli.decisions import Name, signature_of
from sync_service.cli.failures import Failed

if TYPE_CHECKING:
    from sync_service.bootstrap import Service
    from sync_service.erasures.certificate import Certificate
    from sync_service.erasures.reapplying import Reapplied


@app.command("erase")
def erase(  # noqa: PLR0913 - a command's options
    account: Annotated[
        str | None, typer.Argument(metavar="[ACCOUNT]", help="Either account of the person: sovetnmo:ID or edu:ID.")
    ] = None,
    *,
    reason: Annotated[
        str | None, typer.Option("--reason", help="On what ground; it stays for good, so it must name nobody.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether to go on.")] = False,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="FILE", help="Write the certificate as a PDF.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the erasures of the ledger instead.")] = False,
    reapplied: Annotated[
        bool, typer.Option("--reapply", help="Erase again whom the ledger names, after a restore; safe to repeat.")
    ] = False,
    ledger: Annotated[
        Path | None, typer.Option("--ledger", metavar="FILE", help="Another ledger for --list and --reapply.")
    ] = None,
    name: Name = None,
    as_json: Json = False,
) -> None:
    """Erase all data of a person, for good: nobody can bring them back.

    Codes stay taken, by nobody known, and sums stay right. The portals are told.
    """
    if (account is not None) + listed + reapplied != 1:
        raise typer.BadParameter("one of ACCOUNT, --list and --reapply is needed")
    if listed:
        _list(ledger, as_json=as_json)
    elif reapplied:
        _reapply(ledger, as_json=as_json)
    elif account is not None:
        if reason is None or not reason.strip():
            raise typer.BadParameter("--reason is needed")
        _erase(Account.parse(account), reason, signature_of(name), yes=yes, pdf=certificate, as_json=as_json)


def _erase(account: Account, reason: str, by: str, *, yes: bool, pdf: Path | None, as_json: bool) -> None:
    from sync_service import decisions
    from sync_service.erasures.certificate import certificate_of
    from sync_service.erasures.ledger import entry_of
    from sync_service.rendering.erasures import show_certificate

    service = open_service(log_level="warning")
    application = service.application()
    decisions.preview(application, decisions.Decision(decisions.Kind.ERASE, account), reason=reason, by=by)
    if not yes and not _is_meant():
        raise Failed("nothing was erased: say yes, or --yes")
    decisions.erase(application, account, reason=reason, by=by)
    service.catch_up()
    told = certificate_of(service.store, entry_of(service.ledger, account_stream(account)))
    if pdf is not None:
        _write(pdf, told)
    show_json(told) if as_json else show_certificate(told)


def _is_meant() -> bool:
    question = "Стереть все данные этого человека навсегда? / Erase all data of this person for good?"
    return sys.stdin.isatty() and typer.confirm(question, err=True)


def _write(path: Path, told: Certificate) -> None:
    from sync_service.bootstrap.surroundings import certificate_as_pdf

    path.write_bytes(certificate_as_pdf(told))


def _list(ledger: Path | None, *, as_json: bool) -> None:
    from sync_service.rendering.erasures import show_entries

    entries = _service(ledger).ledger.entries()
    show_json(entries) if as_json else show_entries(entries)


def _reapply(ledger: Path | None, *, as_json: bool) -> None:
    from sync_service.erasures.reapplying import reapply, unfinished

    service = _service(ledger)
    found = reapply(service.application(), service.ledger)
    for entry in unfinished(service.application(), service.ledger):
        service.outside.finish(entry)
    service.catch_up()
    if as_json:
        show_json(found)
    else:
        _say_again(found)
    if found.linked:
        raise Failed(
            f"{found.linked} accounts are linked here with an account that nobody erased, and stay:"
            " undo these links (`decisions propose undo-link`), then run it again"
        )


def _say_again(found: Reapplied) -> None:
    say(
        f"Стёрто снова: {found.again}; уже стёрто: {found.already}; этому хранилищу не известны: {found.unknown};"
        f" кодов снова занято: {found.codes} / erased again, already erased, not known to this store, codes taken again"
    )


def _service(ledger: Path | None) -> Service:
    return open_service(log_level="warning", chosen={} if ledger is None else {"erasure_ledger": ledger})
