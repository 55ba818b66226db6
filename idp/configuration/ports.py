"""What configuration needs of the rooms around it; the composition hands the implementations in."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from idp.configuration.objects import Content, Fields, Reference
from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork


class ApplicationExtension(Protocol):
    """A protocol's part of an application: the table `[applications.NAME.<protocol>]`.

    Rows of the protocol refer to the application with ON DELETE CASCADE, so that removing one needs no method.
    """

    @property
    def protocol(self) -> str:
        """The value of `protocol` that chooses this extension, and the name of its table."""

    def parse(self, table: Mapping[str, object], key: str) -> object:
        """Return the checked value of `table`, whose full name is `key`; raises ConfigurationError.

        The error has one line for each wrong key. Secrets arrive as text: references were resolved before.
        """

    def read(self, uow: UnitOfWork, application_id: ApplicationId) -> object | None:
        """Return what is stored for the application."""

    def write(self, uow: UnitOfWork, application_id: ApplicationId, value: object) -> None:
        """Store `value` in place of what there was; a secret that `value` does not hold is kept."""

    def dump(self, value: object) -> dict[str, object]:
        """Return the table that `parse` reads as the same value, without its secrets."""


#: Raises ConfigurationError, naming the key, for settings that `directory_sync` would not take.
DirectoryCheck = Callable[[Mapping[str, object], str], None]


@dataclass(frozen=True, slots=True)
class Applied:
    """What `apply` last made of an object, and from which file."""

    file: str
    fields: Fields


class ConfigurationStore(Protocol):
    """The stored objects, in one unit of work."""

    def lock(self) -> None:
        """Let no other configuration be applied before this transaction has ended."""

    def contents(self) -> Mapping[Reference, Content]:
        """Return everything stored; applications without their extensions, directories with passwords."""

    def application_id(self, name: str) -> ApplicationId | None:
        """Return the id of the application with this name."""

    def applied(self) -> Mapping[Reference, Applied]:
        """Return what was last applied of each object that a file manages."""

    def write(self, reference: Reference, content: Content, now: datetime) -> None:
        """Create or change one object."""

    def remove(self, reference: Reference) -> None:
        """Remove one object."""

    def remember(self, reference: Reference, applied: Applied, now: datetime) -> None:
        """Note what was applied."""

    def forget(self, reference: Reference) -> None:
        """Note that no file manages the object any more."""

    def raise_version(self) -> None:
        """Make every process read the catalogue anew."""

    def members(self, names: Iterable[str]) -> Mapping[str, Collection[str]]:
        """Return for each login, employee number or `person:ID` the persons it means, as `contents` names them."""

    def directory_groups(self) -> Collection[str]:
        """Return the names of the groups that came from directories."""

    def units(self) -> Collection[str]:
        """Return the codes of all units."""

    def accounts_of(self, directory: str) -> int:
        """Return how many active accounts have their password in the directory."""
