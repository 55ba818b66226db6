"""Claims about a person: which a scope or request asks for, and which may leave the house.

A person with protected personal data is told apart by `sub` alone: no name, login, address or workplace
goes to a system, whatever it asks for (DOMAIN 4.2). `email` is data; `sub` is the account's random id.
"""

from collections.abc import Iterable

from idp.domain.person import Protection
from idp.oidc.grants import Grant, Subject
from idp.oidc.vocabulary import CLAIMS_OF_SCOPE, GROUPS, PERSON_CLAIMS, UNIT

Claims = dict[str, object]

#: What is released of a protected person: a masked name, and the language to speak in.
NEUTRAL_CLAIMS = frozenset({"name", "locale"})


def wanted_claims(grant: Grant, scope: Iterable[str]) -> tuple[str, ...]:
    """Return the person claims that userinfo answers with (Core §5.4, §5.5)."""
    asked = {*covered_by(scope), *grant.claims.userinfo}
    return tuple(claim for claim in PERSON_CLAIMS if claim in asked)


def covered_by(scope: Iterable[str]) -> frozenset[str]:
    """Return the person claims that scopes stand for."""
    return frozenset(claim for one in scope for claim in CLAIMS_OF_SCOPE.get(one, ()))


def needs_membership(names: Iterable[str]) -> bool:
    """Whether groups or units are among the claims, which take a read of their own."""
    return bool(set(names) & {*CLAIMS_OF_SCOPE[GROUPS], *CLAIMS_OF_SCOPE[UNIT]})


def person_claims(subject: Subject, names: Iterable[str]) -> Claims:
    """Return the claims among `names` that have a value and may be released; groups and units come beside."""
    values: Claims = {
        "name": subject.shown_name,
        "given_name": subject.given_name,
        "family_name": subject.family_name,
        "preferred_username": subject.login,
        "locale": subject.language,
        "email": subject.email,
        # Every address here was issued by Portvakt, which delivers to it (DOMAIN 3).
        "email_verified": True if subject.email else None,
    }
    shielded = subject.protection is not Protection.NONE
    return {
        name: values[name]
        for name in names
        if values.get(name) is not None and (not shielded or name in NEUTRAL_CLAIMS)
    }
