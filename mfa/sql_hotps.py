"""Counter-based authenticators in SQL: secrets sealed to their row, counters moved on by one conditional UPDATE."""

from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from mfa.authenticators import Algorithm, Digits, Hotp
from mfa.hardware_token import Position
from mfa.sql_prepared import Prepared
from mfa.store import Sealer
from mfa.tables import hotps, instant, instant_or_none, microseconds

_ACTIVE = Prepared(
    select(hotps)
    .where(hotps.c.subject == bindparam("of_subject"), hotps.c.removed_at.is_(None))
    .order_by(hotps.c.created_at, hotps.c.id)
)
_SPEND = Prepared(
    update(hotps)
    .where(
        hotps.c.id == bindparam("spent_id"),
        hotps.c.counter <= bindparam("spent_counter"),
        hotps.c.removed_at.is_(None),
    )
    .values(counter=bindparam("next_counter"), last_used_at=bindparam("spent_at"))
)


class SqlHotpStore:
    """Counter-based authenticators."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def add(self, hotp: Hotp) -> None:
        self._connection.execute(
            hotps.insert().values(
                id=hotp.id,
                subject=hotp.subject,
                name=hotp.name,
                sealed_secret=self._sealer.seal(hotp.secret, purpose_of(hotp.id)),
                algorithm=hotp.algorithm.value,
                digits=int(hotp.digits),
                counter=hotp.counter,
                created_at=hotp.created_at,
                last_used_at=hotp.last_used_at,
                token_id=hotp.token_id,
                starts_at=hotp.starts_at,
                ends_at=hotp.ends_at,
            )
        )

    def active(self, subject: str) -> tuple[Hotp, ...]:
        return tuple(self._hotp(row) for row in _ACTIVE.run(self._connection, of_subject=subject))

    def spend(self, hotp: Hotp, counter: int, now: datetime) -> bool:
        spent = _SPEND.run(
            self._connection,
            spent_id=hotp.id,
            spent_counter=counter,
            next_counter=counter + 1,
            spent_at=microseconds(now),
        )
        return spent.rowcount == 1

    def take_from(self, token_id: str, now: datetime) -> Position | None:
        ended = self._connection.execute(
            update(hotps)
            .where(hotps.c.token_id == token_id, hotps.c.removed_at.is_(None))
            .values(removed_at=now, sealed_secret=None)
            .returning(hotps.c.counter)
        ).one_or_none()
        return None if ended is None else Position(ended.counter, 0, used=True)

    def prune(self, before: datetime) -> int:
        return self._connection.execute(delete(hotps).where(hotps.c.removed_at < before)).rowcount

    def _hotp(self, row: Row[*tuple[object, ...]]) -> Hotp:
        return Hotp(
            id=row.id,
            subject=row.subject,
            name=row.name,
            secret=self._sealer.unseal(row.sealed_secret, purpose_of(row.id)),
            algorithm=Algorithm(row.algorithm),
            digits=Digits(row.digits),
            counter=row.counter,
            created_at=instant(row.created_at),
            last_used_at=instant_or_none(row.last_used_at),
            token_id=row.token_id,
            starts_at=instant_or_none(row.starts_at),
            ends_at=instant_or_none(row.ends_at),
        )


def purpose_of(authenticator_id: str) -> str:
    """Bound to the row: a sealed secret copied into another row does not open."""
    return f"mfa.hotp.secret:{authenticator_id}"
