"""The API as one route: what `app.py` mounts. Rooms may bring operations of their own along."""

from collections.abc import Callable, Sequence

from starlette.routing import Route

from idp.api.dispatch import ROOT, Api
from idp.api.operation import AnyOperation
from idp.api.registry import operations
from idp.domain.ports import UnitOfWork
from idp.domain.register import Register
from idp.web.kit import Kit


def build(
    kit: Kit,
    register: Callable[[UnitOfWork], Register],
    mac: Callable[[bytes, str], bytes],
    more: Sequence[AnyOperation] = (),
    mail_domain: str = "",
) -> list[Route]:
    """Return the route.

    `mac` is the sealer's keyed hash; `more` are operations of protocols' rooms; `mail_domain` is the organisation's.
    """
    return [Route(ROOT + "/{rest:path}", Api(kit, [*operations(mail_domain), *more], register, mac))]
