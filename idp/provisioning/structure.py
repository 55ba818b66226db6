"""Lines about units and groups."""

from collections.abc import Sequence
from dataclasses import replace

from directory_sync import (
    GroupChanged,
    GroupCreated,
    GroupRecord,
    GroupRemoved,
    HeldLine,
    UnitChanged,
    UnitCreated,
    UnitRemoved,
    group_fingerprint,
)
from idp.domain.handles import GroupId, PersonId
from idp.provisioning.batch import CHANGED_MEANWHILE, Batch

UnitLine = UnitCreated | UnitChanged | UnitRemoved
GroupLine = GroupCreated | GroupChanged | GroupRemoved


def change_units(batch: Batch, lines: Sequence[tuple[HeldLine, UnitLine]]) -> None:
    """Create, change and remove units. One that is removed stays for those who still belong to it."""
    structure = batch.uow.provisioning.structure
    for held, line in lines:
        record = line.record
        if isinstance(line, UnitRemoved):
            if not structure.remove_unit(batch.source, record.key, batch.occasion.now):
                batch.leave_out(held, CHANGED_MEANWHILE)
        elif not structure.put_unit(record):
            batch.leave_out(held, f"another unit has the code {record.code}")


def change_groups(batch: Batch, lines: Sequence[tuple[HeldLine, GroupLine]]) -> None:
    """Create, change and remove groups."""
    for held, line in lines:
        if not _change_group(batch, line):
            batch.leave_out(held, CHANGED_MEANWHILE)


def _change_group(batch: Batch, line: GroupLine) -> bool:
    structure = batch.uow.provisioning.structure
    key = line.key if isinstance(line, GroupRemoved) else line.record.key
    found = structure.lock_group(batch.source, key)
    if isinstance(line, GroupCreated):
        if found is not None:
            return False
        members, fingerprint = _members(batch, line.record, line.fingerprint)
        group_id = structure.add_group(batch.source, key, line.record.name, fingerprint)
        structure.set_members(group_id, members)
        return True
    if found is None or found[1] != line.before:
        return False
    if isinstance(line, GroupRemoved):
        structure.remove_group(found[0])
    else:
        _replace(batch, found[0], line)
    return True


def _replace(batch: Batch, group_id: GroupId, line: GroupChanged) -> None:
    structure = batch.uow.provisioning.structure
    members, fingerprint = _members(batch, line.record, line.fingerprint)
    structure.replace_group(group_id, line.record.name, fingerprint)
    structure.set_members(group_id, members)


def _members(batch: Batch, record: GroupRecord, fingerprint: bytes) -> tuple[set[PersonId], bytes]:
    """The members who are known. If some are not, the fingerprint says so, and they come in with a later run."""
    found = batch.uow.provisioning.entries.people(batch.source, record.members)
    if len(found) == len(record.members):
        return set(found.values()), fingerprint
    present = replace(record, members=tuple(key for key in record.members if key in found))
    return set(found.values()), group_fingerprint(present)
