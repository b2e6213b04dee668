"""What is wrong between the fields of a policy's file; each field alone is judged by `policies.files`.

A field that is wrong by itself takes no part, so that one error does not hide another.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

YEARS_MAX = 50


def faults_between(given: Mapping[str, Any]) -> Iterator[str]:
    """A line for each fault between the fields, in Russian with English beside it."""
    periods = given.get("code_portals")
    if "code_portals" in given:
        if isinstance(periods, list):
            yield from _between_periods([period for period in periods if isinstance(period, dict)])
        return
    yield from _order(given)
    yield from _of_years(given.get("years", 1))
    yield from _of_targets(_part(given, "targets"), _part(given, "altogether"))


def _order(period: Mapping[str, Any], path: str = "") -> Iterator[str]:
    first, last = _day(period, "valid_from"), _day(period, "valid_until")
    if first and last and last < first:
        yield f"{path}valid_until: раньше, чем valid_from / before valid_from"


def _of_years(years: object) -> Iterator[str]:
    if isinstance(years, int | float) and not (1 <= years <= YEARS_MAX and years % 1 == 0):
        yield f"years: не целое число лет от 1 до {YEARS_MAX} / not a whole number of years from 1 to {YEARS_MAX}"


def _of_targets(targets: Mapping[str, Any], altogether: Mapping[str, Any]) -> Iterator[str]:
    if not (targets or altogether):
        yield "targets: ни одной цели / not one target"
    distance, hours = targets.get("distance_hours"), targets.get("programme_hours", 0)
    if isinstance(distance, int | float) and isinstance(hours, int | float) and distance > hours:
        yield (
            "targets.distance_hours: больше, чем programme_hours, частью которых они являются"
            " / more than programme_hours, of which they are a part"
        )


def _between_periods(periods: list[Mapping[str, Any]]) -> Iterator[str]:
    if any(period.get("portals") == [] for period in periods):
        yield "code_portals.portals: не назван ни один портал / no portal is named"
    for period in periods:
        yield from _order(period, "code_portals.")
    dated = [(first, _day(period, "valid_until")) for period in periods if (first := _day(period, "valid_from"))]
    dated.sort(key=lambda days: days[0])
    for (first, last), (following, _) in pairwise(dated):
        if last is None or last >= following:
            yield (
                f"code_portals: периоды с {first} и с {following} пересекаются"
                f" / the periods from {first} and from {following} overlap"
            )


def _part(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = given.get(name, {})
    return part if isinstance(part, dict) else {}


def _day(given: Mapping[str, Any], name: str) -> date | None:
    try:
        return date.fromisoformat(given.get(name, ""))
    except (TypeError, ValueError):
        return None
