"""The administration's pages about SAML: systems, connecting one, one system, and the change of keys."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.domain.errors import Unavailable
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act
from idp.saml.administration import connecting, rollover
from idp.saml.administration.connecting import Preview, Wanted
from idp.saml.administration.looking import Summary, expiry, summary
from idp.saml.administration.ports import Door, Visitor
from idp.saml.administration.rollover import Refusal
from idp.saml.administration.routes import PATH
from idp.saml.documents import METADATA_LIMIT
from idp.saml.metadata.certificates import read_certificate
from idp.saml.metadata.reading import UnusableMetadata, read_service
from idp.saml.metadata.refresh import checked
from idp.saml.ports import Outgoing
from idp.saml.provider import Provider
from idp.saml.services import Service, ServiceSettings
from idp.saml.store.services import read_stored
from idp.web.forms import Form
from idp.web.kit import Kit

_LONGEST_METADATA = 60_000
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class _Given:
    """What the connecting page was given: metadata as text, and where it comes from if it was fetched."""

    metadata: str
    entity_id: str
    settings: ServiceSettings
    found: Summary


@dataclass(frozen=True, slots=True)
class Administration:
    """The pages."""

    kit: Kit
    door: Door
    provider: Provider
    outgoing: Outgoing

    async def overview(self, request: Request) -> Response:
        """Show every system and our own keys."""

        def seen(uow: UnitOfWork, visitor: Visitor) -> dict[str, Any]:
            now = visitor.occasion.now
            services = self.provider.services.all(uow)
            problems = {one.application.name: read_stored(uow, one.application.id) for one in services}
            return {
                "services": [(one, summary(one.metadata, now)) for one in services],
                "problems": {name: row.problem for name, row in problems.items() if row and row.problem},
                "watch": rollover.watch(self.provider, uow),
                "expiries": {
                    key.id: expiry(certificate, now)
                    for key in rollover.watch(self.provider, uow).keys
                    if (certificate := read_certificate(key.certificate)) is not None
                },
                "metadata_url": self.provider.entity_id,
            }

        return await self._shown(request, Act.SEE_APPLICATION, "saml/administration/overview.html", seen)

    async def connect(self, request: Request) -> Response:
        """Ask for metadata."""
        return await self._shown(
            request, Act.CONNECT_APPLICATION, "saml/administration/connect.html", lambda _uow, _visitor: {}
        )

    async def check(self, request: Request) -> Response:
        """Show what the metadata says, before anything is stored."""
        form = await self.kit.form(request)
        admitted = await self.door.read(request, Act.CONNECT_APPLICATION, lambda _uow, visitor: visitor)
        if isinstance(admitted, Response):
            return admitted
        visitor = admitted[0]
        try:
            given = await self.kit.run_waiting(self._given, form, visitor)
        except UnusableMetadata as error:
            return self.door.members.page(
                request, "saml/administration/connect.html", visitor, status=422, problem=str(error)
            )
        return self.door.members.page(
            request, "saml/administration/summary.html", visitor, given=given, problem=""
        )

    async def connected(self, request: Request) -> Response:
        """Store what was checked."""
        form = await self.kit.form(request)
        admitted = await self.door.read(request, Act.CONNECT_APPLICATION, lambda _uow, visitor: visitor)
        if isinstance(admitted, Response):
            return admitted
        try:
            given = await self.kit.run_waiting(self._given, form, admitted[0])
        except UnusableMetadata as error:
            return self.door.members.page(
                request, "saml/administration/connect.html", admitted[0], status=422, problem=str(error)
            )
        wanted = Wanted(
            name=form.text("name", 64),
            title=form.text("title", 200),
            url=form.text("url", _LONGEST),
            everyone=form.text("everyone") == "yes",
            attributes=("requested",) if form.text("attributes") == "requested" else (),
        )
        settings = ServiceSettings(
            metadata_url=given.settings.metadata_url,
            metadata_certificate=given.settings.metadata_certificate,
            attributes=wanted.attributes,
        )

        def store(uow: UnitOfWork, visitor: Visitor) -> str:
            return connecting.connect(
                uow, wanted, given.entity_id, given.metadata, settings, visitor.occasion
            )

        done = await self.door.write(request, Act.CONNECT_APPLICATION, store)
        if isinstance(done, Response):
            return done
        if done[1]:
            return self.door.members.page(
                request, "saml/administration/summary.html", done[0], status=422, given=given, problem=done[1]
            )
        return self.kit.see_other(f"{PATH}/system/{wanted.name}")

    async def system(self, request: Request) -> Response:
        """Show one system; with a login what it would be told of that person, with `try` a sign-in on paper."""
        login = request.query_params.get("login", "")[:320]
        trying = request.query_params.get("try") == "yes"

        def seen(uow: UnitOfWork, visitor: Visitor) -> dict[str, Any] | None:
            service = self._service(uow, request)
            if service is None:
                return None
            now, shown = visitor.occasion.now, None
            account = connecting.of_login(uow, visitor.living, login, visitor.occasion) if login else None
            if account is not None:
                shown = connecting.preview(self.provider, uow, service, account, now)
            elif trying:
                shown = connecting.try_out(self.provider, uow, service, visitor.living, visitor.occasion)
            return self._of_system(uow, service, visitor, shown, login)

        # Looking may draw the pairwise name that the person will have: a read would not keep it.
        found = await self.door.write(request, Act.SEE_APPLICATION, seen)
        if isinstance(found, Response):
            return found
        visitor, values = found
        if values is None:
            return Response(status_code=404)
        return self.door.members.page(request, "saml/administration/system.html", visitor, **values)

    async def publish(self, request: Request) -> Response:
        """Publish a new key."""
        await self.kit.form(request)
        admitted = await self.door.read(request, Act.CONFIGURE, lambda _uow, visitor: visitor)
        if isinstance(admitted, Response):
            return admitted
        await self.kit.run(rollover.publish, self.provider, "RSA", admitted[0].occasion)
        return self.kit.see_other(PATH)

    async def key_step(self, request: Request) -> Response:
        """Take one step of a change of keys: switch a partner, finish, retire."""
        form = await self.kit.form(request)
        key, step = form.text("key", 64), form.text("step", 16)

        def taken(uow: UnitOfWork, visitor: Visitor) -> Refusal | None:
            if step == "finish":
                return rollover.finish(uow, self.provider, key, visitor.occasion)
            if step == "retire":
                return rollover.retire(uow, key, visitor.occasion)
            application = uow.catalogue.application(form.text("system", 64))
            service = self.provider.services.of_application(uow, application.id) if application else None
            if service is None:
                return Refusal.NO_SUCH_KEY
            return rollover.switch(uow, service, key, visitor.occasion, at_next_fetch=step == "at_fetch")

        done = await self.door.write(request, Act.CONFIGURE, taken)
        return done if isinstance(done, Response) else self.kit.see_other(PATH)

    # --- within ----------------------------------------------------------------------------------------

    async def _shown(
        self,
        request: Request,
        act: Act,
        template: str,
        seen: Callable[[UnitOfWork, Visitor], dict[str, Any]],
    ) -> Response:
        found = await self.door.read(request, act, seen)
        if isinstance(found, Response):
            return found
        return self.door.members.page(request, template, found[0], **{"problem": "", **found[1]})

    def _service(self, uow: UnitOfWork, request: Request) -> Service | None:
        application = uow.catalogue.application(request.path_params["name"])
        return self.provider.services.of_application(uow, application.id) if application else None

    def _of_system(
        self, uow: UnitOfWork, service: Service, visitor: Visitor, shown: Preview | None, login: str
    ) -> dict[str, Any]:
        row = read_stored(uow, service.application.id)
        return {
            "service": service,
            "found": summary(service.metadata, visitor.occasion.now),
            "preview": shown,
            "login": login,
            "path": f"{PATH}/system/{service.application.name}",
            "problem": row.problem if row else "",
            "metadata_url": f"{self.provider.issuer}/saml/metadata/{service.application.name}",
        }

    def _given(self, form: Form, visitor: Visitor) -> _Given:
        """Return what the form gives, fetched if it is an address; raises UnusableMetadata. Waits for the outside."""
        metadata, url = (
            form.text("metadata", _LONGEST_METADATA).strip(),
            form.text("metadata_url", _LONGEST).strip(),
        )
        entity_id = form.text("entity_id", 1024).strip()
        settings = ServiceSettings()
        if url:
            pinned = read_certificate(form.text("certificate", 20_000))
            if pinned is None:
                raise UnusableMetadata("Beside an address, give the certificate of whoever signs it.")
            try:
                reply = self.outgoing.get(url, METADATA_LIMIT)
            except Unavailable as error:
                raise UnusableMetadata(f"The address could not be read: {error}") from error
            fetched = checked(reply.body, pinned.base64, entity_id)
            if fetched.problem:
                raise UnusableMetadata(f"What the address answered cannot be used: {fetched.problem}.")
            metadata = fetched.metadata
            settings = ServiceSettings(metadata_url=url, metadata_certificate=pinned.base64)
        read = read_service(metadata.encode("utf-8", "replace"), entity_id)
        return _Given(metadata, read.entity_id, settings, summary(read, visitor.occasion.now))
