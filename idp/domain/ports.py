"""What the use cases need of the outside, one small Protocol per aggregate; `storage`, `keys`, `provisioning` do it.

A unit of work is one transaction: leaving it normally commits, an exception rolls back; it waits for no one else.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from idp.domain.access import AccessFacts, Decision
from idp.domain.account import Account
from idp.domain.administration_ports import ApiTokens, PlannedActs, Roles, Systems
from idp.domain.application import Application
from idp.domain.assurance import Proof
from idp.domain.audit import AuditLog
from idp.domain.devices import TrustedDevices
from idp.domain.employment import Employment
from idp.domain.factor_policy import FactorPolicy
from idp.domain.floods import Floods
from idp.domain.handles import AccountId, ApplicationId, PersonId, SessionId
from idp.domain.journey import Journey
from idp.domain.network import Network
from idp.domain.outbox import Outbox
from idp.domain.person import Person
from idp.domain.release import Releases
from idp.domain.remembered import DirectoryDown
from idp.domain.session import EndReason, LivingSession, Participant, Session
from mfa import FactorStore

if TYPE_CHECKING:
    from idp.domain.approvals import Approvals
    from idp.domain.entitlements import Entitlements
    from idp.domain.reach import Archive


class People(Protocol):
    """Persons, their employments and addresses."""

    def get(self, person_id: PersonId) -> Person | None:
        """Return one person."""

    def employments(self, person_id: PersonId) -> Sequence[Employment]:
        """Return the person's employments, also ended ones."""

    def primary_address(self, person_id: PersonId) -> str | None:
        """Return the address that the person sends from."""

    def employ(
        self, person_id: PersonId, source: str, unit: str, title: str, starts: datetime, ends: datetime
    ) -> None:
        """Store an employment of our own at the unit of this code."""

    def move(self, person_id: PersonId, source: str, unit: str) -> bool:
        """Let the running employments of our own be at another unit; False if a directory has any, or none is."""


class Accounts(Protocol):
    """Accounts."""

    def get(self, account_id: AccountId) -> Account | None:
        """Return one account."""

    def by_login(self, login: str) -> Account | None:
        """Return the account that a typed name means: login or own e-mail address, in one canonical form."""

    def facts(self, account: Account, now: datetime) -> AccessFacts:
        """Return the account with its groups and the units of its employments at `now`, for `may()`."""

    def disable(self, account_id: AccountId, reason: str, now: datetime, by: str) -> bool:
        """Disable an active account; False if it was not active. `by`: sync, administrator or command."""

    def enable(self, account_id: AccountId, now: datetime) -> bool:
        """Enable a disabled account; False if it was not disabled."""

    def cool_off(self, account_id: AccountId, until: datetime) -> bool:
        """Let the account cool off until then; False if it does for longer already."""

    def add_local(self, person: Person, account: Account, now: datetime) -> bool:
        """Store a person and account of our own; False if the login is or ever was somebody's."""

    def password_hash(self, account_id: AccountId) -> str | None:
        """Return the Argon2id hash of a local password."""

    def set_password_hash(
        self, account_id: AccountId, new: str, *, expected: str | None, alone: bool | None = None
    ) -> bool:
        """Replace the hash if it still is `expected`; False if it changed meanwhile.

        `alone` says whether the new password is long enough to stand alone; None: the same password, hashed anew.
        """


class Sessions(Protocol):
    """Sessions and who takes part in them. A session is found by the digest of its handle."""

    def add(self, session: Session, handle_digest: bytes) -> None:
        """Store a new session."""

    def living(self, handle_digest: bytes, now: datetime) -> LivingSession | None:
        """Return the session if it lives and its account is usable; one read, for every page."""

    def get(self, session_id: SessionId) -> Session | None:
        """Return a session, living or ended."""

    def raise_to(
        self, session_id: SessionId, proofs: tuple[Proof, ...], new_digest: bytes, now: datetime
    ) -> bool:
        """Store more proofs under a new handle, the old one dies (S13); False if it ended meanwhile."""

    def touch(self, session_id: SessionId, now: datetime) -> None:
        """Note that the session was used."""

    def end(self, session_id: SessionId, reason: EndReason, now: datetime) -> bool:
        """End a living session; False if it had ended."""

    def unended(self, account_id: AccountId) -> Sequence[SessionId]:
        """Return the account's sessions that nobody ended, also when they expired."""

    def of_account(self, account_id: AccountId, now: datetime) -> Sequence[Session]:
        """Return the account's living sessions, newest first."""

    def join(self, participant: Participant) -> bool:
        """Note that a system takes part; False if it already did."""

    def participants(self, session_id: SessionId) -> Sequence[Participant]:
        """Return the systems that take part."""


class Journeys(Protocol):
    """Sign-ins under way."""

    def add(self, journey: Journey) -> None:
        """Store a new journey."""

    def get(self, digest: bytes, now: datetime) -> Journey | None:
        """Return a journey that has not expired."""

    def save(self, journey: Journey) -> Journey | None:
        """Store `journey` if its version is still the stored one, and return it raised; None if it is not."""

    def pass_on(self, journey: Journey, digest: bytes, expires_at: datetime) -> Journey | None:
        """Give `journey` another handle, the old one dies; None if another request changed it first."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What administrators configured, as one immutable snapshot; `version` grows with every change."""

    version: int
    applications: Mapping[ApplicationId, Application]
    networks: tuple[Network, ...]
    factors: FactorPolicy = field(default_factory=FactorPolicy)

    def application(self, name: str) -> Application | None:
        """Return the application with the administrator's short name."""
        return next((found for found in self.applications.values() if found.name == name), None)


class Decisions(Protocol):
    """Every decision with the facts it was made from, enough to decide again."""

    def add(
        self,
        facts: AccessFacts,
        application: Application | None,
        decision: Decision,
        networks: Iterable[str],
        proofs: Iterable[Proof],
        now: datetime,
    ) -> str:
        """Store one decision and return its id."""


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def people(self) -> People: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def directory_down(self) -> DirectoryDown: ...
    @property
    def roles(self) -> Roles: ...
    @property
    def api_tokens(self) -> ApiTokens: ...
    @property
    def planned_acts(self) -> PlannedActs: ...
    @property
    def systems(self) -> Systems: ...
    @property
    def entitlements(self) -> "Entitlements": ...
    @property
    def approvals(self) -> "Approvals": ...
    @property
    def archive(self) -> "Archive": ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def devices(self) -> TrustedDevices: ...
    @property
    def journeys(self) -> Journeys: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def audit(self) -> AuditLog: ...
    @property
    def floods(self) -> Floods: ...
    @property
    def factors(self) -> FactorStore: ...
    @property
    def releases(self) -> Releases: ...
    @property
    def catalogue(self) -> Catalogue: ...

    def exclusive(self, name: str) -> None:
        """Let no other unit of work that asks for the same name go on until this one ends."""


class Database(Protocol):
    """Where units of work come from."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Begin a reading unit of work: a consistent snapshot that changes nothing."""

    def write(self, *, brief: bool = False) -> AbstractContextManager[UnitOfWork]:
        """Begin a writing unit of work; leaving it normally means that what was written is durable.

        `brief` is for one that takes a few milliseconds and whose kind comes many at a time: on SQLite those
        share commits, so that each may wait for others as brief.
        """


class Sealer(Protocol):
    """Seals secrets with a key that is not in the database (statement K1); the same shape as mfa's."""

    def seal(self, plaintext: bytes, purpose: str) -> bytes:
        """Encrypt and authenticate; `purpose` is bound into the result."""

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """Open what `seal` made; raises errors.SealBroken if it was made for another purpose or altered."""

    def mac(self, message: bytes, purpose: str) -> bytes:
        """Return a keyed 32-byte hash, different for each purpose."""
