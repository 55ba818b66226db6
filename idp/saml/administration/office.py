"""All pages of the administration by the names that `routes.py` calls them by."""

from collections.abc import Mapping

from idp.saml.administration.connecting_pages import Connecting
from idp.saml.administration.desk import Desk
from idp.saml.administration.key_pages import Keys
from idp.saml.administration.pages import Systems
from idp.saml.ports import Outgoing
from idp.saml.provider import Provider
from idp.web.administration import Guard
from idp.web.kit import Kit


def pages(kit: Kit, guard: Guard, provider: Provider, outgoing: Outgoing) -> Mapping[str, object]:
    """Return the pages."""
    desk = Desk(kit, guard, provider, outgoing)
    return {"systems": Systems(desk), "connecting": Connecting(desk), "keys": Keys(desk)}
