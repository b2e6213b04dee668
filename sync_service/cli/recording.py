"""Records what commands show and change, before they do: one table of all that look at people, one of all others.

A command in neither table fails when it opens the service, so none can be forgotten. The command line acts for the
operating system's user, who has every right; the number of a case is welcome and not required.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from uuid import UUID

import typer
from typer.core import TyperGroup

from sync_service.access import Role, Visitor
from sync_service.aggregates.values import Account, canonical_code, code_stream
from sync_service.aggregates.values import account_stream as stream_of
from sync_service.auditing import Act, CaseMalformed, Door, Look, case_number

if TYPE_CHECKING:
    from sync_service.bootstrap import Service

Params = Mapping[str, Any]
Whom = Callable[["Service", Params], Iterable[UUID]]


class Recorded(NamedTuple):
    """What is recorded of a command: the act, whom it concerns (a row each), and which part of them."""

    act: Act | Callable[[Params], Act]
    whom: Whom = lambda _service, _params: ()
    detail: Callable[[Params], str | None] = lambda _params: None


def _account(name: str) -> Whom:
    return lambda _service, params: () if params[name] is None else (stream_of(Account.parse(params[name])),)


def _accounts(*names: str) -> Whom:
    return lambda _service, params: (stream_of(Account.parse(params[name])) for name in names)


def _code(service: Service, params: Params) -> Iterable[UUID]:
    yield code_stream(canonical_code(params["typed"]))
    for name in {"account", "to"} & set(params):
        yield from _account(name)(service, params)


def _letters(_: Service, params: Params) -> Iterable[UUID]:
    which = params.get("letter") or params.get("which") or ()
    return (which,) if isinstance(which, UUID) else which


def _proposal(service: Service, params: Params) -> Iterable[UUID]:
    from sync_service.decisions import proposal
    from sync_service.decisions.concerning import concerned

    return concerned(proposal(service.store, params["proposal_id"]).decision)


def _mail_owner(service: Service, params: Params) -> Iterable[UUID]:
    from sync_service.adapters.file_mailer import owner_of

    return (owner_of(params["file"], service.keys),)


def _named(*names: str) -> Callable[[Params], str | None]:
    """The values of these parameters, of switches their names."""

    def detail(params: Params) -> str | None:
        given = ((name, params.get(name)) for name in names)
        parts = [name if value is True else str(getattr(value, "value", value)) for name, value in given if value]
        return " ".join(parts) or None

    return detail


def _foreseen(act: Act, foreseen: Act) -> Callable[[Params], Act]:
    return lambda params: foreseen if params.get("dry_run") else act


def _past(params: Params) -> str | None:
    return "as of" if params.get("as_of") else None


def _erasing(params: Params) -> Act:
    return Act.ERASURES_LISTED if params["listed"] else Act.PERSON_ERASED


_PROPOSED = _foreseen(Act.DECISION_PROPOSED, Act.DECISION_SEEN)
_REBUILD = Recorded(Act.REBUILD_DECIDED, detail=_named("name"))

RECORDED: Mapping[str, Recorded] = {
    "history": Recorded(Act.HISTORY_SEEN, _account("account"), _past),
    "plan": Recorded(Act.PLAN_SEEN, _account("account"), _past),
    "code": Recorded(Act.CODE_REVEALED, _code),
    "replay": Recorded(Act.REPLAY_SEEN, _account("account"), _named("repair", "resend")),
    "report write": Recorded(Act.REPORT_MADE, _account("account"), _named("written_as")),
    "report verify": Recorded(Act.REPORT_VERIFIED),
    "letter": Recorded(Act.SUPPORT_LETTER_SEEN, _code),
    "reverse": Recorded(_foreseen(Act.CREDIT_REVERSED, Act.DECISION_SEEN), _account("account")),
    "reconcile": Recorded(Act.ACCOUNTS_RECONCILED, detail=_named("portal", "repair")),
    "decisions list": Recorded(Act.DECISIONS_LISTED, _account("account"), _named("everything")),
    "decisions show": Recorded(Act.DECISION_SEEN, _proposal),
    "decisions approve": Recorded(_foreseen(Act.DECISION_APPROVED, Act.DECISION_SEEN), _proposal),
    "decisions reject": Recorded(Act.DECISION_REJECTED, _proposal),
    "decisions propose join": Recorded(_PROPOSED, _accounts("account", "other"), lambda _: "join"),
    "decisions propose refuse": Recorded(_PROPOSED, _accounts("account", "other"), lambda _: "refuse"),
    "decisions propose keep": Recorded(_PROPOSED, _account("account"), lambda _: "keep"),
    "decisions propose undo-link": Recorded(_PROPOSED, _account("account"), lambda _: "undo-link"),
    "decisions propose move-code": Recorded(_PROPOSED, _code, lambda _: "move-code"),
    "decisions propose erase": Recorded(_foreseen(Act.ERASURE_PROPOSED, Act.ERASURE_SEEN), _account("account")),
    "erase": Recorded(_erasing, _account("account"), _named("listed", "reapplied")),
    "dead-letters list": Recorded(Act.LETTERS_LISTED, detail=_named("everything")),
    "dead-letters show": Recorded(Act.LETTER_REVEALED, _letters),
    "dead-letters retry": Recorded(
        _foreseen(Act.LETTER_RETRIED, Act.LETTER_FORESEEN),
        _letters,
        lambda params: "one account" if params["account"] else _named("everything")(params),
    ),
    "dead-letters discard": Recorded(_foreseen(Act.LETTER_DISCARDED, Act.LETTER_FORESEEN), _letters),
    "notices": Recorded(Act.NOTICES_LISTED, detail=_named("dry_run")),
    "notices list": Recorded(Act.NOTICES_LISTED, detail=_named("everything")),
    "notices retry": Recorded(Act.NOTICES_DECIDED, detail=lambda _: "retry"),
    "notices discard": Recorded(Act.NOTICES_DECIDED, detail=lambda _: "discard"),
    "notices open": Recorded(Act.MAIL_OPENED, _mail_owner),
    "keys rotate": Recorded(Act.KEYS_ROTATED, detail=_named("forget_old")),
    "notices restored": Recorded(Act.NOTICES_DECIDED, detail=lambda _: "restored"),
    "projections rebuild": Recorded(Act.REBUILD_DECIDED, detail=_named("name", "back", "yes")),
    "projections pause": _REBUILD,
    "projections resume": _REBUILD,
    "projections cancel": _REBUILD,
    "credentials add": Recorded(
        Act.CREDENTIALS_CHANGED,
        detail=lambda params: " ".join(("add", params["name"], *(params["role"] or (params["portal"],)))),
    ),
    "credentials rotate": Recorded(Act.CREDENTIALS_CHANGED, detail=lambda params: f"rotate {params['name']}"),
    "credentials revoke": Recorded(Act.CREDENTIALS_CHANGED, detail=lambda params: f"revoke {params['name']}"),
    "backup": Recorded(Act.STORE_COPIED),
    "sign-in-link": Recorded(Act.LINK_MADE, detail=_named("role")),
    "audit list": Recorded(Act.AUDIT_SEEN),
    "audit export": Recorded(Act.AUDIT_EXPORTED, detail=_named("written_as")),
    "audit verify": Recorded(Act.AUDIT_VERIFIED),
    "audit anchor": Recorded(Act.AUDIT_SEEN),
}
"""By the command's name, what is recorded before it shows or changes anything."""

NOBODY = frozenset(
    (
        "adopt-policy",
        "check",
        "credentials list",
        "demo",
        "doctor",
        "import-activities",
        "import-codes",
        "ingest",
        "keys status",
        "migrate",
        "projections status",
        "publish",
        "restore",
        "run",
        "status",
        "topics create",
    )
)
"""The commands that show nobody, and change nothing about anybody that they were not given in a file."""

_case: str | None = None
_running: ContextVar[tuple[str, Params] | None] = ContextVar("running", default=None)


def keep_case(given: str | None) -> str | None:
    """Take the number of the case that a command is for; raises BadParameter if it is none."""
    global _case  # noqa: PLW0603 - the one place that carries the option to the recording
    if given is not None:
        try:
            _case = case_number(given)
        except CaseMalformed as malformed:
            raise typer.BadParameter(str(malformed)) from None
    return given


def forget_case() -> None:
    """A new command line begins, without a case."""
    global _case  # noqa: PLW0603 - as above
    _case = None


Case = Annotated[
    str | None,
    typer.Option("--case", metavar="NUMBER", callback=keep_case, help="The case that this is for; it is recorded."),
]


class RecordedGroup(TyperGroup):
    """The root of the commands: each says which it is when it runs, and those that look at people take `--case`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - typer's
        super().__init__(*args, **kwargs)
        for path, command in commands_of(self):
            if command.callback is not None:
                command.callback = _told(path, command.callback)
            if path in RECORDED:
                command.params.append(_case_option())


def commands_of(group: TyperGroup, *above: str) -> Iterable[tuple[str, Any]]:
    """Every command under a group by its whole name, and every group that is a command itself."""
    for name, command in group.commands.items():
        path = (*above, name)
        if isinstance(command, TyperGroup):
            yield from commands_of(command, *path)
        if not isinstance(command, TyperGroup) or command.invoke_without_command:
            yield " ".join(path), command


def record_running(service: Service) -> None:
    """Record what the running command is about to show or change; nothing if no command runs.

    Raises LookupError for a command that is in neither table.
    """
    running = _running.get()
    if running is None or running[0] in NOBODY:
        return
    path, params = running
    recorded = RECORDED.get(path)
    if recorded is None:
        raise LookupError(f"the command `{path}` is in neither table of cli/recording.py")
    act = recorded.act if isinstance(recorded.act, Act) else recorded.act(params)
    streams: list[UUID | None] = list(recorded.whom(service, params))
    for whom in streams or [None]:
        detail = recorded.detail(params)
        service.audit.record(Look.by(os_user(), Door.COMMAND_LINE, act, whom=whom, case=_case, detail=detail))


def os_user() -> Visitor:
    """The user that the operating system says this process runs as, whatever its environment claims."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user may have no name
        name = str(os.getuid())
    return Visitor(f"os:{name}", name, frozenset(Role))


def _told(path: str, callback: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(callback)
    def told(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - a command's own
        _running.set((path, kwargs))
        return callback(*args, **kwargs)

    return told


def _case_option() -> Any:  # noqa: ANN401 - typer keeps its parameters to itself
    """The option as typer makes it, for a command whose function knows nothing of it."""
    alone = typer.Typer()

    @alone.command()
    def with_case(_case: Case = None) -> None:
        """Be the bearer of the option."""

    option = next(param for param in typer.main.get_command(alone).params if "--case" in param.opts)
    option.expose_value = False
    return option
