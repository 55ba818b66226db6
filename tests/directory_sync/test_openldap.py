"""Reading a real OpenLDAP: what a complete reading is, and what comes of it."""

import socket

import pytest

from directory_sync import BrokenEntry, Conflict, Leaver
from directory_sync.entry import DirectoryEntry
from directory_sync.held import Released
from directory_sync.plan_lines import PlanLines
from directory_sync.reading import Complete, EntryKind, Incomplete
from directory_sync.run import Outcome, synchronise
from directory_sync.sources.ldap_source import LdapSource
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW
from tests.directory_sync.town import BASE_DN, PEOPLE, dn_of, group, key_of, people, person, settings_for


def read(settings, kind=EntryKind.PERSON):
    entries = []
    return LdapSource(settings).read(kind, entries.append), entries


def sync(settings, sink, **options):
    return synchronise(LdapSource(settings), settings.mapping, sink, NOW, **options)


@pytest.mark.parametrize("page_size", [1, 2, 5, 1000])
def test_every_page_is_read_and_the_reading_is_complete(town, page_size):
    reading, entries = read(settings_for(town.url, page_size=page_size))
    assert reading == Complete(5)
    assert {entry.key for entry in entries} == {key_of(uid) for uid in ("anna", "bo", "cia", "dan", "eva")}


def test_only_what_the_mapping_names_is_asked_for(town):
    _, entries = read(settings_for(town.url))
    anna = next(entry for entry in entries if entry.key == key_of("anna"))
    assert isinstance(anna, DirectoryEntry)
    assert set(anna.attributes) == {"uid", "sn", "givenname", "employeenumber", "departmentnumber"}


def test_units_and_groups(town):
    sink = MemorySink()
    report = sync(settings_for(town.url), sink)
    assert report.outcome is Outcome.APPLIED
    assert report.applied == {"unit_created": 2, "joiner": 5, "group_created": 2}
    units = {unit.key: unit for unit in sink.known_units("town")}
    assert {(u.code, u.name, u.parent_code) for u in units.values()} == {
        ("U", "Town", None),
        ("U1", "Care", "U"),
    }
    nurses, staff = (sink.group_members("town", key_of(f"group {name}")) for name in ("nurses", "staff"))
    assert nurses == {key_of("anna"), key_of("bo")}
    assert staff == {key_of("anna"), key_of("bo"), key_of("eva")}


def test_a_second_run_finds_nothing_and_writes_nothing(town):
    sink = MemorySink()
    settings = settings_for(town.url)
    sync(settings, sink)
    writes = sink.writes
    report = sync(settings, sink)
    assert (report.outcome, report.persons_read, report.reason) == (Outcome.UNCHANGED, 5, None)
    assert sink.writes == writes
    assert len(sink.runs) == 1


def test_a_dry_run_changes_nothing(town):
    sink = MemorySink()
    report = sync(settings_for(town.url), sink, dry_run=True)
    assert report.outcome is Outcome.PLANNED
    assert report.plan is not None
    assert report.plan.counts["joiner"] == 5
    assert (sink.writes, sink.runs) == (0, {})


def test_a_moved_entry_is_the_same_person(slapd):
    server = slapd()
    sink, settings = MemorySink(), settings_for(server.url)
    sync(settings, sink)
    server.modify(
        f"dn: {dn_of('anna')}\nchangetype: modrdn\nnewrdn: uid=anna2\ndeleteoldrdn: 1\nnewsuperior: {BASE_DN}\n"
    )
    report = sync(settings, sink)
    known = sink.records("town", [key_of("anna")])[key_of("anna")]
    assert (known.record.dn, known.record.login) == (f"uid=anna2,{BASE_DN}", "anna2")
    # The group still names the entry by where it was.
    assert report.applied == {"changed": 1, "group_changed": 2}


def test_L9_an_absent_person_leaves_and_a_disabled_one_too(slapd):
    server = slapd()
    sink, settings = MemorySink(), settings_for(server.url)
    sync(settings, sink)
    server.modify(
        f"dn: {dn_of('anna')}\nchangetype: delete\n\n"
        f"dn: {dn_of('bo')}\nchangetype: modify\nreplace: employeeType\nemployeeType: Former\n\n"
        f"dn: {dn_of('cia')}\nchangetype: modify\nreplace: ekvikEmploymentEnd\nekvikEmploymentEnd: 202611231259Z\n"
    )
    report = sync(settings, sink)
    reasons = {line.key: line.reason for line in report.plan.lines if isinstance(line, Leaver)}
    assert reasons == {key_of("anna"): "absent", key_of("bo"): "disabled", key_of("cia"): "ended"}
    assert sink.active_keys() == {key_of("dan"), key_of("eva")}


def test_broken_entries_are_listed_and_the_rest_goes_on(slapd):
    entries = [
        *people("anna", "bo"),
        person("nameless", sn="-", givenName=None),
        person("latin", ekvikCallName="Åsa".encode("latin-1")),
        person("twin1", employeeNumber="7"),
        person("twin2", employeeNumber="7"),
    ]
    server = slapd(entries)
    sink = MemorySink()
    report = sync(settings_for(server.url, unit_filter=None, group_filter=None), sink)
    assert sorted(report.broken, key=lambda b: b.dn) == [
        BrokenEntry("town", dn_of("latin"), key_of("latin"), "ekvikCallName holds bytes that are not UTF-8"),
        BrokenEntry("town", dn_of("nameless"), key_of("nameless"),
                    "no usable name: neither givenName nor sn holds one"),
    ]  # fmt: skip
    (conflict,) = report.conflicts
    assert {party.dn for party in conflict.parties} == {dn_of("twin1"), dn_of("twin2")}
    assert sink.active_keys() == {key_of("anna"), key_of("bo")}
    assert isinstance(sink.conflicts[0], Conflict)


def test_a_broken_group_or_unit_is_not_gone(slapd):
    server = slapd()
    sink, settings = MemorySink(), settings_for(server.url)
    sync(settings, sink)
    server.modify(
        f"dn: cn=nurses,{BASE_DN}\nchangetype: modrdn\nnewrdn: cn=\\07\ndeleteoldrdn: 1\n\n"
        f"dn: ou=Care,{BASE_DN}\nchangetype: modify\nreplace: ekvikUnitCode\nekvikUnitCode:: Bw==\n"
    )
    report = sync(settings, sink)
    assert len(report.broken) == 2
    assert not {"group_removed", "unit_removed"} & set(report.applied)
    assert len(list(sink.known_groups("town"))) == len(sink.known_units("town")) == 2


def test_a_broken_persons_memberships_and_a_group_of_broken_ones_stay(slapd):
    server = slapd(
        [*people("anna", "bo"), group("low", dn_of("anna")), group("top", f"cn=low,{BASE_DN}", dn_of("bo"))]
    )
    sink, settings = MemorySink(), settings_for(server.url, unit_filter=None)
    sync(settings, sink)
    top = key_of("group top")
    assert sink.group_members("town", top) == {key_of("anna"), key_of("bo")}
    server.modify(f"dn: {dn_of('bo')}\nchangetype: modify\nreplace: ekvikCallName\nekvikCallName:: xXNh\n")
    assert sync(settings, sink).outcome is Outcome.UNCHANGED
    server.modify(f"dn: cn=low,{BASE_DN}\nchangetype: modrdn\nnewrdn: cn=\\07\ndeleteoldrdn: 1\n")
    server.modify(f"dn: cn=top,{BASE_DN}\nchangetype: modify\nadd: member\nmember: cn=\\07,{BASE_DN}\n")
    assert sync(settings, sink).outcome is Outcome.UNCHANGED
    assert sink.group_members("town", top) == {key_of("anna"), key_of("bo")}


# readings that are not complete


def incomplete(settings, kind=EntryKind.PERSON) -> Incomplete:
    reading, _ = read(settings, kind)
    assert isinstance(reading, Incomplete), reading
    return reading


def test_L9_nothing_is_no_complete_reading(town):
    reading = incomplete(settings_for(town.url, person_filter="(uid=nobody)"))
    assert "not one entry" in reading.reason
    sink = MemorySink()
    report = sync(settings_for(town.url, person_filter="(uid=nobody)"), sink)
    assert report.outcome is Outcome.UNREADABLE
    assert report.plan is None
    assert "not one entry" in report.reason


def test_L9_a_base_that_is_not_there(town):
    assert "does not exist" in incomplete(settings_for(town.url, base_dn=f"ou=typo,{BASE_DN}")).reason


def test_L9_a_filter_that_is_none(town):
    assert "filter" in incomplete(settings_for(town.url, person_filter="(uid=a))")).reason


def test_L9_a_wrong_password_for_reading(town):
    reason = incomplete(settings_for(town.url, bind_password="wrong")).reason
    assert "bind_dn" in reason
    assert "wrong" in reason


def test_L9_a_size_limit(slapd):
    edit = {"size.soft=unlimited size.hard=unlimited size.prtotal=unlimited": "size.soft=3 size.hard=3"}
    server = slapd(people(*(f"p{n}" for n in range(9))), edit=edit)
    settings = settings_for(server.url, unit_filter=None, group_filter=None)
    reading = incomplete(settings)
    assert "size limit" in reading.reason
    sink = MemorySink()
    report = sync(settings, sink)
    assert "size limit" in report.reason
    assert sink.writes == 0


def test_L9_less_rights_than_before_brakes(slapd):
    """The server says success and shows less: only the brake is left to notice."""
    everybody = [f"p{n}" for n in range(20)]
    server = slapd(people(*everybody))
    sink, settings = MemorySink(), settings_for(server.url, unit_filter=None, group_filter=None)
    sync(settings, sink)
    shown = "(|" + "".join(f"(uid={uid})" for uid in everybody[:10]) + ")"
    fewer = settings_for(server.url, unit_filter=None, group_filter=None, person_filter=shown)
    report = sync(fewer, sink)
    assert report.outcome is Outcome.BRAKED
    assert (report.braked.would_disable, report.braked.of) == (10, 20)
    assert len(sink.active_keys()) == 20
    assert sync(fewer, sink, release=Released(PlanLines())).outcome is Outcome.BRAKED
    let_through = Released(report.plan.lines, report.braked.grounds)
    assert sync(fewer, sink, release=let_through).outcome is Outcome.APPLIED
    assert len(sink.active_keys()) == 10
    assert sync(settings, sink).applied == {"returned": 10}
    assert len(sink.active_keys()) == 20


REFERRAL = (
    f"dn: ou=elsewhere,{PEOPLE}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\n"
    "ref: ldap://127.0.0.1:9/ou=elsewhere,dc=other\n\n"
)


def test_L4_nobody_is_called_at_an_address_that_the_directory_names(slapd):
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0)
        named = REFERRAL.replace("127.0.0.1:9", f"127.0.0.1:{elsewhere.getsockname()[1]}")
        server = slapd([*people("anna"), named])
        incomplete(settings_for(server.url))
        incomplete(settings_for(server.url, base_dn=f"ou=elsewhere,{PEOPLE}"))
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_L4_L9_a_part_that_is_referred_elsewhere_is_not_followed_and_not_complete(slapd):
    server = slapd([*people("anna", "bo"), REFERRAL])
    reading = incomplete(settings_for(server.url))
    assert "refers elsewhere" in reading.reason
    assert reading.entries == 2


def test_L4_L9_a_base_that_is_referred_elsewhere(slapd):
    server = slapd([*people("anna"), REFERRAL])
    assert "refers elsewhere" in incomplete(settings_for(server.url, base_dn=f"ou=elsewhere,{PEOPLE}")).reason


def test_L9_groups_that_cannot_be_read_hold_everything_but_positive_statements(slapd):
    server = slapd()
    sink, settings = MemorySink(), settings_for(server.url)
    sync(settings, sink)
    server.modify(
        f"dn: {dn_of('anna')}\nchangetype: delete\n\n"
        f"dn: {dn_of('bo')}\nchangetype: modify\nreplace: employeeType\nemployeeType: former\n"
    )
    report = sync(settings_for(server.url, group_filter="(cn=nothing)"), sink)
    assert report.applied == {"leaver": 1}
    assert "groups: not one entry" in report.reason
    assert sink.active_keys() == {key_of(uid) for uid in ("anna", "cia", "dan", "eva")}


def test_a_source_without_units_and_groups(town):
    settings = settings_for(town.url, unit_filter=None, group_filter=None)
    source = LdapSource(settings)
    assert source.name == "town"
    assert (source.has(EntryKind.UNIT), source.has(EntryKind.GROUP), source.has(EntryKind.PERSON)) == (
        False, False, True,
    )  # fmt: skip
    assert "no filter" in incomplete(settings, EntryKind.UNIT).reason
