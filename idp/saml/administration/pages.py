"""The administration's pages about SAML systems: all of them with our keys, and one."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.domain.administration import Done
from idp.domain.appointments import doer_in
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Organisation, Refused, may_act
from idp.saml.administration import connecting, previewing, rollover
from idp.saml.administration.desk import Desk, changes, sees
from idp.saml.administration.desk import is_stale as is_stale_proof
from idp.saml.administration.looking import expiry, summary
from idp.saml.administration.previewing import Preview
from idp.saml.administration.routes import PATH
from idp.saml.metadata.certificates import read_certificate
from idp.saml.metadata.reading import UnusableMetadata
from idp.saml.services import Service
from idp.saml.store.services import read_stored
from idp.web.administration import Guest

_LONGEST_METADATA = 60_000
_SYSTEMS = "/administration/systems"


@dataclass(frozen=True, slots=True)
class Systems:
    """The pages."""

    desk: Desk

    async def overview(self, request: Request) -> Response:
        """Show every system that the reader's roles reach, and our own keys."""
        provider = self.desk.provider

        def seen(uow: UnitOfWork, guest: Guest) -> dict[str, Any]:
            now = guest.occasion.now
            services = [one for one in provider.services.all(uow) if sees(guest, one.application.id)]
            rows = {one.application.name: read_stored(uow, one.application.id) for one in services}
            watch = rollover.watch(provider, uow)
            configures = may_act(doer_in(guest.living, guest.occasion), Act.CONFIGURE, Organisation(), now)
            return {
                "services": [(one, summary(one.metadata, now)) for one in services],
                "problems": {name: row.problem for name, row in rows.items() if row and row.problem},
                "watch": watch,
                "partners": [one for one in watch.partners if sees(guest, one.service.application.id)],
                "expiries": {
                    key.id: expiry(certificate, now)
                    for key in watch.keys
                    if (certificate := read_certificate(key.certificate)) is not None
                },
                "metadata_url": f"{provider.issuer}/saml/metadata",
                "may_configure": not isinstance(configures, Refused) or is_stale_proof(configures),
            }

        found = await self.desk.guard.read(request, Act.SEE_APPLICATION, seen)
        if isinstance(found, Response):
            return found
        return self.desk.page(request, "overview.html", found[0], **found[1])

    async def system(self, request: Request) -> Response:
        """Show one system; with a login what it would be told of that person, with `try` a sign-in on paper."""
        return await self._shown(request, "")

    async def change(self, request: Request) -> Response:
        """Change what is known of a system: newer metadata, other attributes."""
        form = await self.desk.kit.form(request)
        metadata = form.text("metadata", _LONGEST_METADATA).strip()
        attributes = tuple(form.text("attributes", 4000).replace(",", " ").split())

        translate = self.desk.translate(request)

        def changed(uow: UnitOfWork, guest: Guest) -> Done | Refused | str | None:
            service = self.desk.service(uow, guest, request.path_params["name"])
            if service is None:
                return None
            doer, identifier = doer_in(guest.living, guest.occasion), service.application.id
            try:
                reason = form.text("reason", 1000)
                return connecting.change(uow, doer, identifier, metadata, attributes, reason, guest.occasion)
            except UnusableMetadata as error:
                return error.words(translate)

        found = await self.desk.guard.write(request, Act.CHANGE_APPLICATION, changed)
        if isinstance(found, Response):
            return found
        done, here = found[1], f"{PATH}/system/{request.path_params['name']}"
        if is_stale_proof(done):
            return await self.desk.guard.prove_again(request, here)
        if isinstance(done, Refused | str):
            problem = done if isinstance(done, str) else self.desk.words(request, done)
            return await self._shown(request, problem)
        return Response(status_code=404) if done is None else self.desk.kit.see_other(here)

    # --- within ----------------------------------------------------------------------------------------

    async def _shown(self, request: Request, problem: str) -> Response:
        login = request.query_params.get("login", "")[:320]
        trying = request.query_params.get("try") == "yes"
        provider = self.desk.provider

        def seen(uow: UnitOfWork, guest: Guest) -> dict[str, Any] | None:
            service, shown = self.desk.service(uow, guest, request.path_params["name"]), None
            if service is None:
                return None
            doer = doer_in(guest.living, guest.occasion)
            account = previewing.of_login(uow, doer, login, guest.occasion) if login else None
            if account is not None:
                shown = previewing.preview(provider, uow, service, account, guest.occasion.now)
            elif trying:
                shown = previewing.try_out(provider, uow, service, guest.living, guest.occasion)
            return self._of_system(uow, service, guest, shown, login)

        # Looking may draw the pairwise name that the person will have: a read would not keep it.
        found = await self.desk.guard.write(request, Act.SEE_APPLICATION, seen)
        if isinstance(found, Response):
            return found
        guest, values = found
        if values is None:
            return Response(status_code=404)
        return self.desk.page(request, "system.html", guest, problem=problem, current=_SYSTEMS, **values)

    def _of_system(
        self, uow: UnitOfWork, service: Service, guest: Guest, shown: Preview | None, login: str
    ) -> dict[str, Any]:
        row, name = read_stored(uow, service.application.id), service.application.name
        return {
            "service": service,
            "found": summary(service.metadata, guest.occasion.now),
            "preview": shown,
            "login": login,
            "path": f"{PATH}/system/{name}",
            "not_renewed": row.problem if row else "",
            "metadata_url": f"{self.desk.provider.issuer}/saml/metadata/{name}",
            "may_change": changes(guest, service.application.id),
        }
