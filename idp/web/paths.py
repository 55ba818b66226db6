"""From a path to its endpoint by one look-up: most paths have no parameter and need no pattern.

Starlette's router tries one pattern after the other; with every room's routes that is a tenth of a page. What is
not found here (a parameter, another method, nothing at all) goes its way.
"""

from collections.abc import Awaitable, Callable, Sequence
from inspect import iscoroutinefunction
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]


class Paths(Router):
    """A router that knows its plain paths by heart."""

    def __init__(self, routes: Sequence[BaseRoute], **options: Any) -> None:
        super().__init__(routes, **options)
        self._plain = {
            (route.path, method): route.endpoint
            for route in self.routes
            if isinstance(route, Route) and iscoroutinefunction(route.endpoint) and not route.param_convertors
            for method in route.methods or ()
            if self._first(route.path, method) is route
        }

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        endpoint: Endpoint | None = None
        if scope["type"] == "http":
            endpoint = self._plain.get((scope["path"], scope["method"]))
        if endpoint is None:
            await super().app(scope, receive, send)
            return
        scope["endpoint"], scope["path_params"] = endpoint, {}
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    def _first(self, path: str, method: str) -> BaseRoute | None:
        """Return the route that Starlette would take."""
        asked = {"type": "http", "path": path, "method": method, "root_path": "", "headers": []}
        return next((route for route in self.routes if route.matches(asked)[0] is Match.FULL), None)
