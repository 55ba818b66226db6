"""What is told to a collector, in Prometheus' text format: from the rows, alike on every node, and what a node counted.

Owns the names of the figures. No figure has a person, an address or a secret for a label (K4).
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from directory_sync.watched import WatchState
from idp.domain.ports import Database
from idp.domain.register import Register, Work
from idp.metrics.process_figures import OfThisProcess
from idp.provisioning.overview import DirectoryOverview, overview_of

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
RECENTLY = timedelta(minutes=5)

RegisterOf = Callable[..., Register]
"""Returns the register as a unit of work sees it."""


class _Gauges:
    """Gauges of one answer, made when they are first set."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._made: dict[str, Gauge] = {}

    def set(self, name: str, meaning: str, value: float, **labels: str) -> None:
        gauge = self._made.get(name)
        if gauge is None:
            gauge = Gauge(f"portvakt_{name}", meaning, list(labels), registry=self.registry)
            self._made[name] = gauge
        (gauge.labels(**labels) if labels else gauge).set(value)


def exposition(
    database: Database, register: RegisterOf, now: datetime, counted: OfThisProcess | None = None
) -> bytes:
    """Return every figure as the collector reads it; `counted` are those that no row has."""
    gauges = _Gauges()
    with database.read() as uow:
        directories, work = overview_of(uow), register(uow).work(now, RECENTLY)
    _directories(gauges, directories, now)
    _work(gauges, work, now)
    gauges.registry.register(counted or OfThisProcess())
    return generate_latest(gauges.registry)


def directory_figures(directories: Sequence[DirectoryOverview], now: datetime) -> bytes:
    """Return the directories' figures alone."""
    gauges = _Gauges()
    _directories(gauges, directories, now)
    return generate_latest(gauges.registry)


def _directories(gauges: _Gauges, directories: Sequence[DirectoryOverview], now: datetime) -> None:
    for one in directories:
        watched, name = one.watched, one.name
        gauges.set("directory_plans_waiting", "Plans for a human.", one.waiting is not None, directory=name)
        if one.runs:
            ended = one.runs[0].ended_at or one.runs[0].started_at
            gauges.set(
                "directory_run_timestamp_seconds", "The latest run.", ended.timestamp(), directory=name
            )
        read = None if one.reading is None else one.reading.report.get("persons_read")
        if isinstance(read, int):
            meaning = "Persons read by the latest run that read everything."
            gauges.set("directory_persons_read", meaning, read, directory=name)
        if watched is None:
            continue
        for state in WatchState:
            meaning = "1 for the state in which following is."
            gauges.set("directory_state", meaning, watched.state is state, directory=name, state=state.value)
        follows = watched.state in {WatchState.FOLLOWING, WatchState.BRAKED}
        gauges.set("directory_following", "1 while changes are followed.", follows, directory=name)
        failing = watched.state is WatchState.WAITING
        gauges.set("directory_failing", "1 while it cannot be read.", failing, directory=name)
        gauges.set("directory_changes", "Changes followed in all.", watched.changes, directory=name)
        behind = one.lag(now)
        if behind is not None:
            seconds = behind.total_seconds()
            gauges.set(
                "directory_lag_seconds", "Since all that it said was applied.", seconds, directory=name
            )
        if watched.took is not None:
            seconds = watched.took.total_seconds()
            gauges.set("directory_change_seconds", "The latest change's way.", seconds, directory=name)
        if watched.error and watched.error_at is not None:
            at, why = watched.error_at.timestamp(), watched.error[:200]
            gauges.set("directory_error_timestamp_seconds", "The last error.", at, directory=name, error=why)


def _work(gauges: _Gauges, work: Work, now: datetime) -> None:
    for outcome, count in work.signins.items():
        meaning = "Decisions about access in the last five minutes."
        gauges.set("access_decisions_recently", meaning, count, outcome=outcome)
    gauges.set("sessions", "Living sessions.", work.sessions)
    gauges.set("outbox_waiting", "Messages that wait.", work.waiting)
    gauges.set("outbox_dead", "Messages that were given up.", work.dead)
    oldest = 0.0 if work.oldest_due is None else max(0.0, (now - work.oldest_due).total_seconds())
    gauges.set("outbox_oldest_seconds", "Since the message that waits longest was due.", oldest)
    for lease in work.leases:
        meaning = "1 while a node holds the lease."
        gauges.set("lease_held", meaning, lease.until > now, lease=lease.name, holder=lease.holder)
