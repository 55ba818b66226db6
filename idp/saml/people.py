"""A person's attributes as values: from what is known of an account to what one service is told."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from idp.domain.handles import AccountId
from idp.domain.person import Protection
from idp.domain.release import released
from idp.saml.attributes import FACTS, KNOWN, PAIRWISE_ID, SUBJECT_ID

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Organisation:
    """What attributes say about the organisation: its scope is a domain of its own (RFC 8409's neighbours)."""

    name: str = ""
    scope: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of the person behind an account, as far as attributes need it."""

    account_id: AccountId
    login: str
    given_name: str
    surname: str
    shown_name: str
    protection: Protection
    language: str | None
    mail: str | None
    employee_number: str | None
    title: str = ""
    employed: bool = False
    groups: Values = ()
    unit_names: Values = ()
    roles: Values = ()


def attribute_values(
    person: Person,
    organisation: Organisation,
    asked: Sequence[str],
    pairwise: str,
    assurance: Values = (),
) -> dict[str, Values]:
    """Return what one service is told, by attribute name; the rule is the domain's."""
    every = _all(person, organisation, pairwise, assurance)
    values = {name: value for name, value in every.items() if value}
    return released(values, FACTS, asked, person.protection)


def opaque_id(account_id: AccountId) -> str:
    """Return the account's public identifier: as random and permanent as its id, and without a way back to it."""
    hashed = hashlib.sha256(f"subject-id {account_id}".encode("ascii")).digest()
    return base64.b32encode(hashed[:15]).decode("ascii").lower()


def _all(
    person: Person, organisation: Organisation, pairwise: str, assurance: Values
) -> Mapping[str, Values]:
    scope = organisation.scope
    public = f"{opaque_id(person.account_id)}@{scope}" if scope else ""
    roles = ("employee", "member") if person.employed else ("affiliate",)
    by_friendly: dict[str, Values] = {
        "displayName": _one(person.shown_name),
        "cn": _one(person.shown_name),
        "givenName": _one(person.given_name),
        "sn": _one(person.surname),
        "mail": _one(person.mail),
        "uid": _one(person.login),
        "preferredLanguage": _one(person.language),
        "employeeNumber": _one(person.employee_number),
        "title": _one(person.title),
        "ou": person.unit_names,
        "isMemberOf": person.groups,
        "eduPersonEntitlement": person.roles,
        "o": _one(organisation.name),
        "organizationIdentifier": _one(organisation.number and f"SE{organisation.number}"),
        "c": ("SE",),
        "co": ("Sweden",),
        "eduPersonAffiliation": roles,
        "eduPersonPrincipalName": _one(public),
        "eduPersonScopedAffiliation": tuple(f"{role}@{scope}" for role in roles) if scope else (),
        "eduPersonAssurance": assurance,
        "schacHomeOrganization": _one(scope),
        "schacHomeOrganizationType": ("urn:schac:homeOrganizationType:int:other",),
        "norEduPersonLIN": _one(person.employee_number),
        "norEduOrgAcronym": _one(organisation.name),
        "orgAffiliation": _one(
            f"{person.employee_number}@{organisation.number}"
            if person.employee_number and organisation.number
            else ""
        ),
    }
    values = {name: by_friendly.get(known.friendly, ()) for name, known in KNOWN.items()}
    values[SUBJECT_ID] = _one(public)
    values[PAIRWISE_ID] = _one(f"{pairwise}@{scope}" if scope else "")
    return values


def _one(value: str | None) -> Values:
    return (value,) if value else ()
