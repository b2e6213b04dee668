"""One-line stories for a live view, from what the portals saw: no names, no whole codes, accounts by their ids."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simulation.codes import PREFIX_LENGTH, canonical, code_key, masked, module_key, programme_key
from simulation.wire import PORTALS, kind_of

if TYPE_CHECKING:
    from simulation.wire import Event

REMEMBERED_MAX: Final = 10_000

REFUSALS: Final = {
    "code_malformed": ("это не код", "this is no code"),
    "code_unknown": ("такого кода никто не выдавал", "nobody issued this code"),
    "code_taken": ("код уже занят другим человеком", "another person has the code"),
    "code_revoked": ("организатор отозвал код", "the provider revoked the code"),
    "activity_withdrawn": ("мероприятие лишилось аккредитации", "the activity lost its accreditation"),
    "already_linked": ("один из кабинетов уже связан с другим", "one of the accounts is linked to another"),
    "account_closed": ("кабинет закрыт", "the account is closed"),
    "declined": ("человек отказался на sovetnmo", "the person declined at sovetnmo"),
    "identity_mismatch": ("СНИЛС в кабинетах разный", "the СНИЛС differ"),
}
_DONE = {
    "code": ("ввёл код", "entered the code"),
    "module": ("прошёл модуль", "completed the module"),
    "programme": ("окончил программу", "finished the programme"),
}
_THING = {"code": ("код", "code"), "module": ("модуль", "module"), "programme": ("программа", "programme")}


class Story(NamedTuple):
    """What happened, in one sentence, in Russian and in English."""

    russian: str
    english: str

    def __str__(self) -> str:
        return self.russian


class _Deed(NamedTuple):
    portal: str
    account: str
    at_s: float


class Storyteller:
    """Makes stories of the messages that pass, and remembers when each activity was first reported."""

    def __init__(self) -> None:
        self._deeds: OrderedDict[str, _Deed] = OrderedDict()

    def published(self, portal: str, event: Event, now_s: float) -> Story | None:
        """The story of a message that a portal or the catalogue published, if it has one."""
        data = event.get("data") or {}
        match kind_of(event):
            case "replica.applied.v1":
                return self._shown(portal, data["activity_key"], now_s)
            case "replica.refused.v1" if data["reason"] == "temporarily":
                account = f"{portal}:{data['account_id']}"
                return Story(
                    f"{account} → портал просит подождать с копией, служба спросит снова",
                    f"{account} → the portal asks to wait with a replica, the service will ask again",
                )
            case kind if portal in PORTALS:
                self._remember(portal, kind, data, now_s)
        return None

    def received(self, portal: str, event: Event, now_s: float) -> Story | None:
        """The story of a message that the service sent to a portal, if it has one."""
        del now_s
        data = event["data"]
        match kind_of(event):
            case "activation.refused.v1":
                return _refused(portal, data)
            case "link.completed.v1" if portal == "edu":
                return _linked(data)
            case "link.refused.v1" if portal == "edu":
                return _not_linked(data)
            case "replica.withdrawn.v1":
                account, what = f"{portal}:{data['account_id']}", _named(data["activity_key"], _THING)
                return Story(f"{account} → копия убрана: {what[0]}", f"{account} → replica withdrawn: {what[1]}")
            case "message.parked.v1":
                count = len(data["reasons"])
                return Story(
                    f"{portal} → сообщение отложено, причин: {count}", f"{portal} → message parked, reasons: {count}"
                )
        return None

    def _remember(self, portal: str, kind: str, data: dict[str, Any], now_s: float) -> None:
        key = _key_of(kind, data)
        if key is None or key in self._deeds:
            return
        self._deeds[key] = _Deed(portal, f"{portal}:{data.get('account_id')}", now_s)
        if len(self._deeds) > REMEMBERED_MAX:
            self._deeds.popitem(last=False)

    def _shown(self, portal: str, activity_key: str, now_s: float) -> Story | None:
        """The first time that an activity is shown on the other side; a replica of a replica would be no story."""
        deed = self._deeds.get(activity_key)
        if deed is None or deed.portal == portal:
            return None
        del self._deeds[activity_key]
        russian, english = _named(activity_key, _DONE)
        after_s = f"{now_s - deed.at_s:.1f}"
        return Story(
            f"{deed.account} {russian} → показано в {portal} через {after_s.replace('.', ',')}\u00a0с",
            f"{deed.account} {english} → shown at {portal} after {after_s}\u00a0s",
        )


def _key_of(kind: str, data: dict[str, Any]) -> str | None:
    match kind, data:
        case "code.activated.v1", {"code": str(typed)} if (code := canonical(typed)) is not None:
            return code_key(code)
        case "module.completed.v1", {"module_id": str(module_id), "completed_on": str(day), "account_id": _}:
            return module_key(module_id, day)
        case "programme.completed.v1", {"programme_id": str(programme_id), "completed_on": str(day), "account_id": _}:
            return programme_key(programme_id, day)
    return None


def _named(activity_key: str, words: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """The activity after the words for its kind; a code with its mask."""
    prefix, _, rest = activity_key.partition(":")
    named = masked(rest) if prefix == "code" else rest.rpartition(":")[0]
    russian, english = words[prefix]
    return f"{russian} {named}", f"{english} {named}"


def _refused(portal: str, data: dict[str, Any]) -> Story:
    russian, english = REFUSALS.get(data["reason"], (data["reason"], data["reason"]))
    code = canonical(data["code"])
    named = masked(code) if code is not None else "•" * PREFIX_LENGTH
    account = f"{portal}:{data['account_id']}"
    return Story(
        f"{account} ввёл код {named} → не принят: {russian}", f"{account} entered {named} → refused: {english}"
    )


def _linked(told: dict[str, Any]) -> Story:
    account, to_edu, to_sovetnmo = f"edu:{told['edu_account_id']}", told["to_edu"], told["to_sovetnmo"]
    return Story(
        f"{account} связан с кабинетом на sovetnmo: копий в edu {to_edu}, в sovetnmo {to_sovetnmo}",
        f"{account} is linked to its sovetnmo account: {to_edu} replicas to edu, {to_sovetnmo} to sovetnmo",
    )


def _not_linked(told: dict[str, Any]) -> Story:
    reason = str(told.get("reason"))
    russian, english = REFUSALS.get(reason, (reason, reason))
    account = f"edu:{told['edu_account_id']}"
    return Story(f"{account} → не связан: {russian}", f"{account} → not linked: {english}")
