"""Attributes by OID (eduPerson, SCHAC, norEduPerson, Swedish e-identification) and who gets them. Pure.

A name stands for a fact of `domain/release.py`, whose one rule decides what leaves the house. What nobody here knows
of a person (a personal identity number, an HSA-id) has no row: it can be asked for and is never made up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from idp.domain.release import Fact
from idp.saml.metadata.service import ServiceMetadata

SUBJECT_ID = "urn:oasis:names:tc:SAML:attribute:subject-id"
PAIRWISE_ID = "urn:oasis:names:tc:SAML:attribute:pairwise-id"
_EDU = "urn:oid:1.3.6.1.4.1.5923.1.1.1"
#: eduPersonEntitlement: here the system's own roles, as its administrator assigned them.
ROLES_OF_SYSTEM = f"{_EDU}.7"


@dataclass(frozen=True, slots=True)
class Known:
    """One attribute: its friendly name and the fact that it tells."""

    friendly: str
    fact: Fact


KNOWN: Mapping[str, Known] = {
    "urn:oid:2.16.840.1.113730.3.1.241": Known("displayName", Fact.DISPLAY_NAME),
    "urn:oid:2.5.4.3": Known("cn", Fact.DISPLAY_NAME),
    "urn:oid:2.5.4.42": Known("givenName", Fact.GIVEN_NAME),
    "urn:oid:2.5.4.4": Known("sn", Fact.SURNAME),
    "urn:oid:0.9.2342.19200300.100.1.3": Known("mail", Fact.MAIL),
    "urn:oid:0.9.2342.19200300.100.1.1": Known("uid", Fact.LOGIN),
    "urn:oid:2.16.840.1.113730.3.1.39": Known("preferredLanguage", Fact.LANGUAGE),
    "urn:oid:2.16.840.1.113730.3.1.3": Known("employeeNumber", Fact.EMPLOYEE_NUMBER),
    "urn:oid:2.5.4.12": Known("title", Fact.TITLE),
    "urn:oid:2.5.4.11": Known("ou", Fact.UNIT_NAMES),
    "urn:oid:2.5.4.10": Known("o", Fact.ORGANISATION),
    "urn:oid:2.5.4.97": Known("organizationIdentifier", Fact.ORGANISATION),
    "urn:oid:2.5.4.6": Known("c", Fact.ORGANISATION),
    "urn:oid:0.9.2342.19200300.100.1.43": Known("co", Fact.ORGANISATION),
    f"{_EDU}.1": Known("eduPersonAffiliation", Fact.AFFILIATION),
    f"{_EDU}.6": Known("eduPersonPrincipalName", Fact.IDENTIFIER),
    ROLES_OF_SYSTEM: Known("eduPersonEntitlement", Fact.ROLES),
    f"{_EDU}.9": Known("eduPersonScopedAffiliation", Fact.AFFILIATION),
    f"{_EDU}.11": Known("eduPersonAssurance", Fact.ASSURANCE),
    "urn:oid:1.3.6.1.4.1.5923.1.5.1.1": Known("isMemberOf", Fact.GROUPS),
    "urn:oid:1.3.6.1.4.1.25178.1.2.9": Known("schacHomeOrganization", Fact.ORGANISATION),
    "urn:oid:1.3.6.1.4.1.25178.1.2.10": Known("schacHomeOrganizationType", Fact.ORGANISATION),
    "urn:oid:1.3.6.1.4.1.2428.90.1.4": Known("norEduPersonLIN", Fact.EMPLOYEE_NUMBER),
    "urn:oid:1.3.6.1.4.1.2428.90.1.6": Known("norEduOrgAcronym", Fact.ORGANISATION),
    "urn:oid:1.2.752.201.3.1": Known("orgAffiliation", Fact.EMPLOYEE_NUMBER),
    SUBJECT_ID: Known("subject-id", Fact.IDENTIFIER),
    PAIRWISE_ID: Known("pairwise-id", Fact.IDENTIFIER),
}
FACTS: Mapping[str, Fact] = {name: known.fact for name, known in KNOWN.items()}
#: That a message was shown and accepted (Sweden Connect, attribute specification §3.2.4): a fact of the sign-in alone.
SIGN_MESSAGE_DIGEST = "urn:oid:1.2.752.201.3.14"
FRIENDLY: Mapping[str, str] = {name: known.friendly for name, known in KNOWN.items()} | {
    SIGN_MESSAGE_DIGEST: "signMessageDigest"
}
_BY_FRIENDLY = {known.friendly: name for name, known in KNOWN.items()}


def _named(*friendly: str) -> tuple[str, ...]:
    return tuple(_BY_FRIENDLY[one] for one in friendly)


_NAME_AND_MAIL = ("displayName", "givenName", "sn", "mail", "eduPersonScopedAffiliation")
#: What a service of a category may have without being asked about one by one.
OF_CATEGORY: Mapping[str, tuple[str, ...]] = {
    "http://refeds.org/category/research-and-scholarship": _named("eduPersonPrincipalName", *_NAME_AND_MAIL),
    "https://refeds.org/category/personalized": _named(
        "subject-id", *_NAME_AND_MAIL, "eduPersonAssurance", "schacHomeOrganization"
    ),
    "https://refeds.org/category/pseudonymous": _named(
        "pairwise-id", "eduPersonScopedAffiliation", "eduPersonAssurance", "schacHomeOrganization"
    ),
    "https://refeds.org/category/anonymous": _named("eduPersonScopedAffiliation", "schacHomeOrganization"),
    "http://id.elegnamnden.se/ec/1.0/loa3-name": _named("displayName", "givenName", "sn"),
    "http://id.elegnamnden.se/ec/1.0/loa3-orgid": _named("displayName", "orgAffiliation", "o"),
}
#: Categories whose members get what their metadata asks for, and nothing else.
AS_REQUESTED = (
    "http://www.geant.net/uri/dataprotection-code-of-conduct/v1",
    "https://refeds.org/category/code-of-conduct/v2",
)
#: A service names the subject identifier that it needs (SAML subject identifier attributes profile §3.1).
_SUBJECT_REQUIREMENTS = {"subject-id": (SUBJECT_ID,), "pairwise-id": (PAIRWISE_ID,), "any": (PAIRWISE_ID,)}

REQUESTED = "requested"


def name_of(word: str) -> str | None:
    """Return the attribute that an administrator means: an OID's URN or a friendly name."""
    return word if word in KNOWN else _BY_FRIENDLY.get(word)


def asked_by(service: ServiceMetadata, chosen: Sequence[str]) -> tuple[str, ...]:
    """Return the attributes that a service gets, by name, each once.

    Args:
        service: what its metadata says.
        chosen: what the administrator lists for the application: names, or `requested` for what the metadata asks
            for; nothing leaves it to the service's entity categories.
    """
    requested = [one.name for one in service.requested if one.name in KNOWN]
    found: list[str] = []
    if chosen:
        for word in chosen:
            found += requested if word == REQUESTED else filter(None, (name_of(word),))
        return tuple(dict.fromkeys(found))
    for category in service.categories:
        found += _SUBJECT_REQUIREMENTS.get(category, ())
    for category, names in OF_CATEGORY.items():
        if category in service.categories:
            found += names
    if service.categories.intersection(AS_REQUESTED):
        found += requested
    return tuple(sorted(set(found), key=list(KNOWN).index))


def needs_membership(names: Iterable[str]) -> bool:
    """Whether groups or units are among the attributes, which take a read of their own."""
    return any(FACTS[name] in (Fact.GROUPS, Fact.UNITS, Fact.UNIT_NAMES) for name in names)
