"""Forms come from our own pages (statement B1): a token bound to browser, session and action, and the site.

The token is an HMAC over the browser cookie, the session cookie and the path that the form posts to. The
forms of a sign-in are bound to the browser alone: a journey is bound to it on the server as well, and
its session may begin in another tab while the page stands open.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

from starlette.types import Scope

from idp.web import cookies
from idp.web.arrival import header
from idp.web.errors import CrossSiteRefused

FIELD = "csrf"
_WITHOUT_SESSION = ("/sign-in/", "/language")


@dataclass(frozen=True, slots=True)
class Csrf:
    """Makes and checks the tokens. `key` is derived from the master key, alike on all nodes."""

    origin: str
    key: bytes = field(repr=False)

    def token(self, action: str, browser: str, session: str | None) -> str:
        """Return the token of a form that posts to `action`."""
        bound = "" if action.startswith(_WITHOUT_SESSION) else session or ""
        message = f"{action}\0{browser}\0{bound}".encode()
        mac = hmac.digest(self.key, message, hashlib.sha256)
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode("ascii")

    def check(self, scope: Scope, given: str) -> None:
        """Raise CrossSiteRefused unless the form was sent from a page of ours, in this browser."""
        self._check_site(scope)
        browser = cookies.read_handle(scope, cookies.BROWSER)
        if browser is None:
            raise CrossSiteRefused
        session = cookies.read_handle(scope, cookies.SESSION)
        expected = self.token(scope["path"], browser, session)
        if not hmac.compare_digest(expected.encode("ascii"), given.encode("utf-8", "replace")):
            raise CrossSiteRefused

    def _check_site(self, scope: Scope) -> None:
        """Fetch Metadata where the browser sends it, else Origin; neither replaces the token.

        Under Referrer-Policy no-referrer a form's Origin is "null" also on our own pages (Fetch §3.2),
        so that "null" alone says nothing.
        """
        site = header(scope, b"sec-fetch-site")
        if site:
            if site != "same-origin":
                raise CrossSiteRefused
            return
        if header(scope, b"origin") not in ("", "null", self.origin):
            raise CrossSiteRefused
