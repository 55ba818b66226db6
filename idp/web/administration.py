"""The administration as rooms offer parts of it: sections for its navigation, and the guard that their pages call.

A room lists its `Section`s; `app.py` puts all of them into the kit. Its pages run their use cases through a
`Guard`, which `idp.pages` implements: it lets in whoever holds `act` over anything at all and has proved two
factors. The use case then asks `may_act` about its target.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from idp.domain.application import Application
from idp.domain.handles import AccountId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act
from idp.domain.session import LivingSession

T = TypeVar("T")

PATH = "/administration"


@dataclass(frozen=True, slots=True)
class Section:
    """One place of the administration; `title` is a msgid. It is shown to whoever holds `act`."""

    title: str
    path: str
    act: Act


@dataclass(frozen=True, slots=True)
class ProtocolPages:
    """Where a protocol's room connects systems and shows its part of one; `title` is a msgid.

    `system` is a path with `{id}` or `{name}` in it.
    """

    protocol: str
    title: str
    connect: str
    system: str

    def system_of(self, application: Application) -> str:
        """Return the path of the room's page about a system."""
        return self.system.format(id=application.id, name=application.name)


@dataclass(frozen=True, slots=True)
class PersonPart:
    """A part of a person's page that a room brings: `template` shows what `read` returns, as `rows`.

    It is not read for a protected record that nobody has opened.
    """

    template: str
    read: Callable[[Request, UnitOfWork, Sequence[AccountId], Occasion], Sequence[object]]


class Guest(Protocol):
    """Somebody in the administration."""

    @property
    def living(self) -> LivingSession: ...
    @property
    def occasion(self) -> Occasion: ...


class Guard(Protocol):
    """What a room's administration pages call."""

    async def read(
        self, request: Request, act: Act, use_case: Callable[[UnitOfWork, Any], T]
    ) -> "tuple[Any, T] | Response":
        """Run a use case that changes nothing, or answer why not."""

    async def write(
        self, request: Request, act: Act, use_case: Callable[[UnitOfWork, Any], T]
    ) -> "tuple[Any, T] | Response":
        """Run a use case that may change something, or answer why not."""

    async def prove_again(self, request: Request, path: str) -> Response:
        """Send the browser to prove two factors anew, and back to `path` (C8)."""

    def page(
        self, request: Request, template: str, guest: Any, *, status: int = 200, **view: object
    ) -> HTMLResponse:
        """Render a page of the administration."""
