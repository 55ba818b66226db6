"""The middleware that puts a session on each request: a random cookie, everything else on the server.

Owns the cookie. Authlib's client and the endpoints see a dict, `request.session`. Starlette's own
middleware would sign the data and send it to the browser; then nothing could end it from outside.
"""

from datetime import UTC, datetime

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.demonstration.eservice.store import LIFETIME, SessionStore

COOKIE = "eservice_session"


class Session(dict[str, object]):
    """What the session holds, and whether it shall get a new handle (at sign-in, against fixation)."""

    renew = False


class ServerSessions:
    """ASGI middleware: loads the session before, stores it when the response starts."""

    def __init__(self, app: ASGIApp, store: SessionStore) -> None:
        self._app = app
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        handle = HTTPConnection(scope).cookies.get(COOKIE)
        found = self._store.read(handle, datetime.now(UTC)) if handle else None
        session = Session(found or {})
        before = dict(session)
        known = handle if found is not None else None
        scope["session"] = session

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and (session != before or session.renew):
                cookie = self._settle(known, session)
                message["headers"] = [*message["headers"], (b"set-cookie", cookie.encode("ascii"))]
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _settle(self, handle: str | None, session: Session) -> str:
        """Store, renew or end the session; return the cookie that says so."""
        if handle and (not session or session.renew):
            self._store.end(handle)
            handle = None
        if not session:
            return _cookie("", 0)
        if handle:
            self._store.update(handle, session)
        else:
            handle = self._store.begin(session, datetime.now(UTC))
        return _cookie(handle, int(LIFETIME.total_seconds()))


def _cookie(value: str, lifetime: int) -> str:
    # Not Secure: the demo speaks plain HTTP on loopback addresses, and nothing else.
    return f"{COOKIE}={value}; Path=/; Max-Age={lifetime}; HttpOnly; SameSite=Lax"
