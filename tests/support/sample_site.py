"""A small municipality in one SQLite file, served by the real pages: for the tests of the pages and for pictures.

Everything is the product's own, but for the directory, which is a few passwords in memory.
"""

import base64
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import uvicorn
from sqlalchemy import insert, update
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from idp.api import room as api
from idp.domain import accounts as account_acts
from idp.domain import call_back
from idp.domain.account import Account, AccountState, PasswordSource, Role
from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance, Method, Proof
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.handles import AccountId, ApplicationId, PersonId, SessionId, digest, new_handle, new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.passkeys import Passkeys
from idp.domain.password import Changed, ChangeRefused, Correct, LocalPasswords, Passwords, Unreachable, Wrong
from idp.domain.person import Person
from idp.domain.ports import UnitOfWork
from idp.domain.release import Fact
from idp.domain.session import Participant, Session
from idp.domain.signin import SignIn, start
from idp.keys import master_key
from idp.keys.rollover import ensure_first
from idp.keys.sealing import MasterKeys
from idp.keys.signing import SigningKeys
from idp.oidc import room as oidc_room
from idp.oidc.administration.api import OPERATIONS as OIDC_OPERATIONS
from idp.oidc.administration.pages import PAGES as OIDC_PAGES
from idp.oidc.clients import Registration
from idp.oidc.endings import ClientEndings
from idp.oidc.store.clients import write_client
from idp.pages import room
from idp.pages.administration.sections import SECTIONS
from idp.radius import pages as network_access
from idp.radius import room as radius
from idp.saml import room as saml_room
from idp.saml.about import About
from idp.saml.administration.api import OPERATIONS as SAML_OPERATIONS
from idp.saml.administration.routes import PAGES as SAML_PAGES
from idp.saml.administration.routes import SECTIONS as SAML_SECTIONS
from idp.saml.endings import ServiceEndings
from idp.saml.people import Organisation
from idp.saml.room import Room as SamlRoom
from idp.storage import schema
from idp.storage.catalogue import bump, policy_to_json
from idp.storage.engine import make_engine
from idp.storage.proofs import proofs_to_json
from idp.storage.register import SqlRegister
from idp.storage.tables import accounts, applications, networks, sessions
from idp.storage.unit_of_work import SqlDatabase
from idp.web.assembly import WebSettings, make_application, make_kit
from idp.web.kit import Kit
from idp.web.outgoing import Destinations, Outgoing
from idp.web.server import server_configuration
from mfa import Channel, RelyingParty

PASSWORD = "en lugn promenad vid vattnet"
NEW_PASSWORD = "en raskare promenad i skogen"
SEED = b"12345678901234567890"
TOWN_HALL = "10.1.2.3"
OUTSIDE = "203.0.113.9"

#: What the sample systems may ask for.
SCOPE = ("openid", "profile", "email", "groups")


class MemoryDirectory:
    """A directory's passwords, as `ports.DirectoryPasswords` asks for them."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}
        self.expired: set[str] = set()
        self.away = False

    def check(self, account: Account, password: str) -> Correct | Wrong | Unreachable:
        if self.away:
            return Unreachable("switched off by the test")
        if self.passwords.get(account.login) != password:
            return Wrong()
        return Correct(must_change="expired" if account.login in self.expired else "")

    def check_nobody(self, password: str) -> Wrong | Unreachable:  # noqa: ARG002 - the port's shape
        return Unreachable("switched off by the test") if self.away else Wrong()

    def change(
        self,
        account: Account,
        old: str,  # noqa: ARG002 - the port's shape
        new: str,
    ) -> Changed | ChangeRefused | Unreachable:
        if new == "password-password":
            return ChangeRefused("The password is too common.")
        self.passwords[account.login] = new
        self.expired.discard(account.login)
        return Changed()


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody to sign in as."""

    login: str
    account_id: AccountId
    person_id: PersonId


@dataclass
class SampleSite:
    """The site and the ways to arrange it."""

    database: SqlDatabase
    signin: SignIn
    directory: MemoryDirectory
    kit: Kit
    app: ASGIApp
    issuer: str
    saml: SamlRoom | None = None
    residents: dict[str, Resident] = field(default_factory=dict)
    systems: dict[str, ApplicationId] = field(default_factory=dict)

    def waiting(self, uow: UnitOfWork, application: ApplicationId) -> tuple[str, ...]:
        """Name the origin of a system, as its protocol's room does."""
        url = uow.catalogue.applications[application].url
        return ("/".join(url.split("/")[:3]),) if url else ()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def occasion(self) -> Occasion:
        return Occasion(self.now(), new_id())

    def add(
        self,
        login: str,
        name: str,
        *,
        totp: bool = False,
        roles: Sequence[Role] = (),
        expired: bool = False,
        local: bool = False,
    ) -> Resident:
        """Add a person with an account; the password is PASSWORD unless it is a local one still to be set."""
        given, _, surname = name.partition(" ")
        person = Person(PersonId(new_id()), given, surname, display_name=name)
        account = Account(AccountId(new_id()), person.id, login, AccountState.ACTIVE, PasswordSource.LOCAL)
        with self.database.write() as uow:
            assert uow.accounts.add_local(person, account, self.now())
            if not local:
                source = {"password_source": "directory", "directory": "staff", "directory_key": login}
                uow.connection.execute(update(accounts).where(accounts.c.id == account.id).values(source))
                self.directory.passwords[login] = PASSWORD
            if totp:
                assert account_acts.import_totp(uow, account, seed_of(login), "Mobil", self.occasion())
            for role in roles:
                account_acts.give_role(uow, account.id, role, self.occasion())
        if expired:
            self.directory.expired.add(login)
        resident = Resident(login, account.id, person.id)
        self.residents[login] = resident
        return resident

    def add_system(self, name: str, title: str, policy: Policy, **fields: object) -> ApplicationId:
        """Add a system that people sign in to."""
        identifier = ApplicationId(new_id())
        values = {
            "id": identifier,
            "name": name,
            "protocol": "oidc",
            "title": title,
            "titles": {},
            "description": "",
            "url": "",
            "owner": "",
            "enabled": True,
            "policy": policy_to_json(policy),
            "policy_version": policy.version,
            "created_at": self.now(),
        } | fields
        with self.database.write() as uow:
            uow.connection.execute(insert(applications).values(values))
            bump(uow.connection)
        self.systems[name] = identifier
        return identifier

    def activation_code(self, login: str) -> str:
        with self.database.write() as uow:
            return account_acts.issue_activation_code(
                uow, self.residents[login].account_id, timedelta(days=3), self.occasion()
            ).code

    def temporary_code(self, login: str) -> str:
        with self.database.write() as uow:
            return account_acts.issue_temporary_code(
                uow, self.residents[login].account_id, timedelta(hours=8), 3, self.occasion()
            ).code

    def number(self, login: str) -> None:
        """Approve a telephone number that has waited long enough."""
        before = replace(self.occasion(), now=self.now() - timedelta(days=2))
        with self.database.write() as uow:
            account = uow.accounts.get(self.residents[login].account_id)
            assert account is not None
            assert call_back.approve(uow, account, Channel.TEXT_MESSAGE, "070-123 45 67", before)

    def code_of(self, secret: str) -> str:
        """Return the code that an app with this key shows now."""
        return pyotp.TOTP(secret).now()

    def session_elsewhere(self, login: str) -> SessionId:
        """Sign somebody in on another device."""
        account = self.residents[login].account_id
        at = self.now() - timedelta(hours=2)
        session = Session(
            id=SessionId(new_id()),
            account_id=account,
            proofs=(Proof(Method.PASSWORD, at),),
            created_at=at,
            seen_at=self.now() - timedelta(minutes=20),
            expires_at=at + timedelta(hours=12),
            address=TOWN_HALL,
            user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
        )
        with self.database.write() as uow:
            uow.sessions.add(session, digest(new_handle()))
        return session.id

    def told(self, login: str, system: str) -> None:
        """Tell a system who somebody is."""
        account, facts = self.residents[login].account_id, (Fact.DISPLAY_NAME, Fact.MAIL, Fact.UNIT_NAMES)
        with self.database.write() as uow:
            uow.releases.keep(account, self.systems[system], facts, self.now())

    def living_sessions(self, login: str) -> Sequence[Session]:
        with self.database.read() as uow:
            return uow.sessions.of_account(self.residents[login].account_id, self.now())

    def age_proofs(self, login: str) -> None:
        """Make what was proved in every session an hour older."""
        with self.database.write() as uow:
            for session in uow.sessions.of_account(self.residents[login].account_id, self.now()):
                older = tuple(replace(proof, at=proof.at - timedelta(hours=1)) for proof in session.proofs)
                values = {"proofs": proofs_to_json(older)}
                uow.connection.execute(update(sessions).where(sessions.c.id == session.id).values(values))

    def make_local(self, login: str) -> None:
        """Give somebody a password of Portvakt's own: PASSWORD."""
        hashed = self.signin.passwords.local.hash(PASSWORD)
        values = {"password_source": "local", "directory": None, "directory_key": None}
        with self.database.write() as uow:
            account = self.residents[login].account_id
            uow.connection.execute(update(accounts).where(accounts.c.id == account).values(values))
            assert uow.accounts.set_password_hash(account, hashed, expected=None)

    def take_part(self, login: str, *systems: str) -> None:
        """Let systems take part in somebody's sessions."""
        now = self.now()
        with self.database.write() as uow:
            for session in uow.sessions.of_account(self.residents[login].account_id, now):
                for system in systems:
                    uow.sessions.join(Participant(session.id, self.systems[system], "oidc", now))

    @contextmanager
    def without_systems(self) -> Iterator[None]:
        """Close every system for the time being."""
        for enabled in (False, True):
            with self.database.write() as uow:
                uow.connection.execute(update(applications).values(enabled=enabled))
                bump(uow.connection)
            if not enabled:
                yield

    def totp(self, login: str, *, steps: int = 0) -> str:
        """Return the code of now, or of a later time step."""
        return pyotp.TOTP(base32(seed_of(login))).at(time.time() + 30 * steps)


def seed_of(login: str) -> bytes:
    """Return a seed that is each resident's own: one seed is never bound twice."""
    return (login.encode() + SEED)[:20]


def base32(seed: bytes) -> str:
    return base64.b32encode(seed).decode()


def make_site(folder: Path, port: int | None = None, **settings: object) -> SampleSite:
    """Build the site in `folder`; nobody serves it yet. Without a port it is for clients in the process."""
    issuer = f"http://localhost:{port}" if port else "https://id.sundby.example"
    key_file = folder / "master.key"
    master_key.create(key_file, datetime.now(UTC))
    sealer = MasterKeys(key_file)
    engine = make_engine(f"sqlite:///{folder / 'portvakt.db'}")
    schema.upgrade(engine)
    database = SqlDatabase(engine, sealer)
    directory = MemoryDirectory()
    party = RelyingParty.of_origin(issuer, "Sundby kommun")
    signin = SignIn(
        database,
        Passwords(LocalPasswords(), directory),
        sealer,
        "Sundby kommun",
        passkeys=Passkeys(party) if party else None,
    )
    web = WebSettings(issuer, "Sundby kommun", trusted_proxies=("127.0.0.1",), access_log=False, **settings)
    kit = make_kit(web, database, sealer.mac, sections=(*SECTIONS, *network_access.SECTIONS, *SAML_SECTIONS))
    site = SampleSite(database, signin, directory, kit, None, issuer)
    ensure_first(database, sealer, Occasion(site.now(), new_id(), Actor(ActorKind.JOB, "start")))
    outgoing = Outgoing(Destinations(frozenset(), ()))
    federation = site.saml = saml_room.build(kit, sealer, outgoing, About(Organisation("Sundby kommun")))
    openid = oidc_room.build(kit, SigningKeys(database, sealer, site.now), outgoing, federation.farewell)
    site.app = make_application(
        kit,
        web,
        [
            *openid.routes,
            *openid.administration(room.door(kit, signin, SqlRegister.of)),
            *federation.routes,
            *saml_room.administration(kit, federation, outgoing, room.door(kit, signin, SqlRegister.of)),
            *api.build(
                kit, SqlRegister.of, sealer.mac, (*radius.OPERATIONS, *OIDC_OPERATIONS, *SAML_OPERATIONS)
            ),
            *radius.pages_of(room.door(kit, signin, SqlRegister.of), (1812, 1813)),
            *room.build(
                kit,
                signin,
                SqlRegister.of,
                site.waiting,
                federation.farewell,
                (OIDC_PAGES, SAML_PAGES, radius.PAGES),
                (ClientEndings(), ServiceEndings()),
                (radius.part_of_person(kit),),
            ),
            door(site),
        ],
    )
    return site


def door(site: SampleSite) -> Route:
    """A stand-in for a protocol: GET /open/NAME asks for a sign-in to a system, as a protocol's room does."""

    async def knock(request: Request) -> Response:
        requirement = AuthenticationRequirement(site.systems[request.path_params["name"]])
        browser, occasion = site.kit.browser(request), site.kit.occasion(request)

        def begun(uow: UnitOfWork) -> str:
            return start(uow, requirement, "/", browser, site.kit.living(uow, request), occasion)

        handle = await site.kit.write(begun)
        return site.kit.see_other(f"/sign-in?journey={handle}")

    return Route("/open/{name}", knock)


def populate(site: SampleSite) -> None:
    """Put people, systems and networks in."""
    with site.database.write() as uow:
        uow.connection.execute(
            insert(networks).values(
                name="stadshuset", prefixes=["10.1.0.0/16"], may_enrol=True, failure_limit=50
            )
        )
        bump(uow.connection)
    everyone = Audience(everyone=True)
    inside = {"stadshuset": Assurance.ONE_FACTOR}
    site.add_system(
        "intranet",
        "Intranätet",
        Policy(everyone, assurance_on=inside),
        titles={"en": "The intranet"},
        description="Nyheter, riktlinjer och kontaktuppgifter",
        url="https://intranet.sundby.example/",
    )
    site.add_system(
        "e-service",
        "E-tjänsteportalen",
        Policy(everyone),
        titles={"en": "The e-service portal"},
        description="Handläggning av ärenden från invånarna",
        url="https://e.sundby.example/",
    )
    site.add_system(
        "payroll",
        "Lönesystemet",
        Policy(everyone, networks=frozenset({"stadshuset"})),
        titles={"en": "Payroll"},
        description="Löner, frånvaro och reseräkningar",
        url="https://lon.sundby.example/",
    )
    for name in ("e-service", "payroll"):
        asking = Registration(redirect_uris=(f"https://{name}.sundby.example/callback",), scope=SCOPE)
        with site.database.write() as uow:
            write_client(uow, site.systems[name], name, asking)
    resistant = Policy(everyone, assurance=Assurance.PHISHING_RESISTANT)
    site.add_system("resistant", "Nycklarna", resistant, titles={"en": "The keys"})
    trusting = Policy(everyone, trusted_device=timedelta(days=30))
    site.add_system("trusting", "Läroplattformen", trusting, titles={"en": "The learning platform"})
    site.add_system("strict", "Socialtjänstens system", Policy(everyone), titles={"en": "Social services"})
    site.add("annsve", "Anna Svensson", totp=True)
    site.add("bojoha", "Bo Johansson")
    site.add("cecnil", "Cecilia Nilsson", expired=True)
    site.add("davlin", "David Lindström", local=True)
    site.add("evaber", "Eva Bergström", totp=True, roles=[Role.ADMINISTRATOR])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(app: ASGIApp, port: int) -> Iterator[None]:
    """Serve `app` on a loopback port until the block ends."""
    server = uvicorn.Server(server_configuration(app, port=port))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=15)
