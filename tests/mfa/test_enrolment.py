"""Binding, naming, removing, listing authenticators; sealing and pruning what is kept of them."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select, update

from mfa import (
    Accepted,
    Confirmed,
    FactorKind,
    OneTimePasswordResponse,
    Reason,
    Rejected,
    TemporaryCodePurpose,
    Throttled,
    activate,
    begin_totp,
    confirm_totp,
    enrolled,
    generate_recovery_codes,
    issue_activation_code,
    issue_temporary_code,
    remove,
    rename,
    resume_totp,
    usable_activation_codes,
    usable_temporary_codes,
    verify,
)
from mfa.sql_store import SqlFactorStore
from mfa.tables import metadata, throttles, totps
from tests.support.factors import START, App, Keyring, enrol_app, factor_store, new_database

NOW = START
LATER = NOW + timedelta(minutes=15)
DAY = timedelta(days=1)


def test_the_confirming_code_is_spent(store: SqlFactorStore) -> None:
    pending = begin_totp(store, "anna", "Portvakt", "anna", NOW)
    app = App(pending.secret, pending.authenticator_id)
    code = app.code(NOW)
    assert confirm_totp(store, "anna", app.authenticator_id, code, NOW) == Confirmed(app.authenticator_id)
    assert verify(store, "anna", OneTimePasswordResponse(code), NOW) == Rejected(Reason.REPLAYED)
    assert confirm_totp(store, "anna", app.authenticator_id, code, NOW) == Rejected(Reason.NONE_ENROLLED)


def test_a_wrong_code_confirms_nothing(store: SqlFactorStore) -> None:
    pending = begin_totp(store, "anna", "Portvakt", "anna", NOW)
    app = App(pending.secret, pending.authenticator_id)
    outcome = confirm_totp(store, "anna", app.authenticator_id, app.code(NOW, 10), NOW)
    assert outcome == Rejected(Reason.WRONG)
    assert confirm_totp(store, "anna", app.authenticator_id, "abc", NOW) == Rejected(Reason.MALFORMED)
    assert enrolled(store, "anna") == ()


def test_confirming_is_throttled(store: SqlFactorStore) -> None:
    pending = begin_totp(store, "anna", "Portvakt", "anna", NOW)
    app = App(pending.secret, pending.authenticator_id)
    for _ in range(5):
        confirm_totp(store, "anna", app.authenticator_id, app.code(NOW, 10), NOW)
    outcome = confirm_totp(store, "anna", app.authenticator_id, app.code(NOW), NOW)
    assert outcome == Throttled(NOW + timedelta(minutes=1))


def test_nobody_confirms_or_sees_anothers_pending_authenticator(store: SqlFactorStore) -> None:
    pending = begin_totp(store, "anna", "Portvakt", "anna", NOW)
    code = App(pending.secret, "").code(NOW)
    outcome = confirm_totp(store, "bertil", pending.authenticator_id, code, NOW)
    assert outcome == Rejected(Reason.NONE_ENROLLED)
    assert resume_totp(store, "bertil", pending.authenticator_id, "Portvakt", "anna", NOW) is None


def test_a_pending_authenticator_can_be_shown_again_until_it_expires(store: SqlFactorStore) -> None:
    pending = begin_totp(store, "anna", "Portvakt", "anna", NOW)
    parameters = parse_qs(urlsplit(pending.uri).query)
    assert parameters["secret"] == [pending.secret]
    again = resume_totp(
        store, "anna", pending.authenticator_id, "Portvakt", "anna", NOW + timedelta(minutes=5)
    )
    assert again == pending
    assert resume_totp(store, "anna", pending.authenticator_id, "Portvakt", "anna", LATER) is None
    code = App(pending.secret, "").code(LATER)
    outcome = confirm_totp(store, "anna", pending.authenticator_id, code, LATER)
    assert outcome == Rejected(Reason.EXPIRED)


def test_a_confirmed_authenticators_secret_is_never_shown_again(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    assert resume_totp(store, "anna", app.authenticator_id, "Portvakt", "anna", NOW) is None


def test_beginning_again_drops_what_was_pending(store: SqlFactorStore) -> None:
    confirmed = enrol_app(store, "anna")
    first = begin_totp(store, "anna", "Portvakt", "anna", NOW)
    second = begin_totp(store, "anna", "Portvakt", "anna", NOW)
    assert first.secret != second.secret
    code = App(first.secret, "").code(NOW)
    outcome = confirm_totp(store, "anna", first.authenticator_id, code, NOW)
    assert outcome == Rejected(Reason.NONE_ENROLLED)
    assert [line.id for line in enrolled(store, "anna")] == [confirmed.authenticator_id]


def test_names_can_be_changed_by_their_owner(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    assert rename(store, "anna", app.authenticator_id, "  Åsas telefon ")
    assert not rename(store, "bertil", app.authenticator_id, "min nu")
    assert [line.name for line in enrolled(store, "anna")] == ["Åsas telefon"]


@pytest.mark.parametrize("name", ["x" * 61, "two\nlines", "bell\a", "\u202egnirts"])
def test_names_are_one_printable_line(store: SqlFactorStore, name: str) -> None:
    app = enrol_app(store, "anna")
    with pytest.raises(ValueError, match="name"):
        rename(store, "anna", app.authenticator_id, name)


@pytest.mark.parametrize("nothing", ["\u3164", " \uffa0\u115f", "\u2800", "\u0301"])
def test_a_name_of_which_nothing_is_seen_is_none(store: SqlFactorStore, nothing: str) -> None:
    app = enrol_app(store, "anna")
    assert rename(store, "anna", app.authenticator_id, nothing)
    assert [line.name for line in enrolled(store, "anna")] == [""]


def test_removing_erases_the_secret_and_keeps_the_row(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    assert not remove(store, "bertil", app.authenticator_id, NOW)
    assert remove(store, "anna", app.authenticator_id, NOW)
    assert not remove(store, "anna", app.authenticator_id, NOW)
    row = store._connection.execute(select(totps)).one()
    assert (row.sealed_secret, row.removed_at) == (None, NOW)
    assert not rename(store, "anna", app.authenticator_id, "again")
    assert enrolled(store, "anna") == ()


def test_recovery_codes_are_listed_and_can_be_removed(store: SqlFactorStore) -> None:
    app = enrol_app(store, "anna")
    made = generate_recovery_codes(store, "anna", NOW)
    lines = enrolled(store, "anna")
    assert [(line.id, line.kind) for line in lines] == [
        (app.authenticator_id, FactorKind.TOTP),
        (made.set_id, FactorKind.RECOVERY_CODE),
    ]
    assert lines[1].remaining == 10
    assert remove(store, "anna", made.set_id, NOW)
    assert [line.kind for line in enrolled(store, "anna")] == [FactorKind.TOTP]


def test_what_a_helper_issued_is_listed_while_it_can_be_used(store: SqlFactorStore) -> None:
    purpose = TemporaryCodePurpose.SIGN_IN
    issue_temporary_code(store, "anna", purpose, "helper", NOW, lifetime=timedelta(hours=1), uses=2)
    issue_activation_code(store, "anna", "boss", NOW, lifetime=DAY)
    (temporary,) = usable_temporary_codes(store, "anna", NOW)
    assert (temporary.issued_by, temporary.purpose, temporary.uses_left) == ("helper", purpose, 2)
    (activation,) = usable_activation_codes(store, "anna", NOW)
    assert (activation.issued_by, activation.expires_at) == ("boss", NOW + DAY)
    assert usable_temporary_codes(store, "anna", NOW + timedelta(hours=1)) == ()
    assert usable_activation_codes(store, "anna", NOW + DAY) == ()


@pytest.mark.parametrize("lifetime", [timedelta(0), -DAY, timedelta(days=31)])
def test_lifetimes_are_bounded(store: SqlFactorStore, lifetime: timedelta) -> None:
    with pytest.raises(ValueError, match="lifetime"):
        issue_activation_code(store, "anna", "helper", NOW, lifetime=lifetime)
    with pytest.raises(ValueError, match="lifetime"):
        issue_temporary_code(store, "anna", TemporaryCodePurpose.SIGN_IN, "h", NOW, lifetime=lifetime)


@pytest.mark.parametrize("uses", [0, -1, 21])
def test_uses_are_bounded(store: SqlFactorStore, uses: int) -> None:
    with pytest.raises(ValueError, match="uses"):
        issue_temporary_code(
            store, "anna", TemporaryCodePurpose.SIGN_IN, "h", NOW, lifetime=timedelta(hours=1), uses=uses
        )


def test_K1_nothing_readable_is_stored(database_url: str) -> None:
    engine = new_database(database_url)
    with factor_store(engine) as store:
        pending = begin_totp(store, "anna", "Portvakt", "anna", NOW)
        codes = generate_recovery_codes(store, "anna", NOW).codes
        issued = issue_activation_code(store, "anna", "helper", NOW, lifetime=DAY)
    with engine.begin() as connection:
        dump = "".join(
            repr([bytes(value) if isinstance(value, memoryview) else value for value in row])
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
        )
    for secret in (pending.secret, *codes, issued.code):
        assert secret not in dump
        assert secret.replace("-", "") not in dump


def test_K1_a_sealed_secret_opens_in_its_own_row_only(store: SqlFactorStore) -> None:
    first, second = enrol_app(store, "anna"), enrol_app(store, "bertil")
    foreign = select(totps.c.sealed_secret).where(totps.c.id == first.authenticator_id).scalar_subquery()
    store._connection.execute(
        update(totps).where(totps.c.id == second.authenticator_id).values(sealed_secret=foreign)
    )
    with pytest.raises(InvalidTag):
        verify(store, "bertil", OneTimePasswordResponse(first.code(LATER)), LATER)


def test_K3_secrets_are_resealed_in_batches_while_in_use(database_url: str) -> None:
    engine, keyring = new_database(database_url), Keyring()
    with factor_store(engine, keyring) as store:
        apps = {f"subject {number}": enrol_app(store, f"subject {number}") for number in range(7)}
        code = issue_activation_code(store, "anna", "helper", NOW, lifetime=DAY).code
        remove(store, "subject 6", apps.pop("subject 6").authenticator_id, NOW)
    keyring.rotate()
    after: str | None = ""
    batches = []
    while after is not None:
        with factor_store(engine, keyring) as store:
            batch = store.reseal(after, limit=2)
        batches.append(batch.count)
        after = batch.last_id
    assert sum(batches) == 6
    assert max(batches) == 2
    keyring.forget_old_keys()
    with factor_store(engine, keyring) as store:
        for subject, app in apps.items():
            assert isinstance(
                verify(store, subject, OneTimePasswordResponse(app.code(LATER)), LATER), Accepted
            )
        assert not isinstance(activate(store, "anna", code, NOW), Rejected | Throttled)


def test_pruning_deletes_what_ended_long_ago_and_nothing_else(database_url: str) -> None:
    engine, kept = new_database(database_url), timedelta(days=30)
    with factor_store(engine) as store:
        app, gone = enrol_app(store, "anna"), enrol_app(store, "anna")
        remove(store, "anna", gone.authenticator_id, NOW)
        begin_totp(store, "bertil", "Portvakt", "bertil", NOW)
        generate_recovery_codes(store, "bertil", NOW)
        generate_recovery_codes(store, "bertil", NOW)
        issue_activation_code(store, "bertil", "helper", NOW, lifetime=DAY)
        issue_temporary_code(
            store, "bertil", TemporaryCodePurpose.SIGN_IN, "h", NOW, lifetime=timedelta(hours=1)
        )
        verify(store, "bertil", OneTimePasswordResponse("000000"), NOW)
        counters = select(func.count()).select_from(throttles)
        assert store._connection.execute(counters).scalar_one() == 3  # one for each confirmed app, one guess
    with factor_store(engine) as store:
        assert store.prune(NOW + timedelta(days=29), kept) == 0
        assert store.prune(NOW + timedelta(days=32), kept) == 3 + 2 + 1 + 2
        assert [line.id for line in enrolled(store, "anna")] == [app.authenticator_id]
        assert enrolled(store, "bertil")[0].remaining == 10
        assert store._connection.execute(counters).scalar_one() == 0
