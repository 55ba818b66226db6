"""Lines about units and groups."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from directory_sync import (
    GroupChanged,
    GroupCreated,
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
    structure.forget_taken_back(batch.source, [line.record.key for _, line in lines])
    put = {held.position: (held, line.record) for held, line in lines if not isinstance(line, UnitRemoved)}
    refused = structure.put_units(batch.source, [record for _, record in put.values()]) if put else ()
    for held, record in put.values():
        if record.key in refused:
            batch.leave_out(held, f"another unit has the code {record.code}")
    for held, line in lines:
        if isinstance(line, UnitRemoved) and not structure.remove_unit(
            batch.source, line.record.key, batch.occasion.now
        ):
            batch.leave_out(held, CHANGED_MEANWHILE)


def change_groups(batch: Batch, lines: Sequence[tuple[HeldLine, GroupLine]]) -> None:
    """Create, change and remove groups."""
    structure = batch.uow.provisioning.structure
    structure.forget_taken_back(batch.source, [_key(line) for _, line in lines])
    known = structure.lock_groups(batch.source, [_key(line) for _, line in lines])
    still = []
    for held, line in lines:
        found = known.get(_key(line))
        if (None if found is None else found[1]) == (None if isinstance(line, GroupCreated) else line.before):
            still.append(line)
        else:
            batch.leave_out(held, CHANGED_MEANWHILE)
    structure.remove_groups([known[line.key][0] for line in still if isinstance(line, GroupRemoved)])
    _put(batch, [line for line in still if not isinstance(line, GroupRemoved)], known)


def _key(line: GroupLine) -> str:
    return line.key if isinstance(line, GroupRemoved) else line.record.key


def _put(
    batch: Batch, lines: Sequence[GroupCreated | GroupChanged], known: Mapping[str, tuple[GroupId, bytes]]
) -> None:
    structure = batch.uow.provisioning.structure
    everybody = {key for line in lines for key in line.record.members}
    people = batch.uow.provisioning.entries.people(batch.source, everybody)
    named = {line.record.key: (line.record.name, _fingerprint(line, people)) for line in lines}
    made = structure.add_groups(batch.source, {key: one for key, one in named.items() if key not in known})
    structure.replace_groups({known[key][0]: one for key, one in named.items() if key in known})
    ids = {**made, **{key: known[key][0] for key in named if key in known}}
    structure.set_members(
        {
            ids[line.record.key]: {people[key] for key in line.record.members if key in people}
            for line in lines
        }
    )


def _fingerprint(line: GroupCreated | GroupChanged, people: Mapping[str, PersonId]) -> bytes:
    """If some members are not known, the fingerprint says so, and they come in with a later run."""
    record = line.record
    if all(key in people for key in record.members):
        return line.fingerprint
    return group_fingerprint(replace(record, members=tuple(key for key in record.members if key in people)))
