"""The pages that connect a network access server, change what is said of it, and change its secret."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import systems
from idp.domain.administration import Done, no
from idp.domain.application import Application
from idp.domain.appointments import doer_in
from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Refused
from idp.domain.roles.words import sentences
from idp.domain.systems import NewSystem
from idp.radius.administration import connecting
from idp.radius.administration.connecting import Connected, NewSecret
from idp.radius.administration.registering import LANGUAGES, LENGTHS, typed, typed_of
from idp.radius.administration.vendors import PRODUCTS
from idp.radius.credentials import Form
from idp.radius.dictionary import ATTRIBUTES
from idp.radius.nas import PROTOCOL, Nas, NasSettings
from idp.radius.store.access_servers import read_one
from idp.radius.texts import TEXTS
from idp.web.administration import Guard, Guest, ProtocolPages
from idp.web.forms import Form as Sent
from idp.web.kit import Kit
from idp.web.marking import mark
from idp.web.typed import Typed

PATH = "/administration/network-access"
CONNECT = f"{PATH}/connect"
#: The places that this room offers beside the administration's list of systems.
PAGES = ProtocolPages(PROTOCOL, mark("RADIUS"), CONNECT, PATH + "/{id}")
_UNPROCESSABLE = 422
_LONGEST_ID = 64
_SYSTEM_FIELDS = ("name", "title", "owner", "reason")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One server as the page of its settings shows it; `file` is the configuration file that it comes from, or ""."""

    application: Application
    nas: Nas
    file: str


@dataclass(frozen=True, slots=True)
class ConnectingPages:
    """The pages. `ports` are those of this server for access and accounting."""

    kit: Kit
    guard: Guard
    ports: tuple[int, int]

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(CONNECT, self.ask, methods=["GET"]),
            Route(CONNECT, self.connect, methods=["POST"]),
            Route(PATH + "/{server}/settings", self.show, methods=["GET"]),
            Route(PATH + "/{server}/settings", self.change, methods=["POST"]),
            Route(PATH + "/{server}/secret", self.change_secret, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Show the form, filled in for a product that is known."""

        def proved(_uow: UnitOfWork, guest: Guest) -> bool:
            return doer_in(guest.living, guest.occasion).proved_lately

        found = await self.guard.read(request, Act.CONNECT_APPLICATION, proved)
        if isinstance(found, Response):
            return found
        product = PRODUCTS.get(request.query_params.get("like", ""))
        if not found[1]:
            return await self.guard.prove_again(request, CONNECT)
        fields = typed_of(product.settings if product else NasSettings())
        return self._form(request, found[0], {**dict.fromkeys(_SYSTEM_FIELDS, ""), **fields}, (), None)

    async def connect(self, request: Request) -> Response:
        """Say what will be stored, then store it and show the secret."""
        form = await self.kit.form(request)
        given, new = typed(form), _new(form)
        reason, step = form.text("reason", 1000), form.text("step", 10)

        def run(uow: UnitOfWork, guest: Guest) -> Connected | Refused | None:
            doer, occasion = doer_in(guest.living, guest.occasion), guest.occasion
            if given.value is None:
                return systems.connectable(uow, doer, new, reason, occasion)
            if step == "confirm":
                return connecting.connect(uow, doer, new, given.value, reason, occasion)
            return connecting.connectable(uow, doer, new, given.value, reason, occasion)

        found = await self.guard.write(request, Act.CONNECT_APPLICATION, run)
        if isinstance(found, Response):
            return found
        guest, done = found
        if _needs_proof(done):
            return await self.guard.prove_again(request, CONNECT)
        if isinstance(done, Connected):
            here = PAGES.system_of(done.application)
            return self._page(request, "connected.html", guest, connected=done, ports=self.ports, here=here)
        fields = {**{name: form.text(name, 2000) for name in _SYSTEM_FIELDS}, **given.fields}
        return self._form(request, guest, fields, self._wrong(request, given), done)

    async def show(self, request: Request) -> Response:
        """Show what is said of a server."""
        found = await self.guard.read(request, Act.CHANGE_APPLICATION, partial(_seen, request))
        if isinstance(found, Response):
            return found
        return await self._settings(request, found[0], found[1], None)

    async def change(self, request: Request) -> Response:
        """Change it."""
        form = await self.kit.form(request)
        given, reason = typed(form), form.text("reason", 1000)

        def run(uow: UnitOfWork, guest: Guest) -> tuple[ServerSettings | Refused, Done | Refused]:
            doer, occasion = doer_in(guest.living, guest.occasion), guest.occasion
            done: Done | Refused = no("malformed")
            if given.value is not None:
                done = connecting.change(uow, doer, _identifier(request), given.value, reason, occasion)
            return _seen(request, uow, guest), done

        found = await self.guard.write(request, Act.CHANGE_APPLICATION, run)
        if isinstance(found, Response):
            return found
        guest, (seen, done) = found
        if isinstance(done, Done):
            return self.kit.see_other(f"{PATH}/{_identifier(request)}")
        return await self._settings(request, guest, seen, done, given)

    async def change_secret(self, request: Request) -> Response:
        """Take one step of the change of a secret."""
        form = await self.kit.form(request)
        reason, steps = form.text("reason", 1000), _STEPS.get(form.text("step", 20))

        def run(uow: UnitOfWork, guest: Guest) -> tuple[ServerSettings | Refused, Done | NewSecret | Refused]:
            doer, occasion = doer_in(guest.living, guest.occasion), guest.occasion
            done = steps(uow, doer, _identifier(request), reason, occasion) if steps else no("malformed")
            return _seen(request, uow, guest), done

        found = await self.guard.write(request, Act.CHANGE_APPLICATION, run)
        if isinstance(found, Response):
            return found
        guest, (seen, done) = found
        if isinstance(done, Done):
            return self.kit.see_other(f"{PATH}/{_identifier(request)}/settings")
        secret = done.secret if isinstance(done, NewSecret) else ""
        return await self._settings(
            request, guest, seen, done if isinstance(done, Refused) else None, secret=secret
        )

    # --- within ----------------------------------------------------------------------------------------

    def _form(
        self,
        request: Request,
        guest: Guest,
        fields: Mapping[str, str],
        wrong: tuple[str, ...],
        refused: Refused | None,
    ) -> Response:
        problem = " ".join([*(self._words(request, refused) if refused else ()), *wrong])
        return self._page(
            request, "connect.html", guest, status=_UNPROCESSABLE if problem else 200, problem=problem,
            typed=fields, preview=request.method == "POST" and not problem, products=PRODUCTS,
        )  # fmt: skip

    async def _settings(
        self,
        request: Request,
        guest: Guest,
        view: ServerSettings | Refused,
        refused: Refused | None,
        given: Typed[NasSettings] | None = None,
        *,
        secret: str = "",
    ) -> Response:
        here = f"{PATH}/{_identifier(request)}/settings"
        if _needs_proof(view) or _needs_proof(refused):
            return await self.guard.prove_again(request, here)
        if isinstance(view, Refused):
            raise HTTPException(404 if view.reasons[0].code == "unknown" else 403)
        wrong = self._wrong(request, given) if given else ()
        said = self._words(request, refused) if refused and not wrong else ()
        problem = " ".join([*said, *wrong])
        return self._page(
            request, "settings.html", guest, status=_UNPROCESSABLE if problem else 200, problem=problem,
            view=view, secret=secret, typed=given.fields if given else typed_of(view.nas.settings), here=here,
        )  # fmt: skip

    def _page(
        self, request: Request, name: str, guest: Guest, *, status: int = 200, **view: object
    ) -> Response:
        return self.guard.page(
            request, f"radius/administration/{name}", guest, status=status, current=PATH, forms=tuple(Form),
            lengths=LENGTHS, spoken=LANGUAGES, attributes=tuple(ATTRIBUTES), texts=TEXTS, **view,
        )  # fmt: skip

    def _words(self, request: Request, refused: Refused) -> list[str]:
        return sentences(refused, partial(self.kit.rendering.translate, self.kit.language(request)))

    def _wrong(self, request: Request, given: Typed[NasSettings]) -> tuple[str, ...]:
        return given.complaints(partial(self.kit.rendering.translate, self.kit.language(request)))


_STEPS: Mapping[str, Callable[..., Done | NewSecret | Refused]] = {
    "new_secret": connecting.new_secret,
    "end_old_secret": connecting.end_old_secret,
}


def _needs_proof(found: object) -> bool:
    return isinstance(found, Refused) and found.reasons[0].code == "fresh_proof"


def _seen(request: Request, uow: UnitOfWork, guest: Guest) -> ServerSettings | Refused:
    identifier, doer = _identifier(request), doer_in(guest.living, guest.occasion)
    application = systems.changeable(uow, doer, identifier, guest.occasion)
    if isinstance(application, Refused):
        return application
    nas = read_one(uow, identifier)
    return ServerSettings(application, nas, uow.systems.file_of(application.name)) if nas else no("unknown")


def _new(form: Sent) -> NewSystem:
    return NewSystem(
        form.text("name", 64).strip(), form.text("title", 300), PROTOCOL, "", form.text("owner", 320).strip()
    )


def _identifier(request: Request) -> ApplicationId:
    return ApplicationId(request.path_params["server"][:_LONGEST_ID])
