"""The room as `app.py` sees it: its routes."""

from collections.abc import Sequence

from starlette.routing import Route

from idp.verification.endpoint import VerificationEndpoint
from idp.web.kit import Kit


def build(kit: Kit) -> Sequence[Route]:
    """Return the routes of the verification API."""
    return VerificationEndpoint(kit).routes()
