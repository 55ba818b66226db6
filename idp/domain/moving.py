"""People without a directory change unit by hand: what it will do to what they may use, and the deed."""

from dataclasses import replace

from idp.domain import reach
from idp.domain.administration import Done, no, seen
from idp.domain.appointments import allowed, printable
from idp.domain.audit import record
from idp.domain.events import AccountChanged
from idp.domain.foresight import Foreseen
from idp.domain.handles import PersonId
from idp.domain.hiring import SOURCE
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.reach import Way
from idp.domain.roles import Act, Doer, Place, Refused


def is_ours(uow: UnitOfWork, person_id: PersonId) -> bool:
    """Whether the person has employments, and all of them are kept here and in no directory."""
    return {one.source for one in uow.people.employments(person_id)} == {SOURCE}


def movable(
    uow: UnitOfWork, doer: Doer, person_id: PersonId, unit: str, reason: str, occasion: Occasion
) -> Place | Refused:
    """Return the unit that the person may be moved to; both they and it must be the mover's (F87)."""
    somebody, place = seen(uow, doer, person_id, occasion), uow.roles.place(unit)
    if somebody is None:
        return no("unknown")
    if place is None:
        return no("unknown_scope")
    for target in (somebody, place):
        refused = allowed(uow, doer, Act.CHANGE_UNIT, target, f"{person_id} to {unit}", occasion)
        if refused is not None:
            return refused
    if not is_ours(uow, person_id):
        return no("of_a_directory")
    return place if printable(reason) else no("no_reason")


def foresee_move(uow: UnitOfWork, person_id: PersonId, place: Place, occasion: Occasion) -> list[Foreseen]:
    """Say which systems each account gains and loses: decided by `may()` before and after."""
    found, now = [Foreseen("moved", {"unit": place.code})], occasion.now
    for account in uow.archive.of_person(person_id, now):
        moved = replace(account, facts=replace(account.facts, units=place.above | {place.code}))
        for one in sorted(uow.catalogue.applications.values(), key=lambda one: one.title):
            before = reach.standing(account, one, uow.catalogue, now).way is not Way.OUT
            after = reach.standing(moved, one, uow.catalogue, now).way is not Way.OUT
            if before != after:
                code = "system_gained" if after else "system_lost"
                found.append(Foreseen(code, {"system": one.title, "login": account.facts.account.login}))
    return [*found, Foreseen("recorded")]


def change_unit(
    uow: UnitOfWork, doer: Doer, person_id: PersonId, unit: str, reason: str, occasion: Occasion
) -> Done | Refused:
    """Move a person whom no directory lists."""
    place = movable(uow, doer, person_id, unit, reason, occasion)
    if isinstance(place, Refused):
        return place
    if not uow.people.move(person_id, SOURCE, unit):
        return no("of_a_directory")
    moved = AccountChanged(
        subject=person_id, object=f"unit {unit}", reason=printable(reason), fields=["unit"]
    )
    record(uow.audit, moved, occasion)
    return Done()
