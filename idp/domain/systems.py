"""Connecting a system and changing who may use it: the use cases behind pages, API and commands.

A protocol's room stores what is its own in the same unit of work. Nobody is let in by connecting: that is the policy's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from idp.domain import reach
from idp.domain.administration import Done, done, no
from idp.domain.administration_ports import KnownNames
from idp.domain.application import Application, Policy
from idp.domain.appointments import allowed, note_given, printable
from idp.domain.audit import record
from idp.domain.events import ConfigurationChanged
from idp.domain.handles import ApplicationId, new_id
from idp.domain.occasion import Occasion
from idp.domain.ports import Catalogue, UnitOfWork
from idp.domain.reach import Known, Way
from idp.domain.reason import Reason
from idp.domain.roles import (
    Act,
    Appointment,
    Doer,
    Grant,
    Organisation,
    Refused,
    Role,
    System,
    application_scope,
)

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class NewSystem:
    """What is decided about a system before its protocol's part; `owner` is a login, or ""."""

    name: str
    title: str
    protocol: str
    url: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Crossing:
    """Somebody whose standing a new policy changes."""

    known: Known
    before: Way
    after: Way


@dataclass(frozen=True, slots=True)
class Change:
    """Whom a new policy reaches: who could before, who can after, and who crosses over."""

    before: int
    after: int
    gaining: Sequence[Crossing]
    losing: Sequence[Crossing]
    lacking_factor: Sequence[Crossing]


def connectable(
    uow: UnitOfWork, doer: Doer, new: NewSystem, reason: str, occasion: Occasion
) -> Refused | None:
    """Say why a system cannot be connected, None if it can: what a page asks before it shows what will happen."""
    refused = allowed(uow, doer, Act.CONNECT_APPLICATION, Organisation(), f"system {new.name}", occasion)
    if refused is not None:
        return refused
    if not _NAME.fullmatch(new.name) or not printable(new.title) or len(new.title) > _LONGEST_TITLE:
        return no("system_name")
    if uow.catalogue.application(new.name) is not None:
        return no("system_taken")
    if not printable(reason):
        return no("no_reason")
    return _wrong_with_owner(uow, doer, new, occasion) if new.owner else None


def connect(
    uow: UnitOfWork, doer: Doer, new: NewSystem, reason: str, occasion: Occasion
) -> Application | Refused:
    """Create a system that lets nobody in yet, and appoint its owner."""
    refused = connectable(uow, doer, new, reason, occasion)
    if refused is not None:
        return refused
    made = Application(
        ApplicationId(new_id()), new.name, printable(new.title), new.protocol, Policy(), url=new.url
    )
    if not uow.systems.add(made, occasion.now):
        return no("system_taken")
    why = printable(reason)
    note(uow, made, "created", [], why, occasion)
    owner = uow.accounts.by_login(new.owner) if new.owner else None
    if owner is not None:
        # Asked above: the catalogue of this unit of work does not have the system yet, so `give` would not know it.
        grant = Grant(Role.SYSTEM_OWNER, application_scope(made.id))
        if uow.roles.add(owner.id, grant, why, occasion.actor.name, occasion.now):
            note_given(uow, owner.id, grant, why, occasion)
    return made


def _wrong_with_owner(uow: UnitOfWork, doer: Doer, new: NewSystem, occasion: Occasion) -> Refused | None:
    """Ask beforehand what the appointment will ask: a refusal then would leave the system without an owner."""
    owner = uow.accounts.by_login(new.owner)
    holder = uow.roles.somebody(owner.person_id, occasion.now) if owner else None
    if holder is None:
        return no("unknown_owner")
    grant = Grant(Role.SYSTEM_OWNER, application_scope(ApplicationId("new")))
    return allowed(uow, doer, Act.GIVE_ROLE, Appointment(grant, holder), f"system {new.name}", occasion)


def changeable(
    uow: UnitOfWork, doer: Doer, identifier: ApplicationId, occasion: Occasion
) -> Application | Refused:
    """Return a system that the doer may change; foreign ones answer as unknown (C2)."""
    application = uow.catalogue.applications.get(identifier)
    if application is None:
        return no("unknown")
    refused = allowed(
        uow, doer, Act.CHANGE_APPLICATION, System(identifier), f"system {application.name}", occasion
    )
    return refused or application


def change_policy(
    uow: UnitOfWork,
    doer: Doer,
    identifier: ApplicationId,
    policy: Policy,
    version: int,
    reason: str,
    occasion: Occasion,
) -> Done | Refused:
    """Give a system another policy, if it still is the one of `version` that was shown (C9)."""
    application, why = changeable(uow, doer, identifier, occasion), printable(reason)
    if isinstance(application, Refused):
        return application
    wrong = wrong_with(policy, uow.systems.names())
    if wrong is not None or not why:
        return wrong or no("no_reason")
    if replace(policy, version=application.policy.version) == application.policy:
        return no("nothing_to_do")
    if not uow.systems.change_policy(identifier, policy, version):
        return no("overtaken")
    note(uow, application, "changed", ["policy"], why, occasion)
    return Done()


def open_or_close(
    uow: UnitOfWork,
    doer: Doer,
    identifier: ApplicationId,
    *,
    enabled: bool,
    reason: str,
    occasion: Occasion,
) -> Done | Refused:
    """Close a system to everybody, or open it again: nothing is deleted, so that it can be taken back (C6)."""
    application, why = changeable(uow, doer, identifier, occasion), printable(reason)
    if isinstance(application, Refused):
        return application
    if not why:
        return no("no_reason")
    changed = uow.systems.open_or_close(identifier, enabled=enabled)
    if changed:
        note(uow, application, "changed", ["enabled"], why, occasion)
    return done(changed)


def wrong_with(policy: Policy, names: KnownNames) -> Refused | None:
    """Say which groups, units and networks of a policy do not exist; a policy that means nobody means it."""
    unknown = {
        *(policy.audience.groups - names.groups),
        *(policy.audience.units - names.units),
        *((policy.networks | set(policy.assurance_on)) - names.networks),
    }
    if not unknown:
        return None
    return Refused((Reason("unknown_names", {"names": ", ".join(sorted(unknown))}),))


def foreseen(
    uow: UnitOfWork, doer: Doer, identifier: ApplicationId, policy: Policy, occasion: Occasion
) -> Change | Refused:
    """Say whom another policy would reach; nothing is changed."""
    application = changeable(uow, doer, identifier, occasion)
    if isinstance(application, Refused):
        return application
    wrong = wrong_with(policy, uow.systems.names())
    everybody = uow.archive.everybody(occasion.now, past=False)
    return wrong or whom_it_reaches(everybody, application, policy, uow.catalogue, occasion.now)


def whom_it_reaches(
    everybody: Sequence[Known], application: Application, policy: Policy, catalogue: Catalogue, at: datetime
) -> Change:
    """Decide for everybody under both policies; the same `may()` that will decide when they come. Pure."""
    changed = replace(application, policy=policy)
    crossings, before, after = [], 0, 0
    both = zip(
        reach.standings(everybody, application, catalogue, at),
        reach.standings(everybody, changed, catalogue, at),
        strict=True,
    )
    for one, other in both:
        known, was, now = one.known, one.way, other.way
        before += was is not Way.OUT
        after += now is not Way.OUT
        if was is not now:
            crossings.append(Crossing(known, was, now))
    crossings.sort(key=lambda one: one.known.facts.account.login)
    return Change(
        before,
        after,
        gaining=[one for one in crossings if one.before is Way.OUT],
        losing=[one for one in crossings if one.after is Way.OUT],
        lacking_factor=[one for one in crossings if (one.before, one.after) == (Way.IN, Way.NEEDS_FACTOR)],
    )


def note(
    uow: UnitOfWork, application: Application, change: str, fields: list[str], why: str, occasion: Occasion
) -> None:
    """Record a change of a system."""
    told = ConfigurationChanged(
        object=f"application {application.name}", reason=why, change=change, fields=fields
    )
    record(uow.audit, told, occasion)
