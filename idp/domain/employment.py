"""An employment ties a person to a unit for a time; a person may have several, or none."""

from dataclasses import dataclass
from datetime import datetime

from idp.domain.handles import PersonId, UnitId


@dataclass(frozen=True, slots=True)
class Employment:
    """One employment. `starts` is inclusive, `ends` is the first instant after it; None is open."""

    person_id: PersonId
    unit_id: UnitId
    source: str
    title: str = ""
    starts: datetime | None = None
    ends: datetime | None = None

    def runs_at(self, now: datetime) -> bool:
        """Whether the employment runs at `now`."""
        return (self.starts is None or self.starts <= now) and (self.ends is None or now < self.ends)
