"""The steps of a change of our own keys, as the overview's forms send them."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.domain.appointments import allowed, doer_in
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Organisation, Refused
from idp.saml.administration import rollover
from idp.saml.administration.desk import Desk, is_stale
from idp.saml.administration.rollover import Refusal
from idp.saml.administration.routes import PATH
from idp.saml.keys import ALGORITHMS
from idp.web.administration import Guest
from idp.web.forms import Form


@dataclass(frozen=True, slots=True)
class Keys:
    """The forms."""

    desk: Desk

    async def publish(self, request: Request) -> Response:
        """Publish a new key."""
        form = await self.desk.kit.form(request)
        algorithm = form.text("algorithm", 8)

        def may(uow: UnitOfWork, guest: Guest) -> Refused | None:
            return _refused(uow, guest, "publish")

        asked = await self.desk.guard.write(request, Act.CONFIGURE, may)
        if isinstance(asked, Response):
            return asked
        guest, refused = asked
        if is_stale(refused):
            return await self.desk.guard.prove_again(request, PATH)
        if refused is None:
            kind = algorithm if algorithm in ALGORITHMS else ALGORITHMS[0]
            await self.desk.kit.run(rollover.publish, self.desk.provider, kind, guest.occasion)
        return self.desk.kit.see_other(PATH)

    async def step(self, request: Request) -> Response:
        """Take one step of a change of keys: switch a partner, finish, retire."""
        form = await self.desk.kit.form(request)

        def taken(uow: UnitOfWork, guest: Guest) -> Refusal | Refused | None:
            return _refused(uow, guest, form.text("step", 16)) or self._taken(uow, guest, form)

        done = await self.desk.guard.write(request, Act.CONFIGURE, taken)
        if isinstance(done, Response):
            return done
        if is_stale(done[1]):
            return await self.desk.guard.prove_again(request, PATH)
        return self.desk.kit.see_other(PATH)

    def _taken(self, uow: UnitOfWork, guest: Guest, form: Form) -> Refusal | None:
        key, step, provider = form.text("key", 64), form.text("step", 16), self.desk.provider
        if step == "finish":
            return rollover.finish(uow, provider, key, guest.occasion)
        if step == "retire":
            return rollover.retire(uow, key, guest.occasion)
        service = self.desk.service(uow, guest, form.text("system", 64))
        if service is None:
            return Refusal.NO_SUCH_KEY
        return rollover.switch(uow, service, key, guest.occasion, at_next_fetch=step == "at_fetch")


def _refused(uow: UnitOfWork, guest: Guest, step: str) -> Refused | None:
    doer = doer_in(guest.living, guest.occasion)
    return allowed(uow, doer, Act.CONFIGURE, Organisation(), f"SAML keys: {step}", guest.occasion)
