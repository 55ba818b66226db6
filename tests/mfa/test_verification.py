"""challenge(), verify() and activate(): what is accepted, what is refused and for which reason."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from mfa import (
    Accepted,
    Activated,
    FactorKind,
    OneTimePasswordResponse,
    Reason,
    RecoveryCodeResponse,
    Rejected,
    Response,
    TemporaryCodePurpose,
    TemporaryCodeResponse,
    Throttled,
    activate,
    begin_totp,
    challenge,
    enrolled,
    generate_recovery_codes,
    issue_activation_code,
    issue_temporary_code,
    locked_until,
    remove,
    throttle_key,
    unlock,
    verify,
    withdraw_activation_code,
    withdraw_temporary_code,
)
from mfa.sql_store import SqlFactorStore
from mfa.tables import activation_codes, recovery_codes, temporary_codes, totps
from tests.support.factors import START, enrol_app

NOW = START + timedelta(minutes=5)
HOUR = timedelta(hours=1)


def issue_temporary(
    store: SqlFactorStore, purpose: TemporaryCodePurpose = TemporaryCodePurpose.SIGN_IN, uses: int = 1
) -> str:
    return issue_temporary_code(store, "anna", purpose, "helper", NOW, lifetime=HOUR, uses=uses).code


def test_a_right_code_is_accepted(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    outcome = verify(store, "anna", OneTimePasswordResponse(app.code(NOW)), NOW)
    assert outcome == Accepted(FactorKind.TOTP, app.authenticator_id, phishing_resistant=False)
    assert enrolled(store, "anna")[0].last_used_at == NOW


def test_S1_a_step_is_accepted_once(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    code = OneTimePasswordResponse(app.code(NOW))
    assert isinstance(verify(store, "anna", code, NOW), Accepted)
    for later in (0, 5, 29):
        again = verify(store, "anna", code, NOW + timedelta(seconds=later))
        assert again == Rejected(Reason.REPLAYED)


def test_S1_an_older_step_is_refused_after_a_newer_one(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    assert isinstance(verify(store, "anna", OneTimePasswordResponse(app.code(NOW)), NOW), Accepted)
    assert verify(store, "anna", OneTimePasswordResponse(app.code(NOW, -1)), NOW) == Rejected(Reason.REPLAYED)


def test_S1_each_authenticator_has_its_own_steps(store: SqlFactorStore) -> None:
    apps = [enrol_app(store, "anna"), enrol_app(store, "anna")]
    for app in apps:
        outcome = verify(store, "anna", OneTimePasswordResponse(app.code(NOW)), NOW)
        assert isinstance(outcome, Accepted)
        assert outcome.authenticator_id == app.authenticator_id


def test_another_persons_code_is_wrong(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    enrol_app(store, "bertil")
    assert verify(store, "bertil", OneTimePasswordResponse(app.code(NOW)), NOW) == Rejected(Reason.WRONG)


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_S5_codes_outside_the_window_are_wrong(store: SqlFactorStore, steps: int) -> None:
    app = enrol_app(store, "anna")
    assert verify(store, "anna", OneTimePasswordResponse(app.code(NOW, steps)), NOW) == Rejected(Reason.WRONG)


def test_S5_drift_is_learnt_and_kept(store: SqlFactorStore) -> None:
    """A clock that is 45 s slow is followed once it has been seen to be, also two steps off."""
    app = enrol_app(store, "anna")
    app.skew = -30
    now = NOW
    for _ in range(8):
        assert isinstance(verify(store, "anna", OneTimePasswordResponse(app.code(now)), now), Accepted)
        now += timedelta(minutes=2)
    app.skew = -60
    assert isinstance(verify(store, "anna", OneTimePasswordResponse(app.code(now)), now), Accepted)
    now += timedelta(minutes=2)
    assert verify(store, "anna", OneTimePasswordResponse(app.code(now, 3)), now) == Rejected(Reason.WRONG)


MALFORMED: list[Response] = [
    OneTimePasswordResponse("12345a"),
    OneTimePasswordResponse("１２３４５６"),
    OneTimePasswordResponse(""),
    RecoveryCodeResponse("123456"),
    TemporaryCodeResponse("\0" * 12),
]


@pytest.mark.parametrize("response", MALFORMED)
def test_S4_malformed_input_is_refused_before_anything_else(
    store: SqlFactorStore, response: Response
) -> None:
    for _ in range(20):
        assert verify(store, "anna", response, NOW) == Rejected(Reason.MALFORMED)
    assert locked_until(store, throttle_key("anna"), FactorKind.TOTP, NOW) is None


GUESSES: list[tuple[Response, FactorKind]] = [
    (OneTimePasswordResponse("000000"), FactorKind.TOTP),
    (RecoveryCodeResponse("0" * 16), FactorKind.RECOVERY_CODE),
    (TemporaryCodeResponse("0" * 12), FactorKind.TEMPORARY_CODE),
]


@pytest.mark.parametrize(("response", "kind"), GUESSES)
def test_S6_guessing_is_limited_per_subject_and_kind(
    store: SqlFactorStore, response: Response, kind: FactorKind
) -> None:
    for _ in range(5):
        assert verify(store, "anna", response, NOW) == Rejected(Reason.NONE_ENROLLED)
    locked = Throttled(NOW + timedelta(minutes=1))
    assert verify(store, "anna", response, NOW) == locked
    assert locked_until(store, throttle_key("anna"), kind, NOW) == locked.until
    assert isinstance(verify(store, "bertil", response, NOW), Rejected)
    for other, other_kind in GUESSES:
        if other_kind is not kind:
            assert isinstance(verify(store, "anna", other, NOW), Rejected)


def test_S6_a_right_code_is_refused_while_locked(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    for _ in range(5):
        verify(store, "anna", OneTimePasswordResponse(app.code(NOW, 40)), NOW)
    assert isinstance(verify(store, "anna", OneTimePasswordResponse(app.code(NOW)), NOW), Throttled)
    later = NOW + timedelta(minutes=1)
    assert isinstance(verify(store, "anna", OneTimePasswordResponse(app.code(later)), later), Accepted)


def test_S7_own_success_clears_ones_own_counter_only(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    for subject in ("anna", "bertil"):
        for _ in range(4):
            verify(store, subject, OneTimePasswordResponse("000000"), NOW)
    codes = generate_recovery_codes(store, "anna", NOW).codes
    assert isinstance(verify(store, "anna", RecoveryCodeResponse(codes[0]), NOW), Accepted)
    verify(store, "anna", OneTimePasswordResponse("000000"), NOW)
    assert isinstance(verify(store, "anna", OneTimePasswordResponse(app.code(NOW)), NOW), Throttled)
    verify(store, "bertil", OneTimePasswordResponse("000000"), NOW)
    assert isinstance(verify(store, "bertil", OneTimePasswordResponse("000000"), NOW), Throttled)


def test_S7_confirming_a_new_app_does_not_clear_the_guesses_at_the_old_one(store: SqlFactorStore) -> None:
    for _ in range(5):
        verify(store, "anna", OneTimePasswordResponse("000000"), NOW)
    enrol_app(store, "anna", NOW)
    assert isinstance(verify(store, "anna", OneTimePasswordResponse("000000"), NOW), Throttled)


def test_S8_a_helper_can_unlock(store: SqlFactorStore) -> None:
    for _ in range(5):
        verify(store, "anna", OneTimePasswordResponse("000000"), NOW)
    assert isinstance(verify(store, "anna", OneTimePasswordResponse("000000"), NOW), Throttled)
    unlock(store, throttle_key("anna"), FactorKind.TOTP, NOW)
    assert locked_until(store, throttle_key("anna"), FactorKind.TOTP, NOW) is None
    assert isinstance(verify(store, "anna", OneTimePasswordResponse("000000"), NOW), Rejected)


def test_a_repeated_code_does_not_lock_its_owner_out(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    code = OneTimePasswordResponse(app.code(NOW))
    assert isinstance(verify(store, "anna", code, NOW), Accepted)
    for _ in range(50):
        assert verify(store, "anna", code, NOW) == Rejected(Reason.REPLAYED)
    later = NOW + timedelta(seconds=30)
    assert isinstance(verify(store, "anna", OneTimePasswordResponse(app.code(later)), later), Accepted)


def test_a_removed_authenticator_is_none(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    assert remove(store, "anna", app.authenticator_id, NOW)
    assert verify(store, "anna", OneTimePasswordResponse(app.code(NOW)), NOW) == Rejected(
        Reason.NONE_ENROLLED
    )


def test_a_pending_authenticator_does_not_verify(store: SqlFactorStore) -> None:
    begin_totp(store, "anna", "Portvakt", "anna", NOW)
    assert verify(store, "anna", OneTimePasswordResponse("000000"), NOW) == Rejected(Reason.NONE_ENROLLED)


def test_recovery_codes_work_once_each(store: SqlFactorStore) -> None:
    made = generate_recovery_codes(store, "anna", NOW)
    assert len(set(made.codes)) == 10
    for code in made.codes:
        outcome = verify(store, "anna", RecoveryCodeResponse(code.lower()), NOW)
        assert outcome == Accepted(FactorKind.RECOVERY_CODE, made.set_id, phishing_resistant=False)
        assert verify(store, "anna", RecoveryCodeResponse(code), NOW) == Rejected(Reason.REPLAYED)
    assert enrolled(store, "anna")[0].remaining == 0


def test_a_new_set_replaces_the_old_one(store: SqlFactorStore) -> None:
    old = generate_recovery_codes(store, "anna", NOW).codes
    new = generate_recovery_codes(store, "anna", NOW).codes
    assert verify(store, "anna", RecoveryCodeResponse(old[0]), NOW) == Rejected(Reason.WRONG)
    assert isinstance(verify(store, "anna", RecoveryCodeResponse(new[0]), NOW), Accepted)


def test_a_recovery_code_of_another_person_is_wrong(store: SqlFactorStore) -> None:
    code = generate_recovery_codes(store, "anna", NOW).codes[0]
    generate_recovery_codes(store, "bertil", NOW)
    assert verify(store, "bertil", RecoveryCodeResponse(code), NOW) == Rejected(Reason.WRONG)


def test_a_temporary_code_works_as_often_as_it_was_issued_for(store: SqlFactorStore) -> None:
    code = issue_temporary(store, uses=3)
    for _ in range(3):
        assert isinstance(verify(store, "anna", TemporaryCodeResponse(code), NOW), Accepted)
    assert verify(store, "anna", TemporaryCodeResponse(code), NOW) == Rejected(Reason.REPLAYED)


def test_a_temporary_code_expires(store: SqlFactorStore) -> None:
    code = issue_temporary(store)
    outcome = verify(store, "anna", TemporaryCodeResponse(code), NOW + HOUR)
    assert outcome == Rejected(Reason.EXPIRED)


def test_a_temporary_code_is_for_its_purpose_only(store: SqlFactorStore) -> None:
    code = issue_temporary(store, TemporaryCodePurpose.BIND_FACTOR)
    assert isinstance(verify(store, "anna", TemporaryCodeResponse(code), NOW), Rejected)
    binding = TemporaryCodeResponse(code, TemporaryCodePurpose.BIND_FACTOR)
    assert isinstance(verify(store, "anna", binding, NOW), Accepted)


def test_a_temporary_code_can_be_withdrawn(store: SqlFactorStore) -> None:
    issued = issue_temporary_code(store, "anna", TemporaryCodePurpose.SIGN_IN, "helper", NOW, lifetime=HOUR)
    assert not withdraw_temporary_code(store, "bertil", issued.code_id, NOW)
    assert withdraw_temporary_code(store, "anna", issued.code_id, NOW)
    assert not withdraw_temporary_code(store, "anna", issued.code_id, NOW)
    assert verify(store, "anna", TemporaryCodeResponse(issued.code), NOW) == Rejected(Reason.EXPIRED)


def test_a_new_temporary_code_withdraws_the_one_before(store: SqlFactorStore) -> None:
    old, new = issue_temporary(store), issue_temporary(store)
    assert verify(store, "anna", TemporaryCodeResponse(old), NOW) == Rejected(Reason.EXPIRED)
    assert isinstance(verify(store, "anna", TemporaryCodeResponse(new), NOW), Accepted)


def test_an_activation_code_works_once(store: SqlFactorStore) -> None:
    issued = issue_activation_code(store, "anna", "helper", NOW, lifetime=HOUR)
    assert activate(store, "anna", issued.code, NOW) == Activated(issued.code_id)
    assert activate(store, "anna", issued.code, NOW) == Rejected(Reason.REPLAYED)


def test_an_activation_code_expires_is_withdrawn_and_replaced(store: SqlFactorStore) -> None:
    first = issue_activation_code(store, "anna", "helper", NOW, lifetime=HOUR)
    assert activate(store, "anna", first.code, NOW + HOUR) == Rejected(Reason.EXPIRED)
    second = issue_activation_code(store, "anna", "helper", NOW, lifetime=HOUR)
    assert activate(store, "anna", first.code, NOW) == Rejected(Reason.EXPIRED)
    assert withdraw_activation_code(store, "anna", second.code_id, NOW)
    assert activate(store, "anna", second.code, NOW) == Rejected(Reason.EXPIRED)


def test_S6_guessing_activation_codes_is_limited(store: SqlFactorStore) -> None:
    issued = issue_activation_code(store, "anna", "helper", NOW, lifetime=HOUR)
    for _ in range(5):
        assert activate(store, "anna", "0" * 20, NOW) == Rejected(Reason.WRONG)
    assert isinstance(activate(store, "anna", issued.code, NOW), Throttled)


def test_S10_an_activation_code_is_never_a_second_factor(store: SqlFactorStore) -> None:
    code = issue_activation_code(store, "anna", "helper", NOW, lifetime=HOUR).code
    assert challenge(store, "anna", NOW).kinds == frozenset()
    responses: list[Response] = [
        OneTimePasswordResponse(code),
        RecoveryCodeResponse(code),
        TemporaryCodeResponse(code),
    ]
    for response in responses:
        assert isinstance(verify(store, "anna", response, NOW), Rejected)


def test_a_challenge_names_what_can_be_used(store: SqlFactorStore) -> None:
    assert challenge(store, "anna", NOW).kinds == frozenset()
    app = enrol_app(store, "anna")
    codes = generate_recovery_codes(store, "anna", NOW).codes
    issue_temporary(store)
    everything = frozenset({FactorKind.TOTP, FactorKind.RECOVERY_CODE, FactorKind.TEMPORARY_CODE})
    assert challenge(store, "anna", NOW).kinds == everything
    assert challenge(store, "bertil", NOW).kinds == frozenset()
    assert challenge(store, "anna", NOW, TemporaryCodePurpose.BIND_FACTOR).kinds == everything - {
        FactorKind.TEMPORARY_CODE
    }
    for code in codes:
        verify(store, "anna", RecoveryCodeResponse(code), NOW)
    remove(store, "anna", app.authenticator_id, NOW)
    assert challenge(store, "anna", NOW).kinds == {FactorKind.TEMPORARY_CODE}
    assert challenge(store, "anna", NOW + HOUR).kinds == frozenset()


def test_what_is_spent_stays_marked(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    code = generate_recovery_codes(store, "anna", NOW).codes[0]
    activation = issue_activation_code(store, "anna", "helper", NOW, lifetime=HOUR).code
    verify(store, "anna", OneTimePasswordResponse(app.code(NOW)), NOW)
    verify(store, "anna", RecoveryCodeResponse(code), NOW)
    verify(store, "anna", TemporaryCodeResponse(issue_temporary(store)), NOW)
    activate(store, "anna", activation, NOW)
    connection = store._connection
    assert connection.execute(select(totps.c.last_step)).scalar_one() == int(NOW.timestamp()) // 30
    spent = connection.execute(select(recovery_codes.c.spent_at)).scalars().all()
    assert sorted(at == NOW for at in spent) == [False] * 9 + [True]
    assert connection.execute(select(temporary_codes.c.uses_left)).scalar_one() == 0
    assert connection.execute(select(activation_codes.c.spent_at)).scalar_one() == NOW


def test_K4_no_code_is_in_a_representation(store: SqlFactorStore) -> None:
    made = generate_recovery_codes(store, "anna", NOW)
    issued = issue_activation_code(store, "anna", "helper", NOW, lifetime=HOUR)
    pending = begin_totp(store, "anna", "Portvakt", "anna", NOW)
    shown = repr(
        [made, issued, pending, OneTimePasswordResponse("123456"), RecoveryCodeResponse(made.codes[0])]
    )
    for secret in (*made.codes, issued.code, pending.secret, pending.uri, "123456"):
        assert secret not in shown
