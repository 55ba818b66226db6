"""Which names this server answers to: an exact list from configuration (statement B8).

Nothing here or elsewhere builds a URL from what a request says about its own host (F02, F85).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import Scope

from idp.web.arrival import header_values
from idp.web.errors import HostRefused

_DEFAULT_PORTS = {"http": 80, "https": 443}


def checked_origin(url: str) -> str:
    """Return `url` if it is an origin and nothing more (RFC 6454 §6.2); raises ValueError otherwise."""
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or url != f"{parts.scheme}://{parts.netloc}":
        raise ValueError(f"{url!r} is not an origin such as https://id.example.se")
    if "@" in parts.netloc or parts.netloc != parts.netloc.lower():
        raise ValueError(f"{url!r} must be in lower case and name no user")
    return url


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The Host values that are ours, in lower case."""

    values: frozenset[bytes]

    @classmethod
    def of(cls, issuer: str, others: Iterable[str] = ()) -> "AllowedHosts":
        """Return the issuer's own host, with and without a default port, and what is listed besides."""
        parts = urlsplit(checked_origin(issuer))
        names = {parts.netloc, *(other.lower() for other in others)}
        default = _DEFAULT_PORTS[parts.scheme]
        if parts.port is None:
            names.add(f"{parts.netloc}:{default}")
        elif parts.port == default:
            names.add(parts.netloc.rpartition(":")[0])
        return cls(frozenset(name.encode("ascii") for name in names))

    def check(self, scope: Scope) -> None:
        """Raise HostRefused unless there is one Host and it is ours, and the target is a plain path.

        RFC 9112 §3.2 demands 400 for a missing or second Host. The absolute form of a request target
        (§3.2.2) is for proxies; a server that is none has no use for a second host in one request.
        """
        hosts = header_values(scope, b"host")
        if len(hosts) != 1 or hosts[0].lower() not in self.values:
            raise HostRefused
        if not scope["path"].startswith("/"):
            raise HostRefused
