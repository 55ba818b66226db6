"""Units whose parent is told by their place in the tree of DNs, or by the parent's code."""

from collections.abc import Iterator
from dataclasses import replace

from directory_sync.dn import format_dn, parse_dn
from directory_sync.mapping import MappedUnit
from directory_sync.record_json import unit_from_text, unit_text
from directory_sync.records import UnitRecord
from directory_sync.scratch import Scratch
from directory_sync.shelf import Shelf, same


class UnitsRead:
    """Filled with the units of one source as they come; gives every unit with its parent's code."""

    def __init__(self, scratch: Scratch) -> None:
        self._units = Shelf(scratch, unit_text, unit_from_text)
        self._codes = Shelf(scratch, same, same)
        """By DN in normal form."""

    def take(self, unit: MappedUnit) -> None:
        """Keep a unit; an earlier one with its key is forgotten."""
        entry = unit.entry
        record = UnitRecord(entry.source, entry.key, entry.dn, unit.code, unit.name, unit.parent_code)
        self._units.put(entry.key, record)
        self._codes.put(format_dn(parse_dn(entry.dn)), unit.code)

    def __iter__(self) -> Iterator[UnitRecord]:
        """In the order of keys; the parent is the stated one, else the nearest unit above."""
        for _, unit in self._units.in_order():
            yield unit if unit.parent_code is not None else replace(unit, parent_code=self._above(unit.dn))

    def _above(self, dn: str) -> str | None:
        rdns = parse_dn(dn)
        above = (self._codes.get(format_dn(rdns[start:])) for start in range(1, len(rdns)))
        return next((code for code in above if code is not None), None)
