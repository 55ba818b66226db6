"""The organisation's tree of units; its root is the municipality or company itself."""

from dataclasses import dataclass

from idp.domain.handles import UnitId


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit. `code` is the organisation's own and unique within a source; `parent_id` None is a root."""

    id: UnitId
    code: str
    name: str
    parent_id: UnitId | None
    source: str
