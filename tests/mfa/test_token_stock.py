"""The stock: every way from state to state, what a token's codes open on it, and that seeds are erased."""

from datetime import timedelta
from itertools import product

import pytest

from mfa import (
    Accepted,
    FactorKind,
    OneTimePasswordResponse,
    Reason,
    Rejected,
    TokenState,
    challenge,
    enrolled,
    remove,
    token_stock,
    verify,
)
from mfa.hardware_token import StockOrder, StockQuery
from mfa.tables import hardware_tokens, hotps, totps
from mfa.token_stock import Moved, Refusal
from mfa.totp import HARDWARE_FIRST_WINDOW, HARDWARE_WINDOW, WINDOW
from tests.support.factors import START, enrol_app
from tests.support.tokens import Device, clock_seed, counter_seed, hand

NOW = START
DAY = timedelta(days=1)
ACTS = {
    TokenState.HANDED_OUT: lambda store, serial, now: token_stock.hand_out(store, serial, "anna", now),
    TokenState.HANDED_BACK: token_stock.hand_back,
    TokenState.LOST: token_stock.report_lost,
    TokenState.DESTROYED: token_stock.destroy,
}
WAYS = {
    ("in_stock", "handed_out"), ("in_stock", "lost"), ("in_stock", "destroyed"),
    ("handed_out", "handed_back"), ("handed_out", "lost"), ("handed_out", "destroyed"),
    ("handed_back", "handed_out"), ("handed_back", "lost"), ("handed_back", "destroyed"),
    ("lost", "handed_back"), ("lost", "destroyed"),
}  # fmt: skip


def check(store, code, now=NOW, subject="anna"):
    return verify(store, subject, OneTimePasswordResponse(code), now)


def bring_to(store, serial, state):
    for step in {
        TokenState.IN_STOCK: [],
        TokenState.HANDED_BACK: [TokenState.HANDED_OUT, TokenState.HANDED_BACK],
    }.get(state, [state]):
        assert isinstance(ACTS[step](store, serial, NOW), Moved)


@pytest.mark.parametrize(("before", "after"), list(product(TokenState, ACTS)))
def test_a_token_goes_only_the_ways_that_are_drawn(store, before, after):
    token_stock.take_in(store, [counter_seed()], NOW)
    bring_to(store, "FTK-0001", before)
    moved = ACTS[after](store, "FTK-0001", NOW)
    if (before.value, after.value) in WAYS:
        assert moved.token.state is after
        assert moved.before.state is before
    else:
        assert moved is Refusal.NOT_FROM_HERE
        assert store.hardware_tokens.by_serial("FTK-0001").state is before


def test_a_handed_out_token_opens_and_the_person_need_not_say_which_kind(store):
    app = enrol_app(store, "anna", NOW)
    button = hand(store, "anna", counter_seed(), NOW)
    clock = hand(store, "anna", clock_seed(), NOW)
    assert challenge(store, "anna", NOW).kinds == {FactorKind.TOTP, FactorKind.HOTP}
    for code, kind in (
        (button.press(), FactorKind.HOTP),
        (clock.shows(NOW), FactorKind.TOTP),
        (app.code(NOW, 1), FactorKind.TOTP),
        (button.press(3), FactorKind.HOTP),
    ):
        assert check(store, code) == Accepted(kind, check_id(store, kind, code), phishing_resistant=False)
        assert check(store, code) == Rejected(Reason.REPLAYED)
    assert check(store, button.press(30)) == Rejected(Reason.WRONG)


def check_id(store, kind, code):
    """The authenticator whose code it is: the one that is found without the library's choice."""
    if kind is FactorKind.HOTP:
        return store.hotps.active("anna")[0].id
    now = NOW
    for totp in store.totps.active("anna"):
        from mfa import totp as module

        if module.matched_step(totp, code, now) is not None or module.is_replay(totp, code, now):
            return totp.id
    raise LookupError(code)


def test_S3_what_was_used_stays_used_whoever_has_the_token_next(store):
    button = hand(store, "anna", counter_seed(), NOW)
    used = button.press()
    assert isinstance(check(store, used), Accepted)
    token_stock.hand_back(store, "FTK-0001", NOW)
    assert check(store, button.press()) == Rejected(Reason.NONE_ENROLLED)
    token_stock.hand_out(store, "FTK-0001", "bo", NOW)
    assert check(store, used, subject="bo") == Rejected(Reason.REPLAYED)
    assert isinstance(check(store, button.press(), subject="bo"), Accepted)
    assert check(store, button.press()) == Rejected(Reason.NONE_ENROLLED)


def test_S1_a_clocks_step_is_not_accepted_again_from_the_next_holder(store):
    clock = hand(store, "anna", clock_seed(), NOW)
    assert isinstance(check(store, clock.shows(NOW)), Accepted)
    token_stock.report_lost(store, "CLK-0001", NOW)
    token_stock.hand_back(store, "CLK-0001", NOW)
    token_stock.hand_out(store, "CLK-0001", "bo", NOW)
    assert check(store, clock.shows(NOW), subject="bo") == Rejected(Reason.REPLAYED)


@pytest.mark.parametrize("skew", [0, 55 * 60, -55 * 60, 70 * 60])
def test_S5_the_wide_window_is_for_the_first_code_and_then_the_drift_is_known(store, skew):
    clock = hand(store, "anna", clock_seed(), NOW, skew)
    first = check(store, clock.shows(NOW))
    if abs(skew) > HARDWARE_FIRST_WINDOW:
        assert first == Rejected(Reason.WRONG)
        return
    assert isinstance(first, Accepted)
    later = NOW + DAY
    beyond = HARDWARE_WINDOW // 60 + 2
    assert check(store, clock.shows(later, beyond), later) == Rejected(Reason.WRONG)
    assert check(store, clock.shows(later, -beyond), later) == Rejected(Reason.WRONG)
    assert isinstance(check(store, clock.shows(later, 1), later), Accepted)
    (known,) = store.totps.active("anna")
    assert abs(known.drift - skew) <= 60
    # Also for the next holder: the clock is known, and the wide window was for once.
    token_stock.hand_back(store, "CLK-0001", later)
    token_stock.hand_out(store, "CLK-0001", "bo", later)
    (known,) = store.totps.active("bo")
    assert known.first_window is None
    assert abs(known.drift - skew) <= 60


def test_S5_the_windows_are_the_stated_ones():
    assert (WINDOW, HARDWARE_WINDOW, HARDWARE_FIRST_WINDOW) == (1, 120, 3600)


def test_S5_a_hardware_clock_that_drifts_is_followed_further_than_a_phone(store):
    clock = hand(store, "anna", clock_seed(), NOW)
    for day in range(0, 1500, 5):
        clock.skew = day // 2  # half a second a day
        now = NOW + day * DAY
        assert isinstance(check(store, clock.shows(now), now), Accepted), day
    assert store.totps.active("anna")[0].drift > 600


def test_duplicate_serial_numbers_are_refused_whole_in_every_spelling(store):
    token_stock.take_in(store, [counter_seed("FTK-0001")], NOW)
    again = [counter_seed("FTK-0002"), counter_seed("ftk 0001"), counter_seed("ftk0002")]
    taken = token_stock.take_in(store, again, NOW)
    assert taken == token_stock.TakenIn((), ("ftk 0001", "ftk0002"))
    assert store.hardware_tokens.by_serial("FTK-0002") is None
    token_stock.destroy(store, "FTK-0001", NOW)
    assert token_stock.take_in(store, [counter_seed()], NOW).duplicates == ("FTK-0001",)


def test_a_destroyed_tokens_seed_is_erased_everywhere(store):
    for seed in (counter_seed(), clock_seed()):
        hand(store, "anna", seed, NOW)
        token_stock.destroy(store, seed.serial, NOW)
    connection = store._connection
    for column in (hardware_tokens.c.sealed_seed, hotps.c.sealed_secret, totps.c.sealed_secret):
        assert set(connection.execute(column.table.select().with_only_columns(column)).scalars()) == {None}


def test_a_person_cannot_remove_a_token_that_is_not_theirs_to_throw_away(store):
    hand(store, "anna", counter_seed(), NOW)
    hand(store, "anna", clock_seed(), NOW)
    for line in enrolled(store, "anna"):
        assert line.token_id is not None
        assert not remove(store, "anna", line.id, NOW)
    assert len(enrolled(store, "anna")) == 2


def test_unknown_serials_are_said_to_be_unknown(store):
    for act in ACTS.values():
        assert act(store, "nothing", NOW) is Refusal.UNKNOWN


def test_the_stock_is_sorted_as_asked_and_no_page_repeats_another(store):
    token_stock.take_in(store, [counter_seed(f"FTK-{number:04}") for number in range(30)], NOW)
    token_stock.hand_out(store, "FTK-0003", "anna", NOW)
    for order in StockOrder:
        for descending in (False, True):
            pages = [
                store.hardware_tokens.sorted_by(StockQuery(None, "ftk", order, descending, skip, 10))
                for skip in (0, 10, 20)
            ]
            assert len({one.serial for page in pages for one in page}) == 30
    (first, *_) = store.hardware_tokens.sorted_by(StockQuery(order=StockOrder.STATE))
    assert first.serial == "FTK-0003"
    assert store.hardware_tokens.sorted_by(StockQuery(TokenState.LOST)) == ()


def test_the_stock_is_listed_by_serial_number_page_by_page(store):
    token_stock.take_in(store, [counter_seed(f"FTK-{number:04}") for number in range(30)], NOW)
    token_stock.hand_out(store, "FTK-0003", "anna", NOW)
    first = store.hardware_tokens.listed(None, "", "", 20)
    assert [token.serial for token in first] == [f"FTK-{number:04}" for number in range(20)]
    rest = store.hardware_tokens.listed(None, "", "FTK0019", 20)
    assert [token.serial for token in rest] == [f"FTK-{number:04}" for number in range(20, 30)]
    assert [token.serial for token in store.hardware_tokens.listed(TokenState.HANDED_OUT, "", "", 9)] == [
        "FTK-0003"
    ]
    assert len(store.hardware_tokens.listed(None, "ftk-000", "", 99)) == 10
    assert store.hardware_tokens.listed(None, "%", "", 99) == ()
    assert store.hardware_tokens.counts() == {TokenState.IN_STOCK: 29, TokenState.HANDED_OUT: 1}
    assert [token.serial for token in store.hardware_tokens.of_subject("anna")] == ["FTK-0003"]


def test_the_seed_is_in_no_representation(store):
    seed = counter_seed()
    assert "1234567890" not in repr(seed)
    hand(store, "anna", seed, NOW)
    assert "1234567890" not in repr(
        (store.hardware_tokens.by_serial(seed.serial), store.hotps.active("anna"))
    )
    assert Device(seed).press() == "755224"


@pytest.mark.parametrize("make", [counter_seed, clock_seed])
def test_outside_the_makers_dates_a_token_opens_nothing(store, make):
    seed = make(starts_at=NOW + DAY, ends_at=NOW + 3 * DAY)
    device = hand(store, "anna", seed, NOW)

    def now_shown(now):
        return device.press() if make is counter_seed else device.shows(now)

    for days, opens in ((0, False), (1, True), (2, True), (3, False)):
        now = NOW + days * DAY
        assert isinstance(check(store, now_shown(now), now), Accepted) is opens, days
    token_stock.hand_back(store, seed.serial, NOW + 3 * DAY)
    assert token_stock.hand_out(store, seed.serial, "bo", NOW + 3 * DAY) is Refusal.EXPIRED
