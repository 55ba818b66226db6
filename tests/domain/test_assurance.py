"""Proofs make no more than they prove."""

from datetime import UTC, datetime

import pytest

from idp.domain.assurance import Assurance, Method, Proof, assurance_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("methods", "level"),
    [
        ([], Assurance.NONE),
        ([Method.ACTIVATION_CODE], Assurance.NONE),
        ([Method.PASSWORD], Assurance.ONE_FACTOR),
        ([Method.PASSWORD, Method.ACTIVATION_CODE], Assurance.ONE_FACTOR),
        ([Method.TOTP, Method.RECOVERY_CODE], Assurance.ONE_FACTOR),
        ([Method.PASSWORD, Method.TOTP], Assurance.TWO_FACTORS),
        ([Method.PASSWORD, Method.TEMPORARY_CODE], Assurance.TWO_FACTORS),
        ([Method.SECURITY_KEY], Assurance.ONE_FACTOR),
        ([Method.SECURITY_KEY, Method.TOTP], Assurance.ONE_FACTOR),
        ([Method.PASSWORD, Method.SECURITY_KEY], Assurance.PHISHING_RESISTANT),
        ([Method.PASSKEY], Assurance.PHISHING_RESISTANT),
    ],
)
def test_S10_levels_follow_from_distinct_factors(methods, level):
    assert assurance_of(Proof(method, NOW) for method in methods) is level


def test_W3_a_key_that_was_only_touched_is_one_factor():
    touched = Proof(Method.SECURITY_KEY, NOW)
    assert touched.phishing_resistant
    assert not Proof(Method.TOTP, NOW).phishing_resistant
    assert assurance_of([touched]) is Assurance.ONE_FACTOR
