"""Groups, units and the system's own roles as claims; nothing of a protected person's workplace is told."""

from collections.abc import Iterable
from datetime import datetime

from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.domain.release import released
from idp.oidc.claims import FACT_OF_CLAIM, Claims
from idp.oidc.grants import Subject
from idp.oidc.store import OidcStore


def membership_claims(
    uow: UnitOfWork, subject: Subject, application: ApplicationId, names: Iterable[str], now: datetime
) -> Claims:
    """Return those of `groups`, `units`, `unit_names` and `roles` that are among `names` and may be released."""
    asked = tuple(names)
    values: Claims = {}
    if any(name in asked for name in ("groups", "units", "unit_names")):
        memberships = OidcStore.of(uow).memberships.of(subject.person_id, now)
        values = {
            "groups": list(memberships.groups),
            "units": [code for code, _ in memberships.units],
            "unit_names": [name for _, name in memberships.units],
        }
    if "roles" in asked:
        values["roles"] = list(uow.entitlements.roles_of(subject.account_id, application, now))
    return released(values, FACT_OF_CLAIM, asked, subject.protection)
