"""Proofs, and how strong an authentication they make.

Strength of authentication is one fact; how the person was once identified is another and is not
computed here (DOMAIN 4.4). Protocols derive their own words (acr, amr, AuthnContext) from the proofs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class Method(StrEnum):
    """A way to prove oneself."""

    PASSWORD = "password"  # noqa: S105 - a method's name
    TOTP = "totp"
    HOTP = "hotp"
    RECOVERY_CODE = "recovery_code"
    TEMPORARY_CODE = "temporary_code"
    ACTIVATION_CODE = "activation_code"


class Factor(StrEnum):
    """NIST SP 800-63B-4 §2: something you know, something you have."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    NONE = "none"


FACTOR_OF = {
    Method.PASSWORD: Factor.KNOWLEDGE,
    Method.TOTP: Factor.POSSESSION,
    Method.HOTP: Factor.POSSESSION,
    Method.RECOVERY_CODE: Factor.POSSESSION,
    Method.TEMPORARY_CODE: Factor.POSSESSION,
    # An activation code lets a factor be bound; it never counts as one (NIST SP 800-63B-4 §4.1).
    Method.ACTIVATION_CODE: Factor.NONE,
}


class Assurance(IntEnum):
    """Levels in rising order, as policies and protocols ask for them."""

    NONE = 0
    ONE_FACTOR = 1
    TWO_FACTORS = 2
    PHISHING_RESISTANT = 3


@dataclass(frozen=True, slots=True)
class Proof:
    """One positive result of one check, when it was given and by which authenticator."""

    method: Method
    at: datetime
    phishing_resistant: bool = False
    authenticator: str | None = None


def assurance_of(proofs: Iterable[Proof]) -> Assurance:
    """Return the level that `proofs` reach together: never more than was proved."""
    held = list(proofs)
    factors = {FACTOR_OF[proof.method] for proof in held} - {Factor.NONE}
    two = len(factors) > 1
    if two and any(proof.phishing_resistant for proof in held):
        return Assurance.PHISHING_RESISTANT
    if two:
        return Assurance.TWO_FACTORS
    return Assurance.ONE_FACTOR if factors else Assurance.NONE


def fresh(proofs: Iterable[Proof], since: datetime) -> tuple[Proof, ...]:
    """Return the proofs given at or after `since`."""
    return tuple(proof for proof in proofs if proof.at >= since)


def latest(proofs: Iterable[Proof], method: Method) -> Proof | None:
    """Return the newest proof by `method`."""
    return max(
        (proof for proof in proofs if proof.method is method), key=lambda proof: proof.at, default=None
    )
