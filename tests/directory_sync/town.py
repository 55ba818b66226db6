"""A small town on a real slapd: a handful of persons, units and groups, written as LDIF."""

from collections.abc import Iterable
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

from deploy.municipality.ldif import entry
from deploy.municipality.slapd import (
    BASE_DN,
    POLICY_DN,
    READER_DN,
    READER_PASSWORD,
    SYSTEM_DN,
    Slapd,
)
from directory_sync.settings import DirectorySettings
from directory_sync.settings_file import directory_settings

PEOPLE = f"ou=people,{BASE_DN}"
PASSWORD = "Hemligt-Nog-1"
Attributes = dict[str, str | bytes | list[str] | None]


def key_of(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, name))


def dn_of(uid: str) -> str:
    return f"uid={uid},{PEOPLE}"


def person(uid: str, **attributes: str | bytes | list[str] | None) -> str:
    values: Attributes = {
        "uid": uid,
        "cn": uid,
        "sn": "Berg",
        "givenName": uid.capitalize(),
        "employeeNumber": f"n-{uid}",
        "departmentNumber": "U1",
        "userPassword": PASSWORD,
        "entryUUID": key_of(uid),
        **attributes,
    }
    return entry(dn_of(uid), ("inetOrgPerson", "ekvikPerson"), _pairs(values))


def unit(code: str, name: str, parent: str | None = None) -> str:
    values: Attributes = {
        "ou": name,
        "ekvikUnitCode": code,
        "ekvikParentUnitCode": parent,
        "entryUUID": key_of(f"unit {code}"),
    }
    return entry(f"ou={name},{BASE_DN}", ("organizationalUnit", "ekvikUnit"), _pairs(values))


def group(name: str, *members: str) -> str:
    values: Attributes = {"cn": name, "member": list(members) or [""], "entryUUID": key_of(f"group {name}")}
    return entry(f"cn={name},{BASE_DN}", ("groupOfNames",), _pairs(values))


def _pairs(values: Attributes) -> Iterable[tuple[str, str | bytes | None]]:
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            yield name, one


def head(policy: dict[str, str] | None = None) -> Iterable[str]:
    rules = {"pwdAttribute": "userPassword", "pwdMustChange": "TRUE", "pwdAllowUserChange": "TRUE",
             "pwdCheckQuality": "2", "pwdMinLength": "10", "pwdInHistory": "3", "pwdLockout": "TRUE",
             "pwdMaxFailure": "3", "pwdMaxAge": "31536000", **(policy or {})}  # fmt: skip
    yield entry(BASE_DN, ("dcObject", "organization"), [("dc", "ekvik"), ("o", "Ekvik")])
    for dn, name in ((SYSTEM_DN, "system"), (f"ou=policies,{SYSTEM_DN}", "policies"), (PEOPLE, "people")):
        yield entry(dn, ("organizationalUnit",), [("ou", name)])
    reader = [("cn", "portvakt"), ("userPassword", READER_PASSWORD)]
    yield entry(READER_DN, ("organizationalRole", "simpleSecurityObject"), reader)
    yield entry(POLICY_DN, ("applicationProcess", "pwdPolicy"), [("cn", "standard"), *rules.items()])


def people(*uids: str) -> list[str]:
    return [person(uid) for uid in uids]


TOWN = [
    *people("anna", "bo", "cia", "dan", "eva"),
    unit("U", "Town"),
    unit("U1", "Care", "U"),
    group("nurses", dn_of("anna"), dn_of("bo").upper()),
    group("staff", f"cn=nurses,{BASE_DN}", dn_of("eva")),
]


def loaded(folder: Path, entries: Iterable[str] = TOWN, *, tls: bool = False, policy: dict[str, str] | None = None,
           edit: dict[str, str] | None = None) -> Slapd:  # fmt: skip
    """A slapd with these entries, not started. `edit` replaces text in its configuration."""
    server = Slapd(folder, tls=tls, durable=False)
    text = server.configuration.read_text(encoding="utf-8")
    for old, new in (edit or {}).items():
        assert old in text
        text = text.replace(old, new)
    server.configuration.write_text(text, encoding="utf-8")
    server.load([*head(policy), *entries])
    return server


MAPPING = {
    "person": {
        "preferred_given_name": "ekvikCallName",
        "protection": "ekvikProtection",
        "employment_start": "ekvikEmploymentStart",
        "employment_end": "ekvikEmploymentEnd",
        "disabled_when": {"employeeType": "former"},
    },
    "unit": {"code": "ekvikUnitCode", "name": "ou", "parent_code": "ekvikParentUnitCode"},
}


def settings_for(url: str, **changes: object) -> DirectorySettings:
    return directory_settings(
        {
            "name": "town",
            "url": url,
            "base_dn": BASE_DN,
            "bind_dn": READER_DN,
            "bind_password": READER_PASSWORD,
            "person_filter": "(objectClass=ekvikPerson)",
            "unit_filter": "(objectClass=ekvikUnit)",
            "group_filter": "(objectClass=groupOfNames)",
            "page_size": 2,
            "timeouts": {"connect": 1, "operation": 2, "sign_in": 2, "reading": 20},
            "mapping": MAPPING,
            **changes,
        }
    )
