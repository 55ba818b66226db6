"""The decision about acts: random units, delegations and sequences never end with more than was given.

The oracle knows no scopes and no rules: it walks the tree by hand and counts what somebody can reach.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.domain.handles import ApplicationId, PersonId
from idp.domain.roles import (
    REACHES,
    WHOLE,
    Act,
    Allowed,
    Appointment,
    Doer,
    Grant,
    Organisation,
    Place,
    Reach,
    Refused,
    Role,
    Scope,
    Somebody,
    System,
    application_scope,
    may_act,
    unit_scope,
)
from idp.domain.roles.words import SENTENCES, sentences

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
PARENTS = {"1": None, "11": "1", "12": "1", "111": "11", "121": "12", "2": None, "21": "2"}
SYSTEMS = ("payroll", "intranet")


def above(code: str) -> frozenset[str]:
    found, here = set(), code
    while here is not None:
        found.add(here)
        here = PARENTS[here]
    return frozenset(found)


def somebody(name: str, *codes: str, grants: tuple[Grant, ...] = (), protected: bool = False) -> Somebody:
    units = frozenset().union(*(above(code) for code in codes)) if codes else frozenset()
    return Somebody(PersonId(name), units, grants, protected)


def refusal(answer) -> str:
    assert isinstance(answer, Refused), answer
    assert sentences(answer)
    return answer.reasons[0].code


class TestRules:
    representative = Doer((Grant(Role.IT_REPRESENTATIVE, unit_scope("11")),), PersonId("rep"))

    def test_a_representative_helps_in_the_own_administration_and_nowhere_else(self):
        inside, outside = somebody("a", "111"), somebody("b", "12")
        for act in (Act.SEE_PERSON, Act.ISSUE_TEMPORARY_CODE):
            assert isinstance(may_act(self.representative, act, inside, NOW), Allowed)
            assert refusal(may_act(self.representative, act, outside, NOW)) == "outside_scope"
            assert refusal(may_act(self.representative, act, somebody("c"), NOW)) == "outside_scope"
        for act in (Act.DISABLE, Act.REMOVE_FACTOR, Act.ISSUE_ACTIVATION_CODE, Act.SEE_AUDIT):
            assert refusal(may_act(self.representative, act, inside, NOW)) == "no_role"

    def test_C3_nobody_helps_somebody_who_holds_more_or_themselves(self):
        for grant in (Grant(Role.ADMINISTRATOR), Grant(Role.IT_REPRESENTATIVE, unit_scope("1", above("1")))):
            boss = somebody("boss", "111", grants=(grant,))
            answer = may_act(self.representative, Act.ISSUE_TEMPORARY_CODE, boss, NOW)
            assert refusal(answer) == "holds_more"
        peer = somebody(
            "peer", "11", grants=(Grant(Role.IT_REPRESENTATIVE, unit_scope("111", above("111"))),)
        )
        assert isinstance(may_act(self.representative, Act.ISSUE_TEMPORARY_CODE, peer, NOW), Allowed)
        me = somebody("rep", "11")
        assert refusal(may_act(self.representative, Act.ISSUE_TEMPORARY_CODE, me, NOW)) == "own_account"

    def test_an_auditor_sees_and_changes_nothing(self):
        auditor = Doer((Grant(Role.AUDITOR),), PersonId("aud"))
        for target in (
            Organisation(),
            somebody("a", "1"),
            Place("1", above("1")),
            System(ApplicationId("x")),
        ):
            for act in Act:
                answer = may_act(auditor, act, target, NOW)
                assert isinstance(answer, Allowed) == act.value.startswith(("see_", "export_")), act

    def test_an_ended_role_holds_nothing(self):
        late = Doer((Grant(Role.ADMINISTRATOR, WHOLE, NOW),), PersonId("late"))
        assert refusal(may_act(late, Act.SEE_OVERVIEW, Organisation(), NOW)) == "no_role"

    def test_a_protected_person_is_for_the_handlers_also_when_an_administrator_acts(self):
        target = somebody("p", "11", protected=True)
        administrator = Doer((Grant(Role.ADMINISTRATOR),), PersonId("adm"))
        assert refusal(may_act(administrator, Act.OPEN_PROTECTED, target, NOW)) == "no_role"
        assert refusal(may_act(administrator, Act.ISSUE_TEMPORARY_CODE, target, NOW)) == "protected_person"
        handler = replace(administrator, grants=(*administrator.grants, Grant(Role.PROTECTED_DATA_HANDLER)))
        assert isinstance(may_act(handler, Act.ISSUE_TEMPORARY_CODE, target, NOW), Allowed)

    def test_an_owner_gives_the_administration_of_the_own_system_only(self):
        owner = Doer(
            (Grant(Role.SYSTEM_OWNER, application_scope(ApplicationId("payroll"))),), PersonId("own")
        )
        own = Grant(Role.SYSTEM_ADMINISTRATOR, application_scope(ApplicationId("payroll")))
        other = replace(own, scope=application_scope(ApplicationId("intranet")))
        ask = Appointment(own, somebody("a", "2"))
        assert isinstance(may_act(owner, Act.GIVE_ROLE, ask, NOW), Allowed)
        for wrong in (other, replace(own, role=Role.SYSTEM_OWNER), Grant(Role.ADMINISTRATOR)):
            assert isinstance(may_act(owner, Act.GIVE_ROLE, Appointment(wrong, somebody("a")), NOW), Refused)

    def test_C3_nobody_gives_longer_than_they_hold(self):
        month = NOW + timedelta(days=30)
        administrator = Doer((Grant(Role.ADMINISTRATOR, unit_scope("1"), month),), PersonId("adm"))
        wanted = Grant(Role.IT_REPRESENTATIVE, unit_scope("11", above("11")))
        ask = Appointment(wanted, somebody("a", "12"))
        assert refusal(may_act(administrator, Act.GIVE_ROLE, ask, NOW)) == "longer_than_own"
        shorter = Appointment(replace(wanted, ends=month), somebody("a", "12"))
        assert isinstance(may_act(administrator, Act.GIVE_ROLE, shorter, NOW), Allowed)
        stranger = Appointment(replace(wanted, ends=month), somebody("a", "2"))
        assert refusal(may_act(administrator, Act.GIVE_ROLE, stranger, NOW)) == "outside_scope"
        above_own = Appointment(Grant(Role.ADMINISTRATOR, WHOLE, month), somebody("a", "12"))
        assert isinstance(may_act(administrator, Act.GIVE_ROLE, above_own, NOW), Refused)

    def test_C2_a_token_reaches_no_further_than_itself_or_its_maker(self):
        token = Doer(
            (Grant(Role.ADMINISTRATOR, unit_scope("1")),),
            PersonId("adm"),
            unit_scope("11"),
            frozenset({Act.SEE_PERSON}),
        )
        assert isinstance(may_act(token, Act.SEE_PERSON, somebody("a", "111"), NOW), Allowed)
        assert isinstance(may_act(token, Act.SEE_PERSON, somebody("a", "12"), NOW), Refused)
        assert isinstance(may_act(token, Act.DISABLE, somebody("a", "111"), NOW), Refused)

    @pytest.mark.parametrize("role", Role)
    def test_roles_are_given_over_what_they_are_for(self, role):
        server = Doer((Grant(Role.ADMINISTRATOR),))
        scopes = {
            Reach.ORGANISATION: WHOLE,
            Reach.UNIT: unit_scope("1"),
            Reach.APPLICATION: application_scope(ApplicationId("payroll")),
        }
        for reach, scope in scopes.items():
            answer = may_act(server, Act.GIVE_ROLE, Appointment(Grant(role, scope), somebody("a")), NOW)
            assert isinstance(answer, Allowed) == (reach in REACHES[role])

    def test_every_reason_has_words(self):
        source = __import__("inspect").getsource(__import__("idp.domain.roles.decision", fromlist=["x"]))
        named = set(__import__("re").findall(r'(?:Reason|_no)\(\s*"(\w+)"', source))
        assert named
        assert named <= set(SENTENCES)


# --- the oracle ----------------------------------------------------------------------------------------

POWERS = {
    Role.ADMINISTRATOR: {"see", "help", "change", "appoint", "decide"},
    Role.AUDITOR: {"see"},
    Role.IT_REPRESENTATIVE: {"see", "help"},
    Role.SYSTEM_OWNER: {"decide"},
    Role.SYSTEM_ADMINISTRATOR: {"assign"},
    Role.PROTECTED_DATA_HANDLER: {"open"},
}


def places(scope: Scope) -> set[str]:
    """Everything that lies in a scope, found by walking the tree."""
    if scope.reach is Reach.ORGANISATION:
        return {"*", *PARENTS, *SYSTEMS}
    if scope.reach is Reach.APPLICATION:
        return {scope.key}
    return {code for code in PARENTS if scope.key in above(code)}


def powers(grants, now) -> set[tuple[str, str]]:
    """What somebody holds, one by one: (power, place). To appoint is to hold what can be handed on."""
    found = set()
    for grant in grants:
        if grant.holds_at(now):
            kinds = set(POWERS[grant.role])
            if grant.role is Role.ADMINISTRATOR:
                kinds |= {"assign", "open"}
            if grant.role is Role.SYSTEM_OWNER:
                kinds |= {"assign", "appoint"}
            found |= {(kind, place) for kind in kinds for place in places(grant.scope)}
    return found


@dataclass
class Town:
    """People with their units and grants, as rows would hold them."""

    units: dict[str, tuple[str, ...]]
    grants: dict[str, list[Grant]]
    now: datetime = NOW
    reached: dict[str, set] = field(default_factory=dict)

    def somebody(self, name: str) -> Somebody:
        return somebody(name, *self.units[name], grants=tuple(self.grants[name]))

    def doer(self, name: str) -> Doer:
        return Doer(tuple(self.grants[name]), PersonId(name))

    def stay(self) -> list[str]:
        whole = Grant(Role.ADMINISTRATOR)
        return [name for name, grants in self.grants.items() if any(grant == whole for grant in grants)]


NAMES = ("ada", "bo", "cia", "dan")
ends = st.one_of(st.none(), st.integers(0, 40).map(lambda days: NOW + timedelta(days=days)))
scopes = st.one_of(
    st.just(WHOLE),
    st.sampled_from(sorted(PARENTS)).map(lambda code: unit_scope(code, above(code))),
    st.sampled_from(SYSTEMS).map(lambda name: application_scope(ApplicationId(name))),
)
grants = st.builds(Grant, st.sampled_from(list(Role)), scopes, ends)
initial = grants.filter(lambda grant: grant.scope.reach in REACHES[grant.role])
step = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(["give", "take", "code", "factor", "move", "wait"]),
    st.sampled_from(NAMES),
    grants,
    st.sampled_from(sorted(PARENTS)),
)


@settings(max_examples=400)
@given(
    st.fixed_dictionaries({name: st.lists(st.sampled_from(sorted(PARENTS)), max_size=2) for name in NAMES}),
    st.fixed_dictionaries({name: st.lists(initial, max_size=2) for name in NAMES}),
    st.lists(step, max_size=25),
)
def test_C3_no_sequence_of_acts_gives_anybody_what_was_not_given(units, given_first, steps):
    town = Town({name: tuple(codes) for name, codes in units.items()}, given_first)
    for name, act, whom, grant, code in steps:
        before = {one: powers(town.grants[one], town.now) for one in NAMES}
        take_step(town, name, act, whom, grant, code)
        after = {one: powers(town.grants[one], town.now) for one in NAMES}
        for one in NAMES:
            gained = after[one] - before[one]
            if gained:
                # Nobody gains by their own act, and nobody hands on what they do not hold themselves.
                assert one != name
                assert gained <= before[name], (name, act, whom, grant)


def take_step(town: Town, name: str, act: str, whom: str, grant: Grant, code: str) -> None:
    doer, target = town.doer(name), town.somebody(whom)
    match act:
        case "wait":
            town.now += timedelta(days=3)
        case "give":
            if isinstance(may_act(doer, Act.GIVE_ROLE, Appointment(grant, target), town.now), Allowed):
                lasting = [one.ends for one in town.grants[name] if one.holds_at(town.now)]
                assert None in lasting or grant.ends is not None, "it would outlive every role of the giver"
                town.grants[whom] = [one for one in town.grants[whom] if one != grant] + [grant]
        case "take":
            held = next((one for one in town.grants[whom] if one.role is grant.role), None)
            if held and isinstance(
                may_act(doer, Act.TAKE_ROLE, Appointment(held, target), town.now), Allowed
            ):
                assert ("appoint", places(held.scope).pop()) in powers(town.grants[name], town.now)
                town.grants[whom].remove(held)
        case "code" | "factor":
            kind = Act.ISSUE_TEMPORARY_CODE if act == "code" else Act.REMOVE_FACTOR
            if isinstance(may_act(doer, kind, target, town.now), Allowed):
                # Whoever holds the code may stand in the other's place: it must open nothing new.
                assert powers(town.grants[whom], town.now) <= powers(town.grants[name], town.now)
                own = {place for kind, place in powers(town.grants[name], town.now) if kind == "help"}
                assert whom != name
                assert own & ({"*"} | set(town.units[whom]))
        case "move":
            # Both the person and the new place must be the mover's (F87).
            place = Place(code, above(code))
            both = [may_act(doer, Act.CHANGE_UNIT, one, town.now) for one in (target, place)]
            if all(isinstance(one, Allowed) for one in both):
                assert ("change", code) in powers(town.grants[name], town.now)
                town.units[whom] = (code,)
