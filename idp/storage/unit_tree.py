"""Units put into the tree many at a time: which row each becomes, and who is whose parent.

Owns the rule that a unit which is gone, or which nobody but its people named, lends its row to whichever has its
code now. What becomes of a batch is decided in memory, line after line, and written by a handful of statements.
"""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, or_, select, update

from directory_sync import UnitRecord
from idp.domain.handles import new_id
from idp.storage.among import among
from idp.storage.bulk import BulkInsert, chunks
from idp.storage.columns import to_micros
from idp.storage.prepared import Prepared
from idp.storage.tables import units

_COLUMNS = ("key", "dn", "code", "name", "parent_code", "removed_at")
_LOCK = (
    select(units)
    .where(
        units.c.source == bindparam("of_source"),
        or_(
            among(units.c.key, "keys"),
            among(units.c.code, "codes"),
        ),
    )
    .order_by(units.c.id)
    .with_for_update()
)
_ADD = BulkInsert(units)
_REPLACE = Prepared(
    update(units).where(units.c.id == bindparam("_id")).values({name: bindparam(name) for name in _COLUMNS})
)
_parents = units.alias("parents")
_PARENT = (
    select(_parents.c.id)
    .where(_parents.c.source == units.c.source, _parents.c.code == units.c.parent_code)
    .scalar_subquery()
)
_TIE = (
    update(units)
    .where(
        units.c.source == bindparam("of_source"),
        or_(
            among(units.c.id, "ids"),
            among(units.c.parent_id, "ids"),
            among(units.c.parent_code, "codes"),
        ),
        units.c.parent_id.is_distinct_from(_PARENT),
    )
    .values(parent_id=_PARENT)
)
"""Children that came before their parent; those that followed another code of a unit; and the units themselves."""


@dataclass(slots=True)
class _Row:
    id: str
    key: str | None
    dn: str | None
    code: str
    name: str
    parent_code: str | None
    removed_at: int | None
    new: bool = False

    def become(self, record: UnitRecord) -> None:
        self.key, self.dn, self.code, self.name = record.key, record.dn, record.code, record.name
        self.parent_code, self.removed_at = record.parent_code, None

    def values(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in _COLUMNS}


def put_units(connection: Connection, source: str, records: Sequence[UnitRecord]) -> AbstractSet[str]:
    """Create or change units of one source and tie the tree.

    Return the keys of those that were refused because a living unit with another key has their code.
    """
    refused: set[str] = set()
    for chunk in chunks(records):
        batch = _Batch(_lock(connection, source, chunk))
        refused |= {record.key for record in chunk if not batch.put(record)}
        batch.write(connection, source)
    return refused


def _lock(connection: Connection, source: str, records: Sequence[UnitRecord]) -> list[_Row]:
    asked = {
        "of_source": source,
        "keys": [record.key for record in records],
        "codes": [record.code for record in records],
    }
    return [
        _Row(
            row.id,
            row.key,
            row.dn,
            row.code,
            row.name,
            row.parent_code,
            None if row.removed_at is None else to_micros(row.removed_at),
        )
        for row in connection.execute(_LOCK, asked)
    ]


class _Batch:
    """Rows as they are and will be.

    Changes are written in the order in which they were made, new rows last: no code or key is ever two rows' at once.
    """

    def __init__(self, rows: Collection[_Row]) -> None:
        self._by_key = {row.key: row for row in rows if row.key is not None}
        self._by_code = {row.code: row for row in rows}
        self._new: list[_Row] = []
        self._changes: list[dict[str, object]] = []
        self._touched: list[_Row] = []

    def put(self, record: UnitRecord) -> bool:
        own, coded = self._by_key.get(record.key), self._by_code.get(record.code)
        if coded is None or coded is own:
            row = own or self._fresh(record)
        elif coded.key is not None and coded.removed_at is None:
            return False
        else:
            row = coded
            if own is not None:
                # The people of both are in one unit from now on; the row with the code is the one they refer to.
                own.key = own.removed_at = None
                self._note(own)
        if self._by_code.get(row.code) is row:
            del self._by_code[row.code]
        if row.key is not None:
            self._by_key.pop(row.key, None)
        row.become(record)
        self._by_key[record.key] = self._by_code[record.code] = row
        self._note(row)
        return True

    def _fresh(self, record: UnitRecord) -> _Row:
        row = _Row(new_id(), None, None, record.code, record.name, None, None, new=True)
        self._new.append(row)
        return row

    def _note(self, row: _Row) -> None:
        self._touched.append(row)
        if not row.new:
            self._changes.append({"_id": row.id, **row.values()})

    def write(self, connection: Connection, source: str) -> None:
        _REPLACE.run_many(connection, self._changes)
        rows = [{"id": row.id, "source": source, "parent_id": None, **row.values()} for row in self._new]
        _ADD.run(connection, rows)
        if self._touched:
            ids, codes = {row.id for row in self._touched}, {row.code for row in self._touched}
            asked = {"of_source": source, "ids": sorted(ids), "codes": sorted(codes)}
            connection.execute(_TIE, asked)
