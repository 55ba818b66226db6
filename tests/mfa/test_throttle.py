"""The throttle's state machine: what it promises for every order of events."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from mfa import throttle
from mfa.throttle import CODE_LIMITS, NETWORK_LIMITS, PASSWORD_LIMITS, Limits, Reservation, State, Throttled

NOW = datetime(2026, 11, 24, 8, 0, 0, tzinfo=UTC)

limits_of_any_kind = st.builds(
    Limits,
    free_failures=st.integers(1, 20),
    first_lock=st.timedeltas(timedelta(seconds=1), timedelta(minutes=5)),
    longest_lock=st.timedeltas(timedelta(minutes=5), timedelta(hours=2)),
    forget_one_after=st.timedeltas(timedelta(seconds=1), timedelta(hours=6)),
    success_clears=st.booleans(),
)


def fail(state: State, limits: Limits, now: datetime) -> State:
    state, reserved = throttle.reserve(state, limits, now)
    assert isinstance(reserved, Reservation)
    return throttle.settle(state, reserved, limits, now, succeeded=False)


def locks_in_a_row(limits: Limits, count: int) -> list[timedelta]:
    """The locks of somebody who tries again the moment each ends."""
    state, now = State.fresh(NOW), NOW
    locks: list[timedelta] = []
    while len(locks) < count:
        state, outcome = throttle.reserve(state, limits, now)
        if isinstance(outcome, Throttled):
            locks.append(outcome.until - now)
            now = outcome.until
    return locks


def test_codes_have_five_free_failures_then_a_minute() -> None:
    state = State.fresh(NOW)
    for _ in range(5):
        state = fail(state, CODE_LIMITS, NOW)
    _, outcome = throttle.reserve(state, CODE_LIMITS, NOW)
    assert outcome == Throttled(NOW + timedelta(minutes=1))


def test_passwords_have_ten_free_failures() -> None:
    state = State.fresh(NOW)
    for _ in range(10):
        state = fail(state, PASSWORD_LIMITS, NOW)
    assert isinstance(throttle.reserve(state, PASSWORD_LIMITS, NOW)[1], Throttled)


def test_networks_have_a_hundred_failures_in_ten_minutes() -> None:
    state = State.fresh(NOW)
    for _ in range(100):
        state = fail(state, NETWORK_LIMITS, NOW)
    assert isinstance(throttle.reserve(state, NETWORK_LIMITS, NOW)[1], Throttled)
    later = NOW + timedelta(minutes=10)
    for _ in range(100):
        state = fail(state, NETWORK_LIMITS, later)
    assert isinstance(throttle.reserve(state, NETWORK_LIMITS, later)[1], Throttled)


def test_locks_double_to_half_an_hour() -> None:
    minutes = [lock / timedelta(minutes=1) for lock in locks_in_a_row(CODE_LIMITS, 6)]
    assert minutes == [1, 2, 4, 8, 16, 30]


@given(limits=limits_of_any_kind)
def test_locks_grow_to_the_longest_and_no_further(limits: Limits) -> None:
    patient = replace(limits, forget_one_after=timedelta(days=1))
    locks = locks_in_a_row(patient, patient.most_doublings + 1)
    assert locks == sorted(locks)
    assert locks[0] == patient.first_lock
    assert locks[-1] == patient.longest_lock


@given(limits=limits_of_any_kind, failures=st.integers(1, 200))
def test_S8_nothing_is_locked_for_ever(limits: Limits, failures: int) -> None:
    """However many failures: one lock's wait admits a try, and a bounded quiet time forgets everything."""
    state, now = State.fresh(NOW), NOW
    for _ in range(failures):
        state, outcome = throttle.reserve(state, limits, now)
        if isinstance(outcome, Throttled):
            now = outcome.until
    assert isinstance(throttle.reserve(state, limits, now + limits.longest_lock)[1], Reservation)
    quiet = now + limits.most_failures * limits.forget_one_after + limits.longest_lock
    for _ in range(limits.free_failures):
        state, outcome = throttle.reserve(state, limits, quiet)
        assert isinstance(outcome, Reservation)


@given(limits=limits_of_any_kind, back=st.timedeltas(timedelta(0), timedelta(days=30)))
def test_S8_a_clock_set_back_lengthens_no_lock_beyond_the_longest(limits: Limits, back: timedelta) -> None:
    state = State.fresh(NOW)
    for _ in range(limits.free_failures):
        state, _ = throttle.reserve(state, limits, NOW)
    earlier = NOW - back
    state, outcome = throttle.reserve(state, limits, earlier)
    assert isinstance(outcome, Throttled)
    assert earlier < outcome.until <= earlier + limits.longest_lock
    _, outcome = throttle.reserve(state, limits, outcome.until)
    assert isinstance(outcome, Reservation)


@given(limits=limits_of_any_kind, back=st.timedeltas(timedelta(seconds=1), timedelta(days=30)))
def test_a_clock_set_back_adds_no_failures(limits: Limits, back: timedelta) -> None:
    state, _ = throttle.reserve(State.fresh(NOW), limits, NOW)
    again, outcome = throttle.reserve(state, limits, NOW - back)
    if isinstance(outcome, Reservation):
        assert again.failures == 2


def test_a_late_failure_does_not_lift_the_lock_that_stands() -> None:
    """A lock outlives the failures that a quicker release took back, also when another failure is added."""
    state = State.fresh(NOW)
    before_success = throttle.reserve(state, CODE_LIMITS, NOW)[1]
    assert isinstance(before_success, Reservation)
    state = throttle.cleared(state, NOW)
    reserved = []
    for _ in range(5):
        state, reservation = throttle.reserve(state, CODE_LIMITS, NOW)
        assert isinstance(reservation, Reservation)
        reserved.append(reservation)
    for reservation in reserved[:3]:
        state = throttle.release(state, reservation)
    state = throttle.settle(state, before_success, CODE_LIMITS, NOW, succeeded=False)
    assert throttle.reserve(state, CODE_LIMITS, NOW)[1] == Throttled(NOW + timedelta(minutes=1))


def test_a_refused_try_changes_nothing() -> None:
    state = State.fresh(NOW)
    for _ in range(5):
        state = fail(state, CODE_LIMITS, NOW)
    after, outcome = throttle.reserve(state, CODE_LIMITS, NOW + timedelta(seconds=30))
    assert isinstance(outcome, Throttled)
    assert after == state


def test_S7_a_guess_in_flight_while_its_owner_succeeds_is_counted_again() -> None:
    state = State.fresh(NOW)
    state, guess = throttle.reserve(state, CODE_LIMITS, NOW)
    state, own = throttle.reserve(state, CODE_LIMITS, NOW)
    assert isinstance(guess, Reservation)
    assert isinstance(own, Reservation)
    state = throttle.settle(state, own, CODE_LIMITS, NOW, succeeded=True)
    assert state.failures == 0
    state = throttle.settle(state, guess, CODE_LIMITS, NOW, succeeded=False)
    assert state.failures == 1


@given(limits=limits_of_any_kind, failures=st.integers(0, 60))
def test_a_released_try_leaves_the_counter_as_it_was(limits: Limits, failures: int) -> None:
    state, now = State.fresh(NOW), NOW
    for _ in range(failures):
        state, outcome = throttle.reserve(state, limits, now)
        if isinstance(outcome, Throttled):
            now = outcome.until
    now = max(now, state.locked_until or now)
    reserved, ticket = throttle.reserve(state, limits, now)
    assert isinstance(ticket, Reservation)
    released = throttle.release(reserved, ticket)
    assert released.locked_until is None
    after_one_more, _ = throttle.reserve(released, limits, now)
    assert after_one_more == reserved


@given(limits=limits_of_any_kind.filter(lambda limits: not limits.success_clears), own=st.integers(1, 300))
def test_S7_success_on_a_shared_counter_takes_back_only_itself(limits: Limits, own: int) -> None:
    state = State.fresh(NOW)
    for _ in range(limits.free_failures - 1):
        state = fail(state, limits, NOW)
    for _ in range(own):
        state, ticket = throttle.reserve(state, limits, NOW)
        assert isinstance(ticket, Reservation)
        state = throttle.settle(state, ticket, limits, NOW, succeeded=True)
    assert state.failures == limits.free_failures - 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("free_failures", 0),
        ("free_failures", -1),
        ("first_lock", timedelta(0)),
        ("first_lock", timedelta(hours=1)),
        ("longest_lock", timedelta(days=2)),
        ("forget_one_after", timedelta(0)),
        ("forget_one_after", timedelta(days=2)),
    ],
)
def test_limits_that_make_no_sense_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        replace(CODE_LIMITS, **{field: value})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Try:
    """An admitted try of the machine below."""

    key: str
    reservation: Reservation


class Guessing(RuleBasedStateMachine):
    """Several people guess and succeed in parallel, in any order, on counters of their own."""

    tries = Bundle("tries")
    keys = st.sampled_from(["anna", "bertil"])

    def __init__(self) -> None:
        super().__init__()
        self.limits = CODE_LIMITS
        self.now = NOW
        self.states = {key: State.fresh(NOW) for key in ("anna", "bertil")}
        self.since_forgiven: dict[str, list[datetime]] = {"anna": [], "bertil": []}

    @rule(target=tries, key=keys)
    def reserve(self, key: str) -> Try | None:
        before = self.states[key]
        self.states[key], outcome = throttle.reserve(before, self.limits, self.now)
        if isinstance(outcome, Throttled):
            assert self.now < outcome.until <= self.now + self.limits.longest_lock
            return None
        assert before.locked_until is None or before.locked_until <= self.now
        self.since_forgiven[key].append(self.now)
        return Try(key, outcome)

    @rule(admitted=consumes(tries))
    def fail(self, admitted: Try | None) -> None:
        if admitted is not None:
            before = self.states[admitted.key]
            after = throttle.settle(before, admitted.reservation, self.limits, self.now, succeeded=False)
            assert after.failures >= before.failures or after.counted_from > before.counted_from
            self.states[admitted.key] = after

    @rule(admitted=consumes(tries))
    def succeed(self, admitted: Try | None) -> None:
        if admitted is not None:
            others = {key: state for key, state in self.states.items() if key != admitted.key}
            self.states[admitted.key] = throttle.settle(
                self.states[admitted.key], admitted.reservation, self.limits, self.now, succeeded=True
            )
            self.since_forgiven[admitted.key].clear()
            assert all(self.states[key] == state for key, state in others.items())

    @rule(admitted=consumes(tries))
    def release(self, admitted: Try | None) -> None:
        if admitted is not None:
            self.states[admitted.key] = throttle.release(self.states[admitted.key], admitted.reservation)
            self.since_forgiven[admitted.key].clear()

    @rule(seconds=st.integers(1, 7200))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def no_lock_is_longer_than_the_longest(self) -> None:
        for state in self.states.values():
            assert state.locked_until is None or state.locked_until - self.now <= self.limits.longest_lock

    @invariant()
    def no_burst_is_admitted_beyond_the_free_tries(self) -> None:
        """Within less than the first lock's time, no more tries are admitted than are free."""
        for admitted in self.since_forgiven.values():
            recent = [at for at in admitted if self.now - at < self.limits.first_lock]
            assert len(recent) <= self.limits.free_failures


TestGuessing = Guessing.TestCase
