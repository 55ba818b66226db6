"""Who can use a system, why somebody can or cannot, and what would change it: now, or on a day that is past.

The very `may()` decides, over everybody's facts at once. A past day is answered from the facts that were kept
then (`Archive`), never from the audit log.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from idp.domain.access import AccessFacts, Circumstances, Decision, Deny, Permit, StepUp, may
from idp.domain.account import AccountState
from idp.domain.application import Application
from idp.domain.assurance import Assurance, Method, Proof
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.handles import AccountId, PersonId
from idp.domain.network import networks_of
from idp.domain.occasion import IpAddress
from idp.domain.ports import Catalogue
from idp.domain.reason import Reason

#: How many ways to get in are named to somebody who cannot.
_MOST_CHANGES = 12
_NOBODY, _NO_PERSON = AccountId(""), PersonId("")


@dataclass(frozen=True, slots=True)
class Known:
    """One account as decisions see it, with what lists show of it."""

    facts: AccessFacts
    name: str
    has_factor: bool
    resists_phishing: bool = False


class Archive(Protocol):
    """Facts about everybody, of now and of days that are past."""

    def everybody(self, at: datetime, *, past: bool, account: AccountId | None = None) -> Sequence[Known]:
        """Return every account (or one) as it is, or as it was kept for `at`."""

    def of_person(self, person: PersonId, at: datetime) -> Sequence[Known]:
        """Return the accounts of one person as they are."""

    def catalogue(self, at: datetime) -> Catalogue | None:
        """Return applications and networks as they were; None if nothing was kept that long ago."""


class Way(StrEnum):
    """How somebody stands to a system."""

    IN = "in"  # with what they have
    NEEDS_FACTOR = "needs_factor"  # once they set up a second factor
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Standing:
    """One account's standing to one system, with the reasons of the decision and what would change it."""

    known: Known
    way: Way
    decision: Decision
    changes: tuple[Reason, ...] = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why."""
        return self.decision.reasons


def standing(
    known: Known,
    application: Application,
    catalogue: Catalogue,
    at: datetime,
    address: IpAddress | None = None,
    *,
    anywhere: bool = True,
) -> Standing:
    """Decide for one account, supposing the right password.

    `anywhere`: from a network that the policy allows, whichever; else from `address`.
    """
    policy = application.policy
    here = policy.networks if anywhere else networks_of(address, catalogue.networks)
    return Standing(known, *_way(known, application, here, at))


def standings(
    everybody: Iterable[Known], application: Application, catalogue: Catalogue, at: datetime
) -> Iterator[Standing]:
    """Decide for everybody; those in whom a decision sees no difference are decided about once."""
    decided: dict[Hashable, Standing] = {}
    for one in everybody:
        key = _seen_of(one, application)
        made = decided.get(key)
        if made is None:
            made = decided[key] = standing(one, application, catalogue, at)
        yield replace(made, known=one)


def _seen_of(known: Known, application: Application) -> Hashable:
    """Return everything of an account that may() can see for this system: all of it, but who it is."""
    facts, audience = known.facts, application.policy.audience
    nobody = replace(facts.account, id=_NOBODY, person_id=_NO_PERSON, login="", directory_key=None, version=0)
    return (
        nobody,
        facts.groups & audience.groups,
        facts.units & audience.units,
        application.id in facts.let_in,
        application.id in facts.kept_out,
        known.has_factor,
        known.resists_phishing,
    )


def who_can(
    everybody: Iterable[Known], application: Application, catalogue: Catalogue, at: datetime
) -> list[Standing]:
    """Return the standing of all who can, or could with a second factor, by login."""
    found = standings(everybody, application, catalogue, at)
    return sorted(
        (one for one in found if one.way is not Way.OUT), key=lambda one: one.known.facts.account.login
    )


def explained(
    known: Known,
    application: Application,
    catalogue: Catalogue,
    at: datetime,
    address: IpAddress | None,
) -> Standing:
    """Decide for one account from one place, and try what would change the answer."""
    made = standing(known, application, catalogue, at, address, anywhere=False)
    here = networks_of(address, catalogue.networks)
    return replace(made, changes=tuple(_changes(made, application, here, at))[:_MOST_CHANGES])


def _way(
    known: Known, application: Application, networks: frozenset[str], at: datetime
) -> tuple[Way, Decision]:
    decision = may(
        known.facts,
        application,
        AuthenticationRequirement(application.id),
        Circumstances(at, networks, (Proof(Method.PASSWORD, at),)),
    )
    if isinstance(decision, Permit):
        return Way.IN, decision
    if isinstance(decision, Deny):
        return Way.OUT, decision
    able = known.resists_phishing if decision.assurance is Assurance.PHISHING_RESISTANT else known.has_factor
    return (Way.IN if able else Way.NEEDS_FACTOR), decision


def _changes(
    made: Standing, application: Application, here: frozenset[str], at: datetime
) -> Iterable[Reason]:
    """Try each single change with the very decision; name those that would let in (or keep out)."""
    known, facts, policy = made.known, made.known.facts, application.policy

    def would(known: Known, application: Application = application, here: frozenset[str] = here) -> bool:
        return _way(known, application, here, at)[0] is Way.IN

    if made.way is Way.IN:
        yield from _what_keeps_out(made, application, here, at)
        return
    tries: list[tuple[Reason, bool]] = []
    active = replace(facts.account, state=AccountState.ACTIVE, starts=None)
    if active != facts.account:
        tries.append((Reason("enabling"), would(replace(known, facts=replace(facts, account=active)))))
    if not application.enabled:
        tries.append((Reason("opening"), would(known, replace(application, enabled=True))))
    if application.id in facts.kept_out:
        more = replace(facts, kept_out=facts.kept_out - {application.id})
        tries.append((Reason("owner_lets_back"), would(replace(known, facts=more))))
    elif not facts.admitted_to(application.id, policy.audience):
        more = replace(facts, let_in=facts.let_in | {application.id})
        tries.append((Reason("owner_lets_in"), would(replace(known, facts=more))))
    for group in sorted(policy.audience.groups - facts.groups):
        more = replace(facts, groups=facts.groups | {group})
        tries.append((Reason("joining_group", {"group": group}), would(replace(known, facts=more))))
    for unit in sorted(policy.audience.units - facts.units):
        more = replace(facts, units=facts.units | {unit})
        tries.append((Reason("joining_unit", {"unit": unit}), would(replace(known, facts=more))))
    tries += [
        (Reason("coming_from", {"network": network}), would(known, here=here | {network}))
        for network in sorted((policy.networks | set(policy.assurance_on)) - here)
    ]
    if isinstance(made.decision, StepUp):
        able = replace(known, has_factor=True, resists_phishing=True)
        tries.append((Reason("a_factor"), would(able)))
    helping = [reason for reason, helps in tries if helps]
    yield from helping or [Reason("several_changes")]


def _what_keeps_out(
    made: Standing, application: Application, here: frozenset[str], at: datetime
) -> Iterable[Reason]:
    known, facts, audience = made.known, made.known.facts, application.policy.audience

    def out(known: Known, here: frozenset[str] = here) -> bool:
        return _way(known, application, here, at)[0] is not Way.IN

    for group in sorted(audience.groups & facts.groups):
        if out(replace(known, facts=replace(facts, groups=facts.groups - {group}))):
            yield Reason("leaving_group", {"group": group})
    for unit in sorted(audience.units & facts.units):
        if out(replace(known, facts=replace(facts, units=facts.units - {unit}))):
            yield Reason("leaving_unit", {"unit": unit})
    if application.id in facts.let_in and out(
        replace(known, facts=replace(facts, let_in=facts.let_in - {application.id}))
    ):
        yield Reason("owner_withdraws")
    if here and out(known, here=frozenset()):
        yield Reason("leaving_network", {"network": ", ".join(sorted(here))})
    if out(replace(known, has_factor=False, resists_phishing=False)):
        yield Reason("losing_factor")
