"""Every metric by name, each with what it means: made from a standing, or from what a process knows of itself."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from sync_service.operations.problem import Severity
from sync_service.operations.problems import problems
from sync_service.operations.standing import ReaderState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prometheus_client import Metric

    from sync_service.operations.standing import ReaderStanding, Standing
    from sync_service.working import Spread, Working

    Values = Mapping[tuple[str, ...], float | None]


def gauge(name: str, meaning: str, labels: Sequence[str], values: Values) -> GaugeMetricFamily:
    """A gauge; what is not known has no sample, as it is not zero."""
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for key, value in values.items():
        if value is not None:
            family.add_metric(key, value)
    return family


def counter(name: str, meaning: str, labels: Sequence[str], values: Values) -> CounterMetricFamily:
    """A counter; its sample's name ends with `_total`."""
    family = CounterMetricFamily(name, meaning, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value or 0)
    return family


def reached(*, is_up: bool) -> Metric:
    """Whether the database answered."""
    return gauge("sync_database_up", "1 if the database answers.", (), {(): float(is_up)})


def of_standing(standing: Standing) -> Iterator[Metric]:
    """What the database tells of the whole service."""
    yield from _messages(standing)
    yield from _unread(standing)
    yield from _readers(standing)
    yield from _replicas(standing)
    yield from _waiting(standing)
    yield from _parts(standing)


def _messages(standing: Standing) -> Iterator[Metric]:
    sources, total = standing.sources, standing.sum
    yield counter(
        "sync_messages_received",
        "Messages received, by the source that they name.",
        ("source",),
        {(one.source,): one.received for one in sources},
    )
    yield counter("sync_messages_stored", "Messages stored, refused ones included.", (), {(): total.stored})
    yield counter("sync_messages_repeated", "Messages that were stored or parked already.", (), {(): total.repeats})
    yield counter("sync_messages_refused", "Stored messages whose outcome was a refusal.", (), {(): total.refused})
    yield gauge(
        "sync_messages_unaccounted",
        "Received minus stored, repeated and parked messages; anything but 0 breaks a promise.",
        (),
        {(): total.off_by},
    )


def _unread(standing: Standing) -> Iterator[Metric]:
    sources = standing.sources
    yield gauge(
        "sync_consumer_lag_messages",
        "Messages of a source that are not read yet.",
        ("source",),
        {(one.source,): one.waiting for one in sources},
    )
    yield gauge(
        "sync_backfill_lag_messages",
        "Messages of a source's backfill that are not read yet.",
        ("source",),
        {(one.source,): one.backfill_waiting for one in sources},
    )
    yield gauge(
        "sync_consumer_lag_bytes",
        "Bytes of a source's topic file that are not read yet.",
        ("source",),
        {(one.source,): one.waiting_bytes for one in sources},
    )
    yield gauge(
        "sync_consumer_lag_seconds",
        "Age of the oldest message of a source that is not read yet, as exact as five seconds.",
        ("source",),
        {(one.source,): one.oldest_s for one in sources},
    )


def _readers(standing: Standing) -> Iterator[Metric]:
    yield gauge("sync_log_head", "Position of the newest event.", (), {(): standing.log.head})
    publisher = tuple(one for one in standing.followers if one.name == "publisher")
    for kind, label, readers in (
        ("projection", ("view",), standing.views),
        ("publisher", (), publisher),
        ("follower", ("follower",), standing.followers),
    ):

        def by_name(
            value: str, readers: tuple[ReaderStanding, ...] = readers, label: tuple[str, ...] = label
        ) -> Values:
            return {(one.name,) if label else (): getattr(one, value) for one in readers}

        yield gauge(
            f"sync_{kind}_lag_events", "Positions between a reader and the log's head.", label, by_name("lag_events")
        )
        yield gauge(
            f"sync_{kind}_lag_seconds", "Age of the oldest event that a reader has not read.", label, by_name("lag_s")
        )
    yield gauge(
        "sync_projection_stopped",
        "1 if a view has events to read and does not move.",
        ("view",),
        {(one.name,): float(one.state is ReaderState.STOPPED) for one in standing.views},
    )


def _replicas(standing: Standing) -> Iterator[Metric]:
    replicas = standing.replicas
    yield gauge(
        "sync_replicas",
        "Replicas by portal and state: waiting, deferred (a part of waiting), applied, refused.",
        ("portal", "state"),
        {
            (one.portal, state): getattr(one, state)
            for one in replicas
            for state in ("waiting", "deferred", "applied", "refused")
        },
    )
    yield gauge(
        "sync_replicas_waiting",
        "Replicas that wait for a portal, by age: up to a minute, ten minutes, an hour, a day, older.",
        ("portal", "age"),
        {(one.portal, age): count for one in replicas for age, count in one.by_age.items()},
    )
    yield gauge(
        "sync_replica_oldest_seconds",
        "Age of the replica that waits longest for a portal; 0 if none waits.",
        ("portal",),
        {
            (one.portal,): (standing.taken_at - one.oldest_since).total_seconds() if one.oldest_since else 0.0
            for one in replicas
        },
    )
    yield gauge("sync_people_waiting", "People who wait for a replica.", (), {(): standing.people_waiting})


def _waiting(standing: Standing) -> Iterator[Metric]:
    links, parked, mail = standing.links, standing.parked, standing.mail
    states = ("requested", "confirmed", "backfilling", "completed", "refused")
    yield gauge(
        "sync_links", "Attempts to link by state.", ("state",), {(state,): getattr(links, state) for state in states}
    )
    yield gauge(
        "sync_refusals_hour",
        "Refusals of the last hour by reason.",
        ("reason",),
        {(one.reason,): one.hour for one in standing.refusals},
    )
    yield gauge(
        "sync_refusals_usual_hour",
        "Refusals that are usual in this hour, by reason.",
        ("reason",),
        {(one.reason,): one.usual_hour for one in standing.refusals},
    )
    yield gauge("sync_parked_messages", "Parked messages that wait for a person.", (), {(): parked.open})
    yield gauge("sync_parked_hour", "Messages parked in the last hour.", (), {(): parked.hour})
    yield gauge(
        "sync_mails",
        "Notices by state: waiting, sending, parked.",
        ("state",),
        {("waiting",): mail.waiting, ("sending",): mail.sending, ("parked",): mail.parked},
    )
    due_s = (standing.taken_at - mail.oldest_waiting_since).total_seconds() if mail.oldest_waiting_since else 0.0
    yield gauge("sync_mail_late_seconds", "For how long the oldest mail has been due; 0 if none is.", (), {(): due_s})


def _parts(standing: Standing) -> Iterator[Metric]:
    yield gauge(
        "sync_part_up",
        "1 if a process works in this role or stands by; judged by its heartbeat and by its loop's last turn.",
        ("part",),
        {(one.part,): float(one.is_up) for one in standing.roles},
    )
    yield gauge(
        "sync_part_processes",
        "Processes that work in this role or stand by.",
        ("part",),
        {(one.part,): one.processes for one in standing.roles},
    )
    found = problems(standing)
    yield gauge(
        "sync_problems",
        "Problems that the dashboard shows, by severity.",
        ("severity",),
        {(severity.value,): sum(one.severity is severity for one in found) for severity in Severity},
    )


def of_this_one(workings: Sequence[Working]) -> Iterator[Metric]:
    """What a process knows of itself."""
    batches = [(what, found) for working in workings for what, found in list(working.batches.items())]
    yield _histogram(
        "sync_batch_seconds",
        "How long batches of this process took, by what was done.",
        {what: found.seconds for what, found in batches},
    )
    yield _histogram(
        "sync_batch_items",
        "How much batches of this process held: messages, events or credits, by what was done.",
        {what: found.items for what, found in batches},
    )
    yield gauge(
        "sync_role_turn_age_seconds",
        "How long ago the loop of a role of this process last came round.",
        ("part",),
        {(one.part,): one.clock() - one.turned_at for one in workings},
    )


def _histogram(name: str, meaning: str, spreads: Mapping[str, Spread]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, meaning, labels=("work",))
    for what, spread in spreads.items():
        bounds = [*map(str, spread.bounds), "+Inf"]
        counts = [float(count) for count in accumulate(spread.counts)]
        family.add_metric([what], list(zip(bounds, counts, strict=True)), spread.total)
    return family
