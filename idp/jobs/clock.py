"""What happens on a clock: named jobs, each in a thread of its own, so that a slow one delays no other.

Most jobs are for one of all nodes: the one that holds the lease named "clock", which another takes over when
it dies. Some are for every node (re-reading keys). A job that fails is tried again at its next turn.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from structlog import get_logger

from idp.domain.process_counts import JobTally
from idp.jobs.leases import Lease, Leases

LEASE = timedelta(seconds=12)
_LEASE_NAME = "clock"
_TICK = 0.05

_log = get_logger(__name__)

StillOurs = Callable[[], bool]
"""Asked by long jobs between steps: False once the process stops or the lease is lost."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every `every`.

    Attributes:
        everywhere: on every node, not only on the one that holds the lease.
    """

    name: str
    every: timedelta
    run: Callable[[datetime, StillOurs], None]
    everywhere: bool = False


class Clock:
    """Runs jobs. `run` is the thread that takes and keeps the lease."""

    def __init__(
        self,
        leases: Leases,
        jobs: Sequence[Job],
        clock: Callable[[], datetime],
        tally: JobTally | None = None,
    ) -> None:
        self._leases = leases
        self._jobs = tuple(jobs)
        self._clock = clock
        self._tally = tally or JobTally()
        self._lease: Lease | None = None

    def run(self, stop: threading.Event) -> None:
        """Keep the lease and run the jobs until `stop` is set."""
        threads = [
            threading.Thread(target=self._turns, args=(job, stop), name=f"clock-{job.name}", daemon=True)
            for job in self._jobs
        ]
        for thread in threads:
            thread.start()
        pause = LEASE.total_seconds() / 3
        try:
            while not stop.is_set():
                self._keep()
                stop.wait(pause if self._is_ours() else min(pause, 1.0))
        finally:
            self._let_go(threads)

    def _keep(self) -> None:
        try:
            if self._lease is None or not self._leases.renew(self._lease, LEASE):
                self._lease = self._leases.acquire(_LEASE_NAME, LEASE)
                if self._lease:
                    _log.info("clock.taken_over", term=self._lease.term)
        except Exception as error:  # noqa: BLE001 - the database is away: the lease runs out, another try follows
            _log.warning("clock.lease_not_renewed", error=type(error).__name__)

    def _let_go(self, threads: Sequence[threading.Thread]) -> None:
        until = time.monotonic() + 3
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        # Only when nothing runs under it any more; else it is left to run out.
        if self._lease is not None and not any(thread.is_alive() for thread in threads):
            self._leases.release(self._lease)

    def _turns(self, job: Job, stop: threading.Event) -> None:
        def still_ours() -> bool:
            return not stop.is_set() and (job.everywhere or self._is_ours())

        due = 0.0
        while not stop.wait(max(_TICK, due - time.monotonic())):
            if still_ours():
                due = time.monotonic() + job.every.total_seconds()
                self._once(job, still_ours)
            else:
                due = time.monotonic() + min(job.every.total_seconds(), 1.0)

    def _once(self, job: Job, still_ours: StillOurs) -> None:
        began, failed = time.monotonic(), False
        try:
            job.run(self._clock(), still_ours)
        except Exception:  # noqa: BLE001 - one job's fault must not end the clock; it is logged whole
            failed = True
            _log.exception("clock.job_failed", job=job.name)
        took = timedelta(seconds=time.monotonic() - began)
        self._tally.ended(job.name, self._clock(), took, failed=failed)

    def _is_ours(self) -> bool:
        lease = self._lease
        return lease is not None and lease.is_held()
