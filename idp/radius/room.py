"""The room as `app.py` sees it: the server, the outbox's topics it takes, and what it forgets."""

from collections.abc import Callable
from datetime import datetime

from idp.domain.signin import SignIn
from idp.radius.access import Access
from idp.radius.intake import Port
from idp.radius.server import Listening, RadiusServer


def make_server(
    signin: SignIn, listening: Listening, clock: Callable[[], datetime], node: str
) -> RadiusServer:
    """Return a server that is bound and waits for `run`."""
    return RadiusServer(signin.database, {Port.ACCESS: Access(signin, clock, node)}, listening, clock, node)
