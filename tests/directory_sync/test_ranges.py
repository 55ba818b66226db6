"""Groups of more than 1,500 members at a server that truncates as Active Directory does."""

import uuid

import pytest

from directory_sync import synchronise
from directory_sync.reading import Complete, EntryKind, Incomplete
from directory_sync.settings_file import directory_settings
from directory_sync.sources.ldap_source import LdapSource
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW
from tests.support.truncating_ldap import truncating

BASE = "DC=ekvik,DC=example"


def town(number: int):
    people = [
        (f"CN=p{n},{BASE}", {"objectGUID": [uuid.UUID(int=n + 1).bytes_le], "sAMAccountName": [b"p%d" % n],
                             "sn": [b"Berg"], "userAccountControl": [b"512"]})
        for n in range(number)
    ]  # fmt: skip
    members = [dn.encode() for dn, _ in people]
    staff = (
        f"CN=staff,{BASE}",
        {"objectGUID": [uuid.UUID(int=10**6).bytes_le], "cn": [b"staff"], "member": members},
    )
    return [*people, staff]


def settings_of(server):
    return directory_settings(
        {"kind": "active_directory", "name": "town", "url": f"ldap://127.0.0.1:{server.port}", "base_dn": BASE,
         "bind_dn": f"CN=x,{BASE}", "bind_password": "x", "group_filter": "(objectClass=group)",
         "person_filter": "(objectClass=user)"}
    )  # fmt: skip


@pytest.mark.parametrize("number", [0, 1, 1500, 1501, 3000, 4001])
def test_every_member_is_read(number):
    with truncating(town(number)) as server:
        found = []
        assert LdapSource(settings_of(server)).read(EntryKind.GROUP, found.append) == Complete(1)
    assert len(found[0].values("member")) == number
    assert len(set(found[0].values("member"))) == number


def test_a_list_that_ends_in_the_middle_is_no_group_and_no_complete_reading():
    with truncating(town(4001), stops_after=2) as server:
        reading = LdapSource(settings_of(server)).read(EntryKind.GROUP, lambda _entry: None)
    assert isinstance(reading, Incomplete)
    assert "ends in the middle" in reading.reason


def test_L9_members_are_not_lost_by_truncation():
    sink = MemorySink()
    with truncating(town(1501)) as server:
        settings = settings_of(server)
        synchronise(LdapSource(settings), settings.mapping, sink, NOW)
    with truncating(town(1501), stops_after=1) as server:
        settings = settings_of(server)
        report = synchronise(LdapSource(settings), settings.mapping, sink, NOW)
    assert "ends in the middle" in report.reason
    assert len(sink.group_members("town", str(uuid.UUID(int=10**6)))) == 1501
