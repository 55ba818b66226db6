"""The address of the page that says how far a sign-out is: bound to the browser that signed out, for nobody else.

A session's id is known to its systems (`sid`, SessionIndex); which other systems took part is the person's matter.
"""

import hmac
from urllib.parse import urlencode

from starlette.requests import Request

from idp.domain.handles import SessionId
from idp.web.kit import Kit

PATH = "/signed-out"
_LONGEST = 64


def left_path(kit: Kit, request: Request, session_id: SessionId) -> str:
    """Return where this browser sees how far the end of a session is."""
    return f"{PATH}?{urlencode({'session': session_id, 'mark': _mark(kit, request, session_id)})}"


def session_left(kit: Kit, request: Request) -> SessionId | None:
    """Return the session that such a request is about, None if it is not this browser's."""
    session_id = SessionId(request.query_params.get("session", "")[:_LONGEST])
    mark = request.query_params.get("mark", "")[:_LONGEST]
    expected = _mark(kit, request, session_id)
    return session_id if hmac.compare_digest(expected.encode(), mark.encode("utf-8", "replace")) else None


def _mark(kit: Kit, request: Request, session_id: SessionId) -> str:
    return kit.csrf.token(f"{PATH}/{session_id}", kit.browser(request).hex(), None)
