"""Roles of Portvakt's own, given and taken."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGiven(AuditEvent):
    """A role over a scope (`object`) was given to an account; `ends` is empty for an open one."""

    type: ClassVar[str] = "role.given"
    role: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleTaken(AuditEvent):
    """A role over a scope (`object`) was taken from an account."""

    type: ClassVar[str] = "role.taken"
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRefused(AuditEvent):
    """Somebody may not do this to `subject` or `object`; `act` is what, `reason` the first reason's code."""

    type: ClassVar[str] = "act.refused"
    act: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPlanned(AuditEvent):
    """Something is to be done to `subject` at `due`; `what` became of the plan (`object`)."""

    type: ClassVar[str] = "act.planned"
    act: str = ""
    due: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOpened(AuditEvent):
    """A protected person's (`subject`) record was opened; `reason` is why."""

    type: ClassVar[str] = "record.opened"
