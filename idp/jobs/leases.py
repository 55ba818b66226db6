"""Leases: at most one of all nodes does a thing at a time, and a dead one is replaced (ATTACKS.md N4).

Times are the database's, so that clocks of nodes do not matter. A holder counts its own lease from before it
asked, on a monotonic clock, and stops at nine tenths: it lets go before anybody else can take over.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

from structlog import get_logger

from idp.domain.errors import Unavailable
from idp.domain.handles import new_id

_CAUTION = 0.9
_RENEWALS = 3

_log = get_logger(__name__)


class LeaseStore(Protocol):
    """Where leases are kept; each method is a short transaction of its own."""

    def acquire(self, name: str, holder: str, duration: timedelta) -> int | None:
        """Take a lease that is free or has run out, or one's own; its term, or None if it is another's."""

    def renew(self, name: str, holder: str, duration: timedelta) -> bool:
        """Prolong one's own lease; False if it was lost."""

    def release(self, name: str, holder: str) -> None:
        """Give one's own lease back."""


@dataclass(slots=True)
class Lease:
    """A lease that is held, or was.

    Attributes:
        term: grows with each new holder; a write that carries it can be refused if it is an old one.
    """

    name: str
    holder: str
    term: int
    ends: float
    prolong: Callable[[], bool] | None = None

    def is_held(self) -> bool:
        """Tell whether it still is; for whoever works under it, before each step."""
        return time.monotonic() < self.ends

    def confirm(self) -> bool:
        """Tell the same after a step in which it could not be prolonged: nobody may have taken it over meanwhile."""
        return self.is_held() or (self.prolong is not None and self.prolong())


class Leases:
    """Takes leases in the name of this process."""

    def __init__(self, store: LeaseStore, holder: str = "") -> None:
        self._store = store
        self._holder = holder or new_id()

    def acquire(self, name: str, duration: timedelta) -> Lease | None:
        """Take a lease, or None if another holds it."""
        asked = time.monotonic()
        term = self._store.acquire(name, self._holder, duration)
        return None if term is None else Lease(name, self._holder, term, _until(asked, duration))

    def renew(self, lease: Lease, duration: timedelta) -> bool:
        """Prolong a lease; False, and it is not held any more, if it was lost."""
        asked = time.monotonic()
        kept = self._store.renew(lease.name, self._holder, duration)
        lease.ends = _until(asked, duration) if kept else 0.0
        return kept

    def release(self, lease: Lease) -> None:
        """Give a lease back, so that nobody has to wait for its end."""
        lease.ends = 0.0
        self._store.release(lease.name, self._holder)

    @contextmanager
    def hold(self, name: str, duration: timedelta) -> Iterator[Lease | None]:
        """Hold a lease for as long as the block runs, prolonged by a thread; None if another holds it."""
        lease = self.acquire(name, duration)
        if lease is None:
            yield None
            return
        lease.prolong = partial(self.renew, lease, duration)
        done = threading.Event()
        keeper = threading.Thread(
            target=self._keep, args=(lease, duration, done), name=f"lease-{name}", daemon=True
        )
        keeper.start()
        try:
            yield lease
        finally:
            done.set()
            keeper.join()
            self._let_go(lease)

    def _let_go(self, lease: Lease) -> None:
        try:
            self.release(lease)
        except Unavailable:  # it runs out by itself; what ended the block is what matters
            _log.warning("lease.not_released", name=lease.name)

    def _keep(self, lease: Lease, duration: timedelta, done: threading.Event) -> None:
        while not done.wait(duration.total_seconds() / _RENEWALS):
            try:
                if not self.renew(lease, duration):
                    _log.warning("lease.lost", name=lease.name)
                    return
            except Exception as error:  # noqa: BLE001 - the database is away: the lease runs out by itself
                _log.warning("lease.not_renewed", name=lease.name, error=type(error).__name__)


def _until(asked: float, duration: timedelta) -> float:
    return asked + duration.total_seconds() * _CAUTION
