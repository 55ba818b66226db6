"""Connections as pages show them: by the system's title, with how it went to end them; also on a person's own page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request

from idp.domain.administration import seen
from idp.domain.handles import AccountId, ApplicationId
from idp.domain.occasion import Occasion
from idp.domain.person import Protection
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Doer
from idp.radius.store import connections
from idp.radius.store.connections import NetworkConnection
from idp.web.administration import PersonPart
from idp.web.kit import Kit
from idp.web.marking import mark

CUT_WORDS = {
    "done": mark("ended from here"),
    "gone": mark("had ended already"),
    "refused": mark("the server refused to end it"),
    "no_answer": mark("the server did not answer; it is asked again"),
    "not_possible": mark("the server cannot be told to end it"),
}


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One connection as a page shows it; `minutes` is how long it has lasted."""

    connection: NetworkConnection
    system: str
    cut: str
    minutes: int


def rows_of(
    kit: Kit, request: Request, uow: UnitOfWork, held: Sequence[NetworkConnection], occasion: Occasion
) -> Sequence[ConnectionRow]:
    """Return the rows of connections."""
    language, systems = kit.language(request), uow.catalogue.applications

    def cut(one: NetworkConnection) -> str:
        words = CUT_WORDS.get(one.disconnect_outcome or "")
        return kit.rendering.translate(language, words) if words else ""

    return [
        ConnectionRow(
            one,
            systems[ApplicationId(one.application_id)].title_in(language),
            cut(one),
            int(one.lasted(occasion.now).total_seconds() // 60),
        )
        for one in held
        if one.application_id in systems
    ]


def shown_to(
    uow: UnitOfWork, doer: Doer, held: Sequence[NetworkConnection], occasion: Occasion
) -> Sequence[NetworkConnection]:
    """Leave out who it was and where from of people whom the reader may not see, or whose data are protected."""
    known: dict[str, bool] = {}
    told = []
    for one in held:
        if one.account_id is not None and one.account_id not in known:
            known[one.account_id] = _may_be_told(uow, doer, AccountId(one.account_id), occasion)
        open_to = one.account_id is None or known[one.account_id]
        told.append(one if open_to else replace(one, login="—", address="", framed_address=""))
    return told


def _may_be_told(uow: UnitOfWork, doer: Doer, account_id: AccountId, occasion: Occasion) -> bool:
    account = uow.accounts.get(account_id)
    person = uow.people.get(account.person_id) if account is not None else None
    if person is None or person.protection is not Protection.NONE:
        return False
    return seen(uow, doer, person.id, occasion) is not None


def part_of_person(kit: Kit) -> PersonPart:
    """Return the part of a person's page that shows their connections."""

    def read(
        request: Request, uow: UnitOfWork, accounts: Sequence[AccountId], occasion: Occasion
    ) -> Sequence[ConnectionRow]:
        return rows_of(kit, request, uow, connections.of_accounts(uow, accounts), occasion)

    return PersonPart("radius/of_person.html", read)
