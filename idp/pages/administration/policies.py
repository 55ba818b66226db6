"""A system's policy: changed on a form, after a page that names whom the change reaches. And opening and closing."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import systems
from idp.domain.administration import Done, no
from idp.domain.application import Application, Policy
from idp.domain.appointments import doer_in, printable
from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Refused
from idp.domain.systems import Change
from idp.pages.administration.door import Door
from idp.pages.administration.policy_form import LEVELS, Unreadable, policy_of, typed_of
from idp.pages.administration.systems import HERE
from idp.pages.administration.words import in_words, number_of
from idp.pages.visitor import Visitor
from idp.web.forms import Form

_LONGEST_ID = 64
_UNPROCESSABLE = 422
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class PolicyView:
    """What the page shows: the system, what was typed, and whom it would reach."""

    application: Application
    file: str
    typed: Mapping[str, str]
    change: Change | None = None
    refused: Refused | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class Policies:
    """The pages."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        path = HERE + "/{system}"
        return [
            Route(path + "/policy", self.ask, methods=["GET"]),
            Route(path + "/policy", self.do, methods=["POST"]),
            Route(path + "/enabled", self.open_or_close, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Show the policy as a form."""
        identifier = _identifier(request)

        def seen(uow: UnitOfWork, visitor: Visitor) -> PolicyView | Refused:
            doer, occasion = doer_in(visitor.living, visitor.occasion), visitor.occasion
            found = systems.changeable(uow, doer, identifier, occasion)
            if isinstance(found, Refused):
                return found
            return PolicyView(found, uow.systems.file_of(found.name), typed_of(found.policy))

        result = await self.door.write(request, Act.CHANGE_APPLICATION, seen)
        return await self._answer(request, result)

    async def do(self, request: Request) -> Response:
        """Say whom the change reaches, then make it."""
        form = await self.door.members.kit.form(request)
        identifier = _identifier(request)

        def changed(uow: UnitOfWork, visitor: Visitor) -> PolicyView | Refused:
            return _changed(uow, visitor, identifier, form)

        result = await self.door.write(request, Act.CHANGE_APPLICATION, changed)
        if not isinstance(result, Response) and isinstance(result[1], PolicyView) and result[1].done:
            return self.door.members.kit.see_other(f"{HERE}/{identifier}")
        return await self._answer(request, result)

    async def open_or_close(self, request: Request) -> Response:
        """Close the system to everybody, or open it again."""
        form = await self.door.members.kit.form(request)
        identifier, enabled = _identifier(request), form.text("enabled", 4) == "yes"
        reason = form.text("reason", 1000)

        def changed(uow: UnitOfWork, visitor: Visitor) -> PolicyView | Refused:
            doer, occasion = doer_in(visitor.living, visitor.occasion), visitor.occasion
            done = systems.open_or_close(
                uow, doer, identifier, enabled=enabled, reason=reason, occasion=occasion
            )
            found = systems.changeable(uow, doer, identifier, occasion)
            if isinstance(found, Refused):
                return found
            refused = done if isinstance(done, Refused) else None
            return PolicyView(found, "", typed_of(found.policy), refused=refused)

        result = await self.door.write(request, Act.CHANGE_APPLICATION, changed)
        if not isinstance(result, Response) and isinstance(result[1], PolicyView) and not result[1].refused:
            return self.door.members.kit.see_other(f"{HERE}/{identifier}")
        return await self._answer(request, result)

    async def _answer(
        self, request: Request, result: tuple[Visitor, PolicyView | Refused] | Response
    ) -> Response:
        if isinstance(result, Response):
            return result
        visitor, view = result
        refused = view if isinstance(view, Refused) else view.refused
        if refused is not None and refused.reasons[0].code == "fresh_proof":
            return await self.door.prove_again(request, f"{HERE}/{_identifier(request)}/policy")
        if isinstance(view, Refused):
            raise HTTPException(404 if view.reasons[0].code == "unknown" else 403)
        problem = in_words(self.door.members.kit, request, refused) if refused else ""
        return self.door.page(
            request,
            "administration/policy.html",
            visitor,
            status=_UNPROCESSABLE if problem else 200,
            current=HERE,
            view=view,
            here=f"{HERE}/{view.application.id}",
            problem=problem,
            levels=LEVELS,
            most=_SHOWN,
        )


def _changed(
    uow: UnitOfWork, visitor: Visitor, identifier: ApplicationId, form: Form
) -> PolicyView | Refused:
    doer, occasion = doer_in(visitor.living, visitor.occasion), visitor.occasion
    found = systems.changeable(uow, doer, identifier, occasion)
    if isinstance(found, Refused):
        return found
    file, reason = uow.systems.file_of(found.name), form.text("reason", 1000)
    typed = {name: form.text(name) for name in (*typed_of(found.policy), "reason")}
    typed["version"] = form.text("version", 9) or str(found.policy.version)
    try:
        wanted: Policy = policy_of(form, found.policy)
    except Unreadable:
        return PolicyView(found, file, typed, refused=no("malformed"))
    if form.text("step", 10) == "confirm":
        version = number_of(typed["version"], 0)
        made = systems.change_policy(uow, doer, identifier, wanted, version, reason, occasion)
        if isinstance(made, Done):
            return PolicyView(found, file, typed, done=True)
        return PolicyView(found, file, typed, refused=made)
    change = systems.foreseen(uow, doer, identifier, wanted, occasion)
    if isinstance(change, Refused) or not printable(reason):
        refused = change if isinstance(change, Refused) else no("no_reason")
        return PolicyView(found, file, typed, refused=refused)
    return PolicyView(found, file, typed, change)


def _identifier(request: Request) -> ApplicationId:
    return ApplicationId(request.path_params["system"][:_LONGEST_ID])
