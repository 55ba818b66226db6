"""The library's storage on a SQLAlchemy connection that it is handed, inside a transaction that the caller began.

On SQLite that transaction is `BEGIN IMMEDIATE`, on PostgreSQL READ COMMITTED: the conditional writes below it
hold on both. It never commits and never rolls back.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from mfa.authenticators import FactorKind, TemporaryCodePurpose
from mfa.sql_callbacks import SqlCallbackStore
from mfa.sql_codes import SqlActivationCodeStore, SqlRecoveryCodeStore, SqlTemporaryCodeStore
from mfa.sql_hardware_tokens import SqlHardwareTokenStore
from mfa.sql_hotps import SqlHotpStore
from mfa.sql_passkeys import SqlPasskeyStore
from mfa.sql_reseal import Resealed, reseal
from mfa.sql_throttles import SqlThrottleStore
from mfa.sql_totps import SqlTotpStore
from mfa.sql_usable import EVER_BOUND, USABLE
from mfa.store import Sealer
from mfa.tables import microseconds


class SqlFactorStore:
    """A `FactorStore` in SQL."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer
        self.throttles = SqlThrottleStore(connection)
        self.totps = SqlTotpStore(connection, sealer)
        self.hotps = SqlHotpStore(connection, sealer)
        self.hardware_tokens = SqlHardwareTokenStore(connection, sealer)
        self.recovery_codes = SqlRecoveryCodeStore(connection)
        self.temporary_codes = SqlTemporaryCodeStore(connection)
        self.activation_codes = SqlActivationCodeStore(connection)
        self.passkeys = SqlPasskeyStore(connection)
        self.callbacks = SqlCallbackStore(connection, sealer)

    def mac(self, message: bytes, purpose: str) -> bytes:
        """The sealer's keyed hash."""
        return self._sealer.mac(message, purpose)

    def usable_kinds(
        self, subject: str, purpose: TemporaryCodePurpose, now: datetime
    ) -> frozenset[FactorKind]:
        """Which kinds of second factor the subject could use now, in one statement."""
        found = USABLE.run(
            self._connection, of_subject=subject, of_purpose=purpose.value, now=microseconds(now)
        )
        return frozenset(FactorKind(row.kind) for row in found)

    def ever_bound(self, subject: str) -> bool:
        """Whether the subject has or had an authenticator or passkey."""
        return any(EVER_BOUND.run(self._connection, of_subject=subject))

    def reseal(self, after: str = "", limit: int = 200) -> Resealed:
        """Seal a batch of secrets with the sealer's present key; a transaction for each batch keeps it online."""
        return reseal(self._connection, self._sealer, after, limit)

    def prune(self, now: datetime, kept: timedelta) -> int:
        """Delete what ended longer ago than `kept`: idle counters, expired and removed factors and codes."""
        before = now - kept
        stores = (
            self.throttles,
            self.totps,
            self.hotps,
            self.recovery_codes,
            self.temporary_codes,
            self.activation_codes,
            self.callbacks,
        )
        # A challenge that has expired answers no question.
        return sum(store.prune(before) for store in stores) + self.passkeys.prune(now)
