"""Random histories of a directory, with faults and crashes between, end where a simple model of it says.

Joins, renames, moves, disablings, deletions and returns, with the units and nested groups that follow from them, are
read whole, followed one by one, missed, cut off in the middle, or interrupted by a crash after any number of lines; and
at the end the directory is read once more.
"""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from directory_sync import BrakeSettings, Outcome, RunSettings, synchronise
from directory_sync.attribute_mapping import AttributeMapping, PersonMapping
from directory_sync.change_plan import PersonChanges, plan_persons
from directory_sync.changes import Gone, Seen
from directory_sync.entry import DirectoryEntry
from directory_sync.live_groups import LiveGroups
from directory_sync.reading import EntryKind
from idp.domain.account import AccountState
from tests.directory_sync.listed_source import ListedSource, listed
from tests.provisioning.town import Town

MAPPING = AttributeMapping(person=PersonMapping(disabled_when={"employeeType": ("former",)}))
WITHOUT_BRAKE = RunSettings(brake=BrakeSettings(share=1, kinds={}), batch=1)
KEYS = ("k1", "k2", "k3", "k4")
SURNAMES = ("Berg", "Ek", "Öberg")


class Crash(Exception):
    """The process dies here."""


@dataclass(frozen=True)
class Person:
    surname: str
    unit: str = "U1"
    disabled: bool = False


@dataclass(frozen=True)
class Step:
    """What happens to one person, and how the product learns of it; `after` lines a crash comes."""

    key: str
    what: str
    surname: str
    how: str
    after: int


steps = st.builds(
    Step,
    st.sampled_from(KEYS),
    st.sampled_from(["appears", "renamed", "moves", "disabled", "deleted"]),
    st.sampled_from(SURNAMES),
    st.sampled_from(["read", "followed", "missed", "cut", "read and crashed", "followed and crashed"]),
    st.integers(0, 4),
)


def happens(directory: dict[str, Person], step: Step) -> None:
    before = directory.get(step.key)
    if step.what == "deleted":
        directory.pop(step.key, None)
    elif before is None or step.what == "appears":
        directory[step.key] = Person(step.surname)
    elif step.what == "renamed":
        directory[step.key] = Person(step.surname, before.unit, before.disabled)
    elif step.what == "moves":
        directory[step.key] = Person(before.surname, "U2" if before.unit == "U1" else "U1", before.disabled)
    else:
        directory[step.key] = Person(before.surname, before.unit, not before.disabled)


def entry_of(key: str, person: Person):
    state = "former" if person.disabled else ""
    return listed(key, sn=person.surname, departmentnumber=person.unit, employeetype=state)


def source_of(directory: dict[str, Person], cut: str | None = None) -> ListedSource:
    """Persons, the units that somebody is in, the team of the first unit, and a group that holds just that team."""
    shown = list(directory.items())
    shown = shown[: len(shown) // 2] if cut else shown
    used = sorted({person.unit for _, person in shown})
    team = tuple(f"uid={key},dc=x" for key, person in shown if person.unit == "U1")
    units = [
        _entry(f"unit-{code}", f"ou={code},dc=x", ou=(code,), description=(f"Unit {code}",)) for code in used
    ]
    groups = [
        _entry("group-team", "cn=team,dc=x", cn=("team",), member=team),
        _entry("group-all", "cn=all,dc=x", cn=("all",), member=("cn=team,dc=x",)),
    ]
    return ListedSource([entry_of(*one) for one in shown], units=units, groups=groups, cut=cut)


def _entry(key: str, dn: str, **attributes: tuple[str, ...]) -> DirectoryEntry:
    return DirectoryEntry("town", key, dn, attributes)


def crashing(sink, after: int):
    """The sink, whose process dies after so many batches were committed."""
    apply, left = sink.apply, [after]

    def counted(run, lines):
        if left[0] == 0:
            raise Crash
        left[0] -= 1
        return apply(run, lines)

    sink.apply = counted
    return sink


def learns(town: Town, directory: dict[str, Person], step: Step) -> None:
    if step.how.startswith("followed"):
        sink = town.sink()
        if sink.unfinished_run("town") is not None or step.how.endswith("crashed"):
            return  # it was told, and the process died before it was committed
        told = (
            Seen(EntryKind.PERSON, entry_of(step.key, directory[step.key])) if step.key in directory else None
        )
        changes = PersonChanges([told or Gone(EntryKind.PERSON, step.key)], MAPPING)
        plan = plan_persons("town", changes, sink, town.now, 1)
        groups = LiveGroups("town", MAPPING)
        assert groups.read(source_of(directory), sink)
        for changed in (plan, groups.plan(sink, town.now, 1)):
            if changed.changes_anything:
                sink.carry_out(changed)
    elif step.how != "missed":
        source = source_of(directory, "cut off" if step.how == "cut" else None)
        sink = crashing(town.sink(), step.after) if step.how.endswith("crashed") else town.sink()
        try:
            synchronise(source, MAPPING, sink, town.now, settings=WITHOUT_BRAKE)
        except Crash:
            return


def check(town: Town, directory: dict[str, Person], ever: set[str]) -> None:
    addresses = {}
    for key in ever:
        try:
            account = town.account(key)
        except LookupError:
            assert key not in directory, f"{key} has no account"
            continue
        person = directory.get(key)
        lives = person is not None and not person.disabled
        assert (account.state is AccountState.ACTIVE) is lives, key
        assert account.login == key
        if lives:
            primary = town.primary(key)
            stem = {"Berg": "berg", "Ek": "ek", "Öberg": "oberg"}[person.surname]
            assert primary is not None
            assert re.fullmatch(rf"anna[0-9]*\.{stem}@ekvik\.example", primary), (key, primary)
            addresses[key] = primary
            with town.database.read() as uow:
                assert uow.people.get(town.person(key)).surname == person.surname
    assert len(set(addresses.values())) == len(addresses)
    with town.database.read() as uow:
        structure = uow.provisioning.structure
        team = {key for key, person in directory.items() if person.unit == "U1"}
        assert (
            structure.member_keys("town", "group-team") == structure.member_keys("town", "group-all") == team
        )
        assert {one.code for one in structure.units("town")} == {one.unit for one in directory.values()}


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A folder with an empty database and a key: making them anew for each history would take the most time."""
    folder = tmp_path_factory.mktemp("model")
    Town(f"sqlite+pysqlite:///{folder}/model.sqlite", folder).close()
    return folder


@given(history=st.lists(steps, min_size=1, max_size=10))
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate])
def test_every_history_ends_where_the_directory_is(empty, history):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(empty, folder, dirs_exist_ok=True)
        town = Town(f"sqlite+pysqlite:///{folder}/model.sqlite", Path(folder))
        try:
            directory: dict[str, Person] = {"always": Person("Alm")}
            for step in history:
                happens(directory, step)
                learns(town, directory, step)
                town.later(minutes=1)
            whole = source_of(directory)
            synchronise(whole, MAPPING, town.sink(), town.now, settings=WITHOUT_BRAKE)
            again = synchronise(whole, MAPPING, town.sink(), town.now, settings=WITHOUT_BRAKE)
            assert again.outcome is Outcome.UNCHANGED
            check(town, directory, set(KEYS))
        finally:
            town.close()
