"""Measures receiving: messages in memory become validated, decided and committed, beside a floor and what others do.

Warm: few people with a long history, all at hand in one process that runs on. Cold: very many people with a short one,
and in each turn a new process' worth of memory: nothing cached, no key at hand. The contestants take successive slices
of the same stream of messages; slower ones take the beginning of each slice, as rates are compared.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import psycopg

from benchmarks.comparing import compared, take_turns
from benchmarks.peers.copy_floor import Floor
from benchmarks.peers.sqlalchemy_batches import BatchByBatch
from benchmarks.peers.sqlalchemy_rows import RowByRow
from benchmarks.peers.stock_library import StockLibrary
from benchmarks.service import OurService
from benchmarks.streams import COLD, COLD_QUICK, WARM, WARM_QUICK, Stream
from sync_service.collecting import collect_rarely

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.comparing import Comparison, Figures
    from benchmarks.peers.peer import Peer
    from benchmarks.stage import Scale, Stage
    from benchmarks.streams import Shape

    Turn = Callable[[], float]

FLOOR, STOCK, ROWS, BATCHES = (
    "binary COPY of the same rows",
    "load, decide, save by the stock library",
    "SQLAlchemy, a transaction a message",
    "SQLAlchemy by batches",
)
OURS, WITH_VIEWS = "receive", "receive and project the views"
_REACHES = {
    "receive, warm": {FLOOR: ">= 0.25", STOCK: ">= 40", ROWS: ">= 10", BATCHES: ">= 1"},
    "receive, cold": {FLOOR: ">= 0.10"},
}


def run(stage: Stage, scale: Scale) -> Iterator[Comparison]:
    """Receive, warm and cold."""
    warm = Contest(stage, scale, WARM_QUICK if scale.is_quick else WARM)
    warm.add_ours()
    warm.add_others()
    warm.add_stock()
    if not scale.is_quick:
        warm.add_ours_with_views()
    yield from warm.lines("receive, warm")
    cold = Contest(stage, scale, COLD_QUICK if scale.is_quick else COLD)
    cold.add_ours(is_cold=True)
    if not scale.is_quick:
        cold.add_others()
        cold.add_stock()
    yield from cold.lines("receive, cold")


class Contest:
    """Contestants that have received the same earlier history, each in a database of its own, and take turns."""

    def __init__(self, stage: Stage, scale: Scale, shape: Shape) -> None:
        self._stage, self._scale = stage, scale
        self._shape = msgspec.structs.replace(shape, slices=scale.runs * shape.turns + 1)
        self._stream = Stream(scale.seed, self._shape)
        self._turns: dict[str, Turn] = {}
        self._closing: list[Callable[[], None]] = []

    def add_ours(self, *, is_cold: bool = False) -> None:
        """Our service, and the floor: a copy of its database, into which the rows of its last turn are copied."""
        ours = OurService(self._stage, self._stage.new_conninfo())
        ours.load(self._stream.before)
        self._settle(ours.conninfo)
        ours.release()
        floor = Floor(ours.conninfo, self._stage.copy_of(ours.conninfo), ours.service.settings.batch_records_max)
        slices = self._stream.slices()
        ours.receive(next(slices))  # the floor begins with these rows, as it may have to take its turn before us

        def anew() -> float:
            fresh = OurService(self._stage, ours.conninfo)
            reached = rate(fresh.receive, next(slices))
            fresh.release()
            return reached

        self._turns[OURS] = anew if is_cold else lambda: rate(ours.receive, next(slices))
        self._turns[FLOOR] = lambda: floor.rate(self._shape.slice)
        self._closing += [floor.close, ours.release]

    def add_others(self) -> None:
        """Both peers on SQLAlchemy; their tables are filled once, and copied."""
        loaded = self._stage.new_conninfo()
        loading = BatchByBatch(loaded, self._shape.slice)
        loading.receive(self._stream.before)
        loading.close()
        self._settle(loaded)
        rows = self._stage.copy_of(loaded)
        self._add_peer(BATCHES, BatchByBatch(loaded), self._stream.slices(self._shape.slice_of_batches))
        self._add_peer(ROWS, RowByRow(rows), self._stream.slices(self._shape.slice_of_rows))

    def add_stock(self) -> None:
        """The stock library, with fewer people who have as long a history: it keeps nothing of them at hand."""
        stream = Stream(self._scale.seed, self._shape.smaller())
        conninfo = self._stage.new_conninfo()
        stock = StockLibrary(conninfo)
        stock.load(stream.before)
        self._settle(conninfo)
        self._add_peer(STOCK, stock, stream.slices(self._shape.slice_of_rows))

    def add_ours_with_views(self) -> None:
        """Our service again, whose turn ends when the views have what was received: peers fill plans as they go."""
        stream = Stream(self._scale.seed, self._shape.smaller(self._shape.slice_of_batches))
        ours = OurService(self._stage, self._stage.new_conninfo())
        ours.load(stream.before)
        ours.make_live()
        self._settle(ours.conninfo)
        slices = stream.slices()

        def receive(lines: Sequence[bytes]) -> None:
            ours.receive(lines)
            ours.project()

        receive(next(slices))
        self._turns[WITH_VIEWS] = lambda: rate(receive, next(slices))
        self._closing.append(ours.release)

    def lines(self, work: str) -> Iterator[Comparison]:
        """Take turns, and compare ours with each."""
        collect_rarely()
        try:
            figures = take_turns(self._turns, self._scale.runs * self._shape.turns)
        finally:
            for close in self._closing:
                close()
        for against in self._turns:
            if against not in {OURS, WITH_VIEWS}:
                yield _line(figures, OURS, against, work, _REACHES[work].get(against, ""))
        if WITH_VIEWS in figures:
            for against in (ROWS, BATCHES):
                yield _line(figures, WITH_VIEWS, against, f"{work}, and project the views", "")

    def _add_peer(self, name: str, peer: Peer, slices: Iterator[list[bytes]]) -> None:
        peer.receive(next(slices))  # caches of statements and plans are warm from here on
        self._turns[name] = lambda: rate(peer.receive, next(slices))
        self._closing.append(peer.close)

    def _settle(self, conninfo: str) -> None:
        """What a server does by itself in time: know its tables, and have them on disk."""
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")


def _line(figures: Figures, ours: str, theirs: str, work: str, reach: str) -> Comparison:
    return compared(figures, ours, theirs, work=work, against=theirs, reach=reach, unit="messages/s")


def rate(receive: Callable[[Sequence[bytes]], object], lines: Sequence[bytes]) -> float:
    """Messages a second."""
    began = time.perf_counter()
    receive(lines)
    return len(lines) / (time.perf_counter() - began)
