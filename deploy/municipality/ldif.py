"""Writes a municipality as LDIF (RFC 2849), a piece at a time.

Owns the form of entries: classes, attributes, folding into base64 where the text demands it.
"""

import base64
import datetime as dt
import re
from collections.abc import Iterable, Iterator

from deploy.municipality.administrations import ADMINISTRATIONS
from deploy.municipality.directory_names import (
    GROUPS,
    LEAVERS,
    PERSONNEL,
    below,
    branch_dn,
    district_dn,
)
from deploy.municipality.model import Group, Municipality, Person, stable_uuid
from deploy.municipality.organisation import Unit
from deploy.municipality.passwords import salted_sha1
from deploy.municipality.schema import PERSON_CLASS, UNIT_CLASS
from deploy.municipality.slapd import BASE_DN, POLICY_DN, READER_DN, READER_PASSWORD, SYSTEM_DN

SYSTEM_POLICY_DN = f"cn=system,ou=policies,{SYSTEM_DN}"
STRICT_POLICY_DN = f"cn=utan-frist,ou=policies,{SYSTEM_DN}"
POLITICIANS = "fortroendevalda"
# SAFE-STRING, and no blank at the end (RFC 2849 §2, note 8).
_SAFE = re.compile(r"(?![ :<])[\x01-\x09\x0b\x0c\x0e-\x7f]*(?<! )")


def line(attribute: str, value: str | bytes) -> str:
    """One attribute line; base64 unless the value is text and a SAFE-STRING."""
    if isinstance(value, str):
        if _SAFE.fullmatch(value):
            return f"{attribute}: {value}\n"
        value = value.encode()
    return f"{attribute}:: {base64.b64encode(value).decode('ascii')}\n"


def entry(dn: str, classes: Iterable[str], attributes: Iterable[tuple[str, str | bytes | None]]) -> str:
    """One entry; attributes without a value are left out."""
    lines = [line("dn", dn), *(line("objectClass", name) for name in classes)]
    lines += [line(name, value) for name, value in attributes if value is not None]
    return "".join(lines) + "\n"


def _stamp(reference: dt.date) -> str:
    return reference.strftime("%Y%m%d000000Z")


def head(reference: dt.date, seed: str) -> Iterator[str]:
    """What every directory begins with: the root, the reader's account, the password policies."""

    def made(dn: str, classes: tuple[str, ...], *attributes: tuple[str, str]) -> str:
        fixed = (("entryUUID", str(stable_uuid(seed, dn))), ("createTimestamp", _stamp(reference)))
        return entry(dn, classes, (*attributes, *fixed))

    yield made(BASE_DN, ("dcObject", "organization"), ("dc", "ekvik"), ("o", "Ekvik kommun"))
    yield made(SYSTEM_DN, ("organizationalUnit",), ("ou", "system"))
    yield made(
        READER_DN,
        ("organizationalRole", "simpleSecurityObject"),
        ("cn", "portvakt"),
        ("userPassword", salted_sha1(READER_PASSWORD, b"reader")),
        # A service account that anyone could lock by guessing would stop every synchronisation.
        ("pwdPolicySubentry", SYSTEM_POLICY_DN),
    )
    yield made(f"ou=policies,{SYSTEM_DN}", ("organizationalUnit",), ("ou", "policies"))
    system = (("cn", "system"), ("pwdAttribute", "userPassword"), ("pwdLockout", "FALSE"))
    yield made(SYSTEM_POLICY_DN, ("applicationProcess", "pwdPolicy"), *system)
    for dn, name, grace in ((POLICY_DN, "standard", "10"), (STRICT_POLICY_DN, "utan-frist", "0")):
        yield made(
            dn,
            ("applicationProcess", "pwdPolicy"),
            ("cn", name),
            ("pwdAttribute", "userPassword"),
            ("pwdMustChange", "TRUE"),
            ("pwdAllowUserChange", "TRUE"),
            ("pwdCheckQuality", "2"),
            ("pwdMinLength", "10"),
            ("pwdInHistory", "3"),
            ("pwdMaxAge", "31536000"),
            ("pwdGraceAuthNLimit", grace),
            ("pwdLockout", "TRUE"),
            ("pwdMaxFailure", "20"),
            ("pwdLockoutDuration", "900"),
        )


def personnel_dn(district: int, administration: str) -> str:
    """Where the people of an administration stand."""
    return below(branch_dn(district, PERSONNEL), "ou", administration)


def containers(model: Municipality) -> Iterator[str]:
    """The branches of a district; the organisation's own root is written with the units."""

    def container(dn: str, name: str) -> str:
        return entry(
            dn,
            ("organizationalUnit",),
            (
                ("ou", name),
                ("entryUUID", str(stable_uuid(model.seed, dn))),
                ("createTimestamp", _stamp(model.reference)),
            ),
        )

    district = model.district
    if district > 1:
        yield container(district_dn(district), f"Stadsdel {district}")
    for branch in (PERSONNEL, GROUPS):
        yield container(branch_dn(district, branch), branch)
    for name in (*(administration.name for administration in ADMINISTRATIONS), LEAVERS):
        yield container(personnel_dn(district, name), name)
    if model.politicians:
        yield container(branch_dn(district, POLITICIANS), POLITICIANS)


def unit_entry(unit: Unit, seed: str, created: str, manager: str | None) -> str:
    return entry(
        unit.dn,
        ("organizationalUnit", UNIT_CLASS),
        (
            ("ou", unit.name),
            ("ekvikUnitCode", unit.code),
            ("ekvikParentUnitCode", unit.parent_code),
            ("manager", manager),
            ("entryUUID", str(stable_uuid(seed, unit.dn))),
            ("createTimestamp", created),
        ),
    )


def person_entry(person: Person, created: str) -> str:
    """A person; one without any name is an `account`, which demands none."""
    structural = "inetOrgPerson" if person.surname is not None else "account"
    hashed = salted_sha1(person.password, person.entry_uuid.bytes) if person.password else None
    return entry(
        person.dn,
        (structural, PERSON_CLASS),
        (
            ("uid", person.login),
            ("cn", person.common_name),
            ("sn", person.surname),
            ("givenName", person.given_names),
            ("displayName", person.display_name if structural == "inetOrgPerson" else None),
            ("ekvikCallName", person.call_name),
            ("employeeNumber", person.number),
            *(("employeeType", kind) for kind in person.employment_types),
            *(("departmentNumber", code) for code in person.unit_codes),
            *(("title", title) for title in person.titles),
            ("ekvikEmploymentStart", person.start),
            ("ekvikEmploymentEnd", person.end),
            ("ekvikProtection", person.protection),
            ("manager", person.manager),
            ("mail", person.mail),
            ("userPassword", hashed),
            ("pwdAccountLockedTime", person.locked_since),
            ("pwdReset", "TRUE" if person.must_change_password else None),
            ("pwdChangedTime", person.password_changed),
            ("pwdPolicySubentry", person.policy),
            ("entryUUID", str(person.entry_uuid)),
            ("createTimestamp", created),
        ),
    )


def group_entry(group: Group, created: str) -> str:
    return entry(
        group.dn,
        ("groupOfNames",),
        (
            ("cn", group.name),
            ("description", group.description),
            *(("member", member) for member in group.members or ("",)),
            ("owner", group.owner),
            ("entryUUID", str(group.entry_uuid)),
            ("createTimestamp", created),
        ),
    )


def district_ldif(model: Municipality) -> Iterator[str]:
    """One district's entries, parents before children."""
    created = _stamp(model.reference)
    managers = {
        code: person.dn for person in model.employees for code in person.unit_codes if "leads" in person.cases
    }
    yield from containers(model)
    for unit in model.organisation.units:
        yield unit_entry(unit, model.seed, created, managers.get(unit.code))
    for person in model.people:
        yield person_entry(person, created)
    for group in model.groups:
        yield group_entry(group, created)
