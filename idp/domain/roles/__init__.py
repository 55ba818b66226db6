"""Who may do what in Portvakt itself: roles, their scopes, acts, and the one function that decides.

Knows no rows, no pages and no clock. `may_act` is asked by every page, API call and command.
"""

from idp.domain.roles.acts import NEVER_TO_ONESELF, SEEING, SENSITIVE, Act
from idp.domain.roles.decision import Allowed, Answer, Refused, holds_somewhere, may_act, scopes_for
from idp.domain.roles.grants import (
    REACHES,
    WHOLE,
    Grant,
    Reach,
    Role,
    Scope,
    application_scope,
    unit_scope,
)
from idp.domain.roles.targets import (
    SERVER,
    Appointment,
    Doer,
    Organisation,
    Place,
    Somebody,
    System,
    Target,
)

__all__ = [
    "NEVER_TO_ONESELF",
    "REACHES",
    "SEEING",
    "SENSITIVE",
    "SERVER",
    "WHOLE",
    "Act",
    "Allowed",
    "Answer",
    "Appointment",
    "Doer",
    "Grant",
    "Organisation",
    "Place",
    "Reach",
    "Refused",
    "Role",
    "Scope",
    "Somebody",
    "System",
    "Target",
    "application_scope",
    "holds_somewhere",
    "may_act",
    "scopes_for",
    "unit_scope",
]
