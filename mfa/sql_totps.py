"""Time-based authenticators in SQL: secrets sealed to their row, steps spent by one conditional UPDATE."""

from datetime import datetime

from sqlalchemy import Connection, Row, and_, bindparam, delete, or_, select, update

from mfa.authenticators import Algorithm, Digits, Period, Totp
from mfa.hardware_token import Position
from mfa.sql_prepared import Prepared
from mfa.store import Sealer
from mfa.tables import instant, instant_or_none, microseconds, totps
from mfa.totp import Spending

_PENDING = Prepared(
    select(totps).where(
        totps.c.id == bindparam("of_id"),
        totps.c.subject == bindparam("of_subject"),
        totps.c.confirmed_at.is_(None),
    )
)
_ACTIVE = Prepared(
    select(totps)
    .where(
        totps.c.subject == bindparam("of_subject"),
        totps.c.confirmed_at.is_not(None),
        totps.c.removed_at.is_(None),
    )
    .order_by(totps.c.confirmed_at, totps.c.id)
)
_SPEND = Prepared(
    update(totps)
    .where(
        totps.c.id == bindparam("spent_id"),
        totps.c.last_step < bindparam("spent_step"),
        totps.c.removed_at.is_(None),
    )
    .values(
        last_step=bindparam("spent_step"),
        drift=bindparam("learnt_drift"),
        last_used_at=bindparam("spent_at"),
        first_window_seconds=None,  # the wide window is for one success
    )
)


class SqlTotpStore:
    """Authenticator apps."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def add(self, totp: Totp) -> None:
        self._connection.execute(
            totps.insert().values(
                id=totp.id,
                subject=totp.subject,
                name=totp.name,
                sealed_secret=self._sealer.seal(totp.secret, purpose_of(totp.id)),
                algorithm=totp.algorithm.value,
                digits=int(totp.digits),
                period=int(totp.period),
                drift=totp.drift,
                last_step=totp.last_step,
                created_at=totp.created_at,
                expires_at=totp.expires_at,
                confirmed_at=totp.confirmed_at,
                last_used_at=totp.last_used_at,
                window_seconds=totp.window,
                first_window_seconds=totp.first_window,
                token_id=totp.token_id,
                starts_at=totp.starts_at,
                ends_at=totp.ends_at,
            )
        )

    def drop_pending(self, subject: str) -> None:
        pending = and_(totps.c.subject == subject, totps.c.confirmed_at.is_(None))
        self._connection.execute(delete(totps).where(pending))

    def pending(self, subject: str, authenticator_id: str) -> Totp | None:
        row = _PENDING.run(self._connection, of_id=authenticator_id, of_subject=subject).one_or_none()
        return None if row is None else self._totp(row)

    def active(self, subject: str) -> tuple[Totp, ...]:
        return tuple(self._totp(row) for row in _ACTIVE.run(self._connection, of_subject=subject))

    def confirm(self, totp: Totp, spending: Spending, now: datetime) -> bool:
        confirmed = self._connection.execute(
            update(totps)
            .where(totps.c.id == totp.id, totps.c.confirmed_at.is_(None), totps.c.expires_at > now)
            .values(confirmed_at=now, expires_at=None, last_step=spending.step, drift=spending.drift)
        )
        return confirmed.rowcount == 1

    def spend(self, totp: Totp, spending: Spending, now: datetime) -> bool:
        spent = _SPEND.run(
            self._connection,
            spent_id=totp.id,
            spent_step=spending.step,
            learnt_drift=spending.drift,
            spent_at=microseconds(now),
        )
        return spent.rowcount == 1

    def rename(self, subject: str, authenticator_id: str, name: str) -> bool:
        renamed = self._connection.execute(
            update(totps)
            .where(totps.c.id == authenticator_id, totps.c.subject == subject, totps.c.removed_at.is_(None))
            .values(name=name)
        )
        return renamed.rowcount == 1

    def remove(self, subject: str, authenticator_id: str, now: datetime) -> bool:
        removed = self._connection.execute(
            update(totps)
            .where(
                totps.c.id == authenticator_id,
                totps.c.subject == subject,
                totps.c.confirmed_at.is_not(None),
                totps.c.removed_at.is_(None),
                totps.c.token_id.is_(None),
            )
            .values(removed_at=now, sealed_secret=None)
        )
        return removed.rowcount == 1

    def take_from(self, token_id: str, now: datetime) -> Position | None:
        ended = self._connection.execute(
            update(totps)
            .where(totps.c.token_id == token_id, totps.c.removed_at.is_(None))
            .values(removed_at=now, sealed_secret=None)
            .returning(totps.c.last_step, totps.c.drift, totps.c.first_window_seconds)
        ).one_or_none()
        return (
            None
            if ended is None
            else Position(ended.last_step, ended.drift, ended.first_window_seconds is None)
        )

    def prune(self, before: datetime) -> int:
        never_confirmed = and_(totps.c.confirmed_at.is_(None), totps.c.expires_at < before)
        deleted = self._connection.execute(
            delete(totps).where(or_(never_confirmed, totps.c.removed_at < before))
        )
        return deleted.rowcount

    def _totp(self, row: Row[*tuple[object, ...]]) -> Totp:
        return Totp(
            id=row.id,
            subject=row.subject,
            name=row.name,
            secret=self._sealer.unseal(row.sealed_secret, purpose_of(row.id)),
            algorithm=Algorithm(row.algorithm),
            digits=Digits(row.digits),
            period=Period(row.period),
            drift=row.drift,
            last_step=row.last_step,
            created_at=instant(row.created_at),
            expires_at=instant_or_none(row.expires_at),
            confirmed_at=instant_or_none(row.confirmed_at),
            last_used_at=instant_or_none(row.last_used_at),
            window=row.window_seconds,
            first_window=row.first_window_seconds,
            token_id=row.token_id,
            starts_at=instant_or_none(row.starts_at),
            ends_at=instant_or_none(row.ends_at),
        )


def purpose_of(authenticator_id: str) -> str:
    """Bound to the row: a sealed secret copied into another row does not open."""
    return f"mfa.totp.secret:{authenticator_id}"
