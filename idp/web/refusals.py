"""Refusals that never reach a use case leave a record too, and a flood of them leaves a few (statement A1).

In each minute the first refusals of a kind are recorded one by one; what comes after them is counted, and
the number stands in the next record of that kind.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from idp.domain.audit import record
from idp.domain.events import RequestRefused
from idp.domain.occasion import Occasion
from idp.domain.ports import Database

_PERIOD = timedelta(minutes=1)
_RECORDED_PER_PERIOD = 10


@dataclass(slots=True)
class Flood:
    """How many refusals of one kind the current minute has seen, and how many were left out so far."""

    since: datetime
    recorded: int = 0
    left_out: int = 0


def admitted(flood: Flood, now: datetime) -> int | None:
    """Count one refusal: the number left out before it if it is recorded, None if it is left out itself."""
    if now - flood.since >= _PERIOD:
        flood.since, flood.recorded = now, 0
    if flood.recorded >= _RECORDED_PER_PERIOD:
        flood.left_out += 1
        return None
    flood.recorded += 1
    before, flood.left_out = flood.left_out, 0
    return before


@dataclass(frozen=True, slots=True)
class Refusals:
    """Records refusals, a flood of them aggregated, for this process."""

    database: Database
    floods: dict[str, Flood] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def recorder(self, path: str, code: str, occasion: Occasion) -> Callable[[], None] | None:
        """Return what writes the record, for a worker thread; None if the flood swallows it."""
        with self.lock:
            before = admitted(self.floods.setdefault(code, Flood(occasion.now)), occasion.now)
        if before is None:
            return None
        reason = f"{code} (and {before} not recorded one by one)" if before else code

        def write() -> None:
            with self.database.write() as uow:
                record(uow.audit, RequestRefused(object=path[:200], reason=reason), occasion)

        return write
