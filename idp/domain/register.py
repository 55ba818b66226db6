"""What administrators read: counts, runs, what could not be delivered, and people found by a few letters.

A read model: plain values made for one page each. Nothing is changed through it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from idp.domain.account import Account, AccountState
from idp.domain.handles import AccountId, PersonId
from idp.domain.roles import Scope


@dataclass(frozen=True, slots=True)
class Figures:
    """How much there is of what."""

    people: int
    active_accounts: int
    disabled_accounts: int
    applications: int
    living_sessions: int


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run of a synchronisation; `state` is as the run left it."""

    source: str
    started_at: datetime
    ended_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up; `last_error` is for people and holds no secret."""

    topic: str
    created_at: datetime
    attempts: int
    last_error: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One line of a search: a person's account, or a person without one."""

    person_id: PersonId
    shown_name: str
    account_id: AccountId | None = None
    login: str = ""
    state: AccountState | None = None


@dataclass(frozen=True, slots=True)
class EmploymentLine:
    """One employment, with its unit by name."""

    title: str
    unit: str
    starts: datetime | None
    ends: datetime | None


class Register(Protocol):
    """The questions of the administration's pages."""

    def figures(self, now: datetime) -> Figures:
        """Count."""

    def latest_runs(self, most: int) -> Sequence[RunSummary]:
        """Return the last runs, newest first."""

    def dead_letters(self, most: int) -> Sequence[DeadLetter]:
        """Return the messages that were given up, newest first."""

    def search(self, words: str, most: int, within: Sequence[Scope], now: datetime) -> Sequence[PersonLine]:
        """Find people of these scopes by parts of their names, or by login or employee number.

        A person with protected data is found by the whole login or number only, so that a search by
        name never tells that they are here.
        """

    def accounts_of(self, person_id: PersonId) -> Sequence[Account]:
        """Return a person's accounts."""

    def employments_of(self, person_id: PersonId) -> Sequence[EmploymentLine]:
        """Return a person's employments, the latest first."""

    def addresses_of(self, person_id: PersonId) -> Sequence[str]:
        """Return the addresses that a person receives at, the one they send from first."""
