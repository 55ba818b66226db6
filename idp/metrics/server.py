"""Where a collector asks: a small server of its own, so that no proxy in front of the pages ever reaches it.

Answers those who ask from a listed network, this machine alone unless others are listed, and those who bring the token.
One at a time: a collector that hangs holds up collectors only.
"""

import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from socket import AF_INET, AF_INET6
from typing import Any

from idp.metrics.figures import CONTENT_TYPE

_SECONDS = 5
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class Metrics:
    """Where to listen; port 0 for nowhere. `token` opens the door from any address."""

    host: str = "127.0.0.1"
    port: int = 0
    networks: tuple[IPv4Network | IPv6Network, ...] = _LOOPBACK
    token: str = field(default="", repr=False)

    def admits(self, peer: str, authorization: str) -> bool:
        """Whether somebody at this address with this Authorization header (RFC 6750 §2.1) may read."""
        address = ip_address(peer.partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in network for network in self.networks):
            return True
        expected = f"Bearer {self.token}"
        return bool(self.token) and hmac.compare_digest(authorization.encode(), expected.encode())


class MetricsServer:
    """Bound when it is made; serves while `run` runs."""

    def __init__(self, settings: Metrics, exposition: Callable[[], bytes]) -> None:
        self._server = _Server((settings.host, settings.port), settings, exposition)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.server_address[1])

    def run(self, stop: threading.Event) -> None:
        """Answer until the event is set."""
        while not stop.is_set():
            self._server.handle_request()
        self._server.server_close()


class _Server(HTTPServer):
    timeout = 0.5
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], settings: Metrics, exposition: Callable[[], bytes]) -> None:
        self.address_family = AF_INET6 if ":" in address[0] else AF_INET
        super().__init__(address, _Handler)
        self.settings = settings
        self.exposition = exposition

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A collector that went away is nobody's fault, and an error's text may hold a secret (K4)."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SECONDS
    server_version = "Portvakt"
    sys_version = ""

    def do_GET(self) -> None:
        if self.path != "/metrics":
            self._answer(404, b"not here\n")
        elif not self.server.settings.admits(self.client_address[0], self.headers.get("Authorization", "")):
            self._answer(403, b"not from there\n")
        else:
            try:
                body = self.server.exposition()
            except Exception:  # noqa: BLE001 - whatever it is, the collector is to see that there are no figures
                self._answer(503, b"no figures now\n")
            else:
                self._answer(200, body)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """A collector asks four times a minute, for ever."""
