"""What services of other protocols are told of persons, and how what they publish about themselves changes."""

from dataclasses import dataclass, field
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionIssued(AuditEvent):
    """An assertion about `subject` was issued to an application (`object`): names of attributes, no values.

    `requesters` are the systems on whose behalf it asked.
    """

    type: ClassVar[str] = "assertion.issued"
    context: str = ""
    session: str = ""
    attributes: list[str] = field(default_factory=list)
    requesters: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataChanged(AuditEvent):
    """A service's (`object`) metadata was fetched anew and differs, or could not be used."""

    type: ClassVar[str] = "metadata.changed"
    outcome: str = ""
