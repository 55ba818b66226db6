"""The throttle's states in the store: every transition is a compare-and-set on the row's version.

Counters are shared by whatever asks, all processes and all restarts (S6, S7). A key is any string of the host's
('account:…', 'login:…' for names that nobody has, 'network:192.0.2.0/24'): an unknown name locks as a known one.
It does not know what a key means. Lock order for hosts that hold several counters in one transaction: network
first, then subject.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from mfa import throttle
from mfa.authenticators import FactorKind
from mfa.store import FactorStore, StoredState
from mfa.throttle import Limits, Reservation, State, Throttled

_ATTEMPTS = 200

Result = TypeVar("Result")


class ThrottleContentionError(Exception):
    """A fault, not a refusal: the compare-and-set kept losing. Nothing was admitted."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One admitted try: whoever holds it settles it, once, when the check is done."""

    kind: FactorKind
    key: str
    limits: Limits
    reservation: Reservation
    stored: StoredState
    """The counter as the reservation left it."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The try may be made; it counts as a failure until its ticket is settled otherwise."""

    ticket: Ticket


def reserve(
    store: FactorStore, key: str, kind: FactorKind, limits: Limits, now: datetime
) -> Admitted | Throttled:
    """Count a try before it is checked, or refuse it. Commit before a check that takes time."""

    def step(state: State) -> tuple[State, Reservation | Throttled]:
        return throttle.reserve(state, limits, now)

    stored, outcome = _transition(store, kind, key, now, step)
    if isinstance(outcome, Throttled):
        return outcome
    return Admitted(Ticket(kind, key, limits, outcome, stored))


def settle(store: FactorStore, ticket: Ticket, succeeded: bool, now: datetime) -> None:  # noqa: FBT001  # the fact
    """Say how an admitted try went. Settle once; to take the try back use `release`."""

    def step(state: State) -> tuple[State, None]:
        return throttle.settle(state, ticket.reservation, ticket.limits, now, succeeded=succeeded), None

    _transition(store, ticket.kind, ticket.key, now, step, ticket.stored)


def release(store: FactorStore, ticket: Ticket, now: datetime) -> None:
    """Take an admitted try back: it could not be checked (a directory was away), so nothing was guessed."""

    def step(state: State) -> tuple[State, None]:
        return throttle.release(state, ticket.reservation), None

    _transition(store, ticket.kind, ticket.key, now, step, ticket.stored)


def unlock(store: FactorStore, key: str, kind: FactorKind, now: datetime) -> None:
    """A helper's decision to clear a counter."""
    _transition(store, kind, key, now, lambda state: (throttle.cleared(state, now), None))


def locked_until(store: FactorStore, key: str, kind: FactorKind, now: datetime) -> datetime | None:
    """Until when the next try would be refused; for helpers and for people who have proved a first factor."""
    stored = store.throttles.read(kind.counted_as, key)
    until = None if stored is None else stored.state.locked_until
    return until if until is not None and now < until else None


@dataclass(frozen=True, slots=True)
class Lock:
    """One counter that refuses every try until then."""

    kind: FactorKind
    until: datetime


def locks(store: FactorStore, key: str, now: datetime) -> tuple[Lock, ...]:
    """Everything that is locked for a key, the longest lock first; for helpers, and after a first factor."""
    return tuple(Lock(kind, until) for kind, until in store.throttles.locked(key, now))


def _transition(
    store: FactorStore,
    kind: FactorKind,
    key: str,
    now: datetime,
    step: Callable[[State], tuple[State, Result]],
    remembered: StoredState | None = None,
) -> tuple[StoredState, Result]:
    """Compute and write until the write meets the state that was computed from.

    `remembered` saves a read where the row is likely as it was; only a write can prove that it is, so a
    transition that changes nothing is computed again from a row that was read.
    """
    kind = kind.counted_as
    for _ in range(_ATTEMPTS):
        stored = remembered or store.throttles.read(kind, key)
        before = State.fresh(now) if stored is None else stored.state
        after, result = step(before)
        if after == before:
            if remembered is None:
                return stored or StoredState(before, 0), result
        elif stored is None:
            if store.throttles.insert(kind, key, after):
                return StoredState(after, 0), result
        elif store.throttles.replace(kind, key, after, stored.version):
            return StoredState(after, stored.version + 1), result
        remembered = None
    raise ThrottleContentionError(f"counter of kind {kind.value} changed {_ATTEMPTS} times in a row")
