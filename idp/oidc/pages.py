"""The room's pages: going on after sign-in, consent, refusals, the form that posts an answer, signing out.

Endpoints parse, run one use case in a worker thread, and render; they decide nothing.
"""

from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.handles import digest
from idp.domain.reasons import sentence
from idp.oidc import logout
from idp.oidc import provider as paths
from idp.oidc.authorize import Visitor, begin, continue_path, resume, take_consent
from idp.oidc.delivery import location_of, origin_of
from idp.oidc.errors import Refused
from idp.oidc.outcomes import AskConsent, Deliver, GoOn, GoToSignIn, Outcome, ShowRefusal, TurnAway
from idp.oidc.provider import Provider
from idp.oidc.refusals import note_refusal
from idp.oidc.request import Pairs
from idp.oidc.vocabulary import OPENID
from idp.web import cookies
from idp.web.csrf import FIELD
from idp.web.errors import FormRefused
from idp.web.forms import read_form
from idp.web.kit import Kit
from idp.web.left import left_path
from idp.web.marking import mark

_MOST_PARAMETERS = 64
_LONGEST_HANDLE = 64

_REFUSAL_TITLE = mark("The system’s request cannot be handled")
_REFUSAL_TEXTS = {
    Refused.UNKNOWN_CLIENT: mark("The system that sent you here is not connected to this service."),
    Refused.REDIRECT_URI: mark("The system wants you sent to an address that is not registered for it."),
    Refused.LOST_REQUEST: mark(
        "The sign-in took too long, is finished already, or was begun in another browser. "
        "Go back to the system and try again."
    ),
}
_REFUSAL_TEXT = mark("The request arrived in a form that we do not accept.")


@dataclass(frozen=True, slots=True)
class Pages:
    """The endpoints that a browser is sent to."""

    kit: Kit
    provider: Provider

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(paths.AUTHORIZATION_PATH, self.authorize, methods=["GET"]),
            Route(paths.AUTHORIZATION_PATH, self.authorize_by_form, methods=["POST"]),
            Route(paths.CONTINUE_PATH, self.go_on, methods=["GET"]),
            Route(paths.CONTINUE_PATH, self.consent, methods=["POST"]),
            Route(paths.LOGOUT_PATH, self.log_out, methods=["GET"]),
            Route(paths.LOGOUT_PATH, self.log_out_by_form, methods=["POST"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """Take an authorization request."""
        pairs = parsed_query(request)
        if pairs is None:
            return await self._answered(request, ShowRefusal(Refused.UNREADABLE))
        occasion = self.kit.occasion(request)
        visitor = self._visitor(request)
        outcome = await self.kit.run(begin, self.provider, pairs, visitor, occasion)
        return await self._answered(request, outcome)

    async def authorize_by_form(self, request: Request) -> Response:
        """Take the same by POST (Core §3.1.2.1), as a GET: a form from another site comes without our cookies."""
        return self._again_by_get(paths.AUTHORIZATION_PATH, (await request.body()).decode("latin-1"))

    async def go_on(self, request: Request) -> Response:
        """Go on with a request that waited for a sign-in."""
        handle = request.query_params.get("request", "")[:_LONGEST_HANDLE]
        visitor, occasion = self._visitor(request), self.kit.occasion(request)
        outcome = await self.kit.run(resume, self.provider, handle, visitor, occasion)
        return await self._answered(request, outcome)

    async def consent(self, request: Request) -> Response:
        """Take the answer to the consent page."""
        form = await self.kit.form(request)
        outcome = await self.kit.run(
            take_consent,
            self.provider,
            form.text("request", _LONGEST_HANDLE),
            self._visitor(request),
            form.text("account", _LONGEST_HANDLE),
            allowed=form.text("answer") == "allow",
            occasion=self.kit.occasion(request),
        )
        return await self._answered(request, outcome)

    async def log_out(self, request: Request) -> Response:
        """Take a logout request."""
        pairs = parsed_query(request)
        if pairs is None:
            return await self._answered(request, ShowRefusal(Refused.UNREADABLE))
        return await self._logged_out(request, pairs, confirmed=False)

    async def log_out_by_form(self, request: Request) -> Response:
        """Take our own confirmation page's answer, or a client's form, which is asked for again by GET."""
        sent = await read_form(request)
        if FIELD not in sent.fields:
            return self._again_by_get(paths.LOGOUT_PATH, urlencode(dict(sent.fields)))
        form = await self.kit.form(request)
        pairs = tuple((name, value) for name, value in form.fields.items() if name in logout.PARAMETERS)
        return await self._logged_out(request, pairs, confirmed=True)

    # --- within ----------------------------------------------------------------------------------------

    def _visitor(self, request: Request) -> Visitor:
        handle = cookies.read_handle(request.scope, cookies.SESSION)
        return Visitor(digest(handle) if handle else None, self.kit.browser(request))

    def _again_by_get(self, path: str, query: str) -> Response:
        if not query.isascii() or any(character.isspace() for character in query):
            raise FormRefused
        return _found(f"{path}?{query}")

    async def _answered(self, request: Request, outcome: Outcome) -> Response:
        """Turn any outcome of an authorization request into its page or redirect."""
        match outcome:
            case Deliver():
                await self._note(request, outcome)
                return self._delivered(request, outcome)
            case GoToSignIn():
                return self.kit.see_other(f"/sign-in?journey={outcome.journey}")
            case GoOn():
                return self.kit.see_other(continue_path(outcome.request))
            case AskConsent():
                return self._ask_consent(request, outcome)
            case TurnAway():
                await self._note(request, outcome.back)
                return self._turned_away(request, outcome)
            case ShowRefusal():
                return await self._refused(request, outcome)

    async def _refused(self, request: Request, outcome: ShowRefusal) -> Response:
        occasion = self.kit.occasion(request)
        await self.kit.write(note_refusal, request.scope["path"], outcome.refused.value, "", occasion)
        text = _REFUSAL_TEXTS.get(outcome.refused, _REFUSAL_TEXT)
        return self.kit.refusal(request, 400, _REFUSAL_TITLE, text, back="")

    async def _note(self, request: Request, answer: Deliver) -> None:
        if answer.refused is not None:
            client, occasion = answer.to.client.client_id, self.kit.occasion(request)
            await self.kit.write(note_refusal, request.scope["path"], answer.refused.value, client, occasion)

    def _delivered(self, request: Request, answer: Deliver) -> Response:
        if answer.to.response_mode != "form_post":
            return _found(location_of(answer))
        return self.kit.page(
            request,
            "oidc/form_post.html",
            back="",
            form_targets=[origin_of(answer.to.redirect_uri)],
            action=answer.to.redirect_uri,
            fields=answer.parameters,
            title_of_system=answer.to.application.title_in(self.kit.language(request)),
        )

    def _ask_consent(self, request: Request, outcome: AskConsent) -> Response:
        return self.kit.page(
            request,
            "oidc/consent.html",
            form_targets=[origin_of(outcome.to.redirect_uri)],
            handle=outcome.request,
            account=outcome.account,
            action=paths.CONTINUE_PATH,
            title_of_system=outcome.to.application.title_in(self.kit.language(request)),
            scope=[one for one in outcome.scope if one != OPENID],
            target=origin_of(outcome.to.redirect_uri),
        )

    def _turned_away(self, request: Request, outcome: TurnAway) -> Response:
        language = self.kit.language(request)

        def translate(msgid: str) -> str:
            return self.kit.rendering.translate(language, msgid)

        by_link = outcome.back.to.response_mode == "query"
        return self.kit.page(
            request,
            "oidc/turned_away.html",
            status=403,
            title_of_system=outcome.back.to.application.title_in(language),
            reasons=[sentence(outcome.reasons[-1], translate)],
            link=location_of(outcome.back) if by_link else "",
        )

    async def _logged_out(self, request: Request, pairs: Pairs, *, confirmed: bool) -> Response:
        visitor, occasion = self._visitor(request), self.kit.occasion(request)
        outcome = await self.kit.run(
            logout.log_out,
            self.provider,
            pairs,
            visitor.session,
            occasion,
            partial(left_path, self.kit, request),
            confirmed=confirmed,
        )
        match outcome:
            case ShowRefusal():
                return await self._refused(request, outcome)
            case logout.AskConfirmation():
                targets = [origin_of(outcome.location)] if outcome.location else []
                return self.kit.page(
                    request,
                    "oidc/confirm_logout.html",
                    form_targets=targets,
                    action=paths.LOGOUT_PATH,
                    fields=outcome.fields,
                )
            case logout.SignedOut():
                if outcome.location and not outcome.goes_on:
                    response: Response = _found(outcome.location)
                else:
                    response = self.kit.page(
                        request, "signed_out.html", back="", systems=[], goes_on=outcome.location
                    )
                if outcome.goes_on:
                    # Not by a redirect: that of a form is held to our own origin, and this may end at other systems.
                    response.headers["refresh"] = f"1; url={outcome.location}"
                self.kit.end_session(response)
                return response


def parsed_query(request: Request) -> Pairs | None:
    """Return the query's parameters with their doubles, None if it is not well-formed."""
    try:
        return parse_qsl(
            request.scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        return None


def _found(location: str) -> Response:
    """Answer by 303 (RFC 9700 §4.12), with the location as it is: a redirect URI is not spelt anew."""
    return Response(status_code=303, headers={"location": location})
