"""What this process has done since it began, counted in memory: nothing of it is stored, and no name is in it (K4).

Cheap enough for every sign-in. On several nodes each has counts of its own; a collector adds them up.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.domain.audit import AuditRecord
from idp.domain.events.signin import SignedIn, SignInRefused

COUNTED = frozenset({SignedIn.type, SignInRefused.type})
_SAID_APART = frozenset({"throttled", "unavailable"})
"""Reasons for which the person who signs in has done nothing wrong, or everything too often."""


@dataclass(frozen=True, slots=True)
class SignInKind:
    """`outcome` is succeeded, refused, throttled or unavailable; `method` what was proved or tried."""

    outcome: str
    method: str


class SignInTally:
    """How often people have signed in, and how often not. For every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[SignInKind] = Counter()

    def add(self, records: Iterable[AuditRecord]) -> None:
        """Count what has been committed."""
        kinds = [_kind(one) for one in records]
        with self._lock:
            self._counts.update(kinds)

    def counts(self) -> Mapping[SignInKind, int]:
        """Return how often each kind has been seen."""
        with self._lock:
            return dict(self._counts)


def _kind(record: AuditRecord) -> SignInKind:
    if record.type == SignedIn.type:
        methods = record.details["methods"]
        proved = sorted(set(methods)) if isinstance(methods, list) else ()
        return SignInKind("succeeded", "+".join(proved))
    outcome = record.reason if record.reason in _SAID_APART else "refused"
    return SignInKind(outcome, str(record.details["method"]))


@dataclass(frozen=True, slots=True)
class Turns:
    """How a job has gone: `took` is its latest turn's duration."""

    done: int = 0
    failed: int = 0
    ended_at: datetime | None = None
    succeeded_at: datetime | None = None
    took: timedelta = timedelta()


class JobTally:
    """The turns of this process's jobs, by name. For every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[str, Turns] = {}

    def ended(self, job: str, at: datetime, took: timedelta, *, failed: bool) -> None:
        """Count a turn."""
        with self._lock:
            before = self._turns.get(job, Turns())
            after = replace(before, ended_at=at, took=took)
            if failed:
                self._turns[job] = replace(after, failed=before.failed + 1)
            else:
                self._turns[job] = replace(after, done=before.done + 1, succeeded_at=at)

    def turns(self) -> Mapping[str, Turns]:
        """Return how each job that has had a turn is doing."""
        with self._lock:
            return dict(self._turns)
