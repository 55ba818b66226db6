"""Signing keys as rows. Every step of a key's life is one conditional write; it knows nothing of policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.ports import UnitOfWork
from idp.keys.rotation import Life
from idp.storage.catalogue import bump, current_version
from idp.storage.tables import signing_keys
from idp.storage.unit_of_work import SqlUnitOfWork


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One signing key; `sealed_private` is None once it has been erased."""

    kid: str
    algorithm: str
    public: Mapping[str, str]
    sealed_private: bytes | None = field(repr=False)
    life: Life


class SigningKeyRows:
    """The table of signing keys, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    def of(cls, uow: UnitOfWork) -> "SigningKeyRows":
        """Return the rows as seen by a unit of work of `storage`."""
        if not isinstance(uow, SqlUnitOfWork):
            raise TypeError("signing keys live in the SQL database")
        return cls(uow.connection)

    def version(self) -> int:
        """Return a number that grows with every change."""
        return current_version(self._connection)

    def published(self, now: datetime) -> Sequence[StoredKey]:
        """Return the keys that relying parties are shown or will be, oldest first."""
        kept = or_(signing_keys.c.retires_at.is_(None), signing_keys.c.retires_at > now)
        return self._read(kept)

    def all(self) -> Sequence[StoredKey]:
        """Return every key there has been, oldest first."""
        return self._read()

    def newest(self, algorithm: str) -> StoredKey | None:
        """Return the one key of `algorithm` that has no successor."""
        found = self._read(signing_keys.c.algorithm == algorithm, signing_keys.c.signs_until.is_(None))
        return found[0] if found else None

    def add(self, key: StoredKey) -> bool:
        """Store a newest key; False if its algorithm has one."""
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(signing_keys).values(_values(key)))
        except IntegrityError:
            return False
        bump(self._connection)
        return True

    def end(self, kid: str, life: Life) -> bool:
        """Write the end of a key's life; False if it has an end already."""
        return self._change(
            kid,
            signing_keys.c.signs_until.is_(None),
            signs_until=life.signs_until,
            retires_at=life.retires_at,
        )

    def withdraw(self, kid: str, now: datetime) -> bool:
        """Take a key out of use at once; False if it is not published."""
        published = or_(signing_keys.c.retires_at.is_(None), signing_keys.c.retires_at > now)
        return self._change(kid, published, signs_until=now, retires_at=now, sealed_private=None)

    def begin(self, kid: str, now: datetime) -> bool:
        """Let a published key sign at once; False if it does already."""
        return self._change(
            kid, signing_keys.c.signs_from > now, signing_keys.c.signs_until.is_(None), signs_from=now
        )

    def erase_private(self, signed_before: datetime) -> int:
        """Forget the private half of keys that signed last before `signed_before`."""
        spent = (signing_keys.c.sealed_private.is_not(None), signing_keys.c.signs_until < signed_before)
        return self._connection.execute(
            update(signing_keys).where(*spent).values(sealed_private=None)
        ).rowcount

    def _change(self, kid: str, *conditions: Any, **values: Any) -> bool:
        changed = self._connection.execute(
            update(signing_keys).where(signing_keys.c.id == kid, *conditions).values(**values)
        )
        if changed.rowcount == 1:
            bump(self._connection)
        return changed.rowcount == 1

    def _read(self, *conditions: Any) -> Sequence[StoredKey]:
        query = select(signing_keys).where(*conditions).order_by(signing_keys.c.signs_from, signing_keys.c.id)
        return [_stored(row) for row in self._connection.execute(query).mappings()]


def _values(key: StoredKey) -> dict[str, Any]:
    return {
        "id": key.kid,
        "algorithm": key.algorithm,
        "public": dict(key.public),
        "sealed_private": key.sealed_private,
        "published_at": key.life.published_at,
        "signs_from": key.life.signs_from,
        "signs_until": key.life.signs_until,
        "retires_at": key.life.retires_at,
    }


def _stored(row: RowMapping) -> StoredKey:
    return StoredKey(
        kid=row["id"],
        algorithm=row["algorithm"],
        public=row["public"],
        sealed_private=row["sealed_private"],
        life=Life(row["published_at"], row["signs_from"], row["signs_until"], row["retires_at"]),
    )
