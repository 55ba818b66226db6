"""What a line replaced, remembered beside it, so that it can be taken back; and the marks of lines that take back.

Owns the form of both. Only what the line itself does not tell is remembered.
"""

import json
from collections.abc import Mapping, Sequence

from directory_sync import (
    Changed,
    GroupRecord,
    GroupRemoved,
    HeldLine,
    Mover,
    PersonRecord,
    Returned,
    person_from_text,
)
from directory_sync.lines import PersonLine
from directory_sync.revert import Mark, key_of
from idp.provisioning.ports import ProvisioningUnitOfWork


def replaced_by(
    uow: ProvisioningUnitOfWork, source: str, lines: Sequence[HeldLine], beside: Mapping[int, str]
) -> Mapping[int, str]:
    """Return what these lines are about to replace, after what stands beside them already (their marks)."""
    persons = {
        held.position: held.line.record.key
        for held in lines
        if isinstance(held.line, Changed | Mover | Returned)
    }
    entries = {one.key: one.record for one in uow.provisioning.entries.find(source, list(persons.values()))}
    found = {position: f"p{entries[key]}" for position, key in persons.items() if key in entries}
    for held in lines:
        if isinstance(held.line, GroupRemoved):
            members = sorted(uow.provisioning.structure.member_keys(source, held.line.key))
            found[held.position] = "g" + json.dumps([held.line.key, held.line.name, members])
    return {position: f"{beside.get(position, '')}\n{text}".lstrip() for position, text in found.items()}


def previous_of(text: str, source: str) -> PersonRecord | GroupRecord | None:
    """Return what a line replaced, as it was remembered."""
    for part in text.split("\n"):  # JSON holds no line end
        if part.startswith("p"):
            return person_from_text(part[1:])
        if part.startswith("g"):
            key, name, members = json.loads(part[1:])
            return GroupRecord(source, key, "", name, tuple(members))
    return None


def mark_text(mark: Mark | None) -> str:
    """Return a mark as text beside its line; empty for none."""
    return "" if mark is None else f"m{int(mark.active)}{mark.fingerprint.hex()}"


def mark(
    uow: ProvisioningUnitOfWork, source: str, lines: Sequence[HeldLine], beside: Mapping[int, str]
) -> None:
    """Set the marks of lines that were carried out just now."""
    marks: dict[str, tuple[bytes, bool]] = {}
    structure: dict[str, bytes] = {}
    for held in lines:
        text, key = beside.get(held.position, "").partition("\n")[0], key_of(held.line)
        if not text.startswith("m") or key is None:
            continue
        if isinstance(held.line, PersonLine):
            marks[key] = (bytes.fromhex(text[2:]), text[1] == "1")
        else:
            structure[key] = bytes.fromhex(text[2:])
    if structure:
        uow.provisioning.structure.mark_taken_back(source, structure)
    if marks:
        uow.provisioning.entries.mark_reverted(source, marks)
