"""A posture report: what an auditor reads about accounts, systems, rights and keys. Plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta

#: Who or what was not seen for this long is dormant.
DORMANT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Finding:
    """How many there are, and the first of them as (name, what else)."""

    count: int
    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Posture:
    """The report."""

    without_factor: Finding
    dormant: Finding
    without_owner: Finding
    unused: Finding
    expiring: Finding
    changes: Finding

    def parts(self) -> Mapping[str, Finding]:
        """Return the findings by their names."""
        return {one.name: getattr(self, one.name) for one in fields(self)}
