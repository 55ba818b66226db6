"""What administrators read: counts, runs, what could not be delivered, and people found by a few letters.

A read model: plain values made for one page each. Nothing is changed through it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from idp.domain.account import Account, AccountState
from idp.domain.handles import AccountId, PersonId
from idp.domain.roles import Scope

if TYPE_CHECKING:
    from idp.domain.audit_reading import Log
    from idp.domain.incident import Incidents
    from idp.domain.posture import Posture


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


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One record of the audit log for people to read: what happened, who did it, why."""

    id: int
    at: datetime
    type: str
    who: str
    reason: str
    object: str
    subject: str
    request_id: str


@dataclass(frozen=True, slots=True)
class DayCount:
    """How often something came out well, and how often it was refused, on one day (UTC)."""

    day: date
    count: int
    refused: int


@dataclass(frozen=True, slots=True)
class FactorCount:
    """How many factors of each kind were in use at the end of one day (UTC)."""

    day: date
    apps: int
    generators: int
    passkeys: int


@dataclass(frozen=True, slots=True)
class Trends:
    """What the overview draws beside sign-ins.

    Attributes:
        factors: factors in use.
        runs: synchronisations that were carried out, and those that were not.
        messages: messages that were delivered, and those that were given up; as far back as they are kept.
    """

    factors: Sequence[FactorCount]
    runs: Sequence[DayCount]
    messages: Sequence[DayCount]


@dataclass(frozen=True, slots=True)
class HeldLease:
    """A job of which one node at a time has the lead."""

    name: str
    holder: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """What is going on: sign-ins by outcome within the last while, sessions, what waits, who leads what."""

    signins: Mapping[str, int]
    sessions: int
    waiting: int
    oldest_due: datetime | None
    dead: int
    leases: Sequence[HeldLease]


class Register(Protocol):
    """The questions of the administration's pages."""

    def figures(self, now: datetime) -> Figures:
        """Count."""

    def latest_runs(self, most: int) -> Sequence[RunSummary]:
        """Return the last runs, newest first."""

    def dead_letters(self, most: int) -> Sequence[DeadLetter]:
        """Return the messages that were given up, newest first."""

    def search(
        self,
        words: str,
        most: int,
        within: Sequence[Scope],
        now: datetime,
        skip: int = 0,
        state: AccountState | None = None,
        *,
        descending: bool = False,
    ) -> Sequence[PersonLine]:
        """Find people of these scopes by the beginnings of what they are called; `state`: with such an account only.

        By name; whoever is called exactly so by login or number comes first.

        A person with protected data is found by the whole login or number only, so that a search by
        name never tells that they are here.
        """

    def accounts_of(self, person_id: PersonId) -> Sequence[Account]:
        """Return a person's accounts."""

    def employments_of(self, person_id: PersonId) -> Sequence[EmploymentLine]:
        """Return a person's employments, the latest first."""

    def addresses_of(self, person_id: PersonId) -> Sequence[str]:
        """Return the addresses that a person receives at, the one they send from first."""

    def history(self, subjects: Sequence[str], most: int) -> Sequence[HistoryLine]:
        """Return the last records about accounts or persons, newest first."""

    def signins(self, application: str, since: datetime, until: datetime) -> Sequence[DayCount]:
        """Return, day by day, how often access to an application ("": anything) was permitted and refused."""

    def trends(self, now: datetime) -> Trends:
        """Return factors, synchronisations and messages, day by day."""

    def posture(self, now: datetime, dormant: timedelta, most: int = 500) -> "Posture":
        """Return the report that a review reads."""

    def incidents(self) -> "Incidents":
        """Return who and what a period touched."""

    def work(self, now: datetime, recently: timedelta) -> Work:
        """Return what is going on."""

    def log(self) -> "Log":
        """Return the audit log as it is read."""
