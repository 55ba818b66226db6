"""The room as `app.py` sees it: the server, the outbox's topics it takes, and what it forgets."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from starlette.routing import Route

from idp.domain.outbox import Handler
from idp.domain.participants import SESSION_ENDED
from idp.domain.ports import Database
from idp.radius.administration.api import OPERATIONS
from idp.radius.administration.pages import PAGES, ConnectingPages
from idp.radius.disconnect import Disconnect
from idp.radius.nas import PROTOCOL
from idp.radius.pages import Pages
from idp.radius.ports import Door
from idp.radius.radsec import Tls
from idp.radius.shown import part_of_person
from idp.radius.store import connections

__all__ = ["OPERATIONS", "PAGES", "handlers_of", "pages_of", "part_of_person", "prune_of"]

#: Who had which address is asked for months later; longer is for the audit log's own rules.
CONNECTIONS_KEPT = timedelta(days=365)


def pages_of(door: Door, ports: tuple[int, int]) -> Sequence[Route]:
    """Return the room's pages in the administration; `ports` are those of the server, for access and accounting."""
    return [*ConnectingPages(door.members.kit, door, ports).routes(), *Pages(door).routes()]


def handlers_of(database: Database, node: str, tls: Tls | None = None) -> Mapping[str, Handler]:
    """Return the outbox's topics that the room takes; with `tls` clients that come over it are asked over it."""
    return {f"{SESSION_ENDED}.{PROTOCOL}": Disconnect(database, node, tls)}


def prune_of(database: Database) -> Callable[[datetime], int]:
    """Return what removes connections that had their time, some hundred rows at once."""

    def pruned(now: datetime) -> int:
        with database.write() as uow:
            return connections.prune(uow, now - CONNECTIONS_KEPT)

    return pruned
