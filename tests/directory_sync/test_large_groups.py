"""Groups of 20,000, four levels deep and in a circle; and a change in the innermost, without reading everything."""

from dataclasses import replace
from itertools import pairwise

import pytest

from directory_sync import GroupChanged, synchronise
from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.changes import Gone, Seen
from directory_sync.entry import DirectoryEntry
from directory_sync.live_groups import LiveGroups
from directory_sync.reading import EntryKind
from tests.directory_sync.listed_source import ListedSource, listed
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW

MAPPING = AttributeMapping()
NUMBER = 20_000
NAMES = ("level0", "level1", "level2", "level3")


def group_entry(name: str, *members: str) -> DirectoryEntry:
    return DirectoryEntry("town", name, f"cn={name},dc=x", {"cn": (name,), "member": members})


def dn(number: int) -> str:
    return f"uid=k{number},dc=x"


@pytest.fixture(scope="module")
def town():
    inner = [
        group_entry(name, f"cn={below},dc=x", dn(place))
        for place, (name, below) in enumerate(pairwise(NAMES))
    ]
    everybody = group_entry("level3", *map(dn, range(NUMBER)), "cn=level0,dc=x")  # a circle
    persons = [listed(f"k{n}") for n in range(NUMBER + 1)]
    return ListedSource(persons, groups=[*inner, everybody])


@pytest.fixture(scope="module")
def sink(town):
    made = MemorySink()
    synchronise(town, MAPPING, made, NOW)
    return made


def test_everybody_is_in_every_level(sink):
    assert {len(sink.group_members("town", name)) for name in NAMES} == {NUMBER}


def test_one_more_member_is_in_every_level_without_reading_everything(town, sink):
    groups = LiveGroups("town", MAPPING)
    assert groups.read(town, sink)
    assert len(groups.plan(sink, NOW, NUMBER).lines) == 0
    members = [*map(dn, range(1, NUMBER)), dn(NUMBER), "cn=level0,dc=x"]
    groups.change([Seen(EntryKind.GROUP, group_entry("level3", *members))], sink)
    lines = {line.record.key: line for line in groups.plan(sink, NOW, NUMBER).lines}
    assert {key: (type(line), line.added) for key, line in lines.items()} == dict.fromkeys(
        NAMES, (GroupChanged, (f"k{NUMBER}",))
    )
    # k0 is still a member of level0 by name, and so of every level of the circle.
    assert all(line.removed == () for line in lines.values())
    groups.change([Gone(EntryKind.GROUP, "level3")], sink)
    gone = groups.plan(sink, NOW, NUMBER).lines
    assert {len(line.record.members) for line in gone if isinstance(line, GroupChanged)} == {1, 2, 3}


def test_a_person_who_is_called_otherwise_is_in_no_group_any_more(town, sink):
    groups = LiveGroups("town", MAPPING)
    assert groups.read(town, sink)
    groups.plan(sink, NOW, NUMBER)
    before = sink.records("town", ["k5"])["k5"].record
    told = [Seen(EntryKind.PERSON, listed("k5"))]
    sink.know([replace(before, dn="uid=other,dc=x")])
    groups.change(told, sink)
    lines = list(groups.plan(sink, NOW, NUMBER).lines)
    assert {line.record.key: line.removed for line in lines} == dict.fromkeys(NAMES, ("k5",))
    sink.know([before])
    groups.change(told, sink)
    assert len(groups.plan(sink, NOW, NUMBER).lines) == 0


def test_L11_only_what_a_change_concerns_is_looked_at(town, sink):
    groups = LiveGroups("town", MAPPING)
    assert groups.read(town, sink)
    groups.plan(sink, NOW, NUMBER)
    asked: list[set[str]] = []

    class Asked(MemorySink):
        def known_groups(self, source, keys=None):
            asked.append(set(keys))
            return sink.known_groups(source, keys)

    groups.change([Seen(EntryKind.GROUP, group_entry("apart", "uid=k1,dc=x"))], sink)
    (line,) = groups.plan(Asked(), NOW, NUMBER).lines
    assert (asked, line.record.members) == ([{"apart"}], ("k1",))
