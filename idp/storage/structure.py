"""Units and groups of directories as rows."""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from directory_sync import KnownGroup, UnitRecord
from idp.domain.handles import GroupId, PersonId, UnitId, new_id
from idp.storage.bulk import BulkInsert, chunks
from idp.storage.tables import directory_entries, employments, group_members, groups, units

_ADD_MEMBER = BulkInsert(group_members)


class SqlStructure:
    """Implements `provisioning.ports.Structure`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def units(self, source: str) -> Mapping[str, UnitRecord]:
        rows = self._connection.execute(
            select(units).where(
                units.c.source == source, units.c.key.is_not(None), units.c.removed_at.is_(None)
            )
        )
        return {
            row.key: UnitRecord(row.source, row.key, row.dn, row.code, row.name, row.parent_code)
            for row in rows
        }

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

    def put_unit(self, record: UnitRecord) -> bool:
        unit_id = self._unit_to_be(record)
        if unit_id is None:
            return False
        parent_id = self._id_of(record.source, record.parent_code)
        values = {
            "key": record.key,
            "dn": record.dn,
            "code": record.code,
            "name": record.name,
            "parent_code": record.parent_code,
            "parent_id": parent_id,
            "removed_at": None,
        }
        if unit_id:
            self._connection.execute(update(units).where(units.c.id == unit_id).values(values))
        else:
            unit_id = new_id()
            self._connection.execute(insert(units).values(id=unit_id, source=record.source, **values))
        self._tie_children(record, unit_id)
        return True

    def _unit_to_be(self, record: UnitRecord) -> str | None:
        """Which row the unit becomes: its own, one known by the code only, a new one (""); None if none may.

        A unit that is gone, or that nobody but its people named, lends its row to whichever has its code now.
        """
        rows = self._connection.execute(
            select(units.c.id, units.c.key, units.c.code, units.c.removed_at)
            .where(
                units.c.source == record.source,
                or_(units.c.key == record.key, units.c.code == record.code),
            )
            .with_for_update()
        ).all()
        own = next((row for row in rows if row.key == record.key), None)
        coded = next((row for row in rows if row.code == record.code), None)
        if coded is None or coded is own:
            return own.id if own else ""
        if coded.key is not None and coded.removed_at is None:
            return None
        if own is not None:
            # The people of both are in one unit from now on; the row with the code is the one they refer to.
            self._connection.execute(
                update(units).where(units.c.id == own.id).values(key=None, removed_at=None)
            )
        return str(coded.id)

    def _id_of(self, source: str, code: str | None) -> str | None:
        if code is None:
            return None
        return self._connection.execute(
            select(units.c.id).where(units.c.source == source, units.c.code == code)
        ).scalar()

    def _tie_children(self, record: UnitRecord, unit_id: str) -> None:
        """Children that came before their parent; and those that followed another code of this unit."""
        of_source = units.c.source == record.source
        self._connection.execute(
            update(units)
            .where(of_source, units.c.parent_code == record.code, units.c.parent_id.is_distinct_from(unit_id))
            .values(parent_id=unit_id)
        )
        self._connection.execute(
            update(units)
            .where(of_source, units.c.parent_id == unit_id, units.c.parent_code != record.code)
            .values(parent_id=None)
        )

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
            for row in self._connection.execute(
                select(units.c.code, units.c.id).where(units.c.source == source, units.c.code.in_(chunk))
            )
        }
        missing = {code: UnitId(new_id()) for code in codes if code not in found}
        if missing:
            self._connection.execute(
                insert(units),
                [{"id": one, "source": source, "code": code, "name": code} for code, one in missing.items()],
            )
        return found | missing

    def groups(self, source: str) -> Mapping[str, KnownGroup]:
        rows = self._connection.execute(
            select(groups.c.key, groups.c.name, groups.c.fingerprint).where(
                groups.c.source == source, groups.c.fingerprint.is_not(None)
            )
        )
        return {row.key: KnownGroup(row.name, bytes(row.fingerprint)) for row in rows}

    def lock_group(self, source: str, key: str) -> tuple[GroupId, bytes] | None:
        row = self._connection.execute(
            select(groups.c.id, groups.c.fingerprint)
            .where(groups.c.source == source, groups.c.key == key)
            .with_for_update()
        ).first()
        return None if row is None else (GroupId(row.id), bytes(row.fingerprint))

    def add_group(self, source: str, key: str, name: str, fingerprint: bytes) -> GroupId:
        group_id = GroupId(new_id())
        self._connection.execute(
            insert(groups).values(id=group_id, source=source, key=key, name=name, fingerprint=fingerprint)
        )
        return group_id

    def replace_group(self, group_id: GroupId, name: str, fingerprint: bytes) -> None:
        self._connection.execute(
            update(groups).where(groups.c.id == group_id).values(name=name, fingerprint=fingerprint)
        )

    def remove_group(self, group_id: GroupId) -> None:
        self._connection.execute(delete(group_members).where(group_members.c.group_id == group_id))
        self._connection.execute(delete(groups).where(groups.c.id == group_id))

    def member_keys(self, source: str, key: str) -> AbstractSet[str]:
        rows = self._connection.execute(
            select(directory_entries.c.key)
            .join(group_members, group_members.c.person_id == directory_entries.c.person_id)
            .join(groups, groups.c.id == group_members.c.group_id)
            .where(directory_entries.c.source == source, groups.c.source == source, groups.c.key == key)
        )
        return set(rows.scalars())

    def set_members(self, group_id: GroupId, persons: Collection[PersonId]) -> None:
        wanted = set(persons)
        present = set(
            self._connection.execute(
                select(group_members.c.person_id).where(group_members.c.group_id == group_id)
            ).scalars()
        )
        for chunk in chunks(present - wanted):
            self._connection.execute(
                delete(group_members).where(
                    and_(group_members.c.group_id == group_id, group_members.c.person_id.in_(chunk))
                )
            )
        _ADD_MEMBER.run(
            self._connection, [{"group_id": group_id, "person_id": one} for one in sorted(wanted - present)]
        )
