"""Reads a policy from its file: TOML, with every error in it named at once, in Russian with English beside it."""

import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Literal

from pydantic import ValidationError

from sync_service.aggregates.errors import DomainError
from sync_service.aggregates.policy import Altogether, CodePeriod, CodePortalsAdopted, PolicyAdopted, Targets
from sync_service.aggregates.values import Portal
from sync_service.messages.fields import Flag, Id, Number, Part, Text
from sync_service.messages.moments import LocalDate
from sync_service.messages.problems import problems_of, reasons_of
from sync_service.policies.faults import faults_between

CODE_PORTALS = "code_portals"
_UNKNOWN = "такого поля в политике нет / a policy has no such field"


class PolicyMalformed(DomainError):
    """A file is no policy; `reasons` has a line for every error in it."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.reasons))


class _Targets(Part):
    events: Number | None = None
    modules: Number | None = None
    programme_hours: Number | None = None
    distance_hours: Number | None = None


class _Altogether(Part):
    activity: Number | None = None
    credits: Number | None = None


class _Named(Part):
    policy: Id
    title_ru: Text
    title_en: Text


class _Policy(_Named):
    valid_from: LocalDate
    valid_until: LocalDate | None = None
    years: Number = 5
    default: Flag = False
    targets: _Targets
    altogether: _Altogether | None = None


class _Period(Part):
    portals: list[Literal["sovetnmo", "edu"]]
    valid_from: LocalDate
    valid_until: LocalDate | None = None


class _CodePortals(_Named):
    code_portals: list[_Period]


def read_policy(content: bytes) -> PolicyAdopted | CodePortalsAdopted:
    """The policy that a file holds, as the fact of its adoption; raises PolicyMalformed with every error."""
    given = _parsed(content)
    kind: type[_Policy | _CodePortals] = _CodePortals if CODE_PORTALS in given else _Policy
    reasons = [*_unknown_fields(given, kind), *faults_between(given)]
    try:
        read = kind.model_validate(given)
    except ValidationError as error:
        raise PolicyMalformed([*reasons_of(problems_of(error)), *reasons]) from None
    if reasons:
        raise PolicyMalformed(reasons)
    return _fact_of(read)


def _parsed(content: bytes) -> dict[str, object]:
    try:
        found = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise PolicyMalformed([f"file: не UTF-8: байт {error.start} / not UTF-8 at byte {error.start}"]) from None
    except tomllib.TOMLDecodeError as error:
        raise PolicyMalformed([f"file: не TOML / not TOML: {error}"]) from None
    plain = _plain(found)
    return plain if isinstance(plain, dict) else {}


def _plain(value: object) -> object:
    """TOML has dates of its own; ours are judged as they are written."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def _unknown_fields(given: dict[str, object], kind: type[Part], path: str = "") -> Iterator[str]:
    """A misspelt name must not pass for a target that is not there."""
    parts: dict[str, type[Part]] = {"targets": _Targets, "altogether": _Altogether, CODE_PORTALS: _Period}
    for name, value in given.items():
        if name not in kind.model_fields:
            yield f"{path}{name}: {_UNKNOWN}"
        elif name in parts:
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    yield from _unknown_fields(each, parts[name], f"{path}{name}.")


def _fact_of(read: _Policy | _CodePortals) -> PolicyAdopted | CodePortalsAdopted:
    if isinstance(read, _CodePortals):
        periods = tuple(
            CodePeriod(tuple(sorted(set(map(Portal, one.portals)))), one.valid_from, one.valid_until)
            for one in sorted(read.code_portals, key=lambda one: one.valid_from)
        )
        return CodePortalsAdopted(policy=read.policy, title_ru=read.title_ru, title_en=read.title_en, periods=periods)
    return PolicyAdopted(
        policy=read.policy,
        title_ru=read.title_ru,
        title_en=read.title_en,
        targets=Targets(**_floats(read.targets)),
        valid_from=read.valid_from,
        valid_until=read.valid_until,
        years=int(read.years),
        altogether=Altogether(**_floats(read.altogether)) if read.altogether else None,
        is_default=read.default,
    )


def _floats(part: _Targets | _Altogether) -> dict[str, float | None]:
    return {name: None if value is None else float(value) for name, value in part.model_dump().items()}
