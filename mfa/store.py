"""What the library asks of storage and of the keeper of keys: small Protocols, one per aggregate.

All methods work inside one transaction that the caller began and will commit, also after a refusal: a wrong
code is an ordinary result whose counter must be kept. Methods that spend something are one conditional write
each; False or None says that it hit no row. It does not know SQL.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mfa.authenticators import (
    ActivationCode,
    FactorKind,
    RecoveryCodeSet,
    TemporaryCode,
    TemporaryCodePurpose,
    Totp,
)
from mfa.throttle import State
from mfa.totp import Spending


class Sealer(Protocol):
    """Keeps secrets unreadable for whoever holds the database alone (K1).

    `purpose` binds a sealed value to its place: unsealing under another purpose must raise. `mac` must give the
    same answer after the sealing key has been rotated, because what was hashed cannot be hashed anew.
    """

    def seal(self, plaintext: bytes, purpose: str) -> bytes: ...

    def unseal(self, sealed: bytes, purpose: str) -> bytes: ...

    def mac(self, message: bytes, purpose: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class StoredState:
    """A counter as it was read; `version` is what a write compares and sets."""

    state: State
    version: int


class ThrottleStore(Protocol):
    """Counters by kind and key."""

    def read(self, kind: FactorKind, key: str) -> StoredState | None: ...

    def insert(self, kind: FactorKind, key: str, state: State) -> bool:
        """False when somebody else was first."""

    def replace(self, kind: FactorKind, key: str, state: State, version: int) -> bool:
        """Write version + 1 if the row is still at `version`."""

    def prune(self, before: datetime) -> int: ...


class TotpStore(Protocol):
    """Authenticator apps."""

    def add(self, totp: Totp) -> None: ...

    def drop_pending(self, subject: str) -> None:
        """Forget what the subject began to bind and has not confirmed."""

    def pending(self, subject: str, authenticator_id: str) -> Totp | None: ...

    def active(self, subject: str) -> tuple[Totp, ...]:
        """The confirmed authenticators, with their secrets, oldest first."""

    def confirm(self, totp: Totp, spending: Spending, now: datetime) -> bool:
        """Make a pending authenticator an active one, the confirming step spent."""

    def spend(self, totp: Totp, spending: Spending, now: datetime) -> bool:
        """Use up a step, if none as late has been accepted."""

    def rename(self, subject: str, authenticator_id: str, name: str) -> bool: ...

    def remove(self, subject: str, authenticator_id: str, now: datetime) -> bool:
        """Mark as removed and erase the secret."""

    def prune(self, before: datetime) -> int: ...


class RecoveryCodeStore(Protocol):
    """Sets of recovery codes; a subject has at most one current set."""

    def replace_set(self, code_set: RecoveryCodeSet) -> None: ...

    def current(self, subject: str) -> RecoveryCodeSet | None: ...

    def spend(self, subject: str, mac: bytes, now: datetime) -> str | None:
        """Use up a code of the current set; gives the set's id."""

    def remove(self, subject: str, set_id: str, now: datetime) -> bool: ...

    def prune(self, before: datetime) -> int: ...


class TemporaryCodeStore(Protocol):
    """Codes in place of a second factor; a subject has at most one living code per purpose."""

    def replace_code(self, code: TemporaryCode) -> None: ...

    def issued(self, subject: str) -> tuple[TemporaryCode, ...]: ...

    def spend(self, subject: str, mac: bytes, purpose: TemporaryCodePurpose, now: datetime) -> str | None:
        """Use up one of a code's uses; gives the code's id."""

    def withdraw(self, subject: str, code_id: str, now: datetime) -> bool: ...

    def prune(self, before: datetime) -> int: ...


class ActivationCodeStore(Protocol):
    """Codes that allow to bind a first factor; a subject has at most one living code."""

    def replace_code(self, code: ActivationCode) -> None: ...

    def issued(self, subject: str) -> tuple[ActivationCode, ...]: ...

    def spend(self, subject: str, mac: bytes, now: datetime) -> str | None:
        """Use up a code; gives its id."""

    def withdraw(self, subject: str, code_id: str, now: datetime) -> bool: ...

    def prune(self, before: datetime) -> int: ...


class FactorStore(Protocol):
    """All of it, in one transaction."""

    @property
    def throttles(self) -> ThrottleStore: ...

    @property
    def totps(self) -> TotpStore: ...

    @property
    def recovery_codes(self) -> RecoveryCodeStore: ...

    @property
    def temporary_codes(self) -> TemporaryCodeStore: ...

    @property
    def activation_codes(self) -> ActivationCodeStore: ...

    def mac(self, message: bytes, purpose: str) -> bytes:
        """The sealer's keyed hash."""

    def usable_kinds(
        self, subject: str, purpose: TemporaryCodePurpose, now: datetime
    ) -> frozenset[FactorKind]:
        """Which kinds of second factor the subject could use now."""

    def prune(self, now: datetime, kept: timedelta) -> int:
        """Delete what ended longer ago than `kept`: idle counters, expired and removed factors and codes.

        Keep them for days: longer than any limits take to forget, and as long as reuse shall be told from guesses.
        """
