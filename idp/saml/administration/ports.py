"""What the room's administration pages need of the pages around them: the door, and a frame. Handed in by `app.py`."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act
from idp.domain.session import LivingSession

T = TypeVar("T")


class Visitor(Protocol):
    """Who administers."""

    @property
    def living(self) -> LivingSession: ...
    @property
    def occasion(self) -> Occasion: ...


class Members(Protocol):
    """Renders pages of somebody who is signed in."""

    def page(
        self,
        request: Request,
        template: str,
        visitor: Any,
        *,
        status: int = 200,
        script: bool = False,
        **view: object,
    ) -> HTMLResponse:
        """Render a page."""


class Door(Protocol):
    """Runs use cases for who may do an act, and answers everybody else."""

    @property
    def members(self) -> Members: ...

    async def read(
        self, request: Request, act: Act, use_case: Callable[[UnitOfWork, Any], T]
    ) -> tuple[Any, T] | Response:
        """Run a use case that changes nothing, or answer why not."""

    async def write(
        self, request: Request, act: Act, use_case: Callable[[UnitOfWork, Any], T]
    ) -> tuple[Any, T] | Response:
        """Run a use case that may change something, or answer why not."""
