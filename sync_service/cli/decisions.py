"""Commands for decisions that only people may take: `decisions list|show|propose|approve|reject`, `reverse`."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from sync_service.aggregates.values import Account, canonical_code
from sync_service.cli.app import AccountArgument, Json, app, open_service, say, show_json

if TYPE_CHECKING:
    from sync_service.aggregates.deciding import Decision
    from sync_service.bootstrap import Service
    from sync_service.decisions import Preview

decisions = typer.Typer(
    no_args_is_help=True,
    help="Decisions that only people may take: one proposes with a reason, a second one approves.",
)
proposals = typer.Typer(no_args_is_help=True, help="Propose a decision, for a second person to approve.")
decisions.add_typer(proposals, name="propose")
app.add_typer(decisions, name="decisions")

ProposalId = Annotated[UUID, typer.Argument(metavar="PROPOSAL", help="The proposal's id, from `list`.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays in the log, and no portal is told.")]
Name = Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who decides; by default the system's user.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what it would do; nothing is written.")]
EITHER = "Either account of the linked person: sovetnmo:ID or edu:ID."
EitherAccount = Annotated[str, typer.Argument(metavar="ACCOUNT", help=EITHER)]
OtherArgument = Annotated[str, typer.Argument(metavar="OTHER", help="The account on the other portal.")]


@decisions.command("list")
def list_decisions(
    everything: Annotated[bool, typer.Option("--all", help="Also proposals that were decided on.")] = False,
    account: Annotated[str | None, typer.Option("--account", help="Only what concerns this account.")] = None,
    as_json: Json = False,
) -> None:
    """List the open cases about identities, and the proposals that wait for a second person."""
    from sync_service.decisions import cases, proposals
    from sync_service.rendering.decisions import show_waiting

    wanted = Account.parse(account) if account is not None else None
    service = open_service(log_level="warning")
    proposed = proposals(service.store, only_open=not everything, account=wanted)
    waiting = [one for one in cases(service.views) if wanted is None or wanted in {one.edu, one.sovetnmo}]
    show_json({"cases": waiting, "proposals": proposed}) if as_json else show_waiting(waiting, proposed)


@decisions.command("show")
def show_decision(proposal_id: ProposalId, as_json: Json = False) -> None:
    """Show one proposal, and what it would do if it were approved now."""
    from sync_service.aggregates.errors import DecisionError
    from sync_service.decisions import ProposalState, preview, proposal
    from sync_service.rendering.decisions import show_preview, show_proposal

    service = open_service(log_level="warning")
    found = proposal(service.store, proposal_id)
    foreseen: Preview | None = None
    refusal: DecisionError | None = None
    if found.state is ProposalState.OPEN:
        try:
            foreseen = preview(service.application(), found.decision, reason=found.reason, by=found.proposed_by)
        except DecisionError as error:
            refusal = error
    if as_json:
        show_json({"proposal": found, "preview": foreseen, "impossible": str(refusal) if refusal else None})
        return
    show_proposal(found)
    if foreseen is not None:
        show_preview(foreseen)
    if refusal is not None:
        say(str(refusal))


@proposals.command("join")
def propose_join(
    account: AccountArgument,
    other: OtherArgument,
    reason: Reason,
    name: Name = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Link two accounts after all whose link was refused because their СНИЛС differ."""
    from sync_service.decisions import Decision, Kind

    decision = Decision(Kind.JOIN, Account.parse(account), Account.parse(other))
    _propose(decision, reason, name, dry_run=dry_run, as_json=as_json)


@proposals.command("refuse")
def propose_refusal(
    account: AccountArgument,
    other: OtherArgument,
    reason: Reason,
    name: Name = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Refuse for good to link two accounts whose СНИЛС differ; the case is closed."""
    from sync_service.decisions import Decision, Kind

    decision = Decision(Kind.REFUSE, Account.parse(account), Account.parse(other))
    _propose(decision, reason, name, dry_run=dry_run, as_json=as_json)


@proposals.command("keep")
def propose_keeping(
    account: EitherAccount, reason: Reason, name: Name = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Keep two accounts linked although a СНИЛС that differs came after the linking; the case is closed."""
    from sync_service.decisions import Decision, Kind

    _propose(Decision(Kind.KEEP, Account.parse(account)), reason, name, dry_run=dry_run, as_json=as_json)


@proposals.command("undo-link")
def propose_undoing(
    account: EitherAccount, reason: Reason, name: Name = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Undo a wrong link: two people again, each with what its own account recorded."""
    from sync_service.decisions import Decision, Kind

    _propose(Decision(Kind.UNDO_LINK, Account.parse(account)), reason, name, dry_run=dry_run, as_json=as_json)


@proposals.command("move-code")
def propose_move(
    typed: Annotated[str, typer.Argument(metavar="CODE", help="In any spelling.")],
    to: Annotated[str, typer.Option("--to", metavar="ACCOUNT", help="Whose it is by right: sovetnmo:ID or edu:ID.")],
    reason: Reason,
    name: Name = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Move a code to its rightful owner: reversed for the one, recorded for the other at its original time."""
    from sync_service.decisions import Decision, Kind

    decision = Decision(Kind.MOVE_CODE, Account.parse(to), code=canonical_code(typed))
    _propose(decision, reason, name, dry_run=dry_run, as_json=as_json)


@proposals.command("erase")
def propose_erasing(
    account: EitherAccount, reason: Reason, name: Name = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Erase all data of a person, for good, once a second person agrees."""
    from sync_service.decisions import Decision, Kind

    _propose(Decision(Kind.ERASE, Account.parse(account)), reason, name, dry_run=dry_run, as_json=as_json)


@decisions.command("approve")
def approve_proposal(
    proposal_id: ProposalId, name: Name = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Approve what another person proposed, and carry it out."""
    from sync_service.decisions import ProposalState, approve, preview, proposal

    by = signature_of(name)
    service = open_service(log_level="warning")
    application = service.application()
    found, foreseen = proposal(service.store, proposal_id), None
    if dry_run or found.state is ProposalState.OPEN:
        foreseen = preview(application, found.decision, reason=found.reason, by=found.proposed_by)
    if dry_run and foreseen is not None:
        _show_preview(foreseen, as_json=as_json)
        return
    approve(application, proposal_id, by=by, expected=foreseen.seen if foreseen else None)
    service.catch_up()
    _show_proposal(service, proposal_id, as_json=as_json)


@decisions.command("reject")
def reject_proposal(proposal_id: ProposalId, reason: Reason, name: Name = None, as_json: Json = False) -> None:
    """Reject a proposal, or take one's own back; nothing comes of it."""
    from sync_service.decisions import reject

    why, by = _reason(reason), signature_of(name)
    service = open_service(log_level="warning")
    reject(service.application(), proposal_id, by=by, reason=why)
    _show_proposal(service, proposal_id, as_json=as_json)


@app.command("reverse")
def reverse_credit(
    account: AccountArgument,
    key: Annotated[str, typer.Argument(metavar="KEY", help="The activity key, as `plan --json` has it.")],
    reason: Reason,
    name: Name = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a credit back from every account of the person, at once: one person of support is enough."""
    from sync_service.decisions import Decision, Kind, preview, reverse

    whose, why, by = Account.parse(account), _reason(reason), signature_of(name)
    service = open_service(log_level="warning")
    application = service.application()
    foreseen = preview(application, Decision(Kind.REVERSE, whose, key=key), reason=why, by=by)
    if not dry_run:
        reverse(application, whose, key, reason=why, by=by, expected=foreseen.seen)
        service.catch_up()
    _show_preview(foreseen, as_json=as_json, is_written=not dry_run)


def _propose(decision: Decision, reason: str, name: str | None, *, dry_run: bool, as_json: bool) -> None:
    from sync_service.decisions import preview, propose

    why, by = _reason(reason), signature_of(name)
    service = open_service(log_level="warning")
    application = service.application()
    if dry_run:
        _show_preview(preview(application, decision, reason=why, by=by), as_json=as_json)
    else:
        _show_proposal(service, propose(application, decision, reason=why, by=by), as_json=as_json)


def _show_preview(foreseen: Preview, *, as_json: bool, is_written: bool = False) -> None:
    from sync_service.rendering.decisions import show_preview

    show_json(foreseen) if as_json else show_preview(foreseen, is_written=is_written)


def _show_proposal(service: Service, proposal_id: UUID, *, as_json: bool) -> None:
    from sync_service.decisions import proposal
    from sync_service.rendering.decisions import show_proposal

    found = proposal(service.store, proposal_id)
    show_json(found) if as_json else show_proposal(found)


def _reason(text: str) -> str:
    if not text.strip():
        raise typer.BadParameter("the reason is empty")
    return text


def signature_of(given: str | None) -> str:
    """Who decides: as named, or the user of the operating system."""
    if given is not None:
        if not given.strip():
            raise typer.BadParameter("--as: the name is empty")
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise typer.BadParameter("the system does not know who runs this: say it with --as NAME") from None
