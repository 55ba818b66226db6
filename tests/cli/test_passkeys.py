"""What `doctor` says of passkeys and of the metadata of their models."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from idp.cli.checks.finding import Gravity
from idp.cli.checks.passkeys import check_passkeys
from idp.settings import PasskeySettings, Settings
from tests.support.attestation import Authority, blob, entry

NOW = datetime(2026, 11, 24, tzinfo=UTC)
RENEW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path):
    anchor = Authority("Metadata root")
    model = entry("2fc0579f-8113-47ea-b116-bb5a8db9202a", Authority("Maker root"), "FIDO_CERTIFIED_L1")
    signed = blob(Authority("Signer", anchor, ca=False), model, renew="2027-01-01")
    (tmp_path / "m.jwt").write_bytes(signed)
    (tmp_path / "r.pem").write_bytes(anchor.pem())
    chosen = PasskeySettings(metadata=tmp_path / "m.jwt", metadata_root=tmp_path / "r.pem")
    return Settings("https://login.example.se", "sqlite://", tmp_path / "key", passkeys=chosen)


def gravities(settings, now=NOW):
    return [finding.gravity for finding in check_passkeys(settings, now)]


def test_metadata_is_good_then_due_then_worth_nothing(settings):
    assert gravities(settings) == [Gravity.GOOD]
    assert gravities(settings, RENEW) == [Gravity.WARNING]
    assert gravities(settings, RENEW + timedelta(days=60)) == [Gravity.PROBLEM]


def test_metadata_that_cannot_be_believed_is_a_problem(settings):
    settings.passkeys.metadata.write_bytes(b"a.b.c")
    assert gravities(settings) == [Gravity.PROBLEM]
    settings.passkeys.metadata.unlink()
    assert gravities(settings) == [Gravity.PROBLEM]


def test_an_address_without_a_name_is_noted(settings):
    nameless = replace(settings, issuer="http://127.0.0.1:8080", passkeys=PasskeySettings())
    assert gravities(nameless) == [Gravity.NOTE]
    assert gravities(replace(settings, passkeys=PasskeySettings())) == []
