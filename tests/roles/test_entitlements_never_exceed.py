"""Who may use a system and as what, after random delegations and decisions: what somebody with the power gave (C3).

The real use cases on a real database, against a ledger that knows neither scopes nor acts: it is told of each attempt
and notes it if the one who tries holds the power over that system and is somebody else.
"""

import contextlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from idp.domain import appointments, reach
from idp.domain.application import Audience, Policy
from idp.domain.appointments import doer_of
from idp.domain.assurance import Assurance
from idp.domain.entitlements import DefinedRole, Entitlement, Kind, define, give, review, withdraw
from idp.domain.handles import AccountId
from idp.domain.reach import Way
from idp.domain.roles import SERVER, WHOLE, Grant, Role, application_scope, unit_scope
from tests.support.units import plant

NAMES, SYSTEMS, OWN_ROLES = ("ada", "bo", "cia", "dan"), ("open", "closed"), ("clerk", "chief")
POWERS = {
    Role.ADMINISTRATOR: {"decide", "assign"},
    Role.SYSTEM_OWNER: {"decide", "assign"},
    Role.SYSTEM_ADMINISTRATOR: {"assign"},
}


class UndoneError(Exception):
    """Ends an example's transaction: the next one begins where this one did."""


@dataclass
class Ledger:
    """What was given by who could: (person, system) → (in or out, end), (person, system, role) → end."""

    ways: dict[tuple[str, str], tuple[Kind, datetime | None]] = field(default_factory=dict)
    roles: dict[tuple[str, str, str], datetime | None] = field(default_factory=dict)

    def may_enter(self, name: str, system: str, now: datetime) -> bool:
        kind, ends = self.ways.get((name, system), (None, None))
        if kind is None or (ends is not None and ends <= now):
            return system == "open"
        return kind is Kind.LET_IN

    def roles_of(self, name: str, system: str, now: datetime) -> tuple[str, ...]:
        held = (role for role in OWN_ROLES if (name, system, role) in self.roles)
        return tuple(
            sorted(one for one in held if (end := self.roles[name, system, one]) is None or end > now)
        )

    def given(
        self, name: str, system: str, kind: Kind, role: str, ends: datetime | None, now: datetime
    ) -> None:
        if ends is not None and ends <= now:
            return
        if kind is Kind.ROLE:
            if role not in self.roles_of(name, system, now):
                self.roles[name, system, role] = ends
            return
        held, end = self.ways.get((name, system), (None, None))
        if held is not kind or (end is not None and end <= now):
            self.ways[name, system] = (kind, ends)

    def withdrawn(self, name: str, system: str, kind: Kind, role: str) -> None:
        if kind is Kind.ROLE:
            self.roles.pop((name, system, role), None)
        elif self.ways.get((name, system), (None, None))[0] is kind:
            del self.ways[name, system]


@dataclass
class Town:
    """One example: the transaction, the ids of what is named, and the clock."""

    uow: object
    systems: dict[str, str]
    accounts: dict[str, AccountId]
    first: object
    days: int = 0
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def occasion(self):
        return replace(self.first, now=self.first.now + timedelta(days=self.days))

    def account(self, name: str):
        return self.uow.accounts.get(self.accounts[name])

    def holds(self, name: str, power: str, system: str) -> bool:
        return any(
            grant.holds_at(self.occasion.now)
            and power in POWERS.get(grant.role, ())
            and (grant.scope == WHOLE or grant.scope.key == self.systems[system])
            for grant in self.account(name).grants
        )

    def begin_with(self, name: str, role: Role | None, where: str, days: int | None) -> None:
        if role is None:
            return
        scope = unit_scope("11") if where == "unit" else WHOLE
        if role in (Role.SYSTEM_OWNER, Role.SYSTEM_ADMINISTRATOR):
            scope = application_scope(self.systems.get(where, self.systems["open"]))
        ends = None if days is None else self.occasion.now + timedelta(days=days)
        grant = Grant(role, scope, ends)
        refused = appointments.give(self.uow, SERVER, self.account(name), grant, "first", self.occasion)
        assert refused is None

    def step(self, who: str, act: str, whom: str, system: str, kind: Kind, role: str, days: int | None):
        doer, now = doer_of(self.account(who)), self.occasion.now
        ends = None if days is None else now + timedelta(days=days)
        one = Entitlement(self.systems[system], AccountId(""), kind, role if kind is Kind.ROLE else "", ends)
        power = "assign" if kind is Kind.ROLE else "decide"
        can = who != whom and self.holds(who, power, system)
        match act:
            case "wait":
                self.days += 2
            case "give":
                give(self.uow, doer, whom, one, "needed", self.occasion)
                if can:
                    self.ledger.given(whom, system, kind, role, ends, now)
            case "withdraw":
                withdraw(self.uow, doer, whom, one, "ended", self.occasion)
                if can:
                    self.ledger.withdrawn(whom, system, kind, role)
            case "review":
                review(self.uow, doer, self.systems[system], [whom], "yearly", self.occasion)
                if who != whom and self.holds(who, "decide", system):
                    self.ledger.given(whom, system, Kind.KEPT_OUT, "", None, now)
            case "appoint":
                self.appoint(
                    who, whom, system, Role.SYSTEM_ADMINISTRATOR if kind is Kind.ROLE else None, ends
                )

    def appoint(self, who: str, whom: str, system: str, role: Role | None, ends: datetime | None) -> None:
        """What is handed on is held by the giver; nobody gains by their own act."""
        scope = application_scope(self.systems[system])
        before = self.powers(whom)
        grant = Grant(role or Role.SYSTEM_OWNER, scope, ends)
        appointments.give(
            self.uow, doer_of(self.account(who)), self.account(whom), grant, "asked", self.occasion
        )
        gained = self.powers(whom) - before
        assert not gained or (who != whom and gained <= self.powers(who))

    def powers(self, name: str) -> set[tuple[str, str]]:
        return {
            (power, system)
            for power in ("decide", "assign")
            for system in SYSTEMS
            if self.holds(name, power, system)
        }

    def compare(self, *names: str) -> None:
        now = self.occasion.now
        for name in names:
            account = self.accounts[name]
            (known,) = self.uow.archive.everybody(now, past=False, account=account)
            for system, identifier in self.systems.items():
                application = self.uow.catalogue.applications[identifier]
                way = reach.standing(known, application, self.uow.catalogue, now).way
                assert (way is not Way.OUT) == self.ledger.may_enter(name, system, now), (name, system)
                out = self.ledger.ways.get((name, system)) if way is Way.OUT else None
                kept = out is not None and out[0] is Kind.KEPT_OUT and (out[1] is None or out[1] > now)
                assert (identifier in known.facts.kept_out) == kept, (name, system)
                roles = self.uow.entitlements.roles_of(account, identifier, now)
                assert roles == self.ledger.roles_of(name, system, now), (name, system)


ROLES = st.sampled_from(
    [Role.ADMINISTRATOR, Role.AUDITOR, Role.SYSTEM_OWNER, *[Role.SYSTEM_ADMINISTRATOR] * 3, None]
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(["give", "give", "give", "withdraw", "review", "appoint", "wait"]),
        st.sampled_from(NAMES),
        st.sampled_from(SYSTEMS),
        st.sampled_from(Kind),
        st.sampled_from(OWN_ROLES),
        st.sampled_from([None, None, 0, 1, 5]),
    ),
    min_size=4,
    max_size=15,
)


@pytest.fixture
def town(place):
    plant(place.database)
    place.systems = {
        name: place.application(
            name, Policy(Audience(everyone=name == "open"), assurance=Assurance.ONE_FACTOR)
        )
        for name in SYSTEMS
    }
    place.people = {name: place.account(name).id for name in NAMES}
    with place.database.write() as uow:
        for system in place.systems.values():
            for role in OWN_ROLES:
                define(uow, SERVER, system, DefinedRole(role, role), "asked", place.occasion())
    return place


# Not made smaller when it fails: on a database that takes minutes, and the steps are few.
@settings(
    max_examples=50,
    phases=(Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.tuples(
        *[st.tuples(ROLES, st.sampled_from([*SYSTEMS, "unit"]), st.sampled_from([None, 3])) for _ in NAMES]
    ),
    STEPS,
)
def test_C3_no_sequence_of_decisions_lets_anybody_in_who_was_not_let_in(town, first, steps):
    with contextlib.suppress(UndoneError), town.database.write() as uow:
        here = Town(uow, town.systems, town.people, town.occasion())
        for name, held in zip(NAMES, first, strict=True):
            here.begin_with(name, *held)
        for step in steps:
            here.step(*step)
            here.compare(step[2])
        here.compare(*NAMES)
        raise UndoneError
