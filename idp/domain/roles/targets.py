"""Who acts, and upon what: the facts that `may_act` decides from."""

from dataclasses import dataclass
from datetime import datetime

from idp.domain.handles import AccountId, ApplicationId, PersonId
from idp.domain.roles.acts import Act
from idp.domain.roles.grants import WHOLE, Grant, Role, Scope, application_scope, unit_scope


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts.

    Attributes:
        grants: the roles held, ended ones included.
        person: the human being; None for a command on the server.
        within: how far a token reaches at most; the whole for a person in a browser.
        acts: what a token is for; None is anything that the grants hold.
        account: whose grants these are, to be read again under a lock; None for a command.
        proved_lately: whether two factors were proved a moment ago (a token was issued so; a command needs none).
        cooling_until: after a reset of the doer's own ways in, until when sensitive acts are closed.
    """

    grants: tuple[Grant, ...] = ()
    person: PersonId | None = None
    within: Scope = WHOLE
    acts: frozenset[Act] | None = None
    account: AccountId | None = None
    proved_lately: bool = True
    cooling_until: datetime | None = None


#: Whoever may run commands on the server holds the master key, and so everything.
SERVER = Doer((Grant(Role.ADMINISTRATOR), Grant(Role.PROTECTED_DATA_HANDLER)))


@dataclass(frozen=True, slots=True)
class Organisation:
    """Everything there is: an act that concerns no one person, unit or application."""

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The whole."""
        return (WHOLE,)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person.

    Attributes:
        person: who.
        units: the codes of the units of running employments and of all units above them.
        grants: the roles that the person's accounts hold, with the units above their scopes.
        protected: whether the personal data are protected.
    """

    person: PersonId
    units: frozenset[str] = frozenset()
    grants: tuple[Grant, ...] = ()
    protected: bool = False

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Each unit that the person belongs to; a person of no unit belongs to the whole only."""
        return tuple(unit_scope(code) for code in sorted(self.units)) or (WHOLE,)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit; `above` holds the codes of all units above it."""

    code: str
    above: frozenset[str] = frozenset()

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The unit."""
        return (unit_scope(self.code, self.above),)


@dataclass(frozen=True, slots=True)
class System:
    """An application."""

    application: ApplicationId

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The application."""
        return (application_scope(self.application),)


@dataclass(frozen=True, slots=True)
class Appointment:
    """A role that is given to, or taken from, `holder`."""

    grant: Grant
    holder: Somebody

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What the role reaches."""
        return (self.grant.scope,)


Target = Organisation | Somebody | Place | System | Appointment
