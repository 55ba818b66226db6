"""The person whom a service means (Principal Selection 1.0): compared with who signed in, after it, never before.

Nobody learns from it whether there is such a person: the sign-in looks the same, and another person is an error
(`UnknownPrincipal`) that whoever signed in has caused.
"""

from collections.abc import Sequence
from datetime import datetime

from idp.domain.handles import AccountId
from idp.domain.ports import UnitOfWork
from idp.saml.attributes import KNOWN, name_of, needs_membership
from idp.saml.people import attribute_values
from idp.saml.provider import Provider
from idp.saml.store.connection import connection_of
from idp.saml.store.people import person_of

#: What a service may know of a person that tells him from others; what half the town has in common does not.
TELLING = tuple(
    name
    for name in map(
        name_of,
        (
            "employeeNumber",
            "norEduPersonLIN",
            "orgAffiliation",
            "mail",
            "uid",
            "eduPersonPrincipalName",
            "subject-id",
        ),
    )
    if name is not None
)
_AS_LOGIN = tuple(name for name in TELLING if KNOWN[name].friendly in ("uid", "mail"))


def matches(
    provider: Provider,
    uow: UnitOfWork,
    principal: Sequence[tuple[str, str]],
    account_id: AccountId,
    now: datetime,
) -> bool:
    """Whether somebody is who the service means: one of the values that we know is his, or there is none."""
    meant = [(name, value) for name, value in principal if name in TELLING]
    if not meant:
        return True
    names = [name for name, _ in meant]
    person = person_of(connection_of(uow), account_id, now, memberships=needs_membership(names))
    if person is None:
        return False
    values = attribute_values(person, provider.about.organisation, names, "")
    return any(value.casefold() in map(str.casefold, values.get(name, ())) for name, value in meant)


def login_hint(principal: Sequence[tuple[str, str]]) -> str:
    """Return the name to fill in on the sign-in page, "" if the service gives none that one signs in with."""
    return next((value for name, value in principal if name in _AS_LOGIN), "")
