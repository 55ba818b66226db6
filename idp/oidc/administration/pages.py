"""The administration's pages about OpenID Connect: connecting a system in steps, and one system."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain.administration import Done, no
from idp.domain.application import Application
from idp.domain.appointments import doer_in
from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Allowed, Refused, System, may_act
from idp.domain.roles.words import sentences
from idp.domain.systems import NewSystem
from idp.oidc import provider as paths
from idp.oidc.administration import connecting, credentials
from idp.oidc.administration.connecting import Connected
from idp.oidc.administration.credentials import HeldKey, NewSecret
from idp.oidc.administration.registering import FIRST, METHODS, typed, typed_of
from idp.oidc.clients import Client, Registration
from idp.oidc.provider import Provider
from idp.oidc.store import OidcStore
from idp.oidc.store.clients import read_client
from idp.oidc.store.deliveries import LogoutDelivery
from idp.oidc.vocabulary import CLAIMS_OF_SCOPE, PROTOCOL, SCOPES
from idp.web.administration import Guard, Guest, ProtocolPages
from idp.web.forms import Form
from idp.web.kit import Kit
from idp.web.marking import mark
from idp.web.typed import Typed

PATH = "/administration/oidc"
CONNECT = f"{PATH}/connect"
#: The places that this room offers beside the administration's list of systems.
PAGES = ProtocolPages(PROTOCOL, mark("OpenID Connect"), CONNECT, PATH + "/systems/{id}")
_UNPROCESSABLE = 422
_LONGEST_ID = 64
_DELIVERIES = 20
_SYSTEM_FIELDS = ("name", "title", "url", "owner", "reason")


@dataclass(frozen=True, slots=True)
class SystemView:
    """One system as its page shows it."""

    application: Application
    client: Client
    may_change: bool
    keys: tuple[HeldKey, ...]
    deliveries: tuple[LogoutDelivery, ...]
    login: str
    claims: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Administration:
    """The pages."""

    kit: Kit
    guard: Guard
    provider: Provider

    def routes(self) -> list[Route]:
        """Return the routes."""
        system = PATH + "/systems/{system}"
        return [
            Route(CONNECT, self.ask, methods=["GET"]),
            Route(CONNECT, self.connect, methods=["POST"]),
            Route(system, self.show, methods=["GET"]),
            Route(system + "/registration", self.register, methods=["POST"]),
            Route(system + "/credentials", self.change_credentials, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Show the form of the first step."""

        def proved(_uow: UnitOfWork, guest: Guest) -> bool:
            return doer_in(guest.living, guest.occasion).proved_lately

        found = await self.guard.read(request, Act.CONNECT_APPLICATION, proved)
        if isinstance(found, Response):
            return found
        if not found[1]:
            return await self.guard.prove_again(request, CONNECT)
        empty = {**dict.fromkeys(_SYSTEM_FIELDS, ""), **typed_of(FIRST)}
        return self._form(request, found[0], empty, (), None)

    async def connect(self, request: Request) -> Response:
        """Say what will be stored, then store it and show what to paste into the system."""
        form = await self.kit.form(request)
        given, new = typed(form, FIRST), _new(form)
        reason, step = form.text("reason", 1000), form.text("step", 10)

        def run(uow: UnitOfWork, guest: Guest) -> Connected | Refused | None:
            doer, occasion = doer_in(guest.living, guest.occasion), guest.occasion
            if step == "confirm" and given.value is not None:
                return connecting.connect(uow, doer, new, given.value, reason, occasion)
            return connecting.connectable(uow, doer, new, reason, occasion)

        found = await self.guard.write(request, Act.CONNECT_APPLICATION, run)
        if isinstance(found, Response):
            return found
        guest, done = found
        if isinstance(done, Refused) and done.reasons[0].code == "fresh_proof":
            return await self.guard.prove_again(request, CONNECT)
        if isinstance(done, Connected):
            return self._page(
                request, "connected.html", guest, connected=done, values=self._to_paste(done.client),
                here=PAGES.system_of(done.application),
            )  # fmt: skip
        fields = {**{name: form.text(name, 2000) for name in _SYSTEM_FIELDS}, **given.fields}
        return self._form(request, guest, fields, self._wrong(request, given), done)

    async def show(self, request: Request) -> Response:
        """Show one system: what to paste, its secret or keys, claims of a chosen person, sign-outs."""
        login = request.query_params.get("login", "")[:320].strip()
        found = await self.guard.read(request, Act.SEE_APPLICATION, partial(_seen, request, login))
        if isinstance(found, Response):
            return found
        return self._system(request, found[0], found[1])

    async def register(self, request: Request) -> Response:
        """Change what is registered."""
        form = await self.kit.form(request)
        reason, problems = form.text("reason", 1000), list[str]()

        def changed(uow: UnitOfWork, guest: Guest) -> tuple[Done | Refused, SystemView | None]:
            client = read_client(uow, _identifier(request))
            given = typed(form, client.registration) if client else None
            problems.extend(self._wrong(request, given) if given else ())
            doer, result = doer_in(guest.living, guest.occasion), no("unknown")
            if client is not None and given is not None and given.value is not None:
                return connecting.register_anew(
                    uow, doer, client.application_id, given.value, reason, guest.occasion
                ), _seen(request, "", uow, guest)
            return result if client is None else no("malformed"), _seen(request, "", uow, guest)

        found = await self.guard.write(request, Act.CHANGE_APPLICATION, changed)
        if isinstance(found, Response):
            return found
        return await self._changed(request, found, problems)

    async def change_credentials(self, request: Request) -> Response:
        """Take one step of the change of a secret or key."""
        form = await self.kit.form(request)

        def changed(uow: UnitOfWork, guest: Guest) -> tuple[Done | NewSecret | Refused, SystemView | None]:
            return _step(uow, guest, _identifier(request), form), _seen(request, "", uow, guest)

        found = await self.guard.write(request, Act.CHANGE_APPLICATION, changed)
        if isinstance(found, Response):
            return found
        return await self._changed(request, found, ())

    # --- within ----------------------------------------------------------------------------------------

    async def _changed(self, request: Request, found: Any, problems: Any) -> Response:
        guest, (result, view) = found
        here = f"{PATH}/systems/{_identifier(request)}"
        if isinstance(result, Refused):
            if result.reasons[0].code == "fresh_proof":
                return await self.guard.prove_again(request, here)
            told = " ".join([*([] if problems else self._words(request, result)), *problems])
            return self._system(request, guest, view, problem=told)
        if isinstance(result, NewSecret):
            return self._system(request, guest, view, secret=result.secret)
        return self.kit.see_other(here)

    def _form(
        self,
        request: Request,
        guest: Guest,
        fields: Mapping[str, str],
        wrong: tuple[str, ...],
        refused: Refused | None,
    ) -> Response:
        problem = " ".join([*(self._words(request, refused) if refused else ()), *wrong])
        preview = request.method == "POST" and not problem
        return self._page(
            request, "connect.html", guest, status=_UNPROCESSABLE if problem else 200, problem=problem,
            typed=fields, preview=preview, methods=METHODS, scopes=SCOPES, claims=CLAIMS_OF_SCOPE,
        )  # fmt: skip

    def _system(
        self, request: Request, guest: Guest, view: SystemView | None, *, problem: str = "", secret: str = ""
    ) -> Response:
        if view is None:
            raise HTTPException(404)
        return self._page(
            request, "system.html", guest, status=_UNPROCESSABLE if problem else 200, problem=problem,
            view=view, secret=secret, values=self._to_paste(view.client), methods=METHODS, scopes=SCOPES,
            claims=CLAIMS_OF_SCOPE, typed=typed_of(view.client.registration),
            here=f"{PATH}/systems/{view.application.id}",
        )  # fmt: skip

    def _page(
        self, request: Request, name: str, guest: Guest, *, status: int = 200, **view: object
    ) -> Response:
        return self.guard.page(
            request, f"oidc/administration/{name}", guest, status=status,
            current="/administration/systems", **view,
        )  # fmt: skip

    def _to_paste(self, client: Client) -> Mapping[str, str]:
        """Return what the system asks for, in the words of its own settings (RFC 8414 §2, RFC 7591 §2)."""
        issuer = self.provider.issuer
        return {
            "issuer": issuer,
            "discovery": issuer + paths.DISCOVERY_PATH,
            "client_id": client.client_id,
            "token_endpoint_auth_method": client.registration.token_endpoint_auth_method.value,
            "scope": " ".join(client.registration.scope),
            "authorization_endpoint": issuer + paths.AUTHORIZATION_PATH,
            "token_endpoint": issuer + paths.TOKEN_PATH,
            "userinfo_endpoint": issuer + paths.USERINFO_PATH,
            "jwks_uri": issuer + paths.JWKS_PATH,
            "end_session_endpoint": issuer + paths.LOGOUT_PATH,
        }

    def _words(self, request: Request, refused: Refused) -> list[str]:
        return sentences(refused, partial(self.kit.rendering.translate, self.kit.language(request)))

    def _wrong(self, request: Request, given: Typed[Registration]) -> tuple[str, ...]:
        return given.complaints(partial(self.kit.rendering.translate, self.kit.language(request)))


def _seen(request: Request, login: str, uow: UnitOfWork, guest: Guest) -> SystemView | None:
    identifier, doer = _identifier(request), doer_in(guest.living, guest.occasion)
    application, client = uow.catalogue.applications.get(identifier), read_client(uow, identifier)
    now = guest.occasion.now
    sees = may_act(doer, Act.SEE_APPLICATION, System(identifier), now)
    if application is None or client is None or not isinstance(sees, Allowed):
        return None
    changes = may_act(doer, Act.CHANGE_APPLICATION, System(identifier), now)
    return SystemView(
        application,
        client,
        isinstance(changes, Allowed) or changes.reasons[0].code == "fresh_proof",
        tuple(credentials.held_keys(client)),
        tuple(OidcStore.of(uow).deliveries.of_application(identifier, _DELIVERIES)),
        login,
        connecting.claims_of(uow, doer, client, login, guest.occasion) if login else None,
    )


def _step(uow: UnitOfWork, guest: Guest, identifier: ApplicationId, form: Form) -> Done | NewSecret | Refused:
    doer, occasion, reason = doer_in(guest.living, guest.occasion), guest.occasion, form.text("reason", 1000)
    match form.text("step", 20):
        case "new_secret":
            return credentials.new_secret(uow, doer, identifier, reason, occasion)
        case "end_old_secret":
            return credentials.end_old_secret(uow, doer, identifier, reason, occasion)
        case "add_key":
            return credentials.add_key(uow, doer, identifier, form.text("jwks"), reason, occasion)
        case "remove_key":
            return credentials.remove_key(uow, doer, identifier, form.text("kid", 256), reason, occasion)
    return no("malformed")


def _new(form: Form) -> NewSystem:
    return NewSystem(
        form.text("name", 64).strip(),
        form.text("title", 300),
        PROTOCOL,
        form.text("url", 2000).strip(),
        form.text("owner", 320).strip(),
    )


def _identifier(request: Request) -> ApplicationId:
    return ApplicationId(request.path_params["system"][:_LONGEST_ID])
