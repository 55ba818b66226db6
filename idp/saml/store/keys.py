"""Signing keys with their certificates as rows; each step of a change of keys is one conditional write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from idp.saml.tables import fetches, keys, partner_keys
from idp.storage.catalogue import bump


class Phase(StrEnum):
    """Where a key is in its life: published ahead, signing, published after, gone."""

    NEXT = "next"
    CURRENT = "current"
    PREVIOUS = "previous"
    RETIRED = "retired"


PUBLISHED = (Phase.NEXT, Phase.CURRENT, Phase.PREVIOUS)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One key; the certificate is base64 DER."""

    id: str
    algorithm: str
    certificate: str = field(repr=False)
    sealed_private: bytes | None = field(repr=False)
    phase: Phase
    created_at: datetime
    expires_at: datetime
    changed_at: datetime


class KeyRows:
    """Keys within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[StoredKey]:
        """Return every key, oldest first."""
        rows = self._connection.execute(select(keys).order_by(keys.c.created_at, keys.c.id)).mappings()
        return [StoredKey(**{**row, "phase": Phase(row["phase"])}) for row in rows]

    def add(self, key: StoredKey) -> bool:
        """Store a key; False if its algorithm has one in this phase."""
        values = {name: getattr(key, name) for name in StoredKey.__slots__} | {"phase": key.phase.value}
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(keys).values(**values))
        except IntegrityError:
            return False
        bump(self._connection)
        return True

    def move(self, key_id: str, before: Phase, after: Phase, now: datetime) -> bool:
        """Take a key from one phase to another; False if it is not in the first."""
        values: dict[str, object] = {"phase": after.value, "changed_at": now}
        if after is Phase.RETIRED:
            values["sealed_private"] = None
        changed = self._connection.execute(
            update(keys).where(keys.c.id == key_id, keys.c.phase == before.value).values(**values)
        )
        if changed.rowcount == 1:
            bump(self._connection)
        return changed.rowcount == 1

    def partners(self, *, waiting: bool = False) -> Mapping[str, str]:
        """Return which partners have a key of their own, or wait for one until they fetch: application to key."""
        query = select(partner_keys).where(partner_keys.c.at_next_fetch == waiting)
        return {row.application_id: row.key_id for row in self._connection.execute(query).all()}

    def arrive(self, application_id: str, now: datetime) -> bool:
        """Let a partner that fetches just now have the key that waited for it; False if none did."""
        changed = self._connection.execute(
            update(partner_keys)
            .where(partner_keys.c.application_id == application_id, partner_keys.c.at_next_fetch)
            .values(at_next_fetch=False, switched_at=now)
        )
        if changed.rowcount == 1:
            bump(self._connection)
        return changed.rowcount == 1

    def switch(
        self, application_id: str, key_id: str | None, now: datetime, *, at_next_fetch: bool = False
    ) -> None:
        """Let a partner's messages be signed by `key_id`, now or from its next fetch on; None is the current key."""
        self._connection.execute(delete(partner_keys).where(partner_keys.c.application_id == application_id))
        if key_id is not None:
            self._connection.execute(
                insert(partner_keys).values(
                    application_id=application_id,
                    key_id=key_id,
                    switched_at=now,
                    at_next_fetch=at_next_fetch,
                )
            )
        bump(self._connection)

    def forget_partners(self, key_id: str) -> None:
        """Let all partners of a key follow the current one."""
        self._connection.execute(delete(partner_keys).where(partner_keys.c.key_id == key_id))
        bump(self._connection)

    def note_fetch(self, application_id: str, key_ids: Sequence[str], now: datetime) -> None:
        """Note that a partner was shown these keys."""
        kind = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        for key_id in key_ids:
            self._connection.execute(
                kind(fetches)
                .values(application_id=application_id, key_id=key_id, first_at=now, last_at=now)
                .on_conflict_do_update(index_elements=["application_id", "key_id"], set_={"last_at": now})
            )

    def fetched(self, key_id: str) -> Mapping[str, datetime]:
        """Return which partners have fetched metadata with this key, and when first."""
        rows = self._connection.execute(
            select(fetches.c.application_id, fetches.c.first_at).where(fetches.c.key_id == key_id)
        )
        return {row.application_id: row.first_at for row in rows}
