"""What the room's pages need of the administration's: the door, which lets in who may."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.register import Register
from idp.domain.session import LivingSession
from idp.web.administration import Guard
from idp.web.kit import Kit

T = TypeVar("T")


class Visitor(Protocol):
    """Somebody signed in."""

    @property
    def living(self) -> LivingSession: ...
    @property
    def name(self) -> str: ...
    @property
    def occasion(self) -> Occasion: ...


class Members(Protocol):
    """Pages for whoever is signed in."""

    @property
    def kit(self) -> Kit: ...


class Door(Guard, Protocol):
    """The guard, with what the room reads of people besides."""

    @property
    def members(self) -> Members: ...

    @property
    def register(self) -> Callable[[UnitOfWork], Register]: ...
