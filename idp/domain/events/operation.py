"""Running the service: synchronisation, configuration, keys, the audit log itself."""

from dataclasses import dataclass, field
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class SynchronisationEnded(AuditEvent):
    """A run (`object`) ended as `outcome`."""

    type: ClassVar[str] = "synchronisation.ended"
    outcome: str = ""
    source: str = ""
    applied: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTakenBack(AuditEvent):
    """A run (`run`) of a synchronisation is taken back by another (`object`), `whole` or for one person.

    `stays`: how many of its lines cannot be taken back.
    """

    type: ClassVar[str] = "synchronisation.taken_back"
    run: str = ""
    source: str = ""
    lines: int = 0
    stays: int = 0
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationChanged(AuditEvent):
    """A network, application, directory, group or policy (`object`) was created, changed or removed."""

    type: ClassVar[str] = "configuration.changed"
    change: str = ""
    fields: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotated(AuditEvent):
    """A signing key or the master key (`object`) was rotated, retired or resealed."""

    type: ClassVar[str] = "key.rotated"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditWeeded(AuditEvent):
    """Payloads older than `before` were weeded; `reason` refers to the recorded decision (gallringsbeslut).

    `first` and `last` are places in the chain; `types` limits it to some kinds of record, empty: all.
    """

    type: ClassVar[str] = "audit.weeded"
    first: int = 0
    last: int = 0
    before: str = ""
    types: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditExported(AuditEvent):
    """A checkpoint or an extract of the log was exported."""

    type: ClassVar[str] = "audit.exported"
