"""What a recomputation found, for people: each row that differs, with the columns that differ, personal ones masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync_service.console.person.hiding import hidden_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync_service.questions.replays import Difference, Replay

SHOWN_MAX = 100


class ColumnShown(NamedTuple):
    """One column of a row: as it is live, and as the events say."""

    name: str
    live: str
    recomputed: str


class DifferenceShown(NamedTuple):
    """One row; `kind` is `missing` (only the events have it), `stray` (only the view has it) or `wrong`."""

    place: str
    key: str
    kind: str
    columns: Sequence[ColumnShown]


def differences_shown(replayed: Replay) -> list[DifferenceShown]:
    """The first of the differences."""
    return [_shown(difference) for difference in replayed.differences[:SHOWN_MAX]]


def _shown(difference: Difference) -> DifferenceShown:
    kind = "missing" if difference.live is None else "stray" if difference.recomputed is None else "wrong"
    columns = list(_columns(hidden_values(difference.live or {}), hidden_values(difference.recomputed or {})))
    key = hidden_values({name: value for name, value in difference.key.items() if name != "owner"})
    named = ", ".join(f"{name}: {value}" for name, value in key.items())
    return DifferenceShown(f"{difference.view}.{difference.table}", named, kind, columns)


def _columns(live: Mapping[str, object], recomputed: Mapping[str, object]) -> Iterator[ColumnShown]:
    for name in {**live, **recomputed}:
        if live.get(name) != recomputed.get(name) and name != "owner":
            yield ColumnShown(name, _text(live.get(name)), _text(recomputed.get(name)))


def _text(value: object) -> str:
    return "—" if value is None else str(value)
