"""What the pages stand on together: the kit, the guard, and the provider; and what a system's page shows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from idp.domain.appointments import doer_in
from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Allowed, Refused, System, may_act
from idp.domain.roles.words import sentences
from idp.saml.administration.routes import PATH
from idp.saml.ports import Outgoing
from idp.saml.provider import Provider
from idp.saml.services import Service
from idp.web.administration import Guard, Guest
from idp.web.kit import Kit

UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Desk:
    """Where administrators sit."""

    kit: Kit
    guard: Guard
    provider: Provider
    outgoing: Outgoing

    def page(
        self,
        request: Request,
        name: str,
        guest: Guest,
        *,
        problem: str = "",
        current: str = PATH,
        **view: object,
    ) -> Response:
        """Render a page; one with a problem answers 422."""
        status = UNPROCESSABLE if problem else 200
        return self.guard.page(
            request, f"saml/administration/{name}", guest, status=status, current=current, problem=problem, **view
        )  # fmt: skip

    def words(self, request: Request, refused: Refused) -> str:
        """Return why something is refused, in the reader's language."""
        return " ".join(sentences(refused, self.translate(request)))

    def translate(self, request: Request) -> Callable[[str], str]:
        """Return what translates for the reader."""
        return partial(self.kit.rendering.translate, self.kit.language(request))

    def service(self, uow: UnitOfWork, guest: Guest, name: str) -> Service | None:
        """Return a service that the reader's roles reach, by its application's name."""
        application = uow.catalogue.application(name)
        if application is None or not sees(guest, application.id):
            return None
        return self.provider.services.of_application(uow, application.id)


def sees(guest: Guest, application: ApplicationId) -> bool:
    """Whether somebody's roles reach a system."""
    doer = doer_in(guest.living, guest.occasion)
    return isinstance(may_act(doer, Act.SEE_APPLICATION, System(application), guest.occasion.now), Allowed)


def changes(guest: Guest, application: ApplicationId) -> bool:
    """Whether somebody may change a system, once the proof is fresh."""
    doer = doer_in(guest.living, guest.occasion)
    answer = may_act(doer, Act.CHANGE_APPLICATION, System(application), guest.occasion.now)
    return isinstance(answer, Allowed) or is_stale(answer)


def is_stale(answer: object) -> bool:
    """Whether only a fresh proof is missing."""
    return isinstance(answer, Refused) and answer.reasons[0].code == "fresh_proof"
