"""A person: the human being behind employments, accounts and addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from idp.domain.handles import PersonId


class Protection(StrEnum):
    """Protected personal data (skyddade personuppgifter), in Skatteverket's three forms."""

    NONE = "none"
    MARKED = "marked"
    PROTECTED_REGISTRATION = "protected_registration"
    FICTITIOUS = "fictitious"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: the source, its entry's immutable key and the attribute."""

    source: str
    key: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Person:
    """One human being. The id is random and permanent; names and numbers are data, never keys."""

    id: PersonId
    given_name: str
    surname: str
    display_name: str
    protection: Protection = Protection.NONE
    employee_number: str | None = None
    language: str | None = None
    created_at: datetime | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)

    @property
    def shown_name(self) -> str:
        """What others may see: a protected person's name is never shown unasked."""
        return self.display_name if self.protection is Protection.NONE else "—"
