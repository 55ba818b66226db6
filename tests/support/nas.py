"""The other side of RADIUS: a server in this process, network access servers, and Debian's radclient."""

import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network

from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance
from idp.domain.handles import ApplicationId
from idp.jobs.dispatcher import Dispatcher
from idp.radius import process as room
from idp.radius.intake import Port
from idp.radius.integrity import hidden, signature_of
from idp.radius.nas import NasSettings
from idp.radius.packet import Code, Packet, Type, assemble, decode
from idp.radius.radsec import Tls
from idp.radius.room import handlers_of
from idp.radius.server import Listening, RadiusServer
from idp.radius.store import connections
from idp.radius.store.access_servers import write_secrets, write_settings
from idp.radius.store.connections import NetworkConnection

SECRET = "b6a1f9c2d47e8305aa91"
LOOPBACK = (ip_network("127.0.0.1/32"),)
ANYBODY_WITH_TWO = Policy(Audience(everyone=True))
ANYBODY_WITH_ONE = Policy(Audience(everyone=True), assurance=Assurance.ONE_FACTOR)


@dataclass
class Ran:
    """What radclient printed, in its parts."""

    text: str
    code: int

    @property
    def kind(self) -> str:
        """The kind of reply: Access-Accept and so on; "" for none."""
        found = re.search(r"Received ([\w-]+) Id", self.text)
        return found[1] if found else ""

    def all(self, name: str) -> list[str]:
        received = self.text.partition("Received ")[2]
        return [
            value.strip('"')
            for value in re.findall(rf"^\s+{re.escape(name)} = (.*)$", received, re.MULTILINE)
        ]

    def one(self, name: str) -> str:
        return next(iter(self.all(name)), "")


def connect_nas(
    place, name: str = "vpn", policy: Policy = ANYBODY_WITH_TWO, secret: str = SECRET, **settings
) -> ApplicationId:
    """Connect a NAS as an application; by default this machine's own address."""
    application = place.application(name, policy)
    with place.database.write() as uow:
        uow.connection.exec_driver_sql(
            f"UPDATE applications SET protocol = 'radius' WHERE id = '{application}'"
        )
        write_settings(uow, application, NasSettings(**{"networks": LOOPBACK, "language": "en"} | settings))
        write_secrets(uow, application, secret, None)
    return application


@contextmanager
def serving(place, *, wait: bool = True, **listening) -> Iterator[RadiusServer]:
    """Serve in a thread until the block ends; the clock is the place's."""
    server = room.make_server(
        place.signin, Listening(**{"port": 0, "accounting_port": 0} | listening), lambda: place.now, "test"
    )
    stop = threading.Event()
    thread = threading.Thread(target=server.run, args=(stop,), daemon=True)
    thread.start()
    try:
        wait_for(lambda: not wait or server.register.alive)
        yield server
    finally:
        stop.set()
        thread.join(timeout=20)


@contextmanager
def dispatching(place, tls: Tls | None = None) -> Iterator[None]:
    """Take the room's messages from the outbox until the block ends."""
    dispatcher = Dispatcher(place.database, handlers_of(place.database, "test", tls), lambda: place.now)
    stop = threading.Event()
    thread = threading.Thread(target=dispatcher.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=20)


def known(place, application: ApplicationId) -> list[NetworkConnection]:
    """Return the connections through a NAS."""
    with place.database.read() as uow:
        return list(connections.of_application(uow, application))


def wait_for(condition, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.02)


def port_of(server: RadiusServer, kind: Port = Port.ACCESS) -> int:
    return next(name[1] for port, name in server.ports if port is kind)


def radclient(
    port: int, *attributes: str, kind: str = "auth", secret: str = SECRET, host: str = "127.0.0.1",
    timeout: float = 8, retries: int = 1, signed: bool = True,
) -> Ran:  # fmt: skip
    """Send one request with Debian's radclient."""
    lines = [*attributes, *(["Message-Authenticator = 0x00"] if signed else [])]
    where = f"[{host}]" if ":" in host else host
    done = subprocess.run(
        ["radclient", "-x", "-t", str(timeout), "-r", str(retries), f"{where}:{port}", kind, secret],
        input=", ".join(lines), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return Ran(done.stdout + done.stderr, done.returncode)


def login(name: str, password: str) -> tuple[str, str]:
    return f'User-Name = "{name}"', f'User-Password = "{password}"'


@dataclass
class RawNas:
    """A NAS that sends just the bytes it is told to, from one socket."""

    port: int
    secret: bytes = SECRET.encode()
    host: str = "127.0.0.1"
    identifier: int = 0
    held: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self.held = socket.socket(family, socket.SOCK_DGRAM)
        self.held.connect((self.host, self.port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.held.close()

    def request(self, user: str, password: str, *more: tuple[int, bytes], signed: bool = True) -> bytes:
        """Return an Access-Request as bytes."""
        self.identifier = (self.identifier + 1) % 256
        authenticator = os.urandom(16)
        attributes = [
            (int(Type.USER_NAME), user.encode()),
            (int(Type.USER_PASSWORD), hidden(password.encode(), authenticator, self.secret)),
            *more,
        ]
        return self.packed(Code.ACCESS_REQUEST, authenticator, attributes, signed=signed)

    def packed(self, code, authenticator, attributes, *, signed=True) -> bytes:
        import hmac

        if not signed:
            return assemble(code, self.identifier, authenticator, attributes)
        body = [(int(Type.MESSAGE_AUTHENTICATOR), bytes(16)), *attributes]
        bare = assemble(code, self.identifier, authenticator, body)
        return bare[:22] + hmac.digest(self.secret, bare, "md5") + bare[38:]

    def send(self, datagram: bytes) -> None:
        self.held.send(datagram)

    def receive(self, seconds: float = 15.0) -> bytes | None:
        """Return the next reply's bytes, None if none comes."""
        self.held.settimeout(seconds)
        try:
            return self.held.recv(4096)
        except TimeoutError:
            return None

    def ask(self, datagram: bytes, seconds: float = 15.0) -> Packet | None:
        """Send a request and return its reply."""
        self.send(datagram)
        reply = self.receive(seconds)
        if reply is None:
            return None
        packet = decode(reply)
        assert isinstance(packet, Packet), packet
        assert signature_of(packet, self.secret, datagram[4:20]).value == "right"
        return packet
