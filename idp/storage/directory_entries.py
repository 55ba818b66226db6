"""Directory entries as rows: what was last applied of each, and whose it is."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql

from directory_sync import KnownPerson, Remembered
from idp.domain.handles import PersonId
from idp.provisioning.ports import Entry, NameHolder
from idp.storage.among import among, texts
from idp.storage.bulk import BulkInsert, chunks
from idp.storage.columns import to_micros
from idp.storage.issued_names import holder_from
from idp.storage.prepared import Prepared, run_plain
from idp.storage.tables import accounts, directory_entries, entry_readings, persons

_STREAMED = 5000
_ENTRY = (
    directory_entries.c.key,
    directory_entries.c.person_id,
    directory_entries.c.dn,
    directory_entries.c.fingerprint,
    directory_entries.c.active,
    directory_entries.c.employee_number,
    directory_entries.c.record,
    directory_entries.c.ends_at,
    directory_entries.c.reverted,
    directory_entries.c.reverted_active,
)
# A look-up for each row and no join: PostgreSQL knows nothing of tables that were filled a moment ago, and
# would go through all of one for each row of the other.
_MARK = (
    select(entry_readings.c.mark)
    .where(
        entry_readings.c.source == directory_entries.c.source,
        entry_readings.c.key == directory_entries.c.key,
        entry_readings.c.fingerprint == directory_entries.c.fingerprint,
        directory_entries.c.reverted.is_(None),
        or_(directory_entries.c.ends_at.is_(None), directory_entries.c.ends_at > bindparam("now")),
    )
    .scalar_subquery()
)
_KNOWN = select(
    directory_entries.c.key,
    func.coalesce(directory_entries.c.reverted, directory_entries.c.fingerprint),
    func.coalesce(directory_entries.c.reverted_active, directory_entries.c.active),
    _MARK,
).where(directory_entries.c.source == bindparam("source"))
_NAMES = select(directory_entries.c.key, directory_entries.c.dn).where(
    directory_entries.c.source == bindparam("source")
)
_FIND = select(*_ENTRY).where(
    directory_entries.c.source == bindparam("source"),
    among(directory_entries.c.key, "keys"),
)
_LOCK = _FIND.order_by(directory_entries.c.key).with_for_update()
_PEOPLE = Prepared(
    select(directory_entries.c.key, directory_entries.c.person_id).where(
        directory_entries.c.source == bindparam("source"), among(directory_entries.c.key, "keys")
    )
)
_ENDED = (
    select(*_ENTRY)
    .where(
        directory_entries.c.source == bindparam("source"),
        directory_entries.c.ends_at.is_not(None),
        directory_entries.c.ends_at <= bindparam("now"),
        directory_entries.c.active.is_(True),
        directory_entries.c.reverted.is_(None),
    )
    .limit(bindparam("most"))
)
_NUMBERED = (
    select(
        accounts.c.login,
        directory_entries.c.source,
        directory_entries.c.key,
        directory_entries.c.employee_number.label("number"),
        *persons.c,
    )
    .join(persons, persons.c.id == directory_entries.c.person_id)
    .outerjoin(accounts, accounts.c.person_id == persons.c.id)
    .where(among(directory_entries.c.employee_number, "numbers"))
)
_ADD = BulkInsert(directory_entries)


def _again(insert: postgresql.Insert) -> postgresql.Insert:
    """What an entry came to last replaces what it came to before; who waits for a human comes to the same each time."""
    now, before = insert.excluded, entry_readings.c
    return insert.on_conflict_do_update(
        index_elements=[before.source, before.key],
        set_={"mark": now.mark, "fingerprint": now.fingerprint},
        where=(before.mark != now.mark) | (before.fingerprint != now.fingerprint),
    )


_REMEMBER = BulkInsert(entry_readings, _again)
_REPLACE = Prepared(
    update(directory_entries)
    .where(directory_entries.c.source == bindparam("_source"), directory_entries.c.key == bindparam("_key"))
    .values(
        {
            name: bindparam(name)
            for name in (
                "dn",
                "fingerprint",
                "active",
                "employee_number",
                "record",
                "changed_at",
                "ends_at",
                "reverted",
                "reverted_active",
            )
        }
    )
)


class SqlEntries:
    """Implements `provisioning.ports.Entries`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, source: str, now: datetime) -> Iterator[KnownPerson]:
        # PostgreSQL would translate a statement over so many rows into machine code, which takes as long as the rows.
        _set_here(self._connection, "jit = off")
        streaming = self._connection.execution_options(yield_per=_STREAMED)
        for partition in streaming.execute(_KNOWN, {"source": source, "now": now}).partitions():
            for key, fingerprint, active, mark in partition:
                yield KnownPerson(key, bytes(fingerprint), bool(active), bytes(mark or b""))

    def remember(self, source: str, read: Sequence[Remembered]) -> None:
        # What a power loss takes of it is read anew.
        _set_here(self._connection, "synchronous_commit = off")
        rows = [
            {"source": source, "key": one.key, "mark": one.mark, "fingerprint": one.fingerprint}
            for one in sorted(read)
        ]
        for chunk in chunks(rows):
            _REMEMBER.run(self._connection, chunk)

    def find(self, source: str, keys: Collection[str]) -> Sequence[Entry]:
        return [
            _entry(row)
            for chunk in chunks(keys)
            for row in self._connection.execute(_FIND, {"source": source, "keys": chunk})
        ]

    def lock(self, source: str, keys: Collection[str]) -> Sequence[Entry]:
        return [
            _entry(row)
            for chunk in chunks(sorted(keys))
            for row in self._connection.execute(_LOCK, {"source": source, "keys": chunk})
        ]

    def names(self, source: str) -> Iterator[tuple[str, str]]:
        streaming = self._connection.execution_options(yield_per=_STREAMED)
        for partition in streaming.execute(_NAMES, {"source": source}).partitions():
            yield from ((row.key, row.dn) for row in partition)

    def active(self, source: str) -> int:
        counting = select(func.count()).where(
            directory_entries.c.source == source, directory_entries.c.active.is_(True)
        )
        return int(self._connection.execute(counting).scalar_one())

    def ended(self, source: str, now: datetime, limit: int) -> Sequence[Entry]:
        rows = self._connection.execute(_ENDED, {"source": source, "now": now, "most": limit})
        return [_entry(row) for row in rows]

    def numbered(self, numbers: Collection[str]) -> Sequence[NameHolder]:
        return [
            holder_from(row, None)
            for chunk in chunks(numbers)
            for row in self._connection.execute(_NUMBERED, {"numbers": chunk}).mappings()
        ]

    def add(self, source: str, entries: Sequence[Entry], now: datetime) -> None:
        at = to_micros(now)
        _ADD.run(
            self._connection,
            [
                {"source": source, "key": one.key, "person_id": one.person_id, **_values(one, at)}
                for one in entries
            ],
        )

    def replace(self, source: str, entries: Sequence[Entry], now: datetime) -> None:
        at = to_micros(now)
        _REPLACE.run_many(
            self._connection, [{"_source": source, "_key": one.key, **_values(one, at)} for one in entries]
        )

    def mark_reverted(self, source: str, marks: Mapping[str, tuple[bytes, bool]]) -> None:
        for key, (fingerprint, active) in marks.items():
            self._connection.execute(
                update(directory_entries)
                .where(directory_entries.c.source == source, directory_entries.c.key == key)
                .values(reverted=fingerprint, reverted_active=active)
            )

    def people(self, source: str, keys: Iterable[str]) -> Mapping[str, PersonId]:
        found: dict[str, PersonId] = {}
        for chunk in chunks(list(keys)):
            found.update(_PEOPLE.run(self._connection, source=source, keys=texts(self._connection, chunk)))
        return found


def _set_here(connection: Connection, setting: str) -> None:
    """Let a setting of PostgreSQL hold for this transaction."""
    if connection.dialect.name == "postgresql":
        run_plain(connection, f"SET LOCAL {setting}")


def _values(entry: Entry, at: int) -> dict[str, object]:
    return {
        "dn": entry.dn,
        "fingerprint": entry.fingerprint,
        "active": entry.active,
        "employee_number": entry.employee_number,
        "record": entry.record,
        "changed_at": at,
        "ends_at": None if entry.ends_at is None else to_micros(entry.ends_at),
        "reverted": None,
        "reverted_active": None,
    }


def _entry(row: Row[Any, *tuple[Any, ...]]) -> Entry:
    return Entry(
        row.key,
        PersonId(row.person_id),
        row.dn,
        bytes(row.fingerprint),
        bool(row.active),
        row.employee_number,
        row.record,
        row.ends_at,
        None if row.reverted is None else bytes(row.reverted),
        row.reverted_active,
    )
