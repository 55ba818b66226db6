"""A provider on a real socket with the people of `place`: what every protocol's test site has in common."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar

import uvicorn
from starlette.types import ASGIApp

from idp.domain.account import Account
from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance, Method, Proof
from idp.domain.handles import SessionId, digest, new_handle, new_id
from idp.domain.session import Session
from idp.web.assembly import WebSettings, make_kit
from idp.web.cookies import SESSION
from idp.web.outgoing import Destinations, Outgoing
from idp.web.server import server_configuration
from tests.support.browsing import HTTP, Browser, Reply
from tests.support.place import Place

ANYONE = Policy(audience=Audience(everyone=True), assurance=Assurance.ONE_FACTOR)


class ServedSite:
    """A provider in one process: its address, its people, what it recorded. Its clock is the place's."""

    app: ASGIApp

    def __init__(self, place: Place, port: int, folder: Path) -> None:
        self.place, self.folder = place, folder
        self._seen = self._made = 0
        self.issuer = f"http://localhost:{port}"
        self.web = WebSettings(
            self.issuer, "Ekvik", trusted_proxies=("127.0.0.1", "::1"), node="test", access_log=False
        )
        self.kit = make_kit(self.web, place.database, place.sealer.mac, self.now)
        self.outgoing = Outgoing(Destinations(networks=(ip_network("127.0.0.0/8"),)), seconds=2)

    def now(self) -> datetime:
        """The clock."""
        return self.place.now

    def begin_test(self) -> None:
        """Forget what was recorded until now."""
        self._seen = len(self.place.audit())

    def unique(self, name: str) -> str:
        """A name that no other test has."""
        self._made += 1
        return f"{name}{self._made}"

    def address(self) -> str:
        """An address that nobody else comes from: refusals of one place are counted together."""
        self._made += 1
        return f"198.18.{self._made // 250}.{self._made % 250 + 1}"

    def signed_in(self, account: Account, *methods: Method, address: str = "") -> Browser:
        """A browser with a living session in which `methods` were proved just now."""
        handle, now = new_handle(), self.now()
        session = Session(
            id=SessionId(new_id()),
            account_id=account.id,
            proofs=tuple(Proof(method, now) for method in methods or (Method.PASSWORD, Method.TOTP)),
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=12),
        )
        with self.place.database.write() as uow:
            uow.sessions.add(session, digest(handle))
        browser = Browser(self.issuer, address or self.address())
        browser.cookies[SESSION] = handle
        browser.session_id = session.id
        return browser

    def get(self, path: str, **headers: str) -> Reply:
        """Ask without a browser."""
        answer = HTTP.get(self.issuer + path, headers=headers, timeout=30)
        return Reply(answer.status_code, dict(answer.headers), answer.text)

    def records(self, kind: str) -> list[tuple[str, dict]]:
        """Reason and payload of the audit records of one type."""
        new = self.place.audit()[self._seen :]
        return [(reason, payload) for found, reason, payload in new if found == kind]


S = TypeVar("S", bound=ServedSite)


@contextmanager
def serving(make: Callable[[Place, int, Path], S], place: Place, folder: Path) -> Iterator[S]:
    """Serve a site on a free loopback port while the block lasts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        site = make(place, listener.getsockname()[1], folder)
        server = uvicorn.Server(server_configuration(site.app, fd=listener.fileno()))
        thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started:
            if time.monotonic() > deadline:
                raise TimeoutError("the provider did not start")
            time.sleep(0.01)
        try:
            yield site
        finally:
            server.should_exit = True
            thread.join(30)
