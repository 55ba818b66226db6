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
    ],
)
def test_S10_levels_follow_from_distinct_factors(methods, level):
    assert assurance_of(Proof(method, NOW) for method in methods) is level


def test_a_phishing_resistant_proof_counts_only_beside_another_factor():
    resistant = Proof(Method.TOTP, NOW, phishing_resistant=True)
    assert assurance_of([resistant]) is Assurance.ONE_FACTOR
    assert assurance_of([resistant, Proof(Method.PASSWORD, NOW)]) is Assurance.PHISHING_RESISTANT
