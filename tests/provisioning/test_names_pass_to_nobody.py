"""A model of hires, renames, leavers and returns: no user name and no address ever passes to another person.

The directory does what it likes: entries come and go, names and marks of protection change, user names are
missing, swapped, taken over, spelled alike. After every synchronisation the whole database is compared with
what was ever true of it.
"""

import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from directory_sync import PersonRecord, Protection
from directory_sync.reading import Incomplete
from idp.domain.addresses import canonical
from idp.domain.naming import likeness, shows_name
from idp.storage.tables import accounts, addresses, directory_entries, persons
from tests.provisioning.town import DOMAIN, Town, record

GIVEN = ("Anna", "Åsa", "Asa", "Anna-Karin", "Annakarin", "\u0410nna", "فاطمة", "Info")
SURNAMES = ("Andersson", "Öberg", "Oberg", "af Klint", "Lindberg", "", "Anderson")
LOGINS = (
    None,
    None,
    "anna",
    "ANNA",
    "\u0430nna",
    "an na",
    "annand01",
    "annand02",
    "handlaggare101",
    "asaobe01",
)
_PRIMARY = addresses.select().where(addresses.c.kind == "primary", addresses.c.until.is_(None))
KEYS = st.sampled_from([f"k{number}" for number in range(8)])
PROTECTION = st.sampled_from([Protection.NONE, Protection.NONE, Protection.MARKED])


@cache
def _template() -> Path:
    """A migrated database, made once: an example takes a copy."""
    folder = Path(tempfile.mkdtemp(prefix="portvakt-names-"))
    Town(f"sqlite:///{folder / 'names.db'}", folder).close()
    return folder


def _empty_town() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="portvakt-names-"))
    for path in _template().iterdir():
        shutil.copy(path, folder)
    return folder


class NamesPassToNobody(RuleBasedStateMachine):
    """The directory's entries by key, and everything that was ever issued, to whom."""

    @initialize()
    def begin(self) -> None:
        self.folder = _empty_town()
        self.town = Town(f"sqlite:///{self.folder / 'names.db'}", self.folder)
        self.entries: dict[str, PersonRecord] = {"k0": record("k0", "Bo Ek")}
        self.ever: dict[tuple[str, str], str] = {}
        self.holders: dict[str, str] = {}

    def teardown(self) -> None:
        self.town.close()
        shutil.rmtree(self.folder)

    @rule(key=KEYS, given=st.sampled_from(GIVEN), surname=st.sampled_from(SURNAMES),
          login=st.sampled_from(LOGINS), protection=PROTECTION)  # fmt: skip
    def hire_or_replace(self, key, given, surname, login, protection) -> None:
        self.entries[key] = record(
            key, f"{given} {surname}".strip(), login=login, protection=protection,
            given_name=given, surname=surname,
        )  # fmt: skip

    @precondition(lambda self: self.entries)
    @rule(data=st.data(), given=st.sampled_from(GIVEN), surname=st.sampled_from(SURNAMES))
    def rename(self, data, given, surname) -> None:
        key = data.draw(st.sampled_from(sorted(self.entries)))
        self.entries[key] = replace(self.entries[key], given_name=given, surname=surname)

    @precondition(lambda self: len(self.entries) > 1)
    @rule(data=st.data())
    def swap_logins(self, data) -> None:
        one, other = data.draw(st.permutations(sorted(self.entries)))[:2]
        left, right = self.entries[one], self.entries[other]
        self.entries[one], self.entries[other] = (
            replace(left, login=right.login), replace(right, login=left.login),
        )  # fmt: skip

    @precondition(lambda self: self.entries)
    @rule(data=st.data(), disabled=st.sampled_from([None, "locked for good"]))
    def disable_or_enable(self, data, disabled) -> None:
        key = data.draw(st.sampled_from(sorted(self.entries)))
        self.entries[key] = replace(self.entries[key], disabled=disabled)

    @precondition(lambda self: len(self.entries) > 1)
    @rule(data=st.data())
    def remove(self, data) -> None:
        del self.entries[data.draw(st.sampled_from(sorted(self.entries)))]

    @rule(whole=st.booleans(), batch=st.sampled_from([1, 3, 500]))
    def synchronise(self, whole, batch) -> None:
        self.town.later(hours=1)
        reading = None if whole else Incomplete("cut off")
        self.town.synchronise(*self.entries.values(), reading=reading, batch=batch)

    @rule()
    def synchronise_is_settled(self) -> None:
        """What was synchronised twice with nothing in between holds no news but conflicts."""
        self.town.synchronise(*self.entries.values())
        _, plan = self.town.plan(self.entries.values())
        assert [line for line in plan.lines if not hasattr(line, "stopped")] == []

    @invariant()
    def nothing_passes_to_another(self) -> None:
        issued = self.town.issued()
        for name, person in self.ever.items():
            assert issued.get(name) == person, name
        self.ever = issued

    @invariant()
    def everything_in_use_was_issued_to_its_holder(self) -> None:
        issued = self.town.issued()
        for row in self.town.rows(accounts.select()):
            assert issued["login", likeness(row.login)] == row.person_id
        for row in self.town.rows(addresses.select()):
            local, _, domain = row.address.partition("@")
            assert domain == DOMAIN
            assert issued[DOMAIN, canonical(local)] == row.person_id

    @invariant()
    def an_entry_stays_its_persons(self) -> None:
        for row in self.town.rows(directory_entries.select()):
            assert self.holders.setdefault(row.key, row.person_id) == row.person_id
        assert len(set(self.holders.values())) == len(self.holders)

    @invariant()
    def who_is_active_has_one_primary_address(self) -> None:
        primary = [row.person_id for row in self.town.rows(_PRIMARY)]
        assert len(primary) == len(set(primary))
        for row in self.town.rows(accounts.select()):
            assert row.state != "active" or row.person_id in primary

    @invariant()
    def no_protected_name_shows(self) -> None:
        hidden = {row.id for row in self.town.rows(persons.select()) if row.protection != "none"}
        for row in self.town.rows(_PRIMARY):
            assert row.person_id not in hidden or row.address.startswith("handlaggare")
        for row in self.town.rows(
            accounts.select().join(persons).add_columns(persons.c.given_name, persons.c.surname)
        ):
            assert row.person_id not in hidden or not shows_name(row.login, row.given_name, row.surname)


def test_E3_no_address_or_user_name_ever_passes_to_another_person():
    run_state_machine_as_test(
        NamesPassToNobody,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
