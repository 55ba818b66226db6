"""The endpoints of Single Logout: messages through the browser and over SOAP, and the end of a sign-out."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.domain.handles import SessionId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.saml import logout
from idp.saml.bindings import Incoming, envelope, read_post, read_redirect, read_soap
from idp.saml.documents import UnreadableDocument
from idp.saml.errors import Refused
from idp.saml.logout_chain import Finished, Step, next_step
from idp.saml.outcomes import GoTo, Post, ShowRefusal
from idp.saml.pages import Pages, found
from idp.saml.provider import Provider
from idp.saml.refusals import note_refusal
from idp.web.arrival import header
from idp.web.forms import read_form
from idp.web.kit import Kit
from idp.web.left import left_path

_SOAP = {"content-type": "text/xml; charset=utf-8"}
_LONGEST_HANDLE = 64


@dataclass(frozen=True, slots=True)
class LogoutPages:
    """Signing out."""

    kit: Kit
    provider: Provider
    pages: Pages

    async def redirected(self, request: Request) -> Response:
        """Take a message by HTTP-Redirect."""
        try:
            incoming = read_redirect(request.scope["query_string"].decode("ascii"))
        except (UnreadableDocument, UnicodeDecodeError) as error:
            return await self.pages.answered(request, ShowRefusal(Refused.UNREADABLE, str(error)[:40]))
        return await self._taken(request, incoming)

    async def posted(self, request: Request) -> Response:
        """Take a message by HTTP-POST or SOAP, told apart by its media type."""
        if header(request.scope, b"content-type").partition(";")[0].strip() == "text/xml":
            return await self._soap(request)
        form = await read_form(request)
        try:
            incoming = read_post(form.fields)
        except UnreadableDocument as error:
            return await self.pages.answered(request, ShowRefusal(Refused.UNREADABLE, error.code))
        return await self._taken(request, incoming)

    async def go_on(self, request: Request) -> Response:
        """Go on with a sign-out under way; whoever was waited for counts as not reached."""
        handle = request.query_params.get("handle", "")[:_LONGEST_HANDLE]
        step = await self.kit.run(_next, self.provider, handle, self.kit.occasion(request))
        return await self._shown(request, step or Finished(()))

    # --- within ----------------------------------------------------------------------------------------

    async def _taken(self, request: Request, incoming: Incoming) -> Response:
        occasion = self.kit.occasion(request)
        ended = await self.kit.run(logout.take_logout, self.provider, incoming, occasion)
        if isinstance(ended, ShowRefusal):
            return await self.pages.answered(request, ended)
        response = await self._shown(request, ended.step)
        if ended.session_ended:
            self.kit.end_session(response)
        return response

    async def _shown(self, request: Request, step: Step) -> Response:
        match step:
            case GoTo():
                return found(step.location)
            case Post():
                return self.pages.delivered(request, step)
            case Finished():
                # A page of ours says itself who was missed.
                if step.then and (not step.missed or step.then.startswith("/")):
                    return found(step.then)
                if step.session and not step.then:
                    return found(left_path(self.kit, request, SessionId(step.session)))
                titles = await self.kit.read(_titles, step.missed, self.kit.language(request))
                return self.kit.page(request, "saml/signed_out.html", back="", missed=titles, then=step.then)

    async def _soap(self, request: Request) -> Response:
        occasion = self.kit.occasion(request)
        try:
            incoming, message = read_soap(await request.body())
        except UnreadableDocument as error:
            answer: bytes | ShowRefusal = ShowRefusal(Refused.UNREADABLE, error.code)
        else:
            answer = await self.kit.run(logout.take_soap, self.provider, incoming, message, occasion)
        if isinstance(answer, ShowRefusal):
            reason = f"{answer.refused.value}: {answer.detail}"
            await self.kit.write(note_refusal, request.scope["path"], reason, answer.service, occasion)
            fault = "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>refused</faultstring></soap:Fault>"
            return Response(envelope(fault), 500, _SOAP)  # SOAP 1.1 §6.2
        return Response(envelope(answer.decode("utf-8")), 200, _SOAP)


def _next(provider: Provider, handle: str, occasion: Occasion) -> Step | None:
    with provider.database.write(brief=True) as uow:
        return next_step(provider, uow, handle, occasion)


def _titles(uow: UnitOfWork, missed: tuple[str, ...], language: str) -> list[str]:
    known = uow.catalogue.applications
    return sorted(one.title_in(language) for key, one in known.items() if key in missed)
