"""S1, S2, S6, S7, N1, N3: what may happen once happens once, between threads and between processes."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from mfa import (
    Accepted,
    FactorKind,
    OneTimePasswordResponse,
    Rejected,
    TemporaryCodePurpose,
    Throttled,
    begin_totp,
    enrolled,
    generate_recovery_codes,
    issue_activation_code,
    issue_temporary_code,
    locked_until,
    recovery_codes,
    temporary_access,
    throttle_key,
    token_stock,
    totp,
    verify,
)
from mfa.sql_store import SqlFactorStore
from mfa.tables import recovery_code_sets, throttles
from mfa.token_stock import Moved
from tests.support.factor_race import race_calls, race_processes, race_threads
from tests.support.factors import START, App, engine_for, enrol_app, factor_store, new_database
from tests.support.tokens import clock_seed, counter_seed, hand

NOW = START + timedelta(minutes=5)
HOUR = timedelta(hours=1)

Race = Callable[[str, str, str, str, datetime], Counter[str]]


def by_threads(url: str, what: str, subject: str, code: str, now: datetime) -> Counter[str]:
    return race_threads(url, what, subject, code, now, threads=20)


def by_processes(url: str, what: str, subject: str, code: str, now: datetime) -> Counter[str]:
    return race_processes(url, what, subject, [code], now, processes=3, threads=8)


@pytest.fixture(params=[by_threads, by_processes])
def race(request: pytest.FixtureRequest) -> Race:
    """Twenty threads of one process, and eight threads in each of three processes."""
    contest: Race = request.param
    return contest


def recovery_code(store: SqlFactorStore) -> str:
    return generate_recovery_codes(store, "anna", NOW).codes[3]


def temporary_code(store: SqlFactorStore, uses: int = 1) -> str:
    issued = issue_temporary_code(
        store, "anna", TemporaryCodePurpose.SIGN_IN, "helper", NOW, lifetime=HOUR, uses=uses
    )
    return issued.code


def recovery_mac(store: SqlFactorStore, printed: str) -> bytes:
    return recovery_codes.mac(store, "anna", recovery_codes.parse(printed) or "")


def activation_mac(store: SqlFactorStore, printed: str) -> bytes:
    return temporary_access.activation_mac(store, "anna", temporary_access.parse_activation(printed) or "")


def spend_temporary(store: SqlFactorStore, printed: str) -> str | None:
    bare = temporary_access.parse_temporary(printed) or ""
    mac = temporary_access.temporary_mac(store, "anna", bare)
    return store.temporary_codes.spend("anna", mac, TemporaryCodePurpose.SIGN_IN, NOW)


def activation_code(store: SqlFactorStore) -> str:
    return issue_activation_code(store, "anna", "helper", NOW, lifetime=HOUR).code


@pytest.mark.parametrize(
    ("what", "make"),
    [
        ("totp", lambda store: enrol_app(store, "anna").code(NOW)),
        ("hotp", lambda store: hand(store, "anna", counter_seed(), NOW).press(4)),
        ("recovery", recovery_code),
        ("temporary", temporary_code),
        ("activation", activation_code),
    ],
)
def test_S2_of_parallel_tries_with_one_code_exactly_one_wins(
    database_url: str, race: Race, what: str, make: Callable[[SqlFactorStore], str]
) -> None:
    with factor_store(new_database(database_url)) as store:
        code = make(store)
    outcomes = race(database_url, what, "anna", code, NOW)
    assert outcomes["Activated" if what == "activation" else "Accepted"] == 1
    assert outcomes["Rejected"] == outcomes.total() - 1


def test_S2_a_code_for_three_uses_has_three_winners(database_url: str, race: Race) -> None:
    with factor_store(new_database(database_url)) as store:
        code = temporary_code(store, uses=3)
    assert race(database_url, "temporary", "anna", code, NOW)["Accepted"] == 3


def test_S2_each_spending_is_one_conditional_write(database_url: str) -> None:
    """Without the throttle's row, whose lock alone would already let one try wait for the other."""
    engine = new_database(database_url)
    with factor_store(engine) as store:
        enrol_app(store, "anna")
        (app,) = store.totps.active("anna")
        temporary, activation = temporary_code(store, uses=2), activation_code(store)
        recovery = recovery_code(store)
        hand(store, "anna", counter_seed(), NOW)
        (button,) = store.hotps.active("anna")
        token_stock.take_in(store, [clock_seed()], NOW)
    spending = totp.Spending(step=app.last_step + 5, drift=0)
    writes: dict[str, tuple[int, Callable[[SqlFactorStore], object]]] = {
        "totp": (1, lambda store: store.totps.spend(app, spending, NOW)),
        "hotp": (1, lambda store: store.hotps.spend(button, 7, NOW)),
        "hand out": (1, lambda store: isinstance(token_stock.hand_out(store, "CLK-0001", "bo", NOW), Moved)),
        "lose": (1, lambda store: isinstance(token_stock.report_lost(store, "FTK-0001", NOW), Moved)),
        "recovery": (1, lambda store: store.recovery_codes.spend("anna", recovery_mac(store, recovery), NOW)),
        "temporary": (2, lambda store: spend_temporary(store, temporary)),
        "activation": (
            1,
            lambda store: store.activation_codes.spend("anna", activation_mac(store, activation), NOW),
        ),
        "remove": (1, lambda store: store.totps.remove("anna", app.id, NOW)),
    }
    for name, (winners, write) in writes.items():
        assert race_calls(database_url, write, threads=20) == winners, name


def test_S3_of_parallel_codes_of_one_button_the_counter_only_grows(database_url: str) -> None:
    """Three codes of the window in two processes: one winner each at most, and the newest always wins."""
    with factor_store(new_database(database_url)) as store:
        button = hand(store, "anna", counter_seed(), NOW)
    codes = [button.press() for _ in range(3)]
    outcomes = race_processes(database_url, "hotp", "anna", codes, NOW, processes=3, threads=8)
    assert 1 <= outcomes["Accepted"] <= 3
    with factor_store(engine_for(database_url)) as store:
        assert store.hotps.active("anna")[0].counter == 3
        assert all(
            isinstance(verify(store, "anna", OneTimePasswordResponse(code), NOW), Rejected) for code in codes
        )


def test_S1_of_parallel_neighbouring_steps_each_wins_at_most_once(database_url: str) -> None:
    """Three codes of the window at once: one winner each at most, and the newest always wins."""
    with factor_store(new_database(database_url)) as store:
        app = enrol_app(store, "anna")
    codes = [app.code(NOW, steps) for steps in (-1, 0, 1)]
    outcomes = race_processes(database_url, "totp", "anna", codes, NOW, processes=3, threads=8)
    assert 1 <= outcomes["Accepted"] <= 3
    assert outcomes.total() == 24
    with factor_store(engine_for(database_url)) as store:
        assert store.totps.active("anna")[0].last_step == int(NOW.timestamp()) // 30 + 1


def test_S6_of_parallel_guesses_only_the_free_ones_are_checked(database_url: str, race: Race) -> None:
    """From an empty table: the first reservation of all is part of the race."""
    new_database(database_url)
    outcomes = race(database_url, "totp", "anna", "000000", NOW)
    assert outcomes["Rejected"] == 5
    assert outcomes["Throttled"] == outcomes.total() - 5


def test_S6_of_parallel_reservations_only_the_free_ones_are_admitted(database_url: str, race: Race) -> None:
    """As for passwords, whose check happens outside the transaction."""
    new_database(database_url)
    outcomes = race(database_url, "reserve", "account:anna", "", NOW)
    assert outcomes["Admitted"] == 5
    assert outcomes["Throttled"] == outcomes.total() - 5


def test_a_double_click_confirms_once(database_url: str, race: Race) -> None:
    with factor_store(new_database(database_url)) as store:
        pending = begin_totp(store, "anna", "Portvakt", "anna", NOW)
    code = App(pending.secret, pending.authenticator_id).code(NOW)
    outcomes = race(database_url, "confirm", "anna", f"{pending.authenticator_id}:{code}", NOW)
    assert outcomes["Confirmed"] == 1


def test_parallel_sets_of_recovery_codes_leave_one_that_works(database_url: str, race: Race) -> None:
    new_database(database_url)
    outcomes = race(database_url, "generate", "anna", "", NOW)
    assert outcomes["GeneratedRecoveryCodes"] == outcomes.total()
    with factor_store(engine_for(database_url)) as store:
        current = select(func.count()).where(recovery_code_sets.c.ended_at.is_(None))
        assert store._connection.execute(current).scalar_one() == 1
        assert [line.remaining for line in enrolled(store, "anna")] == [10]


def test_S7_a_restart_keeps_the_counter(database_url: str) -> None:
    engine = new_database(database_url)
    for _ in range(5):
        with factor_store(engine) as store:
            assert isinstance(verify(store, "anna", OneTimePasswordResponse("000000"), NOW), Rejected)
        engine.dispose()
        engine = engine_for(database_url)
    with factor_store(engine) as store:
        assert isinstance(verify(store, "anna", OneTimePasswordResponse("000000"), NOW), Throttled)
        until = locked_until(store, throttle_key("anna"), FactorKind.TOTP, NOW)
    assert until == NOW + timedelta(minutes=1)


def test_a_refusal_is_committed_with_its_counter(database_url: str) -> None:
    engine = new_database(database_url)
    with factor_store(engine) as store:
        verify(store, "anna", OneTimePasswordResponse("000000"), NOW)
    with factor_store(engine) as store:
        row = store._connection.execute(select(throttles)).one()
        assert (row.kind, row.key, row.failures) == ("totp", "subject:anna", 1)


def test_S12_a_fault_rolls_back_and_accepts_nothing(database_url: str) -> None:
    """A caller's transaction that fails after verifying has spent nothing: the code can be used again."""
    engine = new_database(database_url)
    with factor_store(engine) as store:
        app = enrol_app(store, "anna")

    def verify_then_fail() -> None:
        with factor_store(engine) as store:
            assert isinstance(verify(store, "anna", OneTimePasswordResponse(app.code(NOW)), NOW), Accepted)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        verify_then_fail()
    with factor_store(engine) as store:
        assert isinstance(verify(store, "anna", OneTimePasswordResponse(app.code(NOW)), NOW), Accepted)
