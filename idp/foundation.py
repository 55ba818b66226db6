"""What every process stands on: settings, keys and database, who signs people in, and the clock.

Apart from `app.py`, which knows every room: `portvakt radius` needs this and nothing of the web.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from idp.domain.errors import ConfigurationError
from idp.domain.handles import new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.passkeys import Passkeys
from idp.domain.password import HashCost, LocalPasswords, Passwords
from idp.domain.session import SessionLimits
from idp.domain.signin import SignIn
from idp.keys.sealing import MasterKeys
from idp.passwords.breached import BreachedPasswords
from idp.passwords.judge import PasswordJudge
from idp.provisioning.passwords import BoundPasswords
from idp.settings import PasswordProfile, Settings
from idp.storage.engine import make_engine
from idp.storage.schema import upgrade
from idp.storage.unit_of_work import SqlDatabase
from mfa import Metadata, MetadataRefusedError, RelyingParty, SendingLimits

COSTS = {
    PasswordProfile.OWASP: HashCost(),
    PasswordProfile.RFC9106: HashCost(passes=3, kibibytes=65_536, lanes=4),
}


@dataclass(frozen=True, slots=True)
class Foundation:
    """What every room stands on."""

    settings: Settings
    sealer: MasterKeys
    database: SqlDatabase
    limits: SessionLimits

    @classmethod
    def of(cls, settings: Settings) -> "Foundation":
        """Open keys and database, and bring the schema up to this program's."""
        sealer = MasterKeys(settings.master_key)
        engine = make_engine(settings.database_url)
        upgrade(engine)
        limits = SessionLimits(settings.sessions.absolute, settings.sessions.idle)
        return cls(settings, sealer, SqlDatabase(engine, sealer, limits), limits)


def signin_of(base: Foundation) -> SignIn:
    """Return what the steps of signing in need."""
    return SignIn(
        database=base.database,
        passwords=passwords_of(base),
        sealer=base.sealer,
        issuer=base.settings.organisation,
        limits=base.limits,
        remember_for=base.settings.passwords.remember_for,
        passkeys=passkeys_of(base.settings),
        sending=SendingLimits.of(base.settings.codes_per_day),
    )


def passwords_of(base: Foundation) -> Passwords:
    """Return every way to check a password."""
    chosen = base.settings.passwords
    local = LocalPasswords(chosen.lanes, cost=COSTS[chosen.profile])
    breached = BreachedPasswords(chosen.breached_file) if chosen.breached_file is not None else None
    judge = PasswordJudge(base.settings.organisation, chosen.least_score, breached)
    return Passwords(local, BoundPasswords(base.database, now), judge)


def passkeys_of(settings: Settings) -> Passkeys | None:
    """Return who asks for passkeys; None at an address without a name, where browsers offer none."""
    chosen = settings.passkeys
    party = RelyingParty.of_origin(settings.issuer, settings.organisation, chosen.origins, chosen.domain)
    if party is None:
        return None
    metadata = None
    if chosen.metadata is not None and chosen.metadata_root is not None:
        try:
            metadata = Metadata.read(chosen.metadata.read_bytes(), chosen.metadata_root.read_bytes(), now())
        except (OSError, MetadataRefusedError) as error:
            raise ConfigurationError(f"passkeys.metadata cannot be used: {error}") from error
    return Passkeys(party, chosen.refuse_regressed, metadata)


def now() -> datetime:
    """The clock of this process."""
    return datetime.now(UTC)


def job_occasion(job: str, settings: Settings, at: datetime) -> Occasion:
    """Return the occasion of a job's run."""
    return Occasion(at, new_id(), Actor(ActorKind.JOB, job), node=settings.node)
