"""What the pages ask of other rooms, put together by `app.py`."""

from collections.abc import Sequence
from typing import Protocol

from idp.domain.handles import ApplicationId, SessionId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork


class WaitingOrigins(Protocol):
    """Where a sign-in to an application may be redirected to in the end, known to its protocol's room.

    A browser blocks a form whose answer redirects to an origin that the page's policy does not list.
    """

    def __call__(self, uow: UnitOfWork, application: ApplicationId, /) -> Sequence[str]:
        """Return origins, as Content-Security-Policy writes them (https://app.example.se)."""


def no_origins(_uow: UnitOfWork, _application: ApplicationId) -> Sequence[str]:
    """Say that nothing redirects anywhere else."""
    return ()


class Farewell(Protocol):
    """Where a browser goes on after its session has ended, to tell systems that can be told in no other way."""

    def __call__(self, uow: UnitOfWork, session_id: SessionId, then: str, occasion: Occasion, /) -> str:
        """Return a local path, or `then` if there is nobody to tell so."""


def no_farewell(_uow: UnitOfWork, _session_id: SessionId, then: str, _occasion: Occasion) -> str:
    """Say that nobody has to be told through the browser."""
    return then
