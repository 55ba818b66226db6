"""A database within a unit of work that is open already: what asks a database takes part in one transaction."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from idp.provisioning.ports import ProvisioningUnitOfWork


@dataclass(frozen=True, slots=True)
class Within:
    """Implements `ProvisioningDatabase`; whoever opened the unit of work commits it, or takes all of it back."""

    uow: ProvisioningUnitOfWork

    def read(self) -> AbstractContextManager[ProvisioningUnitOfWork]:
        """Return the open one."""
        return nullcontext(self.uow)

    def write(self) -> AbstractContextManager[ProvisioningUnitOfWork]:
        """Return the open one."""
        return nullcontext(self.uow)
