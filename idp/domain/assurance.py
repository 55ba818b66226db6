"""Proofs, and how strong an authentication they make.

Strength of authentication is one fact; how the person was once identified is another and is not
computed here (DOMAIN 4.4). Protocols derive their own words (acr, amr, AuthnContext) from the proofs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from mfa import Model


class Method(StrEnum):
    """A way to prove oneself."""

    PASSWORD = "password"  # noqa: S105 - a method's name
    REMEMBERED_PASSWORD = "remembered_password"  # noqa: S105 - a method's name
    """The password, compared with what was remembered of it while the directory did not answer."""
    TOTP = "totp"
    HOTP = "hotp"
    RECOVERY_CODE = "recovery_code"
    TEMPORARY_CODE = "temporary_code"
    ACTIVATION_CODE = "activation_code"
    PASSKEY = "passkey"
    """A passkey whose device asked for its owner's PIN or biometric."""
    SECURITY_KEY = "security_key"
    """A passkey or security key that was only touched."""
    TEXT_MESSAGE = "text_message"
    VOICE_CALL = "voice_call"
    EMAIL_CODE = "email_code"
    TRUSTED_DEVICE = "trusted_device"
    """A browser in which a second factor was shown some time ago: no factor, but policies may let it stand in."""


class Factor(StrEnum):
    """NIST SP 800-63B-4 §2: something you know or are, something you have.

    Knowledge and inherence are one here: only the device of a passkey knows whether it asked for a PIN or a finger.
    """

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"


_KNOWN, _HELD = frozenset({Factor.KNOWLEDGE}), frozenset({Factor.POSSESSION})

FACTORS_OF: Mapping[Method, frozenset[Factor]] = {
    Method.PASSWORD: _KNOWN,
    # Counts for nothing, but where a policy lets people work on while their directory is away (access.py).
    Method.REMEMBERED_PASSWORD: frozenset(),
    Method.TOTP: _HELD,
    Method.HOTP: _HELD,
    Method.RECOVERY_CODE: _HELD,
    Method.TEMPORARY_CODE: _HELD,
    # An activation code lets a factor be bound; it never counts as one (NIST SP 800-63B-4 §4.1).
    Method.ACTIVATION_CODE: frozenset(),
    # A multi-factor cryptographic authenticator (NIST SP 800-63B-4 §3.1.7), and a single-factor one (§3.1.6).
    Method.PASSKEY: _KNOWN | _HELD,
    Method.SECURITY_KEY: _HELD,
    Method.TEXT_MESSAGE: _HELD,
    Method.VOICE_CALL: _HELD,
    Method.EMAIL_CODE: _HELD,
    Method.TRUSTED_DEVICE: frozenset(),
}

LENT = frozenset({Method.TEMPORARY_CODE})
"""Methods that a helper lends for a day: no factor of one's own that anything lasting could be built on."""

PHISHING_RESISTANT = frozenset({Method.PASSKEY, Method.SECURITY_KEY})
"""Methods whose answer is worthless to any other site (NIST SP 800-63B-4 §3.2.5)."""


#: Codes that travel over networks which others can read or redirect (NIST SP 800-63B-4 §3.1.3.3): restricted.
WEAKER = frozenset({Method.TEXT_MESSAGE, Method.VOICE_CALL, Method.EMAIL_CODE})


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
    authenticator: str | None = None
    model: Model | None = None
    """Of a passkey: what an attestation has proved of the authenticator that it is in."""

    @property
    def phishing_resistant(self) -> bool:
        """Whether it could not have been got by a look-alike site."""
        return self.method in PHISHING_RESISTANT


def assurance_of(proofs: Iterable[Proof]) -> Assurance:
    """Return the level that `proofs` reach together: never more than was proved."""
    held = list(proofs)
    factors = factors_of(held)
    two = len(factors) > 1
    if two and any(proof.phishing_resistant for proof in held):
        return Assurance.PHISHING_RESISTANT
    if two:
        return Assurance.TWO_FACTORS
    return Assurance.ONE_FACTOR if factors else Assurance.NONE


def factors_of(proofs: Iterable[Proof]) -> frozenset[Factor]:
    """Return which factors `proofs` show together."""
    return frozenset[Factor]().union(*(FACTORS_OF[proof.method] for proof in proofs))


def fresh(proofs: Iterable[Proof], since: datetime) -> tuple[Proof, ...]:
    """Return the proofs given at or after `since`."""
    return tuple(proof for proof in proofs if proof.at >= since)


def latest(proofs: Iterable[Proof], method: Method) -> Proof | None:
    """Return the newest proof by `method`."""
    return max(
        (proof for proof in proofs if proof.method is method), key=lambda proof: proof.at, default=None
    )
