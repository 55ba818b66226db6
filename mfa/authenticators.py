"""What a person can prove a second factor with, in the words of NIST SP 800-63B-4 §3.1.

Owns the values that the rest of the library passes around: authenticators, codes and the names of their
kinds. It does not know how they are checked, throttled or stored, nor who the opaque `subject` is.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class FactorKind(StrEnum):
    """The kinds of proof; each has its own failure counter per subject."""

    TOTP = "totp"
    HOTP = "hotp"
    RECOVERY_CODE = "recovery_code"
    TEMPORARY_CODE = "temporary_code"
    ACTIVATION_CODE = "activation_code"
    PASSKEY = "passkey"
    TEXT_MESSAGE = "text_message"
    VOICE_CALL = "voice_call"
    EMAIL_CODE = "email_code"
    PASSWORD = "password"  # noqa: S105  # a name, not a secret; here only so that hosts throttle alike

    @property
    def counted_as(self) -> "FactorKind":
        """Whose counter a try of this kind is counted on: kinds that share a field share one."""
        return _COUNTED_AS.get(self, self)


_COUNTED_AS = {
    FactorKind.HOTP: FactorKind.TOTP,
    # However a code travels to a person, it is typed into one field.
    FactorKind.VOICE_CALL: FactorKind.TEXT_MESSAGE,
    FactorKind.EMAIL_CODE: FactorKind.TEXT_MESSAGE,
}


class Algorithm(StrEnum):
    """The hash functions of RFC 6238 §1.2, spelled as otpauth URIs spell them."""

    SHA1 = "SHA1"
    SHA256 = "SHA256"
    SHA512 = "SHA512"

    @property
    def digest(self) -> Callable[..., Any]:
        return _DIGESTS[self]


_DIGESTS: dict[Algorithm, Callable[..., Any]] = {
    Algorithm.SHA1: hashlib.sha1,
    Algorithm.SHA256: hashlib.sha256,
    Algorithm.SHA512: hashlib.sha512,
}


class Digits(IntEnum):
    """How long a one-time password is."""

    SIX = 6
    EIGHT = 8


class Period(IntEnum):
    """How many seconds a time step lasts (RFC 6238 §5.2 recommends 30)."""

    THIRTY = 30
    SIXTY = 60


def in_time(authenticator: "Totp | Hotp", now: datetime) -> bool:
    """Whether the maker's policy lets the authenticator be used now."""
    starts, ends = authenticator.starts_at, authenticator.ends_at
    return (starts is None or starts <= now) and (ends is None or now < ends)


def new_identifier() -> str:
    """A random, permanent id: 128 bits from the operating system."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totp:
    """A time-based one-time password authenticator (RFC 6238); pending until `confirmed_at` is set."""

    id: str
    subject: str
    name: str
    secret: bytes = field(repr=False)
    algorithm: Algorithm = Algorithm.SHA1
    digits: Digits = Digits.SIX
    period: Period = Period.THIRTY
    drift: int = 0
    """Seconds by which the device's clock has been seen to run ahead of ours (negative: behind)."""
    last_step: int = -1
    """The newest time step that was accepted; only later ones ever are (RFC 6238 §5.2)."""
    created_at: datetime
    expires_at: datetime | None = None
    """Until when a pending authenticator can be confirmed; None once it has been."""
    confirmed_at: datetime | None = None
    last_used_at: datetime | None = None
    window: int | None = None
    """Seconds accepted on either side of the learnt drift; None for a phone's: one step."""
    first_window: int | None = None
    """The same, until the first code is accepted: what has lain in a box for years; None afterwards."""
    token_id: str | None = None
    """The hardware token that this is, if it is one."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    """Its codes open nothing before and from then on: the maker's policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotp:
    """A counter-based one-time password authenticator (RFC 4226)."""

    id: str
    subject: str
    name: str
    secret: bytes = field(repr=False)
    algorithm: Algorithm = Algorithm.SHA1
    digits: Digits = Digits.SIX
    counter: int = 0
    """The least counter whose code may still be accepted; it only grows (RFC 4226 §7.2)."""
    created_at: datetime
    last_used_at: datetime | None = None
    token_id: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class PasskeyPurpose(StrEnum):
    """What a challenge was made for; an answer to one purpose is wrong for another."""

    BIND = "bind"
    SIGN_IN = "sign_in"
    SECOND_FACTOR = "second_factor"


@dataclass(frozen=True, slots=True)
class Model:
    """An authenticator's model, as an attestation has proved it; `certified` by FIDO, says the metadata."""

    aaguid: str
    certified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A public key credential (WebAuthn Level 3 §4): a passkey or a security key, whichever made it."""

    id: str
    subject: str
    name: str
    credential_id: bytes
    public_key: bytes
    """COSE_Key, as the authenticator gave it."""
    sign_count: int
    aaguid: str
    """The authenticator's model as a UUID; all zeros where it does not say."""
    transports: tuple[str, ...] = ()
    user_verifying: bool = False
    """Whether the device asked for a PIN or a biometric when the passkey was made."""
    backup_eligible: bool = False
    """Whether the passkey may be copied to other devices of its owner's."""
    backed_up: bool = False
    attested: bool = False
    """Whether its model was certified by an attestation that led to a root of the administrator's metadata."""
    created_at: datetime
    last_used_at: datetime | None = None
    regressed_at: datetime | None = None
    """When its counter was last seen to go backwards: the key may have been copied (§6.1.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCode:
    """One look-up secret of a set (NIST SP 800-63B-4 §3.1.2), known only by its keyed hash."""

    position: int
    mac: bytes = field(repr=False)
    spent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeSet:
    """The look-up secrets that were printed together; a new set replaces the old one whole."""

    id: str
    subject: str
    created_at: datetime
    codes: tuple[RecoveryCode, ...]

    @property
    def remaining(self) -> int:
        return sum(code.spent_at is None for code in self.codes)

    @property
    def last_used_at(self) -> datetime | None:
        return max((code.spent_at for code in self.codes if code.spent_at is not None), default=None)


class TemporaryCodePurpose(StrEnum):
    """What a temporary code stands in for; a code for one purpose is wrong for the other."""

    SIGN_IN = "sign_in"
    BIND_FACTOR = "bind_factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryCode:
    """A code that a helper issues in place of a second factor, for a purpose, a time and a number of uses."""

    id: str
    subject: str
    mac: bytes = field(repr=False)
    purpose: TemporaryCodePurpose
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    uses_left: int
    last_used_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        return self.uses_left > 0 and self.withdrawn_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationCode:
    """A code that lets somebody bind a first factor or set a first password. Never a second factor."""

    id: str
    subject: str
    mac: bytes = field(repr=False)
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    spent_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        return self.spent_at is None and self.withdrawn_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """One line of a person's list of authenticators: no secret in it, fit for a page."""

    id: str
    kind: FactorKind
    name: str
    enrolled_at: datetime
    last_used_at: datetime | None
    remaining: int | None = None
    """How many codes of a recovery set are left; None for other kinds."""
    token_id: str | None = None
    """The hardware token that this is, if it is one."""
    synced: bool = False
    """Whether a passkey may be on other devices of its owner's as well."""
    regressed_at: datetime | None = None
    """When a passkey's counter was last seen to go backwards."""
