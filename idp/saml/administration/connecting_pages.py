"""The pages for connecting a service: metadata first, then a checked summary, then what is decided about it."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.domain.application import Application
from idp.domain.appointments import doer_in
from idp.domain.errors import Unavailable
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Refused
from idp.domain.systems import NewSystem
from idp.saml.administration import connecting
from idp.saml.administration.desk import Desk, is_stale
from idp.saml.administration.looking import Summary, summary
from idp.saml.administration.routes import PATH
from idp.saml.attributes import REQUESTED
from idp.saml.documents import METADATA_LIMIT
from idp.saml.metadata.certificates import read_certificate
from idp.saml.metadata.reading import UnusableMetadata, read_service
from idp.saml.metadata.refresh import checked
from idp.saml.services import ServiceSettings
from idp.saml.vocabulary import PROTOCOL
from idp.web.administration import Guest
from idp.web.forms import Form
from idp.web.marking import mark

_LONGEST_METADATA = 60_000
_LONGEST = 2_000
_HERE = f"{PATH}/connect"
_TYPED = ("name", "title", "url", "owner", "reason", "attributes")


@dataclass(frozen=True, slots=True)
class _Given:
    """What the page was given: metadata as text, and where it comes from if it was fetched."""

    metadata: str
    entity_id: str
    settings: ServiceSettings
    found: Summary


@dataclass(frozen=True, slots=True)
class Connecting:
    """The pages."""

    desk: Desk

    async def ask(self, request: Request) -> Response:
        """Ask for metadata."""

        def proved(_uow: UnitOfWork, guest: Guest) -> bool:
            return doer_in(guest.living, guest.occasion).proved_lately

        found = await self.desk.guard.read(request, Act.CONNECT_APPLICATION, proved)
        if isinstance(found, Response):
            return found
        if not found[1]:
            return await self.desk.guard.prove_again(request, _HERE)
        return self.desk.page(request, "connect.html", found[0])

    async def check(self, request: Request) -> Response:
        """Show what the metadata says, before anything is stored."""
        form = await self.desk.kit.form(request)
        given = await self._given(request, form)
        if isinstance(given, Response):
            return given
        guest, checked_one = given
        return self._summary(request, guest, checked_one, dict.fromkeys(_TYPED, ""))

    async def connect(self, request: Request) -> Response:
        """Store what was checked."""
        form = await self.desk.kit.form(request)
        given = await self._given(request, form)
        if isinstance(given, Response):
            return given
        typed = {name: form.text(name, _LONGEST).strip() for name in _TYPED}
        new = NewSystem(typed["name"], typed["title"], PROTOCOL, typed["url"], typed["owner"])
        held, attributes = given[1], (REQUESTED,) if typed["attributes"] == REQUESTED else ()
        settings = ServiceSettings(
            metadata_url=held.settings.metadata_url,
            metadata_certificate=held.settings.metadata_certificate,
            attributes=attributes,
        )

        def store(uow: UnitOfWork, guest: Guest) -> Application | Refused:
            doer = doer_in(guest.living, guest.occasion)
            return connecting.connect(
                uow, doer, new, held.entity_id, held.metadata, settings, typed["reason"], guest.occasion
            )

        done = await self.desk.guard.write(request, Act.CONNECT_APPLICATION, store)
        if isinstance(done, Response):
            return done
        guest, made = done
        if is_stale(made):
            return await self.desk.guard.prove_again(request, _HERE)
        if isinstance(made, Refused):
            return self._summary(request, guest, held, typed, self.desk.words(request, made))
        return self.desk.kit.see_other(f"{PATH}/system/{made.name}")

    # --- within ----------------------------------------------------------------------------------------

    def _summary(
        self, request: Request, guest: Guest, given: _Given, typed: dict[str, str], problem: str = ""
    ) -> Response:
        return self.desk.page(request, "summary.html", guest, problem=problem, given=given, typed=typed)

    async def _given(self, request: Request, form: Form) -> tuple[Guest, _Given] | Response:
        """Return what the form gives, fetched if it is an address, or the page that says what is wrong with it."""
        admitted = await self.desk.guard.read(request, Act.CONNECT_APPLICATION, lambda _uow, guest: guest)
        if isinstance(admitted, Response):
            return admitted
        guest: Guest = admitted[0]
        try:
            return guest, await self.desk.kit.run_waiting(self._read, form, guest)
        except UnusableMetadata as error:
            return self.desk.page(
                request, "connect.html", guest, problem=error.words(self.desk.translate(request))
            )

    def _read(self, form: Form, guest: Guest) -> _Given:
        """Read what was pasted or is at an address; raises UnusableMetadata. Waits for the outside."""
        metadata, url = (
            form.text("metadata", _LONGEST_METADATA).strip(),
            form.text("metadata_url", _LONGEST).strip(),
        )
        entity_id = form.text("entity_id", 1024).strip()
        settings = ServiceSettings()
        if url:
            pinned = read_certificate(form.text("certificate", 20_000))
            if pinned is None:
                raise UnusableMetadata(mark("Beside an address, give the certificate of whoever signs it."))
            try:
                reply = self.desk.outgoing.get(url, METADATA_LIMIT)
            except Unavailable as error:
                raise UnusableMetadata(mark("The address could not be read: {why}"), why=error) from error
            fetched = checked(reply.body, pinned.base64, entity_id)
            if fetched.problem:
                raise UnusableMetadata(
                    mark("What the address answered cannot be used: {why}"), why=fetched.problem
                )
            metadata = fetched.metadata
            settings = ServiceSettings(metadata_url=url, metadata_certificate=pinned.base64)
        read = read_service(metadata.encode("utf-8", "replace"), entity_id)
        return _Given(metadata, read.entity_id, settings, summary(read, guest.occasion.now))
