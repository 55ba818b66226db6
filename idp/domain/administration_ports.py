"""What the administration's use cases need of the outside besides `ports`: roles, tokens of the API, plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from idp.domain.handles import AccountId, ApplicationId, PersonId
from idp.domain.roles.grants import Grant
from idp.domain.roles.targets import Place, Somebody

if TYPE_CHECKING:
    from idp.domain.api_tokens import ApiToken
    from idp.domain.application import Application, Policy
    from idp.domain.planned_acts import PlannedAct


@dataclass(frozen=True, slots=True)
class HeldRole:
    """One role as somebody holds it, for lists. `scope` is what it is called: a unit, a system, or ""."""

    grant: Grant
    account_id: AccountId
    person_id: PersonId
    login: str
    name: str
    scope: str
    given_at: datetime
    given_by: str
    reason: str


class Roles(Protocol):
    """Roles of Portvakt's own, and the facts of whom and what they reach."""

    def of_account(self, account_id: AccountId) -> tuple[Grant, ...]:
        """Return what was given to the account and not taken, with the units above each scope."""

    def somebody(self, person_id: PersonId, now: datetime) -> Somebody | None:
        """Return a person as a target."""

    def place(self, code: str) -> Place | None:
        """Return a unit as a target; a code that several directories use stands for all of them."""

    def add(self, account_id: AccountId, grant: Grant, reason: str, given_by: str, now: datetime) -> bool:
        """Give a role; False if the account holds it over that scope already."""

    def take(self, account_id: AccountId, grant: Grant, taken_by: str, now: datetime) -> bool:
        """Take a role over just that scope; False if it is not held."""

    def lock_administrators(self) -> None:
        """Let nobody else give or take the administrator's role until this unit of work ends."""

    def other_administrators(self, account_id: AccountId) -> int:
        """Count usable accounts, but this one, that administer everything without an end."""

    def held(self, now: datetime) -> Sequence[HeldRole]:
        """Return every role that is held."""


class ApiTokens(Protocol):
    """Tokens of the API."""

    def add(self, token: "ApiToken", token_digest: bytes) -> None:
        """Store a new token."""

    def get(self, token_id: str) -> "ApiToken | None":
        """Return a token, whatever became of it."""

    def by_digest(self, token_digest: bytes) -> "ApiToken | None":
        """Return the token of this text."""

    def all(self) -> Sequence["ApiToken"]:
        """Return every token that was not withdrawn, the newest first."""

    def revoke(self, token_id: str, now: datetime) -> bool:
        """Withdraw a token; False if it was already."""

    def touch(self, token_id: str, now: datetime) -> None:
        """Note that a token was used."""

    def first_answer(self, token_id: str, key: str, request_digest: bytes, now: datetime) -> bytes | None:
        """Reserve an idempotency key; return None if this is its first request.

        Otherwise return the digest of that request; who comes at the same time waits until it is settled.
        """

    def answer(self, token_id: str, key: str) -> bytes:
        """Return what was kept for a key, opened; b"" if there is nothing."""

    def keep_answer(self, token_id: str, key: str, answer: bytes) -> None:
        """Keep the answer to a reserved key, sealed."""


class PlannedActs(Protocol):
    """What is to be done to accounts later."""

    def add(self, planned: "PlannedAct", now: datetime) -> None:
        """Store a new one."""

    def get(self, planned_id: str) -> "PlannedAct | None":
        """Return one that is still to come."""

    def of_person(self, person_id: PersonId) -> Sequence["PlannedAct"]:
        """Return what is to come for a person's accounts, the next first."""

    def next_due(self, now: datetime) -> "PlannedAct | None":
        """Return, locked, one that is due."""

    def settle(self, planned_id: str, outcome: str, now: datetime) -> bool:
        """Note what became of one; False if that is known already."""


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What a policy may refer to: names of groups and networks, codes of units."""

    groups: frozenset[str]
    units: frozenset[str]
    networks: frozenset[str]


class Systems(Protocol):
    """Applications as administrators make and change them; `Catalogue` is how everybody else reads them."""

    def add(self, application: "Application", now: datetime) -> bool:
        """Store a new one; False if its name is taken."""

    def change_policy(self, identifier: ApplicationId, policy: "Policy", version: int) -> bool:
        """Replace the policy if it still is of this version; False if it was changed meanwhile."""

    def open_or_close(self, identifier: ApplicationId, *, enabled: bool) -> bool:
        """Open or close one; False if it was so already."""

    def names(self) -> KnownNames:
        """Return what a policy may refer to."""

    def file_of(self, name: str) -> str:
        """Return the configuration file that manages the application of this name, "" for none."""
