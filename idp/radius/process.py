"""The server with its two handlers, as `portvakt radius` and `portvakt serve` run it; no pages."""

from collections.abc import Callable
from datetime import datetime

from idp.domain.signin import SignIn
from idp.radius.access import Access
from idp.radius.accounting import Accounting
from idp.radius.intake import Port
from idp.radius.server import Answering, Listening, RadiusServer


def make_server(
    signin: SignIn, listening: Listening, clock: Callable[[], datetime], node: str
) -> RadiusServer:
    """Return a server that is bound and waits for `run`."""
    handlers: dict[Port, Answering] = {
        Port.ACCESS: Access(signin, clock, node),
        Port.ACCOUNTING: Accounting(signin.database, clock, node),
    }
    return RadiusServer(signin.database, handlers, listening, clock, node)
