"""Settings as they stand in a file: each complaint names the key and what was expected."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from directory_sync import DirectorySettings, Protection, SettingsError, directory_settings

GOOD = {
    "name": "town",
    "url": "ldaps://ldap.ekvik.example:1636",
    "base_dn": "dc=ekvik,dc=example",
    "bind_dn": "cn=portvakt,dc=ekvik,dc=example",
    "bind_password": "very-secret",
}


def read(**changes: object) -> DirectorySettings:
    return directory_settings(
        {k: v for k, v in {**GOOD, **changes}.items() if v is not None}, "directories.town"
    )


def test_the_defaults_are_safe():
    settings = read()
    assert (settings.address.host, settings.address.port) == ("ldap.ekvik.example", 1636)
    assert read(url="ldaps://x").address.port == 636
    assert (settings.start_tls, settings.page_size, settings.brake.share, settings.brake.number) == (
        False, 1000, 0.05, 5,
    )  # fmt: skip
    assert settings.timeouts.connect > 0
    assert settings.unit_filter is settings.group_filter is None
    assert read(url="ldap://ldap.ekvik.example").start_tls
    assert not read(url="ldap://localhost:389").start_tls
    assert not read(url="ldapi://%2Frun%2Fslapd%2Fldapi").start_tls
    assert read(url="ldap://[::1]").address.host == "::1"


def test_everything_can_be_said(tmp_path):
    (tmp_path / "ca.pem").write_text("x")
    settings = read(
        person_filter="(objectClass=person)", unit_filter="(objectClass=organizationalUnit)", group_filter="",
        ca_file=str(tmp_path / "ca.pem"), page_size=10, timeouts={"connect": 1, "sign_in": 2.5},
        brake={"share": 0, "number": 0},
        mapping={
            "time_zone": "UTC",
            "person": {
                "login": "", "given_name": "gn", "display_name": "", "disabled_when": {"employeeType": ["a", "b"]},
                "protection": "mark", "protection_values": {"S": "marked", "None": "none"},
            },
            "unit": {"parent_code": "above"},
            "group": {"members": "memberUid", "members_are": "login"},
        },
    )  # fmt: skip
    mapping = settings.mapping
    assert (mapping.person.login, mapping.person.display_name, mapping.person.given_name) == (
        None,
        None,
        "gn",
    )
    assert mapping.person.disabled_when == {"employeeType": ("a", "b")}
    assert mapping.person.protection_values == {"s": Protection.MARKED, "none": Protection.NONE}
    assert mapping.time_zone.utcoffset(datetime(2026, 7, 1)).total_seconds() == 0  # type: ignore[union-attr]
    assert set(mapping.person.attributes()) == {
        "gn", "sn", "mail", "employeeNumber", "title", "departmentNumber", "mark", "preferredLanguage", "employeeType",
    }  # fmt: skip
    assert mapping.unit.attributes() == ("ou", "description", "above")
    assert mapping.group.attributes() == ("cn", "memberUid")
    assert settings.group_filter is None
    assert (settings.timeouts.connect, settings.timeouts.sign_in, settings.timeouts.operation) == (
        1.0,
        2.5,
        15.0,
    )


def test_the_password_is_never_shown():
    assert "very-secret" not in repr(read())
    assert "very-secret" not in str(read())
    with pytest.raises(SettingsError) as caught:
        read(bind_password=["very-secret"])
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"name": None}, "directories.town.name: expected a text, found nothing"),
        ({"url": None}, "directories.town.url: expected"),
        ({"url": "http://x"}, "directories.town.url: expected ldaps://HOST"),
        ({"url": "ldaps://"}, "directories.town.url: expected ldaps://HOST"),
        ({"url": "ldaps://x/dc=y"}, "directories.town.url: expected only scheme, host and port"),
        ({"url": "ldaps://x?uid"}, "directories.town.url: expected only scheme, host and port"),
        ({"url": "ldaps://x:port"}, "directories.town.url: expected ldaps://HOST:PORT"),
        ({"url": "ldaps://[x"}, "directories.town.url: expected"),
        ({"base_dn": "town"}, "directories.town.base_dn: “town” is not a DN"),
        ({"bind_dn": "portvakt"}, "directories.town.bind_dn: “portvakt” is not a DN"),
        ({"bind_password": ""}, "directories.town.bind_password: expected a text, found nothing"),
        ({"start_tls": "yes"}, "directories.town.start_tls: expected true or false, found 'yes'"),
        ({"start_tls": True}, "directories.town.start_tls: belongs to an ldap:// address"),
        ({"url": "ldap://x", "start_tls": False}, "directories.town.start_tls: must be true"),
        ({"person_filter": "uid=*"}, "directories.town.person_filter: expected a filter"),
        ({"group_filter": 7}, "directories.town.group_filter: expected a text"),
        ({"page_size": 0}, "directories.town.page_size: expected a number from 1"),
        ({"page_size": "many"}, "directories.town.page_size: expected a whole number"),
        ({"page_size": True}, "directories.town.page_size: expected a whole number"),
        ({"ca_file": "/nowhere/ca.pem"}, "directories.town.ca_file: expected a readable file"),
        ({"timeouts": {"connect": 0}}, "directories.town.timeouts.connect: expected seconds"),
        ({"timeouts": {"connect": "5"}}, "directories.town.timeouts.connect: expected seconds"),
        ({"timeouts": {"bind": 1}}, "directories.town.timeouts.bind: no such setting"),
        ({"timeouts": 5}, "directories.town.timeouts: expected a table"),
        ({"brake": {"share": 2}}, "directories.town.brake.share: expected a number from 0 to 1, found 2"),
        ({"brake": {"number": -1}}, "directories.town.brake.number: expected 0 or more"),
        ({"brake": {"limit": 1}}, "directories.town.brake.limit: no such setting"),
        ({"follow": {"mechanism": "usn"}}, "directories.town.follow.mechanism: expected one of syncrepl, refreshOnly,"),
        ({"follow": {"mechanism": 1}}, "directories.town.follow.mechanism: expected a text"),
        ({"password": "x"}, "directories.town.password: no such setting"),
        ({"mapping": {"role": {}}}, "directories.town.mapping.role: no such setting"),
        ({"mapping": {"person": {"login": "a b"}}}, "directories.town.mapping.person.login: expected the name of an"),
        ({"mapping": {"person": {"surname": ""}}}, "directories.town.mapping.person.surname: expected the name"),
        ({"mapping": {"person": "uid"}}, "directories.town.mapping.person: expected a table"),
        ({"mapping": {"time_zone": "Mars"}}, "directories.town.mapping.time_zone: expected a time zone"),
        ({"mapping": {"group": {"members_are": "x"}}}, "directories.town.mapping.group.members_are: expected"),
        ({"mapping": {"person": {"protection_values": {"x": "y"}}}},
         "directories.town.mapping.person.protection_values.x: expected one of none, marked"),
        ({"mapping": {"person": {"disabled_when": {"a": []}}}},
         "directories.town.mapping.person.disabled_when.a: expected a text or a list"),
        ({"mapping": {"person": {"disabled_when": {"a b": "x"}}}},
         "directories.town.mapping.person.disabled_when: expected the name"),
    ],
)  # fmt: skip
def test_a_complaint_names_the_key_and_what_was_expected(changes, text):
    with pytest.raises(SettingsError) as caught:
        read(**changes)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    "field", ["admin", "role", "roles", "mfa_exempt", "is_admin", "reserved", "password"]
)
def test_L8_no_attribute_can_be_mapped_to_anything_but_a_records_fields(field):
    with pytest.raises(SettingsError, match=rf"mapping\.person\.{field}: no such setting"):
        read(mapping={"person": {field: "title"}})


def test_the_zone_is_the_municipalitys():
    assert read().mapping.time_zone == ZoneInfo("Europe/Stockholm")
