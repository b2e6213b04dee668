"""Writes what was measured last as a table into documents: `python -m benchmarks.table README.md …`.

The table stands between two comments in each document; everything else stays as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.comparing import Comparison

LATEST: Final = Path(__file__).parent / "out" / "latest.json"
BEGIN: Final = "<!-- benchmarks: python -m benchmarks.table -->\n"
END: Final = "<!-- benchmarks end -->"


def table(comparisons: list[Comparison]) -> str:
    """The comparisons as a table of Markdown; a ratio short of its reach is marked."""
    head = ["Work", "Against, in the same run", "Ratio", "Reach", "Ours", "Theirs", "Runs"]
    rows = [
        [
            one.work,
            one.against,
            f"**{one.ratio:g}**" if one.is_reached else f"**{one.ratio:g}** (short)",
            one.reach.replace(">=", "≥").replace("<=", "≤") or "–",
            f"{one.ours:,g} {one.unit}",
            f"{one.theirs:,g} {one.unit}",
            str(one.runs),
        ]
        for one in comparisons
    ]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ["---"] * len(head), *rows))


def written(document: str, comparisons: list[Comparison]) -> str:
    """The document with the table in its place; raises ValueError if it has no place for one."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"the document has no lines {BEGIN.strip()} and {END}"
        raise ValueError(message)
    return f"{before}{begin}\n{table(comparisons)}\n{end}{after}"


def main() -> None:
    """Write the table of the last run into the documents that are named."""
    comparisons = msgspec.json.decode(LATEST.read_bytes(), type=list[Comparison])
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(written(path.read_text(), comparisons))


if __name__ == "__main__":
    main()
