"""Roles of Portvakt's own, how far each reaches, and until when. Plain values; nothing is decided here.

No role is ever set by a directory (statement L8).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from idp.domain.handles import ApplicationId


class Role(StrEnum):
    """What somebody may be in Portvakt itself."""

    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    IT_REPRESENTATIVE = "it_representative"
    SYSTEM_OWNER = "system_owner"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    PROTECTED_DATA_HANDLER = "protected_data_handler"


class Reach(StrEnum):
    """What a scope is made of."""

    ORGANISATION = "organisation"
    UNIT = "unit"
    APPLICATION = "application"


#: Over what each role can be given.
REACHES = {
    Role.ADMINISTRATOR: frozenset({Reach.ORGANISATION, Reach.UNIT}),
    Role.AUDITOR: frozenset({Reach.ORGANISATION, Reach.UNIT}),
    Role.IT_REPRESENTATIVE: frozenset({Reach.ORGANISATION, Reach.UNIT}),
    Role.PROTECTED_DATA_HANDLER: frozenset({Reach.ORGANISATION, Reach.UNIT}),
    Role.SYSTEM_OWNER: frozenset({Reach.APPLICATION}),
    Role.SYSTEM_ADMINISTRATOR: frozenset({Reach.APPLICATION}),
}

#: Roles that hold what other roles hold as well.
INCLUDES = {
    Role.ADMINISTRATOR: frozenset(Role),
    Role.SYSTEM_OWNER: frozenset({Role.SYSTEM_OWNER, Role.SYSTEM_ADMINISTRATOR}),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """How far a role reaches: everything, a unit and all below it, or one application.

    `within` holds the codes of all units above `key` as the tree is now; only a scope that is itself a
    target needs it.
    """

    reach: Reach
    key: str = ""
    within: frozenset[str] = field(default=frozenset(), compare=False)

    def covers(self, other: "Scope") -> bool:
        """Whether everything in `other` lies within this scope."""
        if self.reach is Reach.ORGANISATION:
            return True
        if self.reach is not other.reach:
            return False
        return self.key == other.key or (self.reach is Reach.UNIT and self.key in other.within)


WHOLE = Scope(Reach.ORGANISATION)


def unit_scope(code: str, above: frozenset[str] = frozenset()) -> Scope:
    """Return the scope of a unit and all below it."""
    return Scope(Reach.UNIT, code, above)


def application_scope(application: ApplicationId) -> Scope:
    """Return the scope of one application."""
    return Scope(Reach.APPLICATION, application)


@dataclass(frozen=True, slots=True)
class Grant:
    """One role over one scope; `ends` is the first instant after it, None is open."""

    role: Role
    scope: Scope = WHOLE
    ends: datetime | None = None
    id: str = field(default="", compare=False)

    def holds_at(self, now: datetime) -> bool:
        """Whether the role is held at `now`."""
        return self.ends is None or now < self.ends

    def includes(self, other: "Grant") -> bool:
        """Whether whoever holds this holds everything of `other` while both last."""
        roles = INCLUDES.get(self.role, frozenset({self.role}))
        return other.role in roles and self.scope.covers(other.scope)

    def outlasts(self, ends: datetime | None) -> bool:
        """Whether this lasts at least as long as something that ends then."""
        return self.ends is None or (ends is not None and ends <= self.ends)
