"""The addresses of the demo's programs: a block of ten ports, and a loopback address for each system.

Owns the numbers. Cookies ignore ports (RFC 6265 §8.5), so systems that must not see each other's
cookies stand on addresses of their own; the start page shares `localhost` with Portvakt on purpose.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_FIRST = 8400
VARIABLE = "PORTVAKT_DEMO_PORT"


class PortError(ValueError):
    """A port cannot be used; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The block that begins with `first`."""

    first: int = DEFAULT_FIRST

    @property
    def issuer(self) -> str:
        """Portvakt as the browser sees it: the front proxy."""
        return f"http://localhost:{self.first}"

    @property
    def portvakt(self) -> tuple[str, int]:
        return "127.0.0.1", self.first + 1

    @property
    def start_page(self) -> tuple[str, int]:
        return "127.0.0.1", self.first + 2

    @property
    def start_page_url(self) -> str:
        return f"http://localhost:{self.first + 2}/"

    @property
    def intranet(self) -> tuple[str, int]:
        return "127.0.0.2", self.first + 3

    @property
    def eservice(self) -> tuple[str, int]:
        return "127.0.0.3", self.first + 4

    @property
    def directory(self) -> tuple[str, int]:
        return "127.0.0.5", self.first + 5

    @property
    def radius(self) -> tuple[str, int]:
        """Where access servers ask (UDP, whose numbers are others than TCP's)."""
        return "127.0.0.1", self.first + 8

    @property
    def radius_accounting(self) -> tuple[str, int]:
        return "127.0.0.1", self.first + 9

    @property
    def proxy(self) -> list[tuple[str, int]]:
        """Where the front proxy listens: both meanings of localhost, as far as the machine has them."""
        addresses = [("127.0.0.1", self.first)]
        return [*addresses, ("::1", self.first)] if _has_ipv6() else addresses

    def check_free(self) -> None:
        """Raise PortError if something listens already."""
        for host, port in (
            *self.proxy, self.portvakt, self.start_page, self.intranet, self.eservice, self.directory,
        ):  # fmt: skip
            if not _is_free(host, port):
                raise PortError(
                    f"{host}:{port} is in use; stop what listens there, or set {VARIABLE} to another port"
                )

        for host, port in (self.radius, self.radius_accounting):
            if not _is_free(host, port, socket.SOCK_DGRAM):
                raise PortError(f"{host}:{port} (UDP) is in use; set {VARIABLE} to another port")


def from_environment(environment: Mapping[str, str] = os.environ) -> Ports:
    text = environment.get(VARIABLE) or str(DEFAULT_FIRST)
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= 65526:
        raise PortError(f"{VARIABLE} is {text!r}: it must be a number from 1024 to 65526")
    return Ports(int(text))


def _is_free(host: str, port: int, kind: int = socket.SOCK_STREAM) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
        # As servers do: a connection that is merely being forgotten does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
