"""Where sealed secrets lie, how many are under which master key, and sealing them anew while everything runs.

A column that holds a sealed value is called `sealed_…`: counting finds them by that name, in all metadata that
it is handed, so that a key is never dropped while a forgotten column needs it. What a sign-in under way keeps
(`journeys.secrets`) lives for minutes and is not sealed anew: it is waited for.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Column, Connection, MetaData, RowMapping, func, select, update
from structlog import get_logger

from idp.domain.errors import SealBroken
from idp.storage.api_tokens import api_answer_purpose
from idp.storage.catalogue_store import bind_password_purpose
from idp.storage.columns import metadata
from idp.storage.tables import api_answers, directories, journeys, signing_keys
from idp.storage.unit_of_work import SqlDatabase

_BATCH = 200
_KEY_ID_AT, _KEY_ID_BYTES = 2, 8

_log = get_logger(__name__)


class Resealer(Protocol):
    """A sealer that knows its present key; `keys.MasterKeys` is one."""

    @property
    def sealing_key_id(self) -> bytes:
        """The id of the key that seals now."""

    def seal(self, plaintext: bytes, purpose: str) -> bytes: ...

    def unseal(self, sealed: bytes, purpose: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values and the purpose of each, from its row."""

    column: Column[bytes]
    purpose: Callable[[RowMapping], str]


OWN = (
    SealedColumn(signing_keys.c.sealed_private, lambda row: f"signing-key:{row['id']}"),
    SealedColumn(directories.c.sealed_password, lambda row: bind_password_purpose(row["name"])),
    SealedColumn(api_answers.c.sealed_answer, api_answer_purpose),
)


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many values were sealed anew, and which do not open (they stay as they are)."""

    count: int
    broken: tuple[str, ...] = ()


class SqlSeals:
    """The sealed values of a database; `others` is the metadata of libraries with tables of their own (mfa)."""

    def __init__(self, database: SqlDatabase, others: Iterable[MetaData] = ()) -> None:
        self._database = database
        self._columns = tuple(_sealed_columns((metadata, *others)))

    def counts(self) -> Mapping[bytes, int]:
        """Return how many values are sealed under each key, by key id."""
        found: dict[bytes, int] = {}
        with self._database.read() as uow:
            for column in self._columns:
                key_id = _key_id(column)
                query = select(key_id, func.count()).where(column.is_not(None)).group_by(key_id)
                for held, count in uow.connection.execute(query):
                    found[bytes(held)] = found.get(bytes(held), 0) + count
            for held in _of_journeys(uow.connection):
                found[held] = found.get(held, 0) + 1
        return found

    def reseal(self, keys: Resealer, still_ours: Callable[[], bool]) -> Resealed:
        """Seal what is under another key anew, of the shared tables; may be stopped and goes on next time."""
        count, broken = 0, list[str]()
        for sealed in (*OWN, *_of_rooms()):
            after: str | None = ""
            while after is not None and still_ours():
                after, done, bad = self._batch(sealed, keys, after)
                count += done
                broken += bad
        return Resealed(count, tuple(broken))

    def _batch(self, sealed: SealedColumn, keys: Resealer, after: str) -> tuple[str | None, int, list[str]]:
        table, column = sealed.column.table, sealed.column
        (identity,) = table.primary_key.columns
        query = (
            select(table)
            .where(identity > after, column.is_not(None), _key_id(column) != keys.sealing_key_id)
            .order_by(identity)
            .limit(_BATCH)
        )
        with self._database.read() as uow:
            rows = uow.connection.execute(query).mappings().all()
        opened, broken = _opened(sealed, keys, rows)
        count = 0
        if opened:
            with self._database.write() as uow:
                for row, value in opened:
                    # Compare and set: a password that was changed meanwhile is under the new key already.
                    same = (identity == row[identity.name], column == row[column.name])
                    count += uow.connection.execute(
                        update(table).where(*same).values({column.name: value})
                    ).rowcount
        return (rows[-1][identity.name] if len(rows) == _BATCH else None), count, broken


def _opened(
    sealed: SealedColumn, keys: Resealer, rows: Iterable[RowMapping]
) -> tuple[list[tuple[RowMapping, bytes]], list[str]]:
    opened: list[tuple[RowMapping, bytes]] = []
    broken: list[str] = []
    for row in rows:
        purpose = sealed.purpose(row)
        try:
            plaintext = keys.unseal(row[sealed.column.name], purpose)
        except SealBroken as error:
            _log.error("seals.broken", purpose=purpose, reason=str(error))
            broken.append(purpose)
        else:
            opened.append((row, keys.seal(plaintext, purpose)))
    return opened, broken


def _sealed_columns(found: Iterable[MetaData]) -> Iterator[Column[bytes]]:
    for tables in found:
        for table in tables.sorted_tables:
            yield from (column for column in table.columns if column.name.startswith("sealed_"))


def _of_rooms() -> Iterator[SealedColumn]:
    """Yield the sealed columns of rooms' own tables: each says itself what its values are sealed for."""
    for column in _sealed_columns((metadata,)):
        purpose = column.info.get("sealing_purpose")
        if purpose is not None:
            yield SealedColumn(column, purpose)


def _key_id(column: Column[bytes]) -> Any:
    return func.substr(column, _KEY_ID_AT, _KEY_ID_BYTES, type_=column.type)


def _of_journeys(connection: Connection) -> Iterator[bytes]:
    held = journeys.c["secrets"]
    for secrets in connection.execute(select(held).where(held.is_not(None))).scalars():
        yield from _key_ids_in(bytes(secrets))


def _key_ids_in(secrets: bytes) -> Iterator[bytes]:
    # Sealed values in hexadecimal, as JSON members (storage/journeys.py).
    for value in json.loads(secrets).values():
        yield bytes.fromhex(value)[_KEY_ID_AT - 1 :][:_KEY_ID_BYTES]
