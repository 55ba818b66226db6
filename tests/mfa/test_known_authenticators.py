"""Taking over an authenticator whose secret is known."""

from datetime import timedelta

import pytest

from mfa import (
    Accepted,
    FactorKind,
    OneTimePasswordResponse,
    Reason,
    Rejected,
    begin_totp,
    enrolled,
    import_totp,
    remove,
    resume_totp,
    verify,
)
from mfa.sql_store import SqlFactorStore
from mfa.totp import base32
from tests.support.factors import START, App

NOW = START
SECRET = b"an older system's secret"


def test_an_imported_app_is_bound_at_once_and_its_codes_work_once(store: SqlFactorStore) -> None:
    authenticator_id = import_totp(store, "anna", SECRET, "Mobil", NOW)
    assert authenticator_id is not None
    code = OneTimePasswordResponse(App(base32(SECRET), authenticator_id).code(NOW))
    accepted = Accepted(FactorKind.TOTP, authenticator_id, phishing_resistant=False)
    assert verify(store, "anna", code, NOW) == accepted
    assert verify(store, "anna", code, NOW) == Rejected(Reason.REPLAYED)
    assert [(line.name, line.enrolled_at) for line in enrolled(store, "anna")] == [("Mobil", NOW)]


def test_importing_the_same_secret_again_changes_nothing(store: SqlFactorStore) -> None:
    """Or one code would open two doors."""
    authenticator_id = import_totp(store, "anna", SECRET, "Mobil", NOW)
    assert authenticator_id is not None
    assert import_totp(store, "anna", SECRET, "again", NOW) is None
    assert len(enrolled(store, "anna")) == 1
    assert import_totp(store, "bertil", SECRET, "shared", NOW) is not None
    remove(store, "anna", authenticator_id, NOW)
    assert import_totp(store, "anna", SECRET, "back", NOW + timedelta(days=1)) is not None


def test_importing_leaves_alone_what_is_being_bound(store: SqlFactorStore) -> None:
    pending = begin_totp(store, "anna", "Portvakt", "anna", NOW)
    import_totp(store, "anna", SECRET, "Mobil", NOW)
    assert resume_totp(store, "anna", pending.authenticator_id, "Portvakt", "anna", NOW) == pending


def test_short_secrets_are_refused(store: SqlFactorStore) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        import_totp(store, "anna", b"x" * 15, "Mobil", NOW)
