"""A network access server that asks as fast as it is answered: a window of requests under way, one address of its own.

Plain sockets and poll: what makes the load must not be what is measured.
"""

import hmac
import os
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from bench.load import LoadFailed, Reading
from bench.processes import cpu_seconds
from idp.radius.integrity import hidden
from idp.radius.packet import HEADER_BYTES, Code, Type, assemble

WINDOW = 32
_IDENTIFIERS = 256
_WARM_UP = 0.15
_PATIENCE = 10.0
_LARGEST_DATAGRAM = 4096

#: The next person's name, and what that person types.
Next = Callable[[], tuple[str, str]]


@dataclass
class Client:
    """One address's way to one port."""

    port: int
    secret: bytes
    address: str = "127.0.0.1"
    held: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.held.bind((self.address, 0))
        self.held.connect(("127.0.0.1", self.port))
        self.held.setblocking(False)  # noqa: FBT003 - the socket module's own signature

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.held.close()

    def request(self, identifier: int, login: str, typed: str) -> bytes:
        """Return a signed Access-Request."""
        authenticator = os.urandom(16)
        attributes = [
            (int(Type.MESSAGE_AUTHENTICATOR), bytes(16)),
            (int(Type.USER_NAME), login.encode()),
            (int(Type.USER_PASSWORD), hidden(typed.encode(), authenticator, self.secret)),
        ]
        return self._signed(assemble(Code.ACCESS_REQUEST, identifier, authenticator, attributes))

    def is_well(self) -> bool:
        """Ask for the server's status once and wait a moment for the answer."""
        unsigned = assemble(
            Code.STATUS_SERVER, 0, os.urandom(16), [(int(Type.MESSAGE_AUTHENTICATOR), bytes(16))]
        )
        try:
            self.held.send(self._signed(unsigned))
            select.select([self.held], [], [], 0.2)
            return bool(self.held.recv(_LARGEST_DATAGRAM))
        except (BlockingIOError, ConnectionError):
            return False

    def _signed(self, unsigned: bytes) -> bytes:
        start = HEADER_BYTES + 2
        return unsigned[:start] + hmac.digest(self.secret, unsigned, "md5") + unsigned[start + 16 :]

    def drive(self, following: Next, seconds: float, pids: Sequence[int], window: int = WINDOW) -> Reading:
        """Ask for a moment to warm up, then for `seconds`; raises LoadFailed if somebody is not let in."""
        self._spell(following, seconds * _WARM_UP, window)
        cpu, own, began = cpu_seconds(pids), time.process_time(), time.perf_counter()
        taken = self._spell(following, seconds, window)
        elapsed = time.perf_counter() - began
        spent = cpu_seconds(pids) - cpu
        taken.sort()
        count = len(taken)
        return Reading(
            per_second=count / elapsed,
            cpu_ms=1000 * spent / count,
            p50_ms=1000 * taken[count // 2],
            p99_ms=1000 * taken[min(count - 1, int(count * 0.99))],
            busy=(time.process_time() - own) / elapsed,
        )

    def _spell(self, following: Next, seconds: float, window: int) -> list[float]:
        taken: list[float] = []
        refused = 0
        free = deque(range(_IDENTIFIERS))
        under_way: dict[int, float] = {}
        poll = select.poll()
        poll.register(self.held, select.POLLIN)
        end = time.perf_counter() + seconds
        while True:
            while len(under_way) < window and (time.perf_counter() < end or (not taken and not under_way)):
                identifier = free.popleft()
                packet = self.request(identifier, *following())
                under_way[identifier] = time.perf_counter()
                self.held.send(packet)
            if not under_way:
                return taken
            if not poll.poll(1000 * _PATIENCE):
                raise LoadFailed(f"{len(under_way)} requests were not answered")
            refused += self._receive(under_way, free, taken)
            # Rarely two counts of a button's window have one code, and the later one is taken as used.
            if refused > 2 + len(taken) / 1000:
                raise LoadFailed(f"{refused} of {len(taken)} were not let in")

    def _receive(self, under_way: dict[int, float], free: deque[int], taken: list[float]) -> int:
        refused = 0
        while True:
            try:
                reply = self.held.recv(_LARGEST_DATAGRAM)
            except BlockingIOError:
                return refused
            sent = under_way.pop(reply[1], None)
            if sent is None:
                continue
            refused += reply[0] != Code.ACCESS_ACCEPT
            taken.append(time.perf_counter() - sent)
            free.append(reply[1])


@dataclass(frozen=True, slots=True)
class RadiusServer:
    """A floor or a peer that answers one client with one secret."""

    port: int
    pid: int
    secret: bytes

    def client(self) -> Client:
        """Return a client's way to it."""
        return Client(self.port, self.secret)
