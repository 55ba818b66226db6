"""Calls that Portvakt itself makes for a registered client: only to what an administrator listed (statement O13).

A name is resolved here, each address is judged, and the connection goes to the judged address itself, so that
an answer of DNS that changes between check and connect changes nothing. No redirects, no proxies, one
deadline for the whole call, and little is read of the answer.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlencode, urlsplit

import httpcore

from idp.domain.errors import Unavailable
from idp.domain.occasion import IpAddress

IpNetwork = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

_MOST_READ = 16 * 1024
_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Destinations:
    """What is listed: host names, and address ranges.

    A listed name may lead to any ordinary address. Addresses of this machine, of its own link (where clouds
    keep their metadata) and other special ones are reached only through a range that is itself special:
    listing the whole Internet does not list them.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[IpNetwork, ...] = ()

    def allow(self, host: str, address: IpAddress) -> bool:
        """Whether a call to `host` may connect to `address`."""
        plain = _plain(address)
        kind = _kind(plain)
        listed = [network for network in self.networks if plain in network]
        if kind:
            ends = [(network.network_address, network.broadcast_address) for network in listed]
            return any(_kind(first) == _kind(last) == kind for first, last in ends)
        return host.lower() in self.hosts or bool(listed)


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered: the status and the beginning of the body."""

    status: int
    body: bytes


def _resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Outgoing:
    """Makes the calls; safe to use from many threads, each call has a connection of its own."""

    def __init__(
        self,
        destinations: Destinations,
        *,
        seconds: float = _SECONDS,
        resolve: Resolve = _resolve,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._destinations = destinations
        self._seconds = seconds
        self._resolve = resolve
        self._trust = trust or ssl.create_default_context()

    def post_form(self, url: str, fields: Mapping[str, str]) -> Reply:
        """Post a form; raises Unavailable if that is not allowed, fails or takes too long."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._call("POST", url, urlencode(fields).encode("ascii"), kind)

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> int:
        """Post a body of any kind and return the status; raises Unavailable likewise."""
        return self._call("POST", url, content, headers).status

    def exchange(self, url: str, content: bytes, kind: str) -> Reply:
        """Post a body of one media type and return the answer; raises Unavailable likewise."""
        return self._call("POST", url, content, {"Content-Type": kind})

    def get(self, url: str, most: int) -> Reply:
        """Fetch at most `most` bytes; raises Unavailable likewise."""
        return self._call("GET", url, None, {}, most)

    def _call(
        self,
        method: str,
        url: str,
        content: bytes | None,
        more: Mapping[str, str],
        most: int = _MOST_READ,
    ) -> Reply:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise Unavailable("only http and https are called")
        headers = [
            ("Host", parts.netloc),
            ("Accept", "*/*"),
            ("User-Agent", "Portvakt"),
            ("Connection", "close"),
            *more.items(),
        ]
        deadline = time.monotonic() + self._seconds
        backend = _ListedOnly(self._destinations, self._resolve, deadline)
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)
        try:
            with (
                httpcore.ConnectionPool(ssl_context=self._trust, network_backend=backend) as pool,
                pool.stream(
                    method, url, headers=headers, content=content, extensions={"timeout": limits}
                ) as response,
            ):
                return Reply(response.status, _beginning(response.iter_stream(), most))
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            raise Unavailable(f"{parts.hostname} does not answer: {type(error).__name__}") from error


def _beginning(stream: Iterable[bytes], most: int) -> bytes:
    read = b""
    for part in stream:
        read += part
        if len(read) >= most:
            break
    return read[:most]


class _ListedOnly(httpcore.NetworkBackend):
    """Connects to listed addresses, before one deadline."""

    def __init__(self, destinations: Destinations, resolve: Resolve, deadline: float) -> None:
        self._destinations = destinations
        self._resolve = resolve
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve, judge, and connect to the first address that is allowed and answers."""
        del timeout
        try:
            addresses = [ip_address(text) for text in self._resolve(host, port)]
        except (OSError, ValueError) as error:
            raise httpcore.ConnectError(str(error)) from error
        allowed = [address for address in addresses if self._destinations.allow(host, address)]
        if not allowed:
            raise Unavailable(f"{host} is not among the hosts and networks that may be called")
        stream = self._first(allowed, port, local_address, socket_options)
        return _UntilDeadline(stream, self._deadline)

    def _first(
        self,
        addresses: Sequence[IpAddress],
        port: int,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.NetworkStream:
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, local_address, socket_options)

    def _connect(
        self,
        address: IpAddress,
        port: int,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.NetworkStream:
        left = _left(self._deadline)
        return self._sockets.connect_tcp(str(address), port, left, local_address, socket_options)


class _UntilDeadline(httpcore.NetworkStream):
    """A connection on which nothing is waited for beyond the deadline, however slowly bytes drip in."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Speak TLS to the name that was asked for, whatever address it led to."""
        del timeout
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _UntilDeadline(secured, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the call took too long")
    return left


def _plain(address: IpAddress) -> IpAddress:
    """Return the address that is really meant: an IPv4 one inside an IPv6 one leads to the same place."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        inside: IPv4Address | None = address.ipv4_mapped or address.sixtofour
        return inside or address
    return address


def _kind(address: IpAddress) -> str:
    """Return what is special about an address (RFC 6890), "" for an ordinary one."""
    kinds = {
        "loopback": address.is_loopback,
        "metadata": address in _METADATA,
        "link": address.is_link_local,
        "unspecified": address.is_unspecified,
        "multicast": address.is_multicast,
        "reserved": address.is_reserved,
    }
    return next((kind for kind, holds in kinds.items() if holds), "")


#: Metadata services outside the link-local ranges: AWS over IPv6, Alibaba, Oracle.
_METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200", "192.0.0.192")))
_NAT64 = ip_network("64:ff9b::/96")
