"""Who reads as before is not taken apart, and nobody is missed for it."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from directory_sync import Outcome, RunSettings, synchronise
from directory_sync.as_read import Marks
from directory_sync.attribute_mapping import AttributeMapping, GroupMapping, PersonMapping
from directory_sync.entry import DirectoryEntry
from directory_sync.mapping import map_person
from directory_sync.reading import Complete, EntryKind
from directory_sync.record_json import person_fingerprint
from directory_sync.sources.openldap import OPENLDAP
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW

UUID = "00000000-0000-4000-8000-{:012d}".format
MAPPING = AttributeMapping(person=PersonMapping(employment_end="ends"))


class Directory:
    """Lists raw entries as a server sends them, and counts those that were taken apart."""

    name = "town"

    def __init__(self, *persons: dict[str, str], groups: tuple[dict[str, str], ...] = ()) -> None:
        self.lists = {EntryKind.PERSON: [*map(self.raw, persons)], EntryKind.GROUP: [*map(self.raw, groups)]}
        self.taken = 0

    @staticmethod
    def raw(values: dict[str, str]) -> tuple[str, dict[str, list[bytes]]]:
        attributes = {
            name: [part.encode() for part in text.split("|")] for name, text in values.items() if text
        }
        return values["dn"], {name: one for name, one in attributes.items() if name != "dn"}

    def has(self, kind):
        return bool(self.lists.get(kind))

    def read(self, kind, take, glance=None):
        for dn, raw in self.lists[kind]:
            if glance is None or not glance(raw["entryUUID"][0].decode(), dn, raw):
                self.taken += 1
                take(OPENLDAP.decode("town", dn, raw))
        return Complete(len(self.lists[kind]))


def person(number: int, **values: str) -> dict[str, str]:
    given = {"uid": f"p{number}", "givenName": "Anna", "sn": f"Berg {number}", "entryUUID": UUID(number)}
    return {"dn": f"uid=p{number},dc=x", **given, **values}


def sync(sink, *persons, now=NOW, groups=(), mapping=MAPPING):
    directory = Directory(*persons, groups=groups)
    report = synchronise(directory, mapping, sink, now, settings=RunSettings(product="openldap"))
    return report, directory.taken - len(groups)


def test_who_reads_as_before_is_seen_and_not_taken_apart():
    sink, people = MemorySink(), [person(n) for n in range(40)]
    assert sync(sink, *people)[1] == 40
    report, taken = sync(sink, *people)
    assert (report.outcome, report.persons_read, taken) == (Outcome.UNCHANGED, 40, 0)
    people[7]["sn"] = "Ek"
    report, taken = sync(sink, *people)
    assert (dict(report.applied), taken) == ({"changed": 1}, 1)
    assert sync(sink, *people)[1] == 0
    # Who is not there is absent still.
    assert dict(sync(sink, *people[1:])[0].applied) == {"leaver": 1}


def test_somebody_who_left_comes_back_with_the_very_same_entry():
    sink, people = MemorySink(), [person(n) for n in range(3)]
    sync(sink, *people)
    sync(sink, *people[1:])
    assert UUID(0) not in sink.active_keys()
    assert dict(sync(sink, *people)[0].applied) == {"returned": 1}


def test_who_is_disabled_by_the_entry_is_not_taken_apart_either_and_is_seen_when_enabled():
    sink, people = MemorySink(), [person(0), person(1, pwdAccountLockedTime="000001010000Z")]
    assert [sync(sink, *people)[1] for _ in range(3)] == [2, 0, 0]
    assert sink.active_keys() == {UUID(0)}
    # Absent, and back as disabled as before: nothing has changed.
    sync(sink, people[0])
    report, taken = sync(sink, *people)
    assert (report.outcome, taken) == (Outcome.UNCHANGED, 0)
    people[1]["pwdAccountLockedTime"] = ""
    assert dict(sync(sink, *people)[0].applied) == {"returned": 1}
    assert sync(sink, *people)[1] == 0


def test_an_end_that_passes_disables_though_the_entry_reads_as_before():
    sink, people = MemorySink(), [person(0), person(1, ends="20300101")]
    sync(sink, *people, now=NOW)
    end = sink.persons["town", UUID(1)].record.ends()
    assert sync(sink, *people, now=end - timedelta(seconds=1))[1] == 0
    report, taken = sync(sink, *people, now=end)
    assert (dict(report.applied), taken) == ({"leaver": 1}, 1)


def test_a_change_that_was_followed_meanwhile_is_not_taken_for_what_was_read():
    sink = MemorySink()
    sync(sink, person(0), person(1))
    followed = replace(sink.persons["town", UUID(0)].record, surname="Ek")
    sink.know([followed])
    # The entry as it was read came to another record than the one that is known.
    assert dict(sync(sink, person(0), person(1))[0].applied) == {"changed": 1}


def test_groups_keep_members_who_were_not_taken_apart():
    sink, people = MemorySink(), [person(n) for n in range(4)]
    team = {"dn": "cn=team,dc=x", "cn": "team", "entryUUID": UUID(99), "member": "uid=p0,dc=x|UID=P1, dc=x"}
    sync(sink, *people, groups=(team,))
    assert sink.group_members("town", UUID(99)) == {UUID(0), UUID(1)}
    team["member"] = "uid=p0,dc=x|uid=p2,dc=x"
    report, taken = sync(sink, *people, groups=(team,))
    assert (dict(report.applied), taken) == ({"group_changed": 1}, 0)
    assert sink.group_members("town", UUID(99)) == {UUID(0), UUID(2)}


def test_where_members_are_told_by_login_everybody_is_taken_apart():
    by_login = replace(MAPPING, group=GroupMapping(members="memberUid", members_are="login"))
    sink = MemorySink()
    assert [sync(sink, person(0), mapping=by_login)[1] for _ in range(2)] == [1, 1]


def test_another_mapping_makes_every_mark_anew():
    raw = Directory.raw(person(1))
    plain = Marks("openldap", MAPPING).of(*raw)
    others = [
        Marks("directory389", MAPPING),
        Marks("openldap", replace(MAPPING, person=replace(MAPPING.person, login="cn"))),
        Marks("openldap", replace(MAPPING, person=replace(MAPPING.person, disabled_when={"a": ("*",)}))),
        Marks("openldap", replace(MAPPING, time_zone=ZoneInfo("Europe/Helsinki"))),
    ]
    assert plain not in {marks.of(*raw) for marks in others}
    assert plain == Marks("openldap", replace(MAPPING)).of(*raw)
    assert plain != Marks("openldap", MAPPING).of("uid=p1,dc=y", raw[1])


def test_the_mapping_still_makes_the_records_that_marks_stand_for():
    """When this fails because the same entry has become another record: raise `as_read.MAPPED_BY`, and the digest."""
    entry = DirectoryEntry(
        "town",
        UUID(1),
        "uid=p1,dc=x",
        {
            "uid": (" anna  1",), "givenname": ("Anna",), "sn": ("O\u2019Berg",), "mail": ("",),
            "departmentnumber": ("12", "11"), "title": ("Lärare",), "ends": ("20260301",),
        },
    )  # fmt: skip
    record = map_person(entry, MAPPING)
    assert person_fingerprint(record).hex() == "801ca8cefb8822b3a0e42b40f64102c1"
