"""How each directory is doing, for pages, metrics and the command line: one read model for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from directory_sync.watched import Watched
from idp.domain.ports import UnitOfWork
from idp.provisioning.ports import ProvisioningUnitOfWork
from idp.provisioning.runs import WAITING, Run


@dataclass(frozen=True, slots=True)
class DirectoryOverview:
    """One directory. `watched` is None if it has never been followed; `waiting` is the plan that waits for a human.

    `reading` is the latest run that read everything; following makes many that did not.
    """

    name: str
    watched: Watched | None
    node: str
    capabilities: Mapping[str, str]
    runs: Sequence[Run]
    waiting: Run | None
    reading: Run | None = None

    def lag(self, now: datetime) -> timedelta | None:
        """How long ago everything that the directory had said had been applied; None if it never had."""
        current = self.watched.current_at if self.watched is not None else None
        return None if current is None else max(timedelta(0), now - current)


def overview_of(uow: UnitOfWork, runs: int = 1) -> Sequence[DirectoryOverview]:
    """Return the same for whoever knows a plain unit of work."""
    return overview(cast("ProvisioningUnitOfWork", uow), runs)


def overview(uow: ProvisioningUnitOfWork, runs: int = 10) -> Sequence[DirectoryOverview]:
    """Return how every configured directory is doing, with its newest runs."""
    rows = uow.provisioning
    found = []
    for name in rows.directory_names():
        remembered = rows.watches.get(name)
        watched, node = remembered if remembered is not None else (None, "")
        found.append(
            DirectoryOverview(
                name,
                watched,
                node,
                rows.watches.capabilities(name),
                rows.runs.latest(name, runs),
                rows.runs.current(name, WAITING),
                rows.runs.latest_reading(name),
            )
        )
    return found
