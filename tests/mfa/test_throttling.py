"""The throttle over the store, as a host uses it for passwords and networks: reserve, check elsewhere, settle."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from mfa import (
    NETWORK_LIMITS,
    PASSWORD_LIMITS,
    Admitted,
    FactorKind,
    Limits,
    ThrottleContentionError,
    Throttled,
    Ticket,
    locked_until,
    release,
    reserve,
    settle,
)
from mfa.sql_store import SqlFactorStore
from mfa.throttle import State
from tests.support.factors import START

NOW = START
KIND = FactorKind.PASSWORD
KNOWN, UNKNOWN, NETWORK = "account:1", "login:5f2b", "network:198.51.100.0/24"


def admitted(store: SqlFactorStore, key: str, limits: Limits = PASSWORD_LIMITS) -> Ticket:
    outcome = reserve(store, key, KIND, limits, NOW)
    assert isinstance(outcome, Admitted)
    return outcome.ticket


def failures(store: SqlFactorStore, key: str) -> int:
    stored = store.throttles.read(KIND, key)
    return 0 if stored is None else stored.state.failures


def test_a_try_counts_from_its_reservation_on(store: SqlFactorStore) -> None:
    ticket = admitted(store, KNOWN)
    assert failures(store, KNOWN) == 1
    settle(store, ticket, succeeded=False, now=NOW)
    assert failures(store, KNOWN) == 1
    settle(store, admitted(store, KNOWN), succeeded=True, now=NOW)
    assert failures(store, KNOWN) == 0


def test_a_guess_in_flight_is_counted_again_after_its_owners_success(store: SqlFactorStore) -> None:
    guess, own = admitted(store, KNOWN), admitted(store, KNOWN)
    settle(store, own, succeeded=True, now=NOW)
    settle(store, guess, succeeded=False, now=NOW)
    assert failures(store, KNOWN) == 1


def test_a_guess_that_settles_on_an_unchanged_counter_is_counted_once(store: SqlFactorStore) -> None:
    first, second = admitted(store, KNOWN), admitted(store, KNOWN)
    settle(store, second, succeeded=False, now=NOW)
    settle(store, first, succeeded=False, now=NOW)
    assert failures(store, KNOWN) == 2


def test_a_check_that_could_not_be_made_is_no_failure(store: SqlFactorStore) -> None:
    """A directory that is away for an afternoon locks nobody out."""
    for _ in range(50):
        release(store, admitted(store, KNOWN), NOW)
    assert failures(store, KNOWN) == 0
    together = [admitted(store, KNOWN) for _ in range(10)]
    assert isinstance(reserve(store, KNOWN, KIND, PASSWORD_LIMITS, NOW), Throttled)
    for ticket in together:
        release(store, ticket, NOW)
    assert failures(store, KNOWN) == 0
    assert locked_until(store, KNOWN, KIND, NOW) is None


def test_S7_own_success_never_clears_another_counter(store: SqlFactorStore) -> None:
    for key in (UNKNOWN, NETWORK):
        settle(store, admitted(store, key), succeeded=False, now=NOW)
    settle(store, admitted(store, KNOWN), succeeded=True, now=NOW)
    assert (failures(store, UNKNOWN), failures(store, NETWORK)) == (1, 1)


def test_S7_success_from_a_network_does_not_clear_the_network(store: SqlFactorStore) -> None:
    for _ in range(99):
        settle(store, admitted(store, NETWORK, NETWORK_LIMITS), succeeded=False, now=NOW)
    for _ in range(20):
        settle(store, admitted(store, NETWORK, NETWORK_LIMITS), succeeded=True, now=NOW)
    assert failures(store, NETWORK) == 99


def test_S8_unknown_names_lock_as_known_ones(store: SqlFactorStore) -> None:
    locks = []
    for key in (KNOWN, UNKNOWN):
        for _ in range(10):
            settle(store, admitted(store, key), succeeded=False, now=NOW)
        locks.append(reserve(store, key, KIND, PASSWORD_LIMITS, NOW))
    assert locks[0] == locks[1] == Throttled(NOW + timedelta(minutes=1))


def test_kinds_have_counters_of_their_own(store: SqlFactorStore) -> None:
    for _ in range(10):
        admitted(store, KNOWN)
    assert isinstance(reserve(store, KNOWN, KIND, PASSWORD_LIMITS, NOW), Throttled)
    assert isinstance(reserve(store, KNOWN, FactorKind.TOTP, PASSWORD_LIMITS, NOW), Admitted)


def test_a_flood_of_refused_tries_writes_nothing(store: SqlFactorStore) -> None:
    for _ in range(10):
        admitted(store, KNOWN)
    before = store.throttles.read(KIND, KNOWN)
    for _ in range(20):
        assert isinstance(reserve(store, KNOWN, KIND, PASSWORD_LIMITS, NOW), Throttled)
    assert store.throttles.read(KIND, KNOWN) == before


def test_a_lost_write_is_computed_anew_and_never_overwrites(store: SqlFactorStore) -> None:
    """Somebody else is quicker, once, between each reading and its writing."""
    quick = _overtaken(store, times=1)
    admitted(store, KNOWN)
    assert quick() == 1
    assert failures(store, KNOWN) == 2


def test_S12_a_counter_that_never_holds_still_admits_nobody(store: SqlFactorStore) -> None:
    _overtaken(store, times=10_000)
    lenient = Limits(
        free_failures=100_000,
        first_lock=timedelta(minutes=1),
        longest_lock=timedelta(minutes=1),
        forget_one_after=timedelta(hours=1),
    )
    with pytest.raises(ThrottleContentionError):
        reserve(store, KNOWN, KIND, lenient, NOW)


def _overtaken(store: SqlFactorStore, times: int) -> Callable[[], int]:
    """Let a rival write between our reading and our writing, so many times; gives how often it did."""
    read, done = store.throttles.read, 0

    class Overtaken(type(store.throttles)):  # type: ignore[misc]  # a store that behaves as under contention
        def read(self, kind: FactorKind, key: str) -> object:
            nonlocal done
            seen = read(kind, key)
            if done < times:
                done += 1
                state = State(failures=(seen.state.failures if seen else 0) + 1, counted_from=NOW)
                if seen is None:
                    store.throttles.insert(kind, key, state)
                else:
                    store.throttles.replace(kind, key, state, seen.version)
            return seen

    store.throttles = Overtaken(store._connection)
    return lambda: done
