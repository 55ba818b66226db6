"""The endpoints that a browser is sent to for signing in: they parse, run one use case in a thread, and render."""

from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from idp.domain.handles import digest
from idp.domain.reasons import sentence
from idp.saml import sso
from idp.saml.attempt import Visitor
from idp.saml.bindings import Incoming, read_post, read_redirect
from idp.saml.documents import UnreadableDocument
from idp.saml.errors import Refused
from idp.saml.outcomes import Ask, GoTo, Outcome, Post, ShowRefusal, TurnAway
from idp.saml.provider import Provider
from idp.saml.refusals import note_refusal
from idp.saml.vocabulary import CONTINUE_PATH
from idp.web import cookies
from idp.web.fact_words import FACT_WORDS
from idp.web.forms import read_form
from idp.web.kit import Kit
from idp.web.marking import mark

_LONGEST_HANDLE = 64
_TITLE = mark("The system’s request cannot be handled")
_TEXTS = {
    Refused.UNKNOWN_SERVICE: mark("The system that sent you here is not connected to this service."),
    Refused.CONSUMER: mark("The system wants you sent to an address that is not registered for it."),
    Refused.REPLAYED: mark("This request was handled already. Go back to the system and try again."),
    Refused.TOO_OLD: mark("The request took too long to arrive. Go back to the system and try again."),
    Refused.METADATA_EXPIRED: mark(
        "What the system publishes about itself is too old. Its owner has to renew it."
    ),
    Refused.LOST_REQUEST: mark(
        "The sign-in took too long, is finished already, or was begun in another browser. "
        "Go back to the system and try again."
    ),
}
_TEXT = mark("The request arrived in a form that we do not accept.")


@dataclass(frozen=True, slots=True)
class Pages:
    """Signing in."""

    kit: Kit
    provider: Provider

    async def redirected(self, request: Request) -> Response:
        """Take a request by HTTP-Redirect."""
        try:
            incoming = read_redirect(request.scope["query_string"].decode("ascii"))
        except (UnreadableDocument, UnicodeDecodeError) as error:
            return await self.answered(request, ShowRefusal(Refused.UNREADABLE, str(error)[:40]))
        return await self._begun(request, incoming, self._visitor(request))

    async def posted(self, request: Request) -> Response:
        """Take a request by HTTP-POST: a form from another site comes without our cookies, so it has to wait."""
        form = await read_form(request)
        try:
            incoming = read_post(form.fields)
        except UnreadableDocument as error:
            return await self.answered(request, ShowRefusal(Refused.UNREADABLE, error.code))
        return await self._begun(request, incoming, Visitor(None, None))

    async def go_on(self, request: Request) -> Response:
        """Go on with a request that waited."""
        handle = request.query_params.get("request", "")[:_LONGEST_HANDLE]
        visitor, occasion = self._visitor(request), self.kit.occasion(request)
        outcome = await self.kit.run(sso.resume, self.provider, handle, visitor, occasion)
        return await self.answered(request, outcome)

    async def answer(self, request: Request) -> Response:
        """Take the person's answer to a question."""
        form = await self.kit.form(request)
        outcome = await self.kit.run(
            sso.take_answer,
            self.provider,
            form.text("request", _LONGEST_HANDLE),
            self._visitor(request),
            self.kit.occasion(request),
            agreed=form.text("answer") == "yes",
        )
        return await self.answered(request, outcome)

    async def start(self, request: Request) -> Response:
        """Begin a sign-in that no service asked for."""
        outcome = await self.kit.run(
            sso.begin_unasked,
            self.provider,
            request.path_params["name"],
            "",
            self._visitor(request),
            self.kit.occasion(request),
        )
        return await self.answered(request, outcome)

    async def answered(self, request: Request, outcome: Outcome) -> Response:
        """Turn any outcome into its page or redirect."""
        match outcome:
            case GoTo():
                return found(outcome.location)
            case Post():
                await self._note(request, outcome)
                return self.delivered(request, outcome)
            case TurnAway():
                await self._note(request, outcome.back)
                return self._turned_away(request, outcome)
            case Ask():
                return self._asked(request, outcome)
            case ShowRefusal():
                return await self._refused(request, outcome)

    def delivered(self, request: Request, outcome: Post) -> Response:
        """Render the form that posts a message; it has a button and needs no script."""
        return self.kit.page(
            request,
            "saml/post.html",
            back="",
            form_targets=[origin_of(outcome.action)],
            script=outcome.refused is None,
            refused=outcome.refused is not None,
            values=self._form(request, outcome),
        )

    # --- within ----------------------------------------------------------------------------------------

    async def _begun(self, request: Request, incoming: Incoming, visitor: Visitor) -> Response:
        if incoming.parameter != "SAMLRequest":
            return await self.answered(request, ShowRefusal(Refused.UNREADABLE, "not a request"))
        occasion = self.kit.occasion(request)
        outcome = await self.kit.run(sso.begin, self.provider, incoming, visitor, occasion)
        return await self.answered(request, outcome)

    def _form(self, request: Request, outcome: Post) -> dict[str, object]:
        fields = [(outcome.parameter, b64encode(outcome.message).decode("ascii"))]
        if outcome.relay_state:
            fields.append(("RelayState", outcome.relay_state))
        title = outcome.service.application.title_in(self.kit.language(request))
        return {"action": outcome.action, "fields": fields, "title_of_system": title}

    def _visitor(self, request: Request) -> Visitor:
        handle = cookies.read_handle(request.scope, cookies.SESSION)
        return Visitor(digest(handle) if handle else None, self.kit.browser(request))

    async def _note(self, request: Request, answer: Post) -> None:
        if answer.refused is not None:
            name, occasion = answer.service.application.name, self.kit.occasion(request)
            await self.kit.write(note_refusal, request.scope["path"], answer.refused.value, name, occasion)

    def _asked(self, request: Request, outcome: Ask) -> Response:
        language, question = self.kit.language(request), outcome.question
        told = [
            (self.kit.rendering.translate(language, FACT_WORDS[fact]), values)
            for fact, values in question.told
        ]
        return self.kit.page(
            request,
            "saml/question.html",
            back="",
            form_targets=[origin_of(one.answer_to) for one in question.service.metadata.consumers],
            action=CONTINUE_PATH,
            handle=outcome.handle,
            question=question,
            told=told,
            title_of_system=question.service.application.title_in(language),
        )

    def _turned_away(self, request: Request, outcome: TurnAway) -> Response:
        language = self.kit.language(request)

        def translate(msgid: str) -> str:
            return self.kit.rendering.translate(language, msgid)

        return self.kit.page(
            request,
            "saml/turned_away.html",
            status=403,
            back="",
            form_targets=[origin_of(outcome.back.action)],
            reasons=[sentence(outcome.reasons[-1], translate)],
            values=self._form(request, outcome.back),
        )

    async def _refused(self, request: Request, outcome: ShowRefusal) -> Response:
        reason = f"{outcome.refused.value}: {outcome.detail}" if outcome.detail else outcome.refused.value
        occasion = self.kit.occasion(request)
        await self.kit.write(note_refusal, request.scope["path"], reason, outcome.service, occasion)
        text = _TEXTS.get(outcome.refused, _TEXT)
        return self.kit.refusal(request, 400, _TITLE, text, back="")


def found(location: str) -> Response:
    """Answer by 303, with the location as it is: an address out of metadata is not spelt anew."""
    return Response(status_code=303, headers={"location": location})


def origin_of(address: str) -> str:
    """Return what a Content-Security-Policy has to list for a form that ends at `address`."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
