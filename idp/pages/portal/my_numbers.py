"""One's own numbers for codes: adding one from an existing factor, and removing it; listed with the factors."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import mfa
from idp.domain import call_back
from idp.domain.own_factors import NotNow
from idp.domain.ports import UnitOfWork
from idp.pages.portal.my_security import LONGEST_ID, PATH, MySecurity
from idp.pages.visitor import Visitor
from idp.web.errors import FormRefused
from idp.web.marking import mark

_LONGEST_NUMBER = 40
_CHANNELS = {channel.value: channel for channel in (mfa.Channel.TEXT_MESSAGE, mfa.Channel.VOICE_CALL)}
_NO_NUMBER = mark("Type a telephone number, such as 070-123 45 67 or +46 70 123 45 67.")


@dataclass(frozen=True, slots=True)
class MyNumbers:
    """The forms about numbers; `security` shows the list that they come back to."""

    security: MySecurity

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(f"{PATH}/numbers", self.add, methods=["POST"]),
            Route(f"{PATH}/numbers/remove", self.remove, methods=["POST"]),
        ]

    async def add(self, request: Request) -> Response:
        """Add a number; codes are sent to it from the next day on."""
        form = await self.security.members.kit.form(request)
        number, channel = form.text("number", _LONGEST_NUMBER), _CHANNELS.get(form.text("channel"))
        if channel is None:
            raise FormRefused

        def added(uow: UnitOfWork, visitor: Visitor) -> bool | NotNow:
            try:
                bound = call_back.add_own(uow, visitor.living, channel, number, visitor.occasion)
            except ValueError:
                return False
            return bound if isinstance(bound, NotNow) else True

        answered = await self.security.changed(request, added, self._after)
        return (
            answered if isinstance(answered, Response) else await self.security.show_with(request, _NO_NUMBER)
        )

    async def remove(self, request: Request) -> Response:
        """Remove a number."""
        form = await self.security.members.kit.form(request)
        destination = form.text("destination", LONGEST_ID)

        def removed(uow: UnitOfWork, visitor: Visitor) -> bool | NotNow:
            return call_back.remove_own(uow, visitor.living, destination, visitor.occasion)

        return await self.security.changed(request, removed, lambda *_: self._back())

    def _after(self, _request: Request, _visitor: Visitor, added: bool) -> Response | None:  # noqa: FBT001 - how it went
        return self._back() if added else None

    def _back(self) -> Response:
        return self.security.members.kit.see_other(PATH)
