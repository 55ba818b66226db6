"""Groups and units as claims; nothing of a protected person's workplace is told."""

from collections.abc import Iterable
from datetime import datetime

from idp.domain.person import Protection
from idp.oidc.claims import Claims
from idp.oidc.grants import Subject
from idp.oidc.store import OidcStore


def membership_claims(store: OidcStore, subject: Subject, names: Iterable[str], now: datetime) -> Claims:
    """Return those of `groups`, `units` and `unit_names` that are among `names`."""
    if subject.protection is not Protection.NONE:
        return {}
    memberships = store.memberships.of(subject.person_id, now)
    values: Claims = {
        "groups": list(memberships.groups),
        "units": [code for code, _ in memberships.units],
        "unit_names": [name for _, name in memberships.units],
    }
    return {name: values[name] for name in names if name in values}
