"""Units whose parent is told by their place in the tree of DNs, or by the parent's code. Pure."""

from collections.abc import Sequence

from directory_sync.dn import parse_dn
from directory_sync.mapping import MappedUnit
from directory_sync.records import UnitRecord


def resolve_units(units: Sequence[MappedUnit]) -> list[UnitRecord]:
    """Give every unit its parent's code: the stated one, else that of the nearest unit above it."""
    codes = {parse_dn(unit.entry.dn): unit.code for unit in units}
    records: list[UnitRecord] = []
    for unit in units:
        parent = unit.parent_code
        if parent is None:
            rdns = parse_dn(unit.entry.dn)
            above = (codes.get(rdns[start:]) for start in range(1, len(rdns)))
            parent = next((code for code in above if code is not None), None)
        entry = unit.entry
        records.append(UnitRecord(entry.source, entry.key, entry.dn, unit.code, unit.name, parent))
    return records
