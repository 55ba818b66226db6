"""The endpoints of a sign-in: what is shown now, and one for each form.

All of them run their use case in `_seen` and end in `_answered`, which shows a step, goes on to the return
path, or says that the journey cannot be continued.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.authentication import AuthenticationRequirement
from idp.domain.outcomes import Completed, Outcome, Problem, Show
from idp.domain.ports import UnitOfWork
from idp.domain.signin import (
    SignIn,
    acknowledge_recovery_codes,
    ask_to_trust,
    look,
    start,
    submit_activation_code,
    submit_call,
    submit_enrolment,
    submit_factor,
    submit_forgotten,
    submit_new_passkey,
    submit_new_password,
    submit_passkey,
    submit_password,
    submit_resynchronisation,
)
from idp.pages.devices import name_of
from idp.pages.locked import sentences
from idp.pages.ports import WaitingOrigins
from idp.pages.signin.problems import SENTENCES
from idp.pages.signin.steps import ACTIVATION, FORGOTTEN, RESYNCHRONISE, Typed, page_of
from idp.web.arrival import arrival_of
from idp.web.beat import on_beat
from idp.web.errors import FormRefused
from idp.web.forms import Form
from idp.web.kit import Kit
from mfa import FactorKind

PATH = "/sign-in"
LONGEST_CREDENTIAL = 32_768
_LONGEST_HANDLE = 64
_UNPROCESSABLE = 422
_UNAVAILABLE = 503


def journey_path(handle: str) -> str:
    """Return the path of the page that shows a journey."""
    return f"{PATH}?{urlencode({'journey': handle})}"


@dataclass(frozen=True, slots=True)
class _Seen:
    """An outcome, the title of the application that is signed in to, and the origins that wait at the end."""

    outcome: Outcome
    application: str = ""
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignInPages:
    """The endpoints, and what they need."""

    kit: Kit
    signin: SignIn
    waiting: WaitingOrigins

    def routes(self) -> list[Route]:
        """Return the routes."""
        forms = {
            "/password": self.password,
            "/new-password": self.new_password,
            "/code": self.code,
            "/call": self.call,
            "/resynchronise": self.resynchronise,
            "/enrol": self.enrol,
            "/activation": self.activation,
            "/passkey": self.passkey,
            "/new-passkey": self.new_passkey,
            "/recovery-codes": self.recovery_codes,
            "/forgotten": self.forgotten,
        }
        return [
            Route(PATH, self.show, methods=["GET"]),
            *(Route(PATH + path, endpoint, methods=["POST"]) for path, endpoint in forms.items()),
        ]

    async def show(self, request: Request) -> Response:
        """Show what is next in a journey; without one, begin a journey to the portal."""
        handle = request.query_params.get("journey", "")[:_LONGEST_HANDLE]
        if not handle:
            return await self.begin(request, AuthenticationRequirement(), "/")
        typed = Typed(
            kind=request.query_params.get("kind", ""),
            instead=request.query_params.get("with", ""),
        )
        seen = await self.kit.run(self._seen, request, look, handle)
        return self._answered(request, handle, seen, typed)

    async def begin(
        self, request: Request, requirement: AuthenticationRequirement, return_path: str
    ) -> Response:
        """Begin a journey that ends at `return_path`, and show its first page."""
        browser, occasion = self.kit.browser(request), self.kit.occasion(request)

        def begun(uow: UnitOfWork) -> str:
            return start(uow, requirement, return_path, browser, self.kit.living(uow, request), occasion)

        return self.kit.see_other(journey_path(await self.kit.write(begun)))

    async def password(self, request: Request) -> Response:
        """Take name and password."""
        form = await self.kit.form(request)
        handle, login, password = _handle(form), form.text("username"), form.text("password")
        seen = await self.kit.run_waiting(self._seen, request, submit_password, handle, login, password)
        await self._keep_the_beat(request, seen.outcome)
        return self._answered(request, handle, seen, Typed(login=login))

    async def new_password(self, request: Request) -> Response:
        """Take a new password, twice."""
        form = await self.kit.form(request)
        handle, new, again = _handle(form), form.text("new-password"), form.text("new-password-again")
        seen = await self.kit.run_waiting(self._seen, request, submit_new_password, handle, new, again)
        return self._answered(request, handle, seen, Typed())

    async def code(self, request: Request) -> Response:
        """Take a code of one kind of second factor."""
        form = await self.kit.form(request)
        handle, kind = _handle(form), _kind(form.text("kind"))
        await self._trust(request, handle, form)
        seen = await self.kit.run(self._seen, request, submit_factor, handle, kind, form.text("code"))
        return self._answered(request, handle, seen, Typed(kind=kind.value))

    async def call(self, request: Request) -> Response:
        """Have a code sent to an approved destination."""
        form = await self.kit.form(request)
        handle = _handle(form)
        seen = await self.kit.run(
            self._seen, request, submit_call, handle, form.text("destination", _LONGEST_HANDLE)
        )
        return self._answered(request, handle, seen, Typed(kind=FactorKind.TEXT_MESSAGE.value))

    async def resynchronise(self, request: Request) -> Response:
        """Take two codes that bring a hardware token back in step."""
        form = await self.kit.form(request)
        handle, first, second = _handle(form), form.text("first"), form.text("second")
        seen = await self.kit.run(self._seen, request, submit_resynchronisation, handle, first, second)
        done = isinstance(seen.outcome, Show) and seen.outcome.problem is None
        return self._answered(
            request, handle, seen, Typed(kind="" if done else RESYNCHRONISE, resynchronised=done)
        )

    async def enrol(self, request: Request) -> Response:
        """Take the first code of the app that is being connected."""
        form = await self.kit.form(request)
        handle = _handle(form)
        seen = await self.kit.run(self._seen, request, submit_enrolment, handle, form.text("code"))
        return self._answered(request, handle, seen, Typed())

    async def activation(self, request: Request) -> Response:
        """Take an activation code, with the name if nobody is known yet."""
        form = await self.kit.form(request)
        handle, login, code = _handle(form), form.text("username"), form.text("code")
        seen = await self.kit.run(self._seen, request, submit_activation_code, handle, login, code)
        await self._keep_the_beat(request, seen.outcome)
        return self._answered(request, handle, seen, Typed(login=login, instead=ACTIVATION))

    async def forgotten(self, request: Request) -> Response:
        """Take what resets a forgotten password: a name, a code of a device and a recovery code."""
        form = await self.kit.form(request)
        handle, login = _handle(form), form.text("username")
        codes = form.text("code"), form.text("recovery-code")
        seen = await self.kit.run(self._seen, request, submit_forgotten, handle, login, *codes)
        await self._keep_the_beat(request, seen.outcome)
        return self._answered(request, handle, seen, Typed(login=login, instead=FORGOTTEN))

    async def passkey(self, request: Request) -> Response:
        """Take a passkey's answer, in place of name and password or as second factor."""
        form = await self.kit.form(request)
        handle, document = _handle(form), form.text("credential", LONGEST_CREDENTIAL)
        await self._trust(request, handle, form)
        seen = await self.kit.run(self._seen, request, submit_passkey, handle, document)
        await self._keep_the_beat(request, seen.outcome)
        return self._answered(request, handle, seen, Typed(kind=FactorKind.PASSKEY.value))

    async def new_passkey(self, request: Request) -> Response:
        """Take the passkey that is being set up; it is named after the browser that made it."""
        form = await self.kit.form(request)
        handle, document = _handle(form), form.text("credential", LONGEST_CREDENTIAL)
        name = name_of(self.kit.occasion(request).user_agent)
        seen = await self.kit.run(self._seen, request, submit_new_passkey, handle, document, name)
        return self._answered(request, handle, seen, Typed(kind=FactorKind.PASSKEY.value))

    async def recovery_codes(self, request: Request) -> Response:
        """Take the word that the codes are kept."""
        handle = _handle(await self.kit.form(request))
        seen = await self.kit.run(self._seen, request, acknowledge_recovery_codes, handle)
        return self._answered(request, handle, seen, Typed())

    async def _trust(self, request: Request, handle: str, form: Form) -> None:
        """Keep what the box says of trusting this device; forms without the box say nothing."""
        if form.text("may-trust"):
            wanted = form.text("trust") == "yes"
            browser, occasion = self.kit.browser(request), self.kit.occasion(request)
            await self.kit.run(ask_to_trust, self.signin, handle, browser, occasion, wanted=wanted)

    def _seen(self, request: Request, use_case: Callable[..., Outcome], handle: str, *typed: object) -> _Seen:
        """Run a use case and read what its page needs around it: one visit to the worker thread."""
        kit = self.kit
        outcome = use_case(self.signin, handle, kit.browser(request), *typed, kit.occasion(request))
        if not isinstance(outcome, Show) or outcome.application is None:
            return _Seen(outcome)
        with kit.database.read() as uow:
            found = uow.catalogue.applications.get(outcome.application)
            title = found.title_in(kit.language(request)) if found else ""
            return _Seen(outcome, title, tuple(self.waiting(uow, outcome.application)))

    async def _keep_the_beat(self, request: Request, outcome: Outcome) -> None:
        """Let a refusal that may come before a first factor leave on the beat (statement S9)."""
        if isinstance(outcome, Show) and outcome.problem is not None:
            await on_beat(arrival_of(request.scope).began)

    def _answered(self, request: Request, handle: str, seen: _Seen, typed: Typed) -> Response:
        outcome = seen.outcome
        if isinstance(outcome, Completed):
            response = self.kit.see_other(outcome.return_path)
            if outcome.session_handle is not None:
                self.kit.begin_session(response, outcome.session_handle)
            if outcome.device is not None:
                self.kit.trust_device(response, outcome.device.handle, outcome.device.lasts)
            return response
        if isinstance(outcome, Show):
            return self._shown(request, handle, outcome, seen, typed)
        return self.kit.page(request, "signin/lost.html", status=410, back="")

    def _shown(self, request: Request, handle: str, outcome: Show, seen: _Seen, typed: Typed) -> Response:
        language = self.kit.language(request)
        translate = self._translator(language)
        page = page_of(outcome.step, typed, translate)
        response = self.kit.page(
            request,
            page.template,
            status=_status(outcome.problem) or page.status,
            back=journey_path(handle),
            form_targets=seen.waiting,
            script=page.script,
            journey=handle,
            step=outcome.step,
            application=seen.application,
            sent_to=outcome.sent_to,
            problem=self._problem(outcome, language, translate),
            locked=sentences(getattr(outcome.step, "locks", ()), self.kit.rendering, language),
            values=page.view,
        )
        if outcome.problem is Problem.UNAVAILABLE:
            response.headers["retry-after"] = "30"
        return response

    def _problem(self, outcome: Show, language: str, translate: Callable[[str], str]) -> str:
        if outcome.problem is None:
            return ""
        until = self.kit.rendering.clock_time(language, outcome.until) if outcome.until else ""
        least = getattr(outcome.step, "least", "")
        return translate(SENTENCES[outcome.problem]).format(until=until, least=least, words=outcome.words)

    def _translator(self, language: str) -> Callable[[str], str]:
        return lambda msgid: self.kit.rendering.translate(language, msgid)


def _handle(form: Form) -> str:
    return form.text("journey", _LONGEST_HANDLE)


def _kind(text: str) -> FactorKind:
    try:
        return FactorKind(text)
    except ValueError as error:
        raise FormRefused from error


def _status(problem: Problem | None) -> int | None:
    """Return the status of a page that says what was wrong; one for all that may depend on a secret (S9)."""
    if problem is None:
        return None
    return _UNAVAILABLE if problem is Problem.UNAVAILABLE else _UNPROCESSABLE
