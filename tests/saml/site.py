"""The provider on a real socket with the people of `place`, and services connected to it by their metadata."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import uvicorn
from sqlalchemy import insert, update

from idp.domain.account import Account
from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance, Method, Proof
from idp.domain.handles import SessionId, digest, new_handle, new_id
from idp.domain.session import Session
from idp.pages import room as pages
from idp.saml import room
from idp.saml.about import About, Contact
from idp.saml.contexts import Level
from idp.saml.endings import ServiceEndings
from idp.saml.metadata.reading import read_service
from idp.saml.people import Organisation
from idp.saml.provider import Provider
from idp.saml.services import ServiceSettings
from idp.saml.store.services import write_service
from idp.storage.catalogue import bump
from idp.storage.register import SqlRegister
from idp.storage.tables import addresses, applications, persons
from idp.web.assembly import WebSettings, make_application, make_kit
from idp.web.cookies import SESSION
from idp.web.outgoing import Destinations, Outgoing
from idp.web.server import server_configuration
from tests.support.browsing import HTTP, Browser, Reply
from tests.support.place import Place

ANYONE = Policy(audience=Audience(everyone=True), assurance=Assurance.ONE_FACTOR)
APPROVED = "http://id.elegnamnden.se/loa/1.0/loa3"
DEFAULT = ServiceSettings()
DECLARED = "http://id.swedenconnect.se/loa/1.0/uncertified-loa3"
ABOUT = About(
    organisation=Organisation("Ekvik", "ekvik.example", "2120001234"),
    titles={"sv": "Ekviks kommun", "en": "Ekvik municipality"},
    descriptions={"sv": "Inloggning för Ekviks anställda"},
    logo="https://ekvik.example/logo.svg",
    website="https://ekvik.example",
    privacy="https://ekvik.example/privacy",
    contacts=(Contact("technical", "IT-avdelningen", "it@ekvik.example"),),
    attributes={
        "http://macedir.org/entity-category-support": ("http://refeds.org/category/research-and-scholarship",)
    },
    levels=(
        Level(DECLARED, group="identified"),
        Level("http://www.swamid.se/policy/assurance/al2", "SWAMID 2026-11", "identified"),
    ),
)


class Site:
    """A provider in one process, its people, its services. Its clock is the machine's, and can be moved."""

    def __init__(self, place: Place, port: int, folder: Path, about: About = ABOUT) -> None:
        self.place, self.folder = place, folder
        self.moved = timedelta(0)
        self._seen = self._made = 0
        self.issuer = f"http://localhost:{port}"
        web = WebSettings(
            self.issuer, "Ekvik", trusted_proxies=("127.0.0.1", "::1"), node="test", access_log=False
        )
        kit = self.kit = make_kit(web, place.database, place.sealer.mac, self.now)
        self.outgoing = Outgoing(Destinations(networks=(ip_network("127.0.0.0/8"),)), seconds=2)
        self.room = room.build(kit, place.sealer, self.outgoing, about)
        routes = [
            *self.room.routes,
            *room.administration(
                kit, self.room, self.outgoing, pages.door(kit, place.signin, SqlRegister.of)
            ),
            *pages.build(
                kit,
                place.signin,
                SqlRegister.of,
                self.room.waiting_origins,
                self.room.farewell,
                endings=(ServiceEndings(),),
            ),
        ]
        self.app = make_application(kit, web, routes)

    @property
    def provider(self) -> Provider:
        """The provider at work, as the room has it."""
        return self.room.engine().provider

    def now(self) -> datetime:
        """The clock."""
        return datetime.now(UTC) + self.moved

    def begin_test(self) -> None:
        """Forget what was recorded until now."""
        self._seen = len(self.place.audit())
        self.moved = timedelta(0)

    def unique(self, name: str) -> str:
        """A name that no other test has."""
        self._made += 1
        return f"{name}{self._made}"

    def person(self, name: str = "anna", *, mail: bool = True, **values: object) -> Account:
        """Employ somebody with an account, an address and whatever a row of `persons` holds."""
        groups = values.pop("member_of", ("social",))
        account = self.place.account(self.unique(name), member_of=groups)
        with self.place.database.write() as uow:
            if values:
                uow.connection.execute(
                    update(persons).where(persons.c.id == account.person_id).values(**values)
                )
            if mail:
                uow.connection.execute(
                    insert(addresses).values(
                        address=f"{account.login}@ekvik.example",
                        person_id=account.person_id,
                        domain="ekvik.example",
                        kind="primary",
                        since=self.now(),
                        unconfirmed=False,
                    )
                )
        return account

    def connect(
        self,
        metadata: str,
        settings: ServiceSettings = DEFAULT,
        policy: Policy = ANYONE,
        name: str = "service",
    ) -> str:
        """Connect a service by its metadata and return its application's name."""
        name = self.unique(name)
        application_id = self.place.application(name, policy)
        with self.place.database.write() as uow:
            uow.connection.execute(
                update(applications).where(applications.c.id == application_id).values(protocol="saml")
            )
            entity_id = read_service(metadata.encode()).entity_id
            write_service(uow, application_id, entity_id, metadata, settings)
        return name

    def reconnect(self, name: str, metadata: str, settings: ServiceSettings = DEFAULT) -> None:
        """Change what is known of a service."""
        entity_id = read_service(metadata.encode()).entity_id
        with self.place.database.write() as uow:
            write_service(uow, self.place.applications[name], entity_id, metadata, settings)

    def change_policy(self, name: str, policy: dict[str, object]) -> None:
        """Change an application's row."""
        with self.place.database.write() as uow:
            uow.connection.execute(
                update(applications)
                .where(applications.c.id == self.place.applications[name])
                .values(**policy)
            )
            bump(uow.connection)

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

    def metadata(self, name: str = "") -> str:
        """The provider's metadata, as a partner fetches it."""
        return self.get(f"/saml/metadata/{name}" if name else "/saml/metadata").text

    def records(self, kind: str) -> list[tuple[str, dict]]:
        """Reason and payload of the audit records of one type."""
        new = self.place.audit()[self._seen :]
        return [(reason, payload) for found, reason, payload in new if found == kind]


@contextmanager
def serving(place: Place, folder: Path) -> Iterator[Site]:
    """Serve a site on a free loopback port while the block lasts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        site = Site(place, listener.getsockname()[1], folder)
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
