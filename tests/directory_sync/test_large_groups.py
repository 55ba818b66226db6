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
    assert groups.read(town)
    assert groups.plan(sink, NOW, NUMBER).lines == ()
    members = [*map(dn, range(1, NUMBER)), dn(NUMBER), "cn=level0,dc=x"]
    groups.change([Seen(EntryKind.GROUP, group_entry("level3", *members))])
    lines = {line.record.key: line for line in groups.plan(sink, NOW, NUMBER).lines}
    assert {key: (type(line), line.added) for key, line in lines.items()} == dict.fromkeys(
        NAMES, (GroupChanged, (f"k{NUMBER}",))
    )
    # k0 is still a member of level0 by name, and so of every level of the circle.
    assert all(line.removed == () for line in lines.values())
    groups.change([Gone(EntryKind.GROUP, "level3")])
    gone = groups.plan(sink, NOW, NUMBER).lines
    assert {len(line.record.members) for line in gone if isinstance(line, GroupChanged)} == {1, 2, 3}


def test_a_persons_name_in_a_group_is_noticed(town, sink):
    groups = LiveGroups("town", MAPPING)
    groups.read(town)
    groups.plan(sink, NOW, NUMBER)
    known = sink.records("town", ["k5"])["k5"].record
    assert groups.mentions([known])
    assert not groups.mentions([replace(known, dn="uid=nobody,dc=x")])
