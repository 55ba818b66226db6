"""All pages as routes: what `app.py` mounts."""

from starlette.routing import Route

from idp.domain.signin import SignIn
from idp.pages.ports import WaitingOrigins, no_origins
from idp.pages.signin.endpoints import SignInPages
from idp.web.kit import Kit


def build(kit: Kit, signin: SignIn, waiting: WaitingOrigins = no_origins) -> list[Route]:
    """Return the routes of sign-in, portal and administration."""
    return [*SignInPages(kit, signin, waiting).routes()]
