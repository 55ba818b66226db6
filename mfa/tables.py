"""The library's tables, all named `mfa_…`, in a metadata of their own that the host's migrations take in.

Instants are whole microseconds since the epoch, UTC: the same on every database, and compared as numbers.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """The instant as it is stored; naive datetimes are a fault."""
    return (at - _EPOCH) // _MICROSECOND


def instant(stored: int) -> datetime:
    """The stored instant."""
    return _EPOCH + timedelta(microseconds=stored)


def instant_or_none(stored: int | None) -> datetime | None:
    """The stored instant, if there is one."""
    return None if stored is None else instant(stored)


class Instant(TypeDecorator[datetime]):
    """A point in time."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002  # SQLAlchemy's
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's
        return None if value is None else instant(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Id = String(32)

throttles = Table(
    "mfa_throttles",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("counted_from", Instant, nullable=False, index=True),
    Column("locked_until", Instant),
    Column("generation", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)

totps = Table(
    "mfa_totps",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("subject", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("sealed_secret", LargeBinary),  # erased when the authenticator is removed
    Column("algorithm", String(8), nullable=False),
    Column("digits", Integer, nullable=False),
    Column("period", Integer, nullable=False),
    Column("drift", Integer, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),  # set while pending
    Column("confirmed_at", Instant),
    Column("last_used_at", Instant),
    Column("removed_at", Instant),
    Column("window_seconds", Integer),  # seconds; NULL: one step
    Column("first_window_seconds", Integer),  # seconds; NULL once a code was accepted
    Column("token_id", _Id),
    Column("starts_at", Instant),
    Column("ends_at", Instant),
)

hotps = Table(
    "mfa_hotps",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("subject", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("sealed_secret", LargeBinary),  # erased when the authenticator is removed
    Column("algorithm", String(8), nullable=False),
    Column("digits", Integer, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("removed_at", Instant),
    Column("token_id", _Id),
    Column("starts_at", Instant),
    Column("ends_at", Instant),
)

hardware_tokens = Table(
    "mfa_hardware_tokens",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("serial", Text, nullable=False),
    Column("serial_key", Text, nullable=False, unique=True),  # one form for all spellings; kept for ever
    Column("manufacturer", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("sealed_seed", LargeBinary),  # erased when the token is destroyed
    Column("algorithm", String(8), nullable=False),
    Column("digits", Integer, nullable=False),
    Column("period", Integer, nullable=False),
    Column(
        "position", BigInteger, nullable=False
    ),  # the least counter, or the newest step, as of the last hand-back
    Column("drift", Integer, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("subject", Text, index=True),  # who has it, or had it when it was lost
    Column("authenticator_id", _Id),
    Column("starts_at", Instant),
    Column("ends_at", Instant),
    Column("imported_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
)

recovery_code_sets = Table(
    "mfa_recovery_code_sets",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
)
# At most one current set for each subject, however many processes make one at once.
Index(
    "uq_mfa_recovery_code_sets_current",
    recovery_code_sets.c.subject,
    unique=True,
    sqlite_where=recovery_code_sets.c.ended_at.is_(None),
    postgresql_where=recovery_code_sets.c.ended_at.is_(None),
)

recovery_codes = Table(
    "mfa_recovery_codes",
    metadata,
    Column("set_id", _Id, ForeignKey("mfa_recovery_code_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("mac", LargeBinary, nullable=False),
    Column("spent_at", Instant),
)

temporary_codes = Table(
    "mfa_temporary_codes",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("subject", Text, nullable=False, index=True),
    Column("mac", LargeBinary, nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("last_used_at", Instant),
    Column("withdrawn_at", Instant),
)

activation_codes = Table(
    "mfa_activation_codes",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("subject", Text, nullable=False, index=True),
    Column("mac", LargeBinary, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("spent_at", Instant),
    Column("withdrawn_at", Instant),
)

passkeys = Table(
    "mfa_passkeys",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("subject", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    # Unique for ever: a removed passkey keeps its row, so that its id never passes to another subject.
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary),  # erased when the passkey is removed
    Column("sign_count", BigInteger, nullable=False),
    Column("aaguid", String(36), nullable=False),
    Column("transports", Text, nullable=False),
    Column("user_verifying", Boolean, nullable=False),
    Column("backup_eligible", Boolean, nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Column("attested", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("regressed_at", Instant),
    Column("removed_at", Instant),
)

passkey_challenges = Table(
    "mfa_passkey_challenges",
    metadata,
    Column("challenge", LargeBinary, primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("subject", Text, nullable=False),  # "" where anybody may answer
    Column("binding", LargeBinary, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("spent_at", Instant),
)

destinations = Table(
    "mfa_destinations",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("subject", Text, nullable=False, index=True),
    Column("channel", String(32), nullable=False),
    Column("sealed_address", LargeBinary),  # erased when its removal has been told there
    Column("bound_by", Text, nullable=False),
    Column("bound_at", Instant, nullable=False),
    Column("usable_from", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("removed_at", Instant),
)

calls = Table(
    "mfa_calls",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("subject", Text, nullable=False, index=True),
    Column("destination_id", _Id, ForeignKey("mfa_destinations.id"), nullable=False, index=True),
    Column("binding", LargeBinary, nullable=False),
    Column("mac", LargeBinary, nullable=False),
    Column("sealed_code", LargeBinary),  # erased when it has been sent
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("sent_at", Instant),
    Column("spent_at", Instant),
    Column("ended_at", Instant),  # spent, or replaced by a newer one
)
