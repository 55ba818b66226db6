"""What systems were told about a person: to whom, which facts, and when last. The same for every protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.person import Protection
from idp.domain.ports import UnitOfWork
from idp.domain.release import Fact, Release, may_leave
from idp.pages.visitor import Members, Visitor
from idp.web.fact_words import FACT_WORDS

PATH = "/my-data"


@dataclass(frozen=True, slots=True)
class Told:
    """One system as the page shows it."""

    title: str
    facts: Sequence[str]
    last_at: datetime


@dataclass(frozen=True, slots=True)
class MyData:
    """The page."""

    members: Members

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(PATH, self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """Show what each system was told."""
        language = self.members.kit.language(request)

        def told(uow: UnitOfWork, visitor: Visitor) -> list[Told]:
            account = visitor.living.account
            person = uow.people.get(account.person_id)
            protection = person.protection if person else Protection.NONE
            known = uow.catalogue.applications
            return [
                Told(
                    known[one.application_id].title_in(language),
                    self._facts(one, protection, language),
                    one.last_at,
                )
                for one in uow.releases.of_account(account.id)
                if one.application_id in known
            ]

        found = await self.members.read(request, told)
        if found is None:
            return await self.members.to_sign_in(request, PATH)
        return self.members.page(request, "portal/my_data.html", found[0], current=PATH, told=found[1])

    def _facts(self, release: Release, protection: Protection, language: str) -> list[str]:
        """Return the facts in words; of a protected person only what may leave was ever sent."""
        names = [fact for fact in Fact if fact.value in release.facts and may_leave(fact, protection)]
        return [self.members.kit.rendering.translate(language, FACT_WORDS[fact]) for fact in names]
