"""One's own trusted devices: listed with the factors, and each can be trusted no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import trusted_devices
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import LivingSession
from idp.pages.devices import Device, device_of
from idp.pages.visitor import Members, Visitor

PATH = "/security"
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One trusted device as the page shows it."""

    id: str
    device: Device
    since: datetime
    until: datetime
    here: bool


def device_rows(uow: UnitOfWork, living: LivingSession, occasion: Occasion) -> Sequence[DeviceRow]:
    """Return the rows of the person's trusted devices."""
    here = trusted_devices.recognised(uow, living.account, occasion)
    return [
        DeviceRow(one.id, device_of(one.user_agent), one.trusted_at, one.expires_at, one == here)
        for one in trusted_devices.mine(uow, living.account, occasion.now)
    ]


@dataclass(frozen=True, slots=True)
class MyDevices:
    """The form that ends the trust in a device."""

    members: Members

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(f"{PATH}/devices/revoke", self.revoke, methods=["POST"])]

    async def revoke(self, request: Request) -> Response:
        """Trust a device no more. That takes something away only, so no fresh proof is asked."""
        form = await self.members.kit.form(request)
        device = form.text("device", _LONGEST_ID)

        def revoked(uow: UnitOfWork, visitor: Visitor) -> bool:
            account = visitor.living.account.id
            return trusted_devices.revoke(uow, account, device, visitor.occasion)

        if await self.members.write(request, revoked) is None:
            return await self.members.to_sign_in(request, PATH)
        return self.members.kit.see_other(PATH)
