"""A named set of people, read from a directory or kept here; already flattened when stored."""

from dataclasses import dataclass

from idp.domain.handles import GroupId


@dataclass(frozen=True, slots=True)
class Group:
    """One group. `source` is a directory's name, or `local` for groups of the configuration file."""

    id: GroupId
    name: str
    source: str
