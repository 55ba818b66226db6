"""Units and groups of directories as rows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from directory_sync import KnownGroup, UnitRecord
from idp.domain.handles import GroupId, PersonId, UnitId, new_id
from idp.provisioning.ports import NamedGroup
from idp.storage.among import among, texts
from idp.storage.bulk import CHUNK, BulkInsert, chunks
from idp.storage.prepared import Prepared
from idp.storage.tables import (
    directory_entries,
    employments,
    group_members,
    groups,
    structure_taken_back,
    units,
)
from idp.storage.unit_tree import put_units

_LOCK_GROUPS = (
    select(groups.c.key, groups.c.id, groups.c.fingerprint)
    .where(
        groups.c.source == bindparam("source"),
        among(groups.c.key, "keys"),
        groups.c.fingerprint.is_not(None),
    )
    .order_by(groups.c.id)
    .with_for_update()
)
_ADD_GROUP = BulkInsert(groups)
_REPLACE_GROUP = Prepared(
    update(groups)
    .where(groups.c.id == bindparam("_id"))
    .values(name=bindparam("name"), fingerprint=bindparam("fingerprint"))
)
_MEMBERS = Prepared(
    select(group_members.c.group_id, group_members.c.person_id).where(
        among(group_members.c.group_id, "groups")
    )
)
_MEMBERS_AT_ONCE = 20_000
_DROP_MEMBERS = delete(group_members).where(among(group_members.c.group_id, "groups"))
_DROP_GROUPS = delete(groups).where(among(groups.c.id, "groups"))
_UNIT_IDS = select(units.c.code, units.c.id).where(
    units.c.source == bindparam("of_source"), among(units.c.code, "codes")
)
_FORGET_TAKEN_BACK = delete(structure_taken_back).where(
    structure_taken_back.c.source == bindparam("of_source"), among(structure_taken_back.c.key, "keys")
)
_ADD_MEMBER = BulkInsert(group_members)
_TAKE_BACK = BulkInsert(structure_taken_back)
_DROP_MEMBER = Prepared(
    delete(group_members).where(
        group_members.c.group_id == bindparam("_group"), group_members.c.person_id == bindparam("_person")
    )
)


class SqlStructure:
    """Implements `provisioning.ports.Structure`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def units(self, source: str) -> Iterator[UnitRecord]:
        listed = select(units).where(
            units.c.source == source, units.c.key.is_not(None), units.c.removed_at.is_(None)
        )
        for row in self._connection.execute(listed, execution_options={"yield_per": CHUNK}):
            yield UnitRecord(row.source, row.key, row.dn, row.code, row.name, row.parent_code)

    def sizes(self, source: str, codes: Collection[str], now: datetime) -> Mapping[str, int]:
        counting = (
            select(units.c.code, func.count().label("persons"))
            .join(employments, employments.c.unit_id == units.c.id)
            .where(
                units.c.source == source,
                units.c.code.in_(list(codes)),
                employments.c.source == source,
                employments.c.ends.is_(None) | (employments.c.ends > now),
            )
            .group_by(units.c.code)
        )
        return {row.code: int(row.persons) for row in self._connection.execute(counting)}

    def put_units(self, source: str, records: Sequence[UnitRecord]) -> AbstractSet[str]:
        return put_units(self._connection, source, records)

    def remove_unit(self, source: str, key: str, now: datetime) -> bool:
        changed = self._connection.execute(
            update(units)
            .where(units.c.source == source, units.c.key == key, units.c.removed_at.is_(None))
            .values(removed_at=now)
        )
        return changed.rowcount == 1

    def unit_ids(self, source: str, codes: Collection[str]) -> Mapping[str, UnitId]:
        found = {
            row.code: UnitId(row.id)
            for chunk in chunks(codes)
            for row in self._connection.execute(_UNIT_IDS, {"of_source": source, "codes": chunk})
        }
        missing = {code: UnitId(new_id()) for code in codes if code not in found}
        if missing:
            self._connection.execute(
                insert(units),
                [{"id": one, "source": source, "code": code, "name": code} for code, one in missing.items()],
            )
        return found | missing

    def groups(self, source: str, keys: Collection[str] | None = None) -> Iterator[tuple[str, KnownGroup]]:
        listed = select(groups.c.key, groups.c.name, groups.c.fingerprint).where(
            groups.c.source == source, groups.c.fingerprint.is_not(None)
        )
        if keys is not None:
            listed = listed.where(among(groups.c.key, "keys"))
        asked = {} if keys is None else {"keys": sorted(keys)}
        for row in self._connection.execute(listed, asked, execution_options={"yield_per": CHUNK}):
            yield row.key, KnownGroup(row.name, bytes(row.fingerprint))

    def lock_groups(self, source: str, keys: Collection[str]) -> Mapping[str, tuple[GroupId, bytes]]:
        return {
            row.key: (GroupId(row.id), bytes(row.fingerprint))
            for chunk in chunks(sorted(keys))
            for row in self._connection.execute(_LOCK_GROUPS, {"source": source, "keys": chunk})
        }

    def add_groups(self, source: str, groups: Mapping[str, NamedGroup]) -> Mapping[str, GroupId]:
        made = {key: GroupId(new_id()) for key in groups}
        _ADD_GROUP.run(
            self._connection,
            [
                {"id": made[key], "source": source, "key": key, "name": name, "fingerprint": fingerprint}
                for key, (name, fingerprint) in groups.items()
            ],
        )
        return made

    def replace_groups(self, groups: Mapping[GroupId, NamedGroup]) -> None:
        _REPLACE_GROUP.run_many(
            self._connection,
            [
                {"_id": one, "name": name, "fingerprint": fingerprint}
                for one, (name, fingerprint) in groups.items()
            ],
        )

    def remove_groups(self, ids: Collection[GroupId]) -> None:
        for chunk in chunks(ids):
            self._connection.execute(_DROP_MEMBERS, {"groups": chunk})
            self._connection.execute(_DROP_GROUPS, {"groups": chunk})

    def taken_back(self, source: str) -> Mapping[str, bytes]:
        rows = self._connection.execute(
            select(structure_taken_back.c.key, structure_taken_back.c.fingerprint).where(
                structure_taken_back.c.source == source
            )
        )
        return {row.key: bytes(row.fingerprint) for row in rows}

    def mark_taken_back(self, source: str, marks: Mapping[str, bytes]) -> None:
        self.forget_taken_back(source, marks)
        rows = [{"source": source, "key": key, "fingerprint": mark} for key, mark in marks.items()]
        _TAKE_BACK.run(self._connection, rows)

    def forget_taken_back(self, source: str, keys: Collection[str]) -> None:
        for chunk in chunks(keys):
            self._connection.execute(_FORGET_TAKEN_BACK, {"of_source": source, "keys": chunk})

    def member_keys(self, source: str, key: str) -> AbstractSet[str]:
        rows = self._connection.execute(
            select(directory_entries.c.key)
            .join(group_members, group_members.c.person_id == directory_entries.c.person_id)
            .join(groups, groups.c.id == group_members.c.group_id)
            .where(directory_entries.c.source == source, groups.c.source == source, groups.c.key == key)
        )
        return set(rows.scalars())

    def set_members(self, members: Mapping[GroupId, AbstractSet[PersonId]]) -> None:
        present: set[tuple[str, str]] = set()
        for chunk in chunks(members):
            present.update(_MEMBERS.run(self._connection, groups=texts(self._connection, chunk)))
        wanted = {(group, person) for group, persons in members.items() for person in persons}
        _DROP_MEMBER.run_many(
            self._connection, [{"_group": one, "_person": other} for one, other in sorted(present - wanted)]
        )
        for added in chunks(sorted(wanted - present), _MEMBERS_AT_ONCE):
            rows = [{"group_id": one, "person_id": other} for one, other in added]
            _ADD_MEMBER.run(self._connection, rows)
