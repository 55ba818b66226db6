"""Applying a file: what it makes, that it makes it once, and what it leaves alone."""

from datetime import timedelta

import pytest

from idp.configuration.comparison import Action
from idp.configuration.wording import as_json, in_words
from idp.domain.assurance import Assurance
from idp.domain.binding import Way
from idp.domain.errors import ConfigurationError
from idp.domain.factor_policy import FactorPolicy
from tests.configuration.support import NOW

WHOLE = """
[networks.townhall]
prefixes = ["10.20.0.0/16", "2001:db8::/48"]
may_enrol = true
failure_limit = 2000

[directories.ekvik]
url = "ldaps://ldap.ekvik.example"
bind_dn = "cn=portvakt,dc=ekvik,dc=example"
bind_password = { env = "EKVIK_PASSWORD" }
base_dn = "dc=ekvik,dc=example"
mail_domain = "ekvik.example"
group_filter = "(objectClass=groupOfNames)"
[directories.ekvik.brake]
share = 0.1

[groups."Intranät-redaktörer"]
members = ["anna", "4711"]

[applications.intranet]
title = "Intranet"
titles = { sv = "Intranätet", en = "The intranet" }
url = "https://intranet.ekvik.example/"
owner = "IT"
protocol = "door"
[applications.intranet.policy]
groups = ["Intranät-redaktörer"]
networks = ["townhall"]
assurance_on = { townhall = "one_factor" }
max_age = "8h"
[applications.intranet.door]
colour = "green"
client_secret = { env = "DOOR_SECRET" }
"""
SECRETS = {"EKVIK_PASSWORD": "canary-bind-password", "DOOR_SECRET": "canary-door-secret"}


@pytest.fixture
def whole(town):
    town.hire("anna", "100")
    town.hire("bo", "4711")
    town.environment = dict(SECRETS)
    town.apply(WHOLE)
    return town


def actions(plan):
    return [(str(line.reference), line.action) for line in plan.lines]


def test_everything_in_the_file_is_made_and_audited(whole):
    with whole.database.read() as uow:
        catalogue = uow.catalogue
        intranet = catalogue.application("intranet")
        facts = uow.accounts.facts(uow.accounts.by_login("bo"), NOW)
    assert intranet.title_in("sv") == "Intranätet"
    assert intranet.policy.assurance is Assurance.TWO_FACTORS
    assert intranet.policy.assurance_on == {"townhall": Assurance.ONE_FACTOR}
    assert facts.groups == {"Intranät-redaktörer"}
    (network,) = catalogue.networks
    assert network.may_enrol
    assert network.failure_limit == 2000
    assert [(name, change) for name, change, _ in whole.audited()] == [
        ("network townhall", "created"),
        ("directory ekvik", "created"),
        ("group Intranät-redaktörer", "created"),
        ("application intranet", "created"),
    ]
    assert whole.door.stored[intranet.id]["client_secret"] == SECRETS["DOOR_SECRET"]


def test_applying_twice_changes_nothing(whole):
    version = whole.sql("SELECT version FROM catalogue_version")
    plan = whole.apply(WHOLE)
    assert (plan.lines, plan.unchanged) == ((), 4)
    assert whole.sql("SELECT version FROM catalogue_version") == version
    assert len(whole.audited()) == 4


def test_a_dry_run_says_the_same_and_changes_nothing(town):
    town.environment = dict(SECRETS)
    town.hire("anna")
    town.hire("bo", "4711")
    planned = town.plan(WHOLE)
    assert town.sql("SELECT name FROM applications") == []
    assert town.audited() == []
    assert town.apply(WHOLE) == planned


def test_export_reads_back_as_no_change(whole):
    exported = whole.export()
    whole.environment = {}
    for plan in (whole.plan(exported), whole.plan(exported, file="another.toml")):
        assert (plan.lines, plan.unchanged) == ((), 4)
    assert whole.apply(exported).lines == ()
    assert whole.export() == exported


def test_K4_C7_no_secret_is_in_plan_export_audit_or_memory_of_what_was_applied(whole):
    planned = whole.plan(WHOLE.replace('colour = "green"', 'colour = "red"'))
    places = [
        whole.export(),
        *in_words(planned),
        str(as_json(planned)),
        repr(planned),
        str(whole.sql("SELECT payload, object, reason FROM audit_records")),
        str(whole.sql("SELECT fields FROM configured_objects")),
        str(whole.sql("SELECT settings, sealed_password FROM directories")),
    ]
    for place in places:
        assert "canary" not in place


def test_an_edited_file_changes_just_what_was_edited(whole):
    edited = WHOLE.replace('max_age = "8h"', 'max_age = "4h"').replace('colour = "green"', 'colour = "red"')
    plan = whole.apply(edited)
    assert actions(plan) == [("application intranet", Action.CHANGE)]
    assert whole.audited()[-1] == ("application intranet", "changed", ["door.colour", "policy.max_age"])
    assert '    policy.max_age: "8h" -> "4h"' in in_words(plan)
    assert whole.sql("SELECT policy_version FROM applications") == [(2,)]


def test_a_policy_keeps_its_version_when_something_else_changes(whole):
    whole.apply(WHOLE.replace('owner = "IT"', 'owner = "Kommunikation"'))
    assert whole.sql("SELECT policy_version, owner FROM applications") == [(1, "Kommunikation")]


def test_the_organisations_rules_about_factors_are_made_changed_and_removed(whole):
    def rules():
        with whole.database.read() as uow:
            return uow.catalogue.factors

    ways = '[organisation.factors]\nbind_by = ["activation_code"]\n'
    whole.apply(WHOLE + ways)
    assert rules().binding.ways == {Way.ACTIVATION_CODE}
    assert "[organisation.factors]" in whole.export()
    plan = whole.apply(WHOLE + ways + 'trusted_device = "8h"\n')
    assert actions(plan) == [("organisation factors", Action.CHANGE)]
    assert rules().trusted_device == timedelta(hours=8)
    whole.apply(WHOLE, remove=True)
    assert rules() == FactorPolicy()


def test_a_new_secret_is_seen_and_written_but_not_shown(whole):
    whole.environment["DOOR_SECRET"] = "another"
    plan = whole.apply(WHOLE)
    assert actions(plan) == [("application intranet", Action.CHANGE)]
    assert "    door.client_secret: replaced (not shown)" in in_words(plan)
    (stored,) = whole.door.stored.values()
    assert stored["client_secret"] == "another"
    assert whole.apply(WHOLE).lines == ()


class TestChangedElsewhere:
    def test_is_shown_and_not_overwritten_in_silence(self, whole):
        whole.sql("UPDATE applications SET owner = 'HR'")
        plan = whole.apply(WHOLE)
        assert actions(plan) == [("application intranet", Action.LEFT_ALONE)]
        assert '    owner: "HR" -> "IT" (last applied: "IT")' in in_words(plan)
        assert whole.sql("SELECT owner FROM applications") == [("HR",)]

    def test_is_overwritten_when_named(self, whole):
        whole.sql("UPDATE applications SET owner = 'HR'")
        plan = whole.apply(WHOLE, "application intranet")
        assert actions(plan) == [("application intranet", Action.CHANGE)]
        assert whole.sql("SELECT owner FROM applications") == [("IT",)]
        assert whole.apply(WHOLE).lines == ()

    def test_is_taken_into_the_file_by_editing_it(self, whole):
        whole.sql("UPDATE applications SET owner = 'HR'")
        edited = WHOLE.replace('owner = "IT"', 'owner = "HR"')
        assert whole.apply(edited).lines == ()
        plan = whole.apply(WHOLE)
        assert actions(plan) == [("application intranet", Action.CHANGE)]

    def test_holds_back_the_whole_object_and_nothing_else(self, whole):
        whole.sql("UPDATE applications SET owner = 'HR'")
        edited = WHOLE.replace('max_age = "8h"', 'max_age = "4h"').replace("2000", "3000")
        assert actions(whole.apply(edited)) == [
            ("network townhall", Action.CHANGE),
            ("application intranet", Action.LEFT_ALONE),
        ]
        assert whole.sql("SELECT failure_limit FROM networks") == [(3000,)]
        assert whole.sql("SELECT policy_version FROM applications") == [(1,)]

    def test_a_member_added_elsewhere_is_not_thrown_out(self, whole):
        person = whole.hire("cia")
        whole.sql(f"INSERT INTO group_members (person_id, group_id) SELECT '{person}', id FROM groups")
        plan = whole.apply(WHOLE)
        assert actions(plan) == [("group Intranät-redaktörer", Action.LEFT_ALONE)]
        assert whole.sql("SELECT count(*) FROM group_members") == [(3,)]

    def test_an_object_made_without_the_file_is_not_taken_over_in_silence(self, whole):
        whole.sql("DELETE FROM configured_objects")
        plan = whole.apply(WHOLE.replace('owner = "IT"', 'owner = "HR"'))
        assert actions(plan) == [("application intranet", Action.LEFT_ALONE)]

    def test_an_object_removed_elsewhere_is_not_made_again_in_silence(self, whole):
        whole.sql("DELETE FROM applications")
        plan = whole.apply(WHOLE)
        assert actions(plan) == [("application intranet", Action.LEFT_ALONE)]
        assert "removed elsewhere" in in_words(plan)[0]
        assert actions(whole.apply(WHOLE, "intranet")) == [("application intranet", Action.CREATE)]


class TestRemoval:
    FEWER = WHOLE[: WHOLE.index("[applications.intranet]")]

    def test_is_only_done_when_asked_for(self, whole):
        assert actions(whole.apply(self.FEWER)) == [("application intranet", Action.NO_LONGER_IN_FILE)]
        assert actions(whole.apply(self.FEWER, remove=True)) == [("application intranet", Action.REMOVE)]
        assert whole.sql("SELECT name FROM applications") == []
        assert whole.apply(self.FEWER, remove=True).lines == ()
        assert whole.audited()[-1][:2] == ("application intranet", "removed")

    def test_touches_only_what_this_file_manages(self, whole):
        other = '[networks.library]\nprefixes = ["10.30.0.0/16"]\n'
        assert actions(whole.apply(other, remove=True, file="other.toml")) == [
            ("network library", Action.CREATE)
        ]

    def test_leaves_alone_what_was_changed_elsewhere(self, whole):
        whole.sql("UPDATE applications SET owner = 'HR'")
        assert actions(whole.apply(self.FEWER, remove=True)) == [("application intranet", Action.LEFT_ALONE)]

    def test_of_a_network_that_a_policy_names_is_refused(self, whole):
        rest = WHOLE[WHOLE.index("[directories.ekvik]") :]
        with pytest.raises(ConfigurationError, match="there is no network 'townhall'"):
            whole.apply(rest, remove=True)
        whole.sql("DELETE FROM configured_objects WHERE kind = 'application'")
        rest = WHOLE[WHOLE.index("[directories.ekvik]") : WHOLE.index("[applications.intranet]")]
        with pytest.raises(ConfigurationError, match="there is no network 'townhall'"):
            whole.apply(rest, remove=True)

    def test_of_a_directory_with_active_accounts_is_refused(self, whole):
        rest = WHOLE[: WHOLE.index("[directories.ekvik]")] + WHOLE[WHOLE.index('[groups."') :]
        with pytest.raises(ConfigurationError, match=r"directories\.ekvik: 2 active accounts"):
            whole.apply(rest, remove=True)
        whole.sql("UPDATE accounts SET state = 'disabled'")
        assert actions(whole.apply(rest, remove=True)) == [("directory ekvik", Action.REMOVE)]

    def test_of_a_group_lets_its_members_go(self, whole):
        rest = WHOLE[: WHOLE.index('[groups."')] + WHOLE[WHOLE.index("[applications.intranet]") :]
        plan = whole.apply(rest, remove=True)
        assert actions(plan) == [("group Intranät-redaktörer", Action.REMOVE)]
        assert any("no group 'Intranät-redaktörer'" in warning for warning in plan.warnings)
        assert whole.sql("SELECT count(*) FROM group_members") == [(0,)]


class TestC7StoredPasswordsAreWriteOnly:
    WITHOUT = WHOLE.replace('bind_password = { env = "EKVIK_PASSWORD" }\n', "")

    def test_C7_another_host_demands_the_password_again(self, whole):
        moved = self.WITHOUT.replace("ldaps://ldap.ekvik.example", "ldaps://evil.example")
        with pytest.raises(ConfigurationError, match=r"directories\.ekvik\.bind_password: is needed again"):
            whole.apply(moved)
        with pytest.raises(ConfigurationError, match="is needed again"):
            whole.apply(self.WITHOUT.replace("ldap.ekvik.example", "ldap.ekvik.example:1636"))
        again = WHOLE.replace("ldaps://ldap.ekvik.example", "ldaps://ldap2.ekvik.example")
        assert actions(whole.apply(again)) == [("directory ekvik", Action.CHANGE)]

    def test_it_stays_when_it_is_not_given(self, whole):
        assert whole.apply(self.WITHOUT).lines == ()
        plan = whole.apply(self.WITHOUT.replace("share = 0.1", "share = 0.2"))
        assert actions(plan) == [("directory ekvik", Action.CHANGE)]
        ((sealed,),) = whole.sql("SELECT sealed_password FROM directories")
        opened = whole.sealer.unseal(bytes(sealed), "directory.bind_password:ekvik")
        assert opened == b"canary-bind-password"

    def test_it_is_missing_for_a_new_directory(self, town):
        town.environment = dict(SECRETS)
        with pytest.raises(ConfigurationError, match=r"directories\.ekvik\.bind_password: is missing"):
            town.apply(self.WITHOUT)

    def test_a_replaced_one_is_seen(self, whole):
        whole.environment["EKVIK_PASSWORD"] = "new"
        plan = whole.apply(WHOLE)
        assert in_words(plan)[:2] == ["change directory ekvik", "    bind_password: replaced (not shown)"]


def test_members_that_nobody_is_yet_are_left_out_and_come_with_a_later_apply(town):
    text = '[groups.editors]\nmembers = ["anna", "100"]\n'
    plan = town.apply(text)
    assert plan.warnings == (
        "groups.editors.members: 'anna' is nobody's yet; left out",
        "groups.editors.members: '100' is nobody's yet; left out",
    )
    town.hire("anna", "100")
    plan = town.apply(text)
    assert (plan.warnings, actions(plan)) == ((), [("group editors", Action.CHANGE)])
    assert town.apply(text).lines == ()


def test_one_employee_number_of_two_persons_means_neither(town):
    town.hire("anna", "100")
    town.hire("bo", "100")
    plan = town.apply('[groups.editors]\nmembers = ["100"]\n')
    assert plan.warnings == ("groups.editors.members: '100' is more than one person's; left out",)
    assert town.sql("SELECT count(*) FROM group_members") == [(0,)]


POLICY = """
[applications.doors]
title = "Doors"
protocol = "door"
[applications.doors.door]
colour = "green"
[applications.doors.policy]
"""


class TestReferences:
    def test_an_unknown_network_is_an_error_that_says_what_exists(self, town):
        text = POLICY + 'everyone = true\nnetworks = ["townhal"]\nassurance_on = {library = "one_factor"}\n'
        text += '[networks.townhall]\nprefixes = ["10.0.0.0/8"]\n'
        with pytest.raises(ConfigurationError) as raised:
            town.apply(text)
        assert str(raised.value).splitlines() == [
            "applications.doors.policy.networks: there is no network 'townhal'; did you mean townhall?",
            "applications.doors.policy.assurance_on: there is no network 'library'; known: townhall",
        ]
        assert town.sql("SELECT name FROM networks") == []

    def test_groups_may_come_with_a_directory_later(self, town):
        plan = town.apply(POLICY + 'groups = ["staff"]\n')
        assert [warning.split(":")[0] for warning in plan.warnings] == ["applications.doors.policy.groups"]
        town.read_directory_names(group="staff", unit="50")
        assert town.apply(POLICY + 'groups = ["staff"]\n').warnings == ()

    def test_an_unknown_unit_is_an_error_once_units_are_known(self, town):
        assert "before a directory has been read" in town.plan(POLICY + 'units = ["51"]\n').warnings[0]
        town.read_directory_names(group="staff", unit="50")
        with pytest.raises(ConfigurationError, match=r"policy\.units: there is no unit '51'; known: 50"):
            town.plan(POLICY + 'units = ["51"]\n')

    def test_a_policy_that_lets_nobody_in_is_warned_of(self, town):
        assert "nobody is let in" in town.plan(POLICY).warnings[0]

    def test_phishing_resistance_is_asked_for_without_a_warning(self, town):
        assert not town.plan(POLICY + 'everyone = true\nassurance = "phishing_resistant"\n').warnings
