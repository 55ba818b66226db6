"""The guard in front of every room: raw ASGI, one pass, nothing that a room could forget.

In order: the host is ours, the visitor's address is known, the body is bounded, the answer carries the
standing headers and a reference number, and what goes wrong becomes a plain page and one line in the log
that holds no secret. Paths are read from `scope["path"]` alone (F85); query strings are never logged.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.domain.handles import new_id
from idp.web import cookies
from idp.web.arrival import Arrival, header_values, keep
from idp.web.errors import BodyTooLarge, Problem, problem_of
from idp.web.headers import RawHeaders, completed
from idp.web.hosts import AllowedHosts
from idp.web.kit import NEW_BROWSER
from idp.web.proxies import TrustedProxies

_log = structlog.get_logger("portvakt.web")

Explain = Callable[[Request, Problem], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Guard:
    """The outermost application. `explain` renders a problem and records it if it is a refusal."""

    app: ASGIApp
    hosts: AllowedHosts
    proxies: TrustedProxies
    standing: RawHeaders
    clock: Callable[[], datetime]
    explain: Explain
    body_limit: int
    access_log: bool = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.monotonic()
        reference = new_id()
        scope["app"] = self.app  # tells Starlette's routes to raise instead of answering for themselves
        keep(scope, Arrival(reference, self.clock(), began, None))
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._headers(scope, reference, message["headers"])
            await send(message)

        try:
            self._admit(scope, began, reference)
            await self.app(scope, self._bounded(scope, receive), answer)
        except ClientDisconnect:
            pass  # nobody is left to answer
        except Exception as error:
            problem = self._log_problem(scope, reference, error)
            if status:
                raise  # the answer has begun: only the server can cut it off now
            response = await self.explain(Request(scope, receive), problem)
            await response(scope, receive, answer)
        finally:
            if self.access_log:
                self._log_access(scope, reference, status, began)

    def _admit(self, scope: Scope, began: float, reference: str) -> None:
        self.hosts.check(scope)
        peer = scope["client"][0] if scope.get("client") else None
        address = self.proxies.address(peer, header_values(scope, b"x-forwarded-for"))
        keep(scope, Arrival(reference, self.clock(), began, address))
        for value in header_values(scope, b"content-length"):
            if not value.isdigit() or int(value[:20]) > self.body_limit:
                raise BodyTooLarge

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Count what comes in; without a Content-Length nothing else bounds it."""
        if scope["method"] in ("GET", "HEAD"):
            return receive
        left = self.body_limit

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise BodyTooLarge
            return message

        return counted

    def _headers(self, scope: Scope, reference: str, own: RawHeaders) -> RawHeaders:
        headers = completed(own, self.standing)
        headers.append((b"portvakt-reference", reference.encode("ascii")))
        new_browser = scope.get(NEW_BROWSER)
        if isinstance(new_browser, str):
            headers.append((b"set-cookie", cookies.setting(cookies.BROWSER, new_browser)))
        return headers

    def _log_problem(self, scope: Scope, reference: str, error: Exception) -> Problem:
        problem = problem_of(error)
        if problem.status >= 500:  # noqa: PLR2004 - server errors (RFC 9110 §15.6)
            # The place tells where to look; the message of an unknown exception may hold a secret (K4).
            _log.error(
                "request failed",
                reference=reference,
                method=scope["method"],
                path=_shown_path(scope),
                code=problem.code,
                error=type(error).__qualname__,
                cause=type(error.__cause__).__qualname__ if error.__cause__ else "",
                place=_place(error),
            )
        return problem

    def _log_access(self, scope: Scope, reference: str, status: int, began: float) -> None:
        _log.info(
            "request",
            reference=reference,
            method=scope["method"],
            path=_shown_path(scope),
            status=status,
            milliseconds=round((time.monotonic() - began) * 1000, 1),
        )


def _shown_path(scope: Scope) -> str:
    """Return the path as it was sent, still percent-encoded: no line break gets into a log."""
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "backslashreplace")
    return ascii(raw.partition(b"?")[0][:200].decode("latin-1"))[1:-1]


def _place(error: Exception) -> list[str]:
    frames, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[-6:]
