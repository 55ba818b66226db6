"""The endpoints of a sign-in: what is shown now, and one for each form.

All of them end in one place, `_answered`, which shows a step, goes on to the return path, or says that
the journey cannot be continued.
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
    look,
    start,
    submit_activation_code,
    submit_enrolment,
    submit_factor,
    submit_new_password,
    submit_password,
)
from idp.pages.ports import WaitingOrigins
from idp.pages.signin.problems import SENTENCES
from idp.pages.signin.steps import Typed, page_of
from idp.web.arrival import arrival_of
from idp.web.beat import on_beat
from idp.web.errors import FormRefused
from idp.web.kit import Kit
from mfa import FactorKind

PATH = "/sign-in"
_LONGEST_HANDLE = 64
_UNPROCESSABLE = 422
_UNAVAILABLE = 503


def journey_path(handle: str) -> str:
    """Return the path of the page that shows a journey."""
    return f"{PATH}?{urlencode({'journey': handle})}"


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
            "/enrol": self.enrol,
            "/activation": self.activation,
            "/recovery-codes": self.recovery_codes,
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
            activation=request.query_params.get("with") == "activation",
        )
        outcome = await self.kit.run(
            look, self.signin, handle, self.kit.browser(request), self.kit.occasion(request)
        )
        return await self._answered(request, handle, outcome, typed)

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
        handle, login = form.text("journey", _LONGEST_HANDLE), form.text("username")
        outcome = await self.kit.run_waiting(
            submit_password,
            self.signin,
            handle,
            self.kit.browser(request),
            login,
            form.text("password"),
            self.kit.occasion(request),
        )
        await self._keep_the_beat(request, outcome)
        return await self._answered(request, handle, outcome, Typed(login=login))

    async def new_password(self, request: Request) -> Response:
        """Take a new password, twice."""
        form = await self.kit.form(request)
        handle = form.text("journey", _LONGEST_HANDLE)
        outcome = await self.kit.run_waiting(
            submit_new_password,
            self.signin,
            handle,
            self.kit.browser(request),
            form.text("new-password"),
            form.text("new-password-again"),
            self.kit.occasion(request),
        )
        return await self._answered(request, handle, outcome, Typed())

    async def code(self, request: Request) -> Response:
        """Take a code of one kind of second factor."""
        form = await self.kit.form(request)
        handle, kind = form.text("journey", _LONGEST_HANDLE), _kind(form.text("kind"))
        outcome = await self.kit.run(
            submit_factor,
            self.signin,
            handle,
            self.kit.browser(request),
            kind,
            form.text("code"),
            self.kit.occasion(request),
        )
        return await self._answered(request, handle, outcome, Typed(kind=kind.value))

    async def enrol(self, request: Request) -> Response:
        """Take the first code of the app that is being connected."""
        form = await self.kit.form(request)
        handle = form.text("journey", _LONGEST_HANDLE)
        outcome = await self.kit.run(
            submit_enrolment,
            self.signin,
            handle,
            self.kit.browser(request),
            form.text("code"),
            self.kit.occasion(request),
        )
        return await self._answered(request, handle, outcome, Typed())

    async def activation(self, request: Request) -> Response:
        """Take an activation code, with the name if nobody is known yet."""
        form = await self.kit.form(request)
        handle, login = form.text("journey", _LONGEST_HANDLE), form.text("username")
        outcome = await self.kit.run(
            submit_activation_code,
            self.signin,
            handle,
            self.kit.browser(request),
            login,
            form.text("code"),
            self.kit.occasion(request),
        )
        await self._keep_the_beat(request, outcome)
        return await self._answered(request, handle, outcome, Typed(login=login, activation=True))

    async def recovery_codes(self, request: Request) -> Response:
        """Take the word that the codes are kept."""
        form = await self.kit.form(request)
        handle = form.text("journey", _LONGEST_HANDLE)
        outcome = await self.kit.run(
            acknowledge_recovery_codes,
            self.signin,
            handle,
            self.kit.browser(request),
            self.kit.occasion(request),
        )
        return await self._answered(request, handle, outcome, Typed())

    async def _keep_the_beat(self, request: Request, outcome: Outcome) -> None:
        """Let a refusal that may come before a first factor leave on the beat (statement S9)."""
        if isinstance(outcome, Show) and outcome.problem is not None:
            await on_beat(arrival_of(request.scope).began)

    async def _answered(self, request: Request, handle: str, outcome: Outcome, typed: Typed) -> Response:
        if isinstance(outcome, Completed):
            response = self.kit.see_other(outcome.return_path)
            if outcome.session_handle is not None:
                self.kit.begin_session(response, outcome.session_handle)
            return response
        if isinstance(outcome, Show):
            return await self._shown(request, handle, outcome, typed)
        return self.kit.page(request, "signin/lost.html", status=410, back="")

    async def _shown(self, request: Request, handle: str, outcome: Show, typed: Typed) -> Response:
        language = self.kit.language(request)
        translate = self._translator(language)
        page = page_of(outcome.step, typed, translate)
        title, targets = await self._around(outcome, language)
        return self.kit.page(
            request,
            page.template,
            status=_status(outcome.problem) or page.status,
            back=journey_path(handle),
            form_targets=targets,
            journey=handle,
            step=outcome.step,
            application=title,
            problem=self._problem(outcome, language, translate),
            values=page.view,
        )

    async def _around(self, outcome: Show, language: str) -> tuple[str, tuple[str, ...]]:
        """Return the application's title and the origins that wait at the end."""
        wanted = outcome.application
        if wanted is None:
            return "", ()

        def asked(uow: UnitOfWork) -> tuple[str, tuple[str, ...]]:
            found = uow.catalogue.applications.get(wanted)
            return found.title_in(language) if found else "", tuple(self.waiting(uow, wanted))

        return await self.kit.read(asked)

    def _problem(self, outcome: Show, language: str, translate: Callable[[str], str]) -> str:
        if outcome.problem is None:
            return ""
        until = self.kit.rendering.clock_time(language, outcome.until) if outcome.until else ""
        least = getattr(outcome.step, "least", "")
        return translate(SENTENCES[outcome.problem]).format(until=until, least=least, words=outcome.words)

    def _translator(self, language: str) -> Callable[[str], str]:
        return lambda msgid: self.kit.rendering.translate(language, msgid)


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
