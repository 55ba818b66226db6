"""How uvicorn is set up: no header of a peer is believed, and a request target is a path (F85)."""

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_GRACEFUL_SECONDS = 10
_KEEP_ALIVE_SECONDS = 30


class StrictHttp(HttpToolsProtocol):
    """Refuses a request target that is not in origin form, and header names that proxies read differently.

    uvicorn takes the path out of an absolute-form target and forgets the host in it (RFC 9112 §3.2.2);
    a request that names two hosts is answered 400, here, where both are still seen.
    """

    def on_headers_complete(self) -> None:
        """Raise before the application is started; the parser's caller answers 400."""
        if not self.url.startswith(b"/"):
            raise ValueError("the request target is not a path")
        super().on_headers_complete()


def server_configuration(
    app: ASGIApp, *, host: str = "127.0.0.1", port: int = 8000, fd: int | None = None
) -> uvicorn.Config:
    """Return the configuration that the server and the tests run with."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        fd=fd,
        http=StrictHttp,
        ws="none",
        loop="uvloop",
        # The visitor's address is found by `proxies.py`, from listed proxies only; uvicorn would believe
        # any peer on the loopback address.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )
