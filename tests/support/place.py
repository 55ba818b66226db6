"""A small organisation in a database, for tests of use cases, with a directory that answers.

`Place.directory` stands where a directory would be bound to; tests of the real one are in tests/provisioning.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import insert

import mfa
from idp.configuration.objects import Kind, Reference
from idp.domain.account import Account, PasswordSource
from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance
from idp.domain.factor_policy import FactorPolicy
from idp.domain.handles import ApplicationId, digest, new_handle, new_id
from idp.domain.login import login_key
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.password import (
    Changed,
    ChangeRefused,
    Correct,
    DirectoryPasswords,
    LocalPasswords,
    NotUsable,
    PasswordResult,
    Passwords,
    Unreachable,
    Wrong,
)
from idp.domain.signin import SignIn
from idp.keys.master_key import create
from idp.keys.sealing import MasterKeys
from idp.storage.catalogue import bump, policy_to_json
from idp.storage.catalogue_store import SqlCatalogueStore
from idp.storage.engine import make_engine
from idp.storage.schema import upgrade
from idp.storage.tables import accounts, applications, group_members, groups, networks, persons
from idp.storage.unit_of_work import SqlDatabase

OUTSIDE, TOWN_HALL = "203.0.113.57", "10.20.0.15"
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
POLICY = Policy(
    audience=Audience(groups=frozenset({"social"})),
    assurance=Assurance.TWO_FACTORS,
    assurance_on={"townhall": Assurance.ONE_FACTOR},
)


@dataclass
class AnsweringDirectory:
    """A directory in memory; `calls` counts what reached it."""

    passwords: dict[str, str] = field(default_factory=dict)
    must_change: set[str] = field(default_factory=set)
    refuses: dict[str, str] = field(default_factory=dict)
    away: bool = False
    calls: int = 0

    def check(self, account: Account, password: str) -> PasswordResult:
        self.calls += 1
        if self.away:
            return Unreachable("no answer")
        if account.login in self.refuses:
            return NotUsable(self.refuses[account.login])
        if self.passwords.get(account.login) != password:
            return Wrong()
        return Correct("must_change" if account.login in self.must_change else "")

    def check_nobody(self, _password: str) -> PasswordResult:
        self.calls += 1
        return Unreachable("no answer") if self.away else Wrong()

    def change(self, account: Account, old: str, new: str) -> Changed | ChangeRefused | Unreachable:
        if self.away:
            return Unreachable("no answer")
        if self.passwords.get(account.login) != old:
            return ChangeRefused("wrong password")
        if "weak" in new:
            return ChangeRefused("password is too weak")
        self.passwords[account.login] = new
        self.must_change.discard(account.login)
        return Changed()


class Place:
    """See the module."""

    def __init__(
        self, url: str, master_key: Path, *, first: bool = True, bound: DirectoryPasswords | None = None
    ) -> None:
        """`bound` checks directory passwords instead of `directory`, as the product does."""
        engine = make_engine(url)
        upgrade(engine)
        self.sealer = MasterKeys(master_key)
        self.database = SqlDatabase(engine, self.sealer)
        self.directory = AnsweringDirectory()
        self.signin = SignIn(
            self.database, Passwords(LocalPasswords(), bound or self.directory), self.sealer, issuer="Ekvik"
        )
        self.now = START
        self.applications: dict[str, ApplicationId] = {}
        if not first:
            return
        with self.database.write() as uow:
            uow.connection.execute(
                insert(networks).values(name="townhall", prefixes=["10.20.0.0/16"], may_enrol=True)
            )
            bump(uow.connection)

    def close(self) -> None:
        self.database.engine.dispose()

    def occasion(self, address: str = OUTSIDE, **changes: object) -> Occasion:
        """An occasion now, from `address`."""
        made = Occasion(self.now, new_id(), Actor(ActorKind.ANONYMOUS), ip_address(address), "test browser")
        return replace(made, **changes)

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)

    def application(self, name: str, policy: Policy = POLICY, *, enabled: bool = True) -> ApplicationId:
        """Connect an application and return its id."""
        application_id = ApplicationId(new_id())
        with self.database.write() as uow:
            uow.connection.execute(
                insert(applications).values(
                    id=application_id,
                    name=name,
                    protocol="oidc",
                    title=name.title(),
                    titles={},
                    description="",
                    url=f"https://{name}.example",
                    owner="",
                    enabled=enabled,
                    policy=policy_to_json(policy),
                    policy_version=1,
                    created_at=self.now,
                )
            )
            bump(uow.connection)
        self.applications[name] = application_id
        return application_id

    def rules(self, rules: FactorPolicy) -> None:
        """Let the organisation say this about factors."""
        with self.database.write() as uow:
            store = SqlCatalogueStore(uow.connection, uow.sealer)
            store.write(Reference(Kind.ORGANISATION, "factors"), rules, self.now)
            store.raise_version()

    def account(
        self,
        login: str,
        *,
        password: str | None = None,
        local: bool = False,
        member_of: tuple[str, ...] = ("social",),
    ) -> Account:
        """Employ somebody: an account whose password the directory knows, or a local one."""
        person_id, account_id = new_id(), new_id()
        hashed = self.signin.passwords.local.hash(password) if local and password else None
        if not local and password is not None:
            self.directory.passwords[login] = password
        with self.database.write() as uow:
            uow.connection.execute(
                insert(persons).values(
                    id=person_id, given_name=login.title(), surname="Berg", display_name=f"{login.title()} Berg",
                    protection="none", origins={}, created_at=self.now,
                )
            )  # fmt: skip
            source = PasswordSource.LOCAL if local else PasswordSource.DIRECTORY
            uow.connection.execute(
                insert(accounts).values(
                    id=account_id, person_id=person_id, login=login, login_key=login_key(login), state="active",
                    password_source=source.value, password_hash=hashed, version=1,
                    directory=None if local else "ekvik", directory_key=None if local else account_id,
                )
            )  # fmt: skip
            for name in member_of:
                self._join(uow, person_id, name)
            found = uow.accounts.by_login(login)
        if found is None:
            raise LookupError(login)
        return found

    def _join(self, uow, person_id: str, name: str) -> None:
        connection = uow.connection
        row = connection.execute(groups.select().where(groups.c.name == name)).first()
        group_id = row.id if row else new_id()
        if row is None:
            connection.execute(insert(groups).values(id=group_id, source="ekvik", key=name, name=name))
        connection.execute(insert(group_members).values(person_id=person_id, group_id=group_id))

    def authenticator(self, account: Account) -> pyotp.TOTP:
        """Bind an authenticator app and return what it computes."""
        secret = pyotp.random_base32(32)
        with self.database.write() as uow:
            mfa.import_totp(uow.factors, account.id, pyotp.TOTP(secret).byte_secret(), "phone", self.now)
        return pyotp.TOTP(secret)

    def code(self, authenticator: pyotp.TOTP) -> str:
        """The code that the authenticator shows now."""
        return authenticator.at(self.now)

    def audit(self) -> list[tuple[str, str, dict]]:
        """Type, reason and payload of every record so far."""
        with self.database.read() as uow:
            rows = uow.connection.exec_driver_sql(
                "SELECT type, reason, payload FROM audit_records ORDER BY id"
            ).all()
        return [(row[0], row[1], json.loads(row[2]) if isinstance(row[2], str) else row[2]) for row in rows]


def a_browser() -> bytes:
    """A browser's cookie as journeys are bound to it."""
    return digest(new_handle())


@pytest.fixture
def place(database_url, tmp_path):
    """A small organisation in a fresh database; the test runs once on each engine."""
    key = tmp_path / "master.key"
    create(key, START)
    made = Place(database_url, key)
    yield made
    made.close()
