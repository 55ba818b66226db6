"""Claims about a person: which a scope or request asks for, and which may leave the house.

A person with protected personal data is told apart by `sub` alone: no name, login, address or workplace
goes to a system, whatever it asks for (DOMAIN 4.2). `email` is data; `sub` is the account's random id.
"""

from collections.abc import Iterable, Mapping

from idp.domain.release import Fact, released
from idp.oidc.grants import Grant, Subject
from idp.oidc.vocabulary import CLAIMS_OF_SCOPE, GROUPS, PERSON_CLAIMS, ROLES, UNIT

Claims = dict[str, object]

#: The fact behind each claim; what leaves the house of whom is the domain's one rule.
FACT_OF_CLAIM: Mapping[str, Fact] = {
    "name": Fact.DISPLAY_NAME,
    "given_name": Fact.GIVEN_NAME,
    "family_name": Fact.SURNAME,
    "preferred_username": Fact.LOGIN,
    "locale": Fact.LANGUAGE,
    "email": Fact.MAIL,
    "email_verified": Fact.MAIL,
    "groups": Fact.GROUPS,
    "units": Fact.UNITS,
    "unit_names": Fact.UNIT_NAMES,
    "roles": Fact.ROLES,
}


def wanted_claims(grant: Grant, scope: Iterable[str]) -> tuple[str, ...]:
    """Return the person claims that userinfo answers with (Core §5.4, §5.5)."""
    asked = {*covered_by(scope), *grant.claims.userinfo}
    return tuple(claim for claim in PERSON_CLAIMS if claim in asked)


def covered_by(scope: Iterable[str]) -> frozenset[str]:
    """Return the person claims that scopes stand for."""
    return frozenset(claim for one in scope for claim in CLAIMS_OF_SCOPE.get(one, ()))


def needs_membership(names: Iterable[str]) -> bool:
    """Whether groups, units or roles are among the claims, which take a read of their own."""
    return bool(set(names) & {*CLAIMS_OF_SCOPE[GROUPS], *CLAIMS_OF_SCOPE[UNIT], *CLAIMS_OF_SCOPE[ROLES]})


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
    known = {name: value for name, value in values.items() if value is not None}
    return released(known, FACT_OF_CLAIM, names, subject.protection)


def facts_of(names: Iterable[str]) -> frozenset[Fact]:
    """Return the facts that claims tell."""
    return frozenset(FACT_OF_CLAIM[name] for name in names)
