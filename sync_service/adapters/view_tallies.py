"""Counts of a view's rows by what operators ask, kept by triggers: as cheap to read of a hundred million as of ten.

A trigger sees every change of a row, whoever makes it, so a tally always equals a count of the rows. It stands beside
the view's tables in the schema of the generation, and is no part of the view: rebuilds compare the rows alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from psycopg.sql import SQL, Composed, Identifier


class Tally(msgspec.Struct, frozen=True):
    """Counts the rows of a table by some expressions; rows for which `where` does not hold are not counted.

    The table may be a tally made before: so people are counted, each of whom waits for several replicas.
    """

    name: str
    table: str
    by: Mapping[str, tuple[str, str]]
    where: str = "true"


TALLIES: Final[Mapping[str, tuple[Tally, ...]]] = {
    "replica_ledger": (
        Tally(
            "replicas_by_state",
            "replicas",
            {
                "portal": ("text", "portal"),
                "state": ("text", "state"),
                "is_waiting": ("boolean", "is_waiting"),
                "is_deferred": ("boolean", "is_deferred"),
                "minute": (
                    "timestamptz",
                    "CASE WHEN is_waiting THEN date_bin('1 minute', requested_at, 'epoch') ELSE 'epoch' END",
                ),
            },
        ),
        Tally(
            "waiting_by_person", "replicas", {"owner": ("uuid", "owner"), "portal": ("text", "portal")}, "is_waiting"
        ),
        Tally("people_by_portal", "waiting_by_person", {"portal": ("text", "portal")}),
        Tally("waiting_people", "waiting_by_person", {"owner": ("uuid", "owner")}),
        Tally("people_waiting", "waiting_people", {"is_waiting": ("boolean", "true")}),
    ),
    "link_progress": (Tally("links_by_state", "links", {"state": ("text", "state")}),),
}
"""The tallies of each view that has some: columns by name, each with its type and the expression over the table."""

INDEXES: Final[Mapping[str, tuple[str, ...]]] = {
    "replica_ledger": ("CREATE INDEX ON {schema}.replicas (portal, requested_at) WHERE is_waiting",),
    "link_progress": ("CREATE INDEX ON {schema}.links (begun_at) WHERE state = 'backfilling'",),
}
"""What finds the row that waits longest."""

_TABLE = "CREATE TABLE {tally} ({columns}, rows bigint NOT NULL, PRIMARY KEY ({names})) WITH (fillfactor = 50)"
_EMPTIED = "CREATE INDEX ON {tally} ((1)) WHERE rows = 0"
_FUNCTION = """CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
INSERT INTO {tally} AS kept SELECT {expressions}, sum({sign}) FROM ({rows}) AS line WHERE {where} GROUP BY {numbers}
HAVING sum({sign}) <> 0 ORDER BY {numbers} ON CONFLICT ({names}) DO UPDATE SET rows = kept.rows + excluded.rows;
{forget}RETURN NULL; END $$"""
_FORGET = "DELETE FROM {tally} WHERE rows = 0;\n"
_TRIGGER = (
    "CREATE TRIGGER {name} AFTER {act} ON {table} REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
)
_ADDED, _GONE = "SELECT *, 1 AS sign FROM added", "SELECT *, -1 AS sign FROM gone"
_ACTS = {
    "INSERT": (_ADDED, "NEW TABLE AS added"),
    "UPDATE": (f"{_ADDED} UNION ALL {_GONE}", "NEW TABLE AS added OLD TABLE AS gone"),
    "DELETE": (_GONE, "OLD TABLE AS gone"),
}


def tallies_shape(view: str) -> str:
    """What tells one definition of a view's tallies from another; empty for a view without."""
    return repr((TALLIES[view], INDEXES[view])) if view in TALLIES else ""


def create_tallies(view: str, schema: Identifier) -> list[Composed]:
    """The statements that make a generation's tallies, indexes for them, and the triggers that keep them."""
    statements = [SQL(text).format(schema=schema) for text in INDEXES.get(view, ())]
    for tally in TALLIES.get(view, ()):
        statements += _create(tally, schema)
    return statements


def _create(tally: Tally, schema: Identifier) -> list[Composed]:
    table = SQL(".").join((schema, Identifier(tally.table)))
    parts = {
        "tally": SQL(".").join((schema, Identifier(tally.name))),
        "names": SQL(", ").join(map(Identifier, tally.by)),
        "columns": SQL(", ").join(SQL(f"{name} {kind} NOT NULL") for name, (kind, _) in tally.by.items()),
        "expressions": SQL(", ".join(expression for _, expression in tally.by.values())),
        "numbers": SQL(", ".join(str(number) for number in range(1, len(tally.by) + 1))),
        "where": SQL(tally.where),
        "table": table,
    }
    statements = [SQL(_TABLE).format(**parts), SQL(_EMPTIED).format(**parts)]
    for act, (rows, tables) in _ACTS.items():
        name = f"{tally.name}_{act.lower()}"
        function = SQL(".").join((schema, Identifier(name)))
        forget = SQL("") if act == "INSERT" else SQL(_FORGET).format(**parts)
        made = {"function": function, "rows": SQL(rows), "sign": SQL("line.sign"), "forget": forget}
        statements.append(SQL(_FUNCTION).format(**parts, **made))
        statements.append(
            SQL(_TRIGGER).format(
                name=Identifier(name),
                act=SQL(act),
                table=table,
                tables=SQL(tables),
                function=function,
            )
        )
    return statements
