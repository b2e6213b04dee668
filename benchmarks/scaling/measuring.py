"""Measures the constants on the shipped service, and how much two busy processors hinder each other."""

from __future__ import annotations

import gc
import multiprocessing
import statistics
import time
from typing import TYPE_CHECKING

import msgspec

from benchmarks.scaling import costs
from benchmarks.scaling.meter import step_of
from benchmarks.scaling.rig import PROJECT, PUBLISH, READ, RELOAD, Rig
from simulation.bulk import bulk
from sync_service.messages.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.stage import Stage

BATCHES = (25, 100, 500)
"""The sizes of batches (messages): from their costs follow the fixed part and the part for each message."""

KAFKA_IN, KAFKA_OUT, KAFKA_ANSWER_US = costs.Line(0, 8), costs.Line(0, 29), 2_000
"""kafka-python's part in reading and in sending one message, and a broker's answer: measured apart, on a real one."""

_OPENING = (b"activity.published", b"codes.issued", b"account.registered")


def measured(stage: Stage, machine: str, *, messages: int, seed: int) -> costs.Constants:
    """Receive so many messages by batches of each size, after others that warm everything up."""
    lines = list(bulk(seed, messages, max(50, messages // 10), 0.3))
    records = [Record(line, f"file:{topic}", at, at + 1, key, (), topic) for at, (topic, key, line) in enumerate(lines)]
    body = next(at for at, (_, _, line) in enumerate(lines) if not any(kind in line[:300] for kind in _OPENING))
    first, last = body + (len(lines) - body) // 4, len(lines) - (len(lines) - body) // 5
    with stage.database() as database:
        rig = Rig(database)
        for batch in _cut(records[:first], BATCHES[-1:]):
            rig.application.receive(batch)
            rig.catch_up()
        rig.begin()
        before, sent, behind = rig.disk.now(), rig.topics.sent, rig.disk.background_us()
        batches = list(_cut(records[first:last], BATCHES))
        events, count = sum(map(rig.turn, batches)), sum(map(len, batches))
        background_us = (rig.disk.background_us() - behind) / count
        sizes, sent_each = rig.disk.grown(before, count), (rig.topics.sent - sent) / count
        for batch in _cut(records[last:], BATCHES):
            rig.receive_uncached(batch)
        gc.enable()
        return costs.Constants(
            machine=machine,
            receiving={name: step_of(rig.readings[name]) for name in costs.STEPS},
            reloading=step_of(rig.readings[RELOAD]),
            projecting=step_of(rig.readings[PROJECT]),
            publishing=step_of(rig.readings[PUBLISH]),
            reading=step_of(rig.readings[READ]),
            kafka_in=KAFKA_IN,
            kafka_out=KAFKA_OUT,
            kafka_answer_us=KAFKA_ANSWER_US,
            flush_us=rig.disk.flush_us(),
            background_us=background_us,
            events_each=events / count,
            sent_each=sent_each,
            sizes=sizes,
        )


def _cut(records: list[Record], sizes: Sequence[int]) -> Iterator[list[Record]]:
    """Batches of each size in turns, so that each meets the same messages."""
    at = 0
    while at + max(sizes) <= len(records):
        for size in sizes:
            if at + size <= len(records):
                yield records[at : at + size]
                at += size


def slowdown_when_both_are_busy(seconds: float = 0.3) -> float:
    """How much longer the same work takes while another processor is busy too; 1 where they share nothing."""
    alone = _turns(seconds)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_turns, [0.1, 0.1])
        together = statistics.mean(pool.map(_turns, [seconds, seconds]))
    return max(1.0, alone / together)


def _turns(seconds: float) -> float:
    """How often a piece of work like ours can be done in so much processor time."""
    began, turns = time.thread_time(), 0
    content = {str(number): [number] * 20 for number in range(200)}
    while time.thread_time() - began < seconds:
        msgspec.json.decode(msgspec.json.encode(content))
        turns += 1
    return turns / (time.thread_time() - began)
