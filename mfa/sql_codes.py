"""Recovery, temporary and activation codes in SQL: keyed hashes, spent by one conditional UPDATE each.

Looking a keyed hash up by equality gives nothing away: whoever sends codes cannot predict their hashes.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from mfa.authenticators import (
    ActivationCode,
    RecoveryCode,
    RecoveryCodeSet,
    TemporaryCode,
    TemporaryCodePurpose,
)
from mfa.sql_insert import insert_or_ignore
from mfa.tables import activation_codes, recovery_code_sets, recovery_codes, temporary_codes

_ATTEMPTS = 100


class SqlRecoveryCodeStore:
    """Sets of recovery codes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def replace_set(self, code_set: RecoveryCodeSet) -> None:
        head = {"id": code_set.id, "subject": code_set.subject, "created_at": code_set.created_at}
        for _ in range(_ATTEMPTS):
            self._end(code_set.subject, code_set.created_at)
            if insert_or_ignore(self._connection, recovery_code_sets, head):
                break
        else:
            raise RuntimeError("another set of recovery codes was always quicker")
        self._connection.execute(
            recovery_codes.insert(),
            [{"set_id": code_set.id, "position": code.position, "mac": code.mac} for code in code_set.codes],
        )

    def current(self, subject: str) -> RecoveryCodeSet | None:
        rows = self._connection.execute(
            select(recovery_code_sets.c.id, recovery_code_sets.c.created_at, recovery_codes)
            .join_from(recovery_code_sets, recovery_codes)
            .where(recovery_code_sets.c.subject == subject, recovery_code_sets.c.ended_at.is_(None))
            .order_by(recovery_codes.c.position)
        ).all()
        if not rows:
            return None
        return RecoveryCodeSet(
            id=rows[0].id,
            subject=subject,
            created_at=rows[0].created_at,
            codes=tuple(
                RecoveryCode(position=row.position, mac=row.mac, spent_at=row.spent_at) for row in rows
            ),
        )

    def spend(self, subject: str, mac: bytes, now: datetime) -> str | None:
        current = select(recovery_code_sets.c.id).where(
            recovery_code_sets.c.subject == subject, recovery_code_sets.c.ended_at.is_(None)
        )
        set_id: str | None = self._connection.execute(
            update(recovery_codes)
            .where(
                recovery_codes.c.set_id.in_(current),
                recovery_codes.c.mac == mac,
                recovery_codes.c.spent_at.is_(None),
            )
            .values(spent_at=now)
            .returning(recovery_codes.c.set_id)
        ).scalar_one_or_none()
        return set_id

    def remove(self, subject: str, set_id: str, now: datetime) -> bool:
        return self._end(subject, now, set_id) == 1

    def prune(self, before: datetime) -> int:
        ended = select(recovery_code_sets.c.id).where(recovery_code_sets.c.ended_at < before)
        self._connection.execute(delete(recovery_codes).where(recovery_codes.c.set_id.in_(ended)))
        deleted = self._connection.execute(
            delete(recovery_code_sets).where(recovery_code_sets.c.ended_at < before)
        )
        return deleted.rowcount

    def _end(self, subject: str, now: datetime, set_id: str | None = None) -> int:
        ending = update(recovery_code_sets).where(
            recovery_code_sets.c.subject == subject, recovery_code_sets.c.ended_at.is_(None)
        )
        if set_id is not None:
            ending = ending.where(recovery_code_sets.c.id == set_id)
        return self._connection.execute(ending.values(ended_at=now)).rowcount


class SqlTemporaryCodeStore:
    """Codes in place of a second factor."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def replace_code(self, code: TemporaryCode) -> None:
        self._connection.execute(
            update(temporary_codes)
            .where(
                temporary_codes.c.subject == code.subject,
                temporary_codes.c.purpose == code.purpose.value,
                temporary_codes.c.uses_left > 0,
                temporary_codes.c.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=code.issued_at)
        )
        self._connection.execute(
            temporary_codes.insert().values(
                id=code.id,
                subject=code.subject,
                mac=code.mac,
                purpose=code.purpose.value,
                issued_by=code.issued_by,
                issued_at=code.issued_at,
                expires_at=code.expires_at,
                uses_left=code.uses_left,
            )
        )

    def issued(self, subject: str) -> tuple[TemporaryCode, ...]:
        rows = self._connection.execute(
            select(temporary_codes)
            .where(temporary_codes.c.subject == subject)
            .order_by(temporary_codes.c.issued_at, temporary_codes.c.id)
        ).mappings()
        return tuple(
            TemporaryCode(**{**row, "purpose": TemporaryCodePurpose(row["purpose"])}) for row in rows
        )

    def spend(self, subject: str, mac: bytes, purpose: TemporaryCodePurpose, now: datetime) -> str | None:
        code_id: str | None = self._connection.execute(
            update(temporary_codes)
            .where(
                temporary_codes.c.subject == subject,
                temporary_codes.c.mac == mac,
                temporary_codes.c.purpose == purpose.value,
                temporary_codes.c.uses_left > 0,
                temporary_codes.c.expires_at > now,
                temporary_codes.c.withdrawn_at.is_(None),
            )
            .values(uses_left=temporary_codes.c.uses_left - 1, last_used_at=now)
            .returning(temporary_codes.c.id)
        ).scalar_one_or_none()
        return code_id

    def withdraw(self, subject: str, code_id: str, now: datetime) -> bool:
        withdrawn = self._connection.execute(
            update(temporary_codes)
            .where(
                temporary_codes.c.id == code_id,
                temporary_codes.c.subject == subject,
                temporary_codes.c.uses_left > 0,
                temporary_codes.c.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=now)
        )
        return withdrawn.rowcount == 1

    def prune(self, before: datetime) -> int:
        return self._connection.execute(
            delete(temporary_codes).where(temporary_codes.c.expires_at < before)
        ).rowcount


class SqlActivationCodeStore:
    """Codes that allow to bind a first factor."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def replace_code(self, code: ActivationCode) -> None:
        self._connection.execute(
            update(activation_codes)
            .where(
                activation_codes.c.subject == code.subject,
                activation_codes.c.spent_at.is_(None),
                activation_codes.c.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=code.issued_at)
        )
        self._connection.execute(
            activation_codes.insert().values(
                id=code.id,
                subject=code.subject,
                mac=code.mac,
                issued_by=code.issued_by,
                issued_at=code.issued_at,
                expires_at=code.expires_at,
            )
        )

    def issued(self, subject: str) -> tuple[ActivationCode, ...]:
        rows = self._connection.execute(
            select(activation_codes)
            .where(activation_codes.c.subject == subject)
            .order_by(activation_codes.c.issued_at, activation_codes.c.id)
        ).mappings()
        return tuple(ActivationCode(**row) for row in rows)

    def spend(self, subject: str, mac: bytes, now: datetime) -> str | None:
        code_id: str | None = self._connection.execute(
            update(activation_codes)
            .where(
                activation_codes.c.subject == subject,
                activation_codes.c.mac == mac,
                activation_codes.c.spent_at.is_(None),
                activation_codes.c.expires_at > now,
                activation_codes.c.withdrawn_at.is_(None),
            )
            .values(spent_at=now)
            .returning(activation_codes.c.id)
        ).scalar_one_or_none()
        return code_id

    def withdraw(self, subject: str, code_id: str, now: datetime) -> bool:
        withdrawn = self._connection.execute(
            update(activation_codes)
            .where(
                activation_codes.c.id == code_id,
                activation_codes.c.subject == subject,
                activation_codes.c.spent_at.is_(None),
                activation_codes.c.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=now)
        )
        return withdrawn.rowcount == 1

    def prune(self, before: datetime) -> int:
        return self._connection.execute(
            delete(activation_codes).where(activation_codes.c.expires_at < before)
        ).rowcount
