"""Any applied run can be read afterwards, and taken back whole or for one person; and it stays taken back."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from directory_sync import DirectorySettings, sentence
from idp.domain.account import AccountState
from idp.provisioning.directories import Directory
from idp.provisioning.undo import apply_undo, plan_undo, read_run
from idp.storage.tables import sync_runs
from tests.provisioning.town import SOURCE, group, record, unit

BEFORE = (record("anna", "Anna Berg"), record("bo", "Bo Ek"), record("cia", "Cia Alm"))
AFTER = (record("anna", "Anna Lind"), record("bo", "Bo Ek", disabled="locked"), record("dan", "Dan Ny"))


@pytest.fixture
def directory(town):
    settings = DirectorySettings(SOURCE, "ldap://localhost", "dc=x", "cn=x", "x")
    return Directory(settings, town.mail)


@pytest.fixture
def changed(town):
    """A town in which one was renamed, one disabled, one has gone, one come, and the groups have changed."""
    town.groups = [group("old", "anna"), group("staff", "anna", "bo")]
    town.synchronise(*BEFORE)
    town.later(hours=1)
    town.groups = [group("new", "dan"), group("staff", "anna", "dan")]
    town.synchronise(*AFTER)
    return town


def newest(town) -> str:
    return town.rows(select(sync_runs.c.id).order_by(sync_runs.c.started_at.desc()))[0].id


def states(town):
    keys = ("anna", "bo", "cia", "dan")
    return {key: town.account(key).state for key in keys}


def members(town, name):
    with town.database.read() as uow:
        return set(uow.provisioning.structure.member_keys(SOURCE, f"group-{name}"))


def surname(town, key):
    with town.database.read() as uow:
        return uow.people.get(town.person(key)).surname


def undo(town, directory, person=None):
    found = plan_undo(town.database, newest(town), directory, town.occasion, person)
    return apply_undo(town.database, found, directory, town.occasion)


def test_a_run_can_be_read_afterwards(changed):
    told = [
        sentence(one.line) for one in read_run(changed.database, newest(changed)) if one.state == "applied"
    ]
    assert any("Bo Ek (bo) leaves" in text for text in told)
    assert any("Dan Ny (dan) joins" in text for text in told)


def test_taken_back_whole(changed, directory):
    on, off = AccountState.ACTIVE, AccountState.DISABLED
    assert states(changed) == {"anna": on, "bo": off, "cia": off, "dan": on}
    _, left_out = undo(changed, directory)
    assert left_out == []
    assert states(changed) == {"anna": on, "bo": on, "cia": on, "dan": off}
    assert surname(changed, "anna") == "Berg"
    assert (members(changed, "staff"), members(changed, "old"), members(changed, "new")) == (
        {"anna", "bo"}, {"anna"}, set(),
    )  # fmt: skip


def test_what_the_directory_goes_on_saying_does_not_come_again(changed, directory):
    undo(changed, directory)
    _, plan = changed.plan(AFTER)
    assert plan.lines == ()
    # Something new is said of anna, and bo is enabled again: that is news.
    news = (record("anna", "Anna Ny"), record("bo", "Bo Ek"), record("dan", "Dan Ny"))
    changed.synchronise(*news)
    assert surname(changed, "anna") == "Ny"
    # cia was absent; when she is seen again and then absent again, she leaves like anybody else.
    changed.synchronise(*news, record("cia", "Cia Alm"))
    changed.synchronise(*news)
    assert changed.account("cia").state is AccountState.DISABLED
    # And bo, of whom the directory had said otherwise, can be disabled again.
    changed.synchronise(news[0], replace(news[1], disabled="locked"), news[2])
    assert changed.account("bo").state is AccountState.DISABLED


def test_units_and_groups_stay_taken_back_until_the_directory_says_something_else(town, directory):
    town.units = [unit("A"), unit("A1", "A"), unit("B")]
    town.groups = [group("old", "anna"), group("staff", "anna")]
    town.synchronise(*BEFORE)
    town.later(hours=1)
    town.units = [replace(unit("A"), name="Alpha"), unit("A1", "A"), unit("C")]
    town.groups = [group("new", "bo"), group("staff", "anna", "bo")]
    town.synchronise(*BEFORE)
    undo(town, directory)
    assert units(town) == {"A": "Unit A", "A1": "Unit A1", "B": "Unit B"}
    assert (members(town, "old"), members(town, "new"), members(town, "staff")) == ({"anna"}, set(), {"anna"})
    town.later(hours=1)
    assert town.plan(BEFORE)[1].lines == ()
    # One of each says something else: only that is news.
    town.units[0] = replace(unit("A"), name="Aleph")
    town.groups[1] = group("staff", "anna", "bo", "cia")
    town.synchronise(*BEFORE)
    assert units(town) == {"A": "Aleph", "A1": "Unit A1", "B": "Unit B"}
    assert members(town, "staff") == {"anna", "bo", "cia"}
    assert members(town, "new") == set()
    # What had gone is there again, and then has gone again: that counts like anything else.
    town.units.append(unit("B"))
    town.groups.append(group("old", "anna"))
    town.synchronise(*BEFORE)
    town.units.pop()
    town.groups.pop()
    town.synchronise(*BEFORE)
    assert set(units(town)) == {"A", "A1"}
    assert members(town, "old") == set()


def units(town):
    with town.database.read() as uow:
        return {one.code: one.name for one in uow.provisioning.structure.units(SOURCE).values()}


def test_one_person_goes_back_into_the_groups_and_the_others_stay_as_they_are(changed, directory):
    changed.later(hours=1)
    undo(changed, directory, "bo")
    assert members(changed, "staff") == {"anna", "bo", "dan"}
    assert changed.plan(AFTER)[1].lines == ()
    changed.later(hours=1)
    undo(changed, directory)
    assert members(changed, "staff") == {"anna", "dan"}


def test_taken_back_for_one_person(changed, directory):
    undo(changed, directory, "bo")
    assert changed.account("bo").state is AccountState.ACTIVE
    assert changed.account("cia").state is AccountState.DISABLED
    assert surname(changed, "anna") == "Lind"


def test_only_what_still_is_as_the_run_left_it_is_taken_back(changed, directory):
    run = newest(changed)
    changed.later(hours=1)
    changed.synchronise(record("anna", "Anna Newest"), *AFTER[1:])
    found = plan_undo(changed.database, run, directory, changed.occasion)
    assert [out.line.record.key for out in found.undoing.left_out] == ["anna"]
    apply_undo(changed.database, found, directory, changed.occasion)
    assert surname(changed, "anna") == "Newest"


def test_undoing_can_be_undone(changed, directory):
    changed.later(hours=1)
    undo(changed, directory)
    changed.later(hours=1)
    undo(changed, directory)
    assert surname(changed, "anna") == "Lind"
    assert changed.account("bo").state is AccountState.DISABLED
    assert changed.account("dan").state is AccountState.ACTIVE
