"""What the library asks of storage and of the keeper of keys: small Protocols, one per aggregate.

All methods work inside one transaction that the caller began and will commit, also after a refusal: a wrong
code is an ordinary result whose counter must be kept. Methods that spend something are one conditional write
each; False or None says that it hit no row. It does not know SQL.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mfa.authenticators import (
    ActivationCode,
    FactorKind,
    Hotp,
    Passkey,
    PasskeyPurpose,
    RecoveryCodeSet,
    TemporaryCode,
    TemporaryCodePurpose,
    Totp,
)
from mfa.destinations import CallbackStore
from mfa.hardware_token import HardwareToken, Position, Seed, StockQuery, TokenState
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

    def locked(self, key: str, now: datetime) -> tuple[tuple[FactorKind, datetime], ...]:
        """The counters of a key that are locked, and until when; the longest lock first."""

    def insert(self, kind: FactorKind, key: str, state: State) -> bool:
        """False when somebody else was first."""

    def replace(self, kind: FactorKind, key: str, state: State, version: int) -> bool:
        """Write version + 1 if the row is still at `version`."""

    def prune(self, before: datetime) -> int: ...


class TotpStore(Protocol):
    """Time-based authenticators: apps, and hardware tokens in somebody's hands."""

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
        """Mark as removed and erase the secret; not of a hardware token, which goes back to the stock."""

    def take_from(self, token_id: str, now: datetime) -> Position | None:
        """End the authenticator that a hardware token is to whoever has it; gives how far it was used."""

    def prune(self, before: datetime) -> int: ...


class HotpStore(Protocol):
    """Counter-based authenticators."""

    def add(self, hotp: Hotp) -> None: ...

    def active(self, subject: str) -> tuple[Hotp, ...]:
        """The authenticators, with their secrets, oldest first."""

    def spend(self, hotp: Hotp, counter: int, now: datetime) -> bool:
        """Use up a counter and all before it, if none as late has been used."""

    def take_from(self, token_id: str, now: datetime) -> Position | None:
        """End the authenticator that a hardware token is to whoever has it; gives how far it was used."""

    def prune(self, before: datetime) -> int: ...


class HardwareTokenStore(Protocol):
    """The stock of hardware tokens. Rows stay for ever: a serial number is never taken in twice."""

    def add(self, seed: Seed, now: datetime) -> str | None:
        """Take a token in; None when its serial number is known."""

    def by_serial(self, serial: str) -> HardwareToken | None: ...

    def get(self, token_id: str) -> HardwareToken | None: ...

    def known_serials(self, serials: Sequence[str]) -> frozenset[str]:
        """Which of the serial numbers are known, in their one form (`serial_key`)."""

    def of_subject(self, subject: str) -> tuple[HardwareToken, ...]:
        """The tokens that the subject has in hands."""

    def listed(
        self, state: TokenState | None, words: str, after: str, limit: int
    ) -> tuple[HardwareToken, ...]:
        """Tokens by serial number, those after the key `after`."""

    def sorted_by(self, wanted: StockQuery) -> tuple[HardwareToken, ...]: ...

    def counts(self) -> Mapping[TokenState, int]: ...

    def seed(self, token: HardwareToken) -> tuple[bytes, Position] | None:
        """The seed and how far it was used; None once it is destroyed."""

    def move(
        self,
        token: HardwareToken,
        state: TokenState,
        subject: str | None,
        authenticator_id: str | None,
        now: datetime,
    ) -> bool:
        """Change the state if the token is still as it was read; destroying erases the seed."""

    def keep_position(self, token_id: str, position: Position) -> None: ...


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


class PasskeyStore(Protocol):
    """Passkeys and the challenges that they answer."""

    def add_challenge(
        self, challenge: bytes, purpose: PasskeyPurpose, subject: str, binding: bytes, expires_at: datetime
    ) -> None: ...

    def spend_challenge(
        self, challenge: bytes, purpose: PasskeyPurpose, subject: str, binding: bytes, now: datetime
    ) -> bool:
        """Use up a challenge that was made for just this."""

    def answer_challenge(
        self, challenge: bytes, purpose: PasskeyPurpose, binding: bytes, expires_at: datetime, now: datetime
    ) -> bool:
        """Keep a challenge that proved itself as used up; False if it was before."""

    def add(self, passkey: Passkey) -> bool:
        """False when its credential id is or ever was bound."""

    def active(self, subject: str) -> tuple[Passkey, ...]:
        """The subject's passkeys, oldest first."""

    def by_credential(self, credential_id: bytes) -> Passkey | None:
        """The passkey, if it has not been removed."""

    def use(self, passkey: Passkey, sign_count: int, now: datetime, *, backed_up: bool) -> bool:
        """Note a use if the counter has grown, or is kept at zero by its authenticator (§7.2, step 22)."""

    def note_regression(self, passkey: Passkey, now: datetime) -> bool:
        """False when it has been removed meanwhile."""

    def rename(self, subject: str, passkey_id: str, name: str) -> bool: ...

    def remove(self, subject: str, passkey_id: str, now: datetime) -> bool:
        """Mark as removed and erase the key; the credential id stays taken."""

    def prune(self, before: datetime) -> int:
        """Delete challenges; passkeys stay, removed ones too."""


class FactorStore(Protocol):
    """All of it, in one transaction."""

    @property
    def throttles(self) -> ThrottleStore: ...

    @property
    def totps(self) -> TotpStore: ...

    @property
    def hotps(self) -> HotpStore: ...

    @property
    def hardware_tokens(self) -> HardwareTokenStore: ...

    @property
    def recovery_codes(self) -> RecoveryCodeStore: ...

    @property
    def temporary_codes(self) -> TemporaryCodeStore: ...

    @property
    def activation_codes(self) -> ActivationCodeStore: ...

    @property
    def callbacks(self) -> CallbackStore: ...

    @property
    def passkeys(self) -> PasskeyStore: ...

    def mac(self, message: bytes, purpose: str) -> bytes:
        """The sealer's keyed hash."""

    def usable_kinds(
        self, subject: str, purpose: TemporaryCodePurpose, now: datetime
    ) -> frozenset[FactorKind]:
        """Which kinds of second factor the subject could use now."""

    def ever_bound(self, subject: str) -> bool:
        """Whether the subject has or had an authenticator or passkey, as long as removed ones are kept."""

    def prune(self, now: datetime, kept: timedelta) -> int:
        """Delete what ended longer ago than `kept`: idle counters, expired and removed factors and codes.

        Keep them for days: longer than any limits take to forget, and as long as reuse shall be told from guesses.
        """
