"""How guessing is slowed: a pure state machine, the same for codes, passwords and networks.

    failures below the free ones          failures at or above
   ┌──────────────────────────┐  reserve  ┌─────────────────────────┐
   │ OPEN                     │ ────────► │ LOCKED until t          │ ── reserve ──► Throttled(t), unchanged
   │ reserve: failures + 1    │           │ 1 min, 2, 4 … at most 30│
   └──────────────────────────┘ ◄──────── └─────────────────────────┘
       ▲          ▲    now ≥ t: one try, whose reservation locks again, for longer
       │          └─ failures are forgotten one by one as time passes: nothing is locked for ever
       └─ settle(succeeded): failures 0, generation + 1         release: this reservation undone

A try is counted *before* it is checked: of many parallel guesses no more than the free ones are admitted,
however slow the check. A check that fails after somebody's success has cleared the counter (its reservation's
generation is stale) is counted again: one's own success never pays for another's guesses.

It does not know what is guessed at, by whom, or where the state is kept.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many failures are free, how locks grow, how fast failures are forgotten."""

    free_failures: int
    first_lock: timedelta
    longest_lock: timedelta
    forget_one_after: timedelta
    success_clears: bool = True
    """False where many people share a counter: a success then takes back its own reservation only."""

    def __post_init__(self) -> None:
        if self.free_failures < 1:
            raise ValueError("free_failures: at least one try must be free")
        if not timedelta(0) < self.first_lock <= self.longest_lock <= timedelta(days=1):
            raise ValueError("locks: 0 < first_lock <= longest_lock <= 1 day")
        if not timedelta(0) < self.forget_one_after <= timedelta(days=1):
            raise ValueError("forget_one_after: more than nothing, at most 1 day (no lock is for ever)")

    def lock_after(self, failures: int) -> timedelta | None:
        """How long the next try waits after that many failures; None while they are free."""
        if failures < self.free_failures:
            return None
        doublings = min(failures - self.free_failures, self.most_doublings)
        return min(self.first_lock * (1 << doublings), self.longest_lock)

    @property
    def most_doublings(self) -> int:
        """How often the first lock doubles until it is the longest."""
        return (-(-self.longest_lock // self.first_lock) - 1).bit_length()

    @property
    def most_failures(self) -> int:
        """Where counting stops: more failures would lengthen no lock, only the time to forget them."""
        return self.free_failures + self.most_doublings


CODE_LIMITS = Limits(
    free_failures=5,
    first_lock=timedelta(minutes=1),
    longest_lock=timedelta(minutes=30),
    forget_one_after=timedelta(hours=1),
)
PASSWORD_LIMITS = replace(CODE_LIMITS, free_failures=10)
NETWORK_LIMITS = Limits(  # 100 failures in 10 minutes, then as fast as they are forgotten
    free_failures=100,
    first_lock=timedelta(minutes=1),
    longest_lock=timedelta(minutes=10),
    forget_one_after=timedelta(seconds=6),
    success_clears=False,
)


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of one counter."""

    failures: int
    counted_from: datetime
    """The instant up to which failures have been forgotten."""
    locked_until: datetime | None = None
    generation: int = 0
    """How often the counter was cleared: tells a settling check whether its reservation still stands."""

    @classmethod
    def fresh(cls, now: datetime) -> Self:
        return cls(failures=0, counted_from=now)


@dataclass(frozen=True, slots=True)
class Reservation:
    """One admitted try and what it changed, so that exactly this can be undone."""

    generation: int
    counted: bool
    """False where the counter was full already."""
    lock: datetime | None
    """The lock that this reservation set, if it did."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """No try is admitted before `until`."""

    until: datetime


def reserve(state: State, limits: Limits, now: datetime) -> tuple[State, Reservation | Throttled]:
    """Count a try before it is checked, or refuse it."""
    current = _remembered(state, limits, now)
    if current.locked_until is not None:
        # Unchanged, so that a flood of refused tries writes nothing; but for a lock that had to be shortened.
        shortened = current.locked_until != state.locked_until
        return current if shortened else state, Throttled(current.locked_until)
    after = _counted(current, limits, now)
    return after, Reservation(
        generation=after.generation,
        counted=after.failures > current.failures,
        lock=after.locked_until,
    )


def settle(
    state: State, reservation: Reservation, limits: Limits, now: datetime, *, succeeded: bool
) -> State:
    """Say how an admitted try went."""
    if succeeded:
        return cleared(state, now) if limits.success_clears else release(state, reservation)
    if reservation.generation == state.generation:
        return state  # counted when it was reserved
    return _counted(_remembered(state, limits, now), limits, now)


def release(state: State, reservation: Reservation) -> State:
    """Take a reservation back: nothing was guessed (the check could not be made, or it was a known code)."""
    if reservation.generation != state.generation:
        return state
    own_lock = reservation.lock is not None and reservation.lock == state.locked_until
    return replace(
        state,
        failures=max(0, state.failures - reservation.counted),
        locked_until=None if own_lock else state.locked_until,
    )


def cleared(state: State, now: datetime) -> State:
    """An empty counter: after a success, or by a helper's decision."""
    return State(failures=0, counted_from=now, generation=state.generation + 1)


def _remembered(state: State, limits: Limits, now: datetime) -> State:
    """The state with what time has undone. A clock that was set back lengthens no lock beyond the longest."""
    counted_from = min(state.counted_from, now)
    forgotten = min(state.failures, (now - counted_from) // limits.forget_one_after)
    locked_until = state.locked_until
    if locked_until is not None:
        locked_until = min(locked_until, now + limits.longest_lock) if now < locked_until else None
    return replace(
        state,
        failures=state.failures - forgotten,
        counted_from=counted_from + forgotten * limits.forget_one_after,
        locked_until=locked_until,
    )


def _counted(state: State, limits: Limits, now: datetime) -> State:
    failures = min(state.failures + 1, max(state.failures, limits.most_failures))
    lock = limits.lock_after(failures)
    locks = [] if lock is None else [now + lock]
    locks += [] if state.locked_until is None else [state.locked_until]
    return replace(
        state,
        failures=failures,
        counted_from=state.counted_from if state.failures else now,
        locked_until=max(locks, default=None),
    )
