"""The profiles of eDirectory and Domino, on a slapd that carries their schema."""

import pytest

from deploy.municipality.ldif import entry
from deploy.municipality.slapd import BASE_DN
from directory_sync import Inactivity
from directory_sync.changes import Seen
from directory_sync.ldap_bind import (
    BindAccepted,
    BindRejected,
    NotLocated,
    Rejection,
    check_password_by_key,
    locate,
)
from directory_sync.mapping import map_person
from directory_sync.reading import EntryKind
from directory_sync.run import Outcome, synchronise
from directory_sync.settings_file import directory_settings
from directory_sync.sources.feeds import choose_feed
from directory_sync.sources.ldap_source import LdapSource
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW
from tests.directory_sync.town import PASSWORD, PEOPLE, READER_DN, READER_PASSWORD

SCHEMA = """
attributetype ( 1.1.1.1 NAME 'GUID' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.1.1.2 NAME 'loginDisabled' EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )
attributetype ( 1.1.1.3 NAME 'loginExpirationTime' EQUALITY generalizedTimeMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 )
attributetype ( 1.1.1.4 NAME ( 'workforceID' 'employeeID' ) SUP name )
attributetype ( 1.1.1.5 NAME 'Language' SUP name )
attributetype ( 1.1.1.6 NAME 'dominoUNID' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.1.1.7 NAME 'dominoAccessGroups' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.1.1.8 NAME 'department' SUP name )
objectclass ( 1.1.2.1 NAME 'ndsLoginProperties' SUP top AUXILIARY
    MAY ( GUID $ loginDisabled $ loginExpirationTime $ workforceID $ Language ) )
objectclass ( 1.1.2.2 NAME 'dominoPerson' SUP top AUXILIARY
    MAY ( dominoUNID $ dominoAccessGroups $ department $ employeeID ) )
"""
GUIDS = {"anna": bytes(range(16)), "bo": b"\xff" * 16, "cia": b"*()\\\0" + bytes(11)}
UNIDS = {"anna": "C1257E0A003D5C4A" * 2, "bo": "C1257E0A003D5C4B" * 2}


def novell(name: str, **values: str) -> str:
    told = {"cn": name, "sn": "Berg", "givenName": name.capitalize(), "workforceID": f"n-{name}", "ou": "U1",
            "userPassword": PASSWORD, **values}  # fmt: skip
    pairs = [*told.items(), ("GUID", GUIDS[name])]
    return entry(f"cn={name},{PEOPLE}", ("inetOrgPerson", "ndsLoginProperties"), pairs)


def domino(name: str, **values: str) -> str:
    told = {"cn": name, "uid": name, "sn": "Berg", "givenName": name.capitalize(), "dominoUNID": UNIDS[name],
            "department": "U1", "userPassword": PASSWORD, **values}  # fmt: skip
    return entry(f"cn={name},{PEOPLE}", ("inetOrgPerson", "dominoPerson"), told.items())


@pytest.fixture
def started(slapd, tmp_path):
    schema = tmp_path / "products.schema"
    schema.write_text(SCHEMA)

    def start(*entries):
        edit = {"pidfile": f"include {schema}\npidfile", "overlay syncprov": "", "syncprov-checkpoint 100 10": "",
                "syncprov-sessionlog 10000": "", "moduleload syncprov": ""}  # fmt: skip
        return slapd(list(entries), edit=edit)

    return start


def settings_of(server, kind, **changes):
    told = {"kind": kind, "name": "town", "url": server.url, "base_dn": BASE_DN, "bind_dn": READER_DN,
            "bind_password": READER_PASSWORD, "follow": {"poll": 0.05}}  # fmt: skip
    return directory_settings({**told, **changes})


def read(settings):
    found = []
    reading = LdapSource(settings).read(EntryKind.PERSON, found.append)
    return reading, {entry.dn.split(",")[0]: map_person(entry, settings.mapping) for entry in found}


class TestEdirectory:
    def test_persons_states_and_any_bytes_as_key(self, started):
        server = started(
            novell("anna"),
            novell("bo", loginDisabled="TRUE"),
            novell("cia", loginExpirationTime="20260101120000Z"),
        )
        settings = settings_of(server, "edirectory")
        _, found = read(settings)
        anna, bo, cia = (found[f"cn={name}"] for name in ("anna", "bo", "cia"))
        assert (anna.key, anna.login, anna.employee_number, anna.unit_codes) == (
            bytes(range(16)).hex(), "anna", "n-anna", ("U1",),
        )  # fmt: skip
        assert (anna.inactivity(NOW), bo.inactivity(NOW), cia.inactivity(NOW)) == (
            None, Inactivity.DISABLED, Inactivity.EXPIRED,
        )  # fmt: skip

    def test_L2_a_key_of_special_bytes_is_found_and_bound_to(self, started):
        server = started(novell("anna"), novell("bo"), novell("cia"))
        settings = settings_of(server, "edirectory")
        for guid in GUIDS.values():
            assert isinstance(check_password_by_key(settings, guid.hex(), PASSWORD, NOW), BindAccepted)

    def test_changes_are_asked_for_by_timestamp(self, started):
        server = started(novell("anna"))
        feed, capabilities = choose_feed(settings_of(server, "edirectory"))
        assert (feed.mechanism, capabilities["syncrepl"]) == ("modifyTimestamp", "no")
        following = feed.follow(feed.mark(), lambda: False)
        next(following)
        server.modify(
            f"dn: cn=anna,{PEOPLE}\nchangetype: modify\nreplace: loginDisabled\nloginDisabled: TRUE\n"
        )
        told = next(told for told in following if told.changes)
        assert [type(change) for change in told.changes] == [Seen]


class TestDomino:
    def test_persons_and_who_is_denied_access(self, started):
        server = started(domino("anna"), domino("bo", dominoAccessGroups="Deny Access"))
        denied = {"person": {"disabled_when": {"dominoAccessGroups": "Deny Access"}}}
        settings = settings_of(server, "domino", mapping=denied)
        _, found = read(settings)
        assert (found["cn=anna"].key, found["cn=anna"].login) == (UNIDS["anna"], "anna")
        assert found["cn=bo"].inactivity(NOW) is Inactivity.DISABLED

    def test_it_is_read_whole_and_said_so(self, started):
        server = started(domino("anna"))
        feed, capabilities = choose_feed(settings_of(server, "domino"))
        assert (feed.mechanism, capabilities["followed by"]) == ("full reading", "full reading")

    def test_L3_two_entries_that_match_are_nobody(self, started):
        server = started(domino("anna"), domino("bo"))
        settings = settings_of(server, "domino")
        assert isinstance(check_password_by_key(settings, UNIDS["anna"], PASSWORD, NOW), BindAccepted)
        server.modify(
            f"dn: cn=bo,{PEOPLE}\nchangetype: modify\nreplace: dominoUNID\ndominoUNID: {UNIDS['anna']}\n"
        )
        assert locate(settings, UNIDS["anna"], NOW) == NotLocated(2)
        assert check_password_by_key(settings, UNIDS["anna"], PASSWORD, NOW) == BindRejected(Rejection.WRONG)

    def test_F79_without_dominoUNID_nobody_is_known_or_absent(self, started):
        server = started(domino("anna"), domino("bo"))
        settings, sink = settings_of(server, "domino"), MemorySink()
        assert synchronise(LdapSource(settings), settings.mapping, sink, NOW).applied == {"joiner": 2}
        server.modify(f"dn: cn=bo,{PEOPLE}\nchangetype: modify\ndelete: dominoUNID\n")
        report = synchronise(LdapSource(settings), settings.mapping, sink, NOW)
        assert report.outcome is Outcome.UNCHANGED
        assert len(report.broken) == 1
        assert "no immutable key" in report.reason
