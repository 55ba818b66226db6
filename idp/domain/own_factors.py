"""What people do to their own factors, once they have proved two of them lately (statements S18, W7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import mfa
from idp.domain.assurance import Assurance, assurance_of, fresh
from idp.domain.audit import record
from idp.domain.binding import BindingFacts, MayBind, may_bind
from idp.domain.events import FactorBound, FactorRemoved, RecoveryCodesMade, SignInRefused
from idp.domain.notices import record_and_tell
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import EndReason, LivingSession
from idp.domain.sign_out import end_all_sessions
from mfa import FactorKind

#: How fresh both proofs must be before factors may be changed.
FRESH = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class NeedsFreshProof:
    """Sign in again with two factors first (`signin.start` with `requirement()`)."""


@dataclass(frozen=True, slots=True)
class CoolingOff:
    """Not before then: the ways in were reset, and nobody changes them meanwhile (`cooling_off.py`)."""

    until: datetime


NotNow = NeedsFreshProof | CoolingOff


def closed(living: LivingSession, occasion: Occasion) -> NotNow | None:
    """Return why the session may not change the account's factors now; None if it may."""
    until = living.account.cooling_until
    if until is not None and occasion.now < until:
        return CoolingOff(until)
    return None if may_change(living, occasion) else NeedsFreshProof()


def closed_for_new(uow: UnitOfWork, living: LivingSession, occasion: Occasion) -> NotNow | None:
    """Return why no factor may be bound in this session; here only an existing one can open the way."""
    shut = closed(living, occasion)
    if shut is not None:
        return shut
    facts = BindingFacts(occasion.now, living.session.proofs)
    found = may_bind(uow.catalogue.factors.binding, facts)
    return None if isinstance(found, MayBind) else NeedsFreshProof()


def may_change(living: LivingSession, occasion: Occasion) -> bool:
    """Whether two factors were proved lately enough; the methods count, not only the age (F11)."""
    recent = fresh(living.session.proofs, occasion.now - FRESH)
    return assurance_of(recent) >= Assurance.TWO_FACTORS


def mine(uow: UnitOfWork, living: LivingSession) -> Sequence[mfa.Enrolled]:
    """Return the person's own authenticators and recovery codes, without secrets."""
    return mfa.enrolled(uow.factors, living.account.id)


def begin(
    uow: UnitOfWork, living: LivingSession, issuer: str, occasion: Occasion
) -> mfa.PendingTotp | NotNow:
    """Begin to set up one more authenticator app."""
    shut = closed_for_new(uow, living, occasion)
    if shut is not None:
        return shut
    return mfa.begin_totp(uow.factors, living.account.id, issuer, living.account.login, occasion.now)


def resume(
    uow: UnitOfWork, living: LivingSession, authenticator_id: str, issuer: str, occasion: Occasion
) -> mfa.PendingTotp | None:
    """Return the key of an app that is being set up once more, after a code that was not right."""
    account = living.account
    return mfa.resume_totp(uow.factors, account.id, authenticator_id, issuer, account.login, occasion.now)


def confirm(
    uow: UnitOfWork,
    living: LivingSession,
    authenticator_id: str,
    code: str,
    occasion: Occasion,
) -> mfa.Confirmed | mfa.Rejected | mfa.Throttled | NotNow:
    """Take the first code of the new app; other sessions end."""
    shut = closed_for_new(uow, living, occasion)
    if shut is not None:
        return shut
    account = living.account.id
    result = mfa.confirm_totp(uow.factors, account, authenticator_id, code, occasion.now)
    if not isinstance(result, mfa.Confirmed):
        reason = result.reason.value if isinstance(result, mfa.Rejected) else "throttled"
        record(
            uow.audit, SignInRefused(subject=account, reason=reason, method=FactorKind.TOTP.value), occasion
        )
        return result
    record_and_tell(
        uow,
        FactorBound(
            subject=account,
            object=result.authenticator_id,
            reason="existing_factor",
            kind=FactorKind.TOTP.value,
        ),
        occasion,
    )
    end_all_sessions(uow, account, EndReason.FACTOR_CHANGED, occasion, keep=living.session.id)
    return result


def remove(
    uow: UnitOfWork, living: LivingSession, authenticator_id: str, occasion: Occasion
) -> bool | NotNow:
    """Remove an authenticator; other sessions end. False if there is none such."""
    shut = closed(living, occasion)
    if shut is not None:
        return shut
    account = living.account.id
    if not mfa.remove(uow.factors, account, authenticator_id, occasion.now):
        return False
    record_and_tell(uow, FactorRemoved(subject=account, object=authenticator_id), occasion)
    end_all_sessions(uow, account, EndReason.FACTOR_CHANGED, occasion, keep=living.session.id)
    return True


def new_recovery_codes(uow: UnitOfWork, living: LivingSession, occasion: Occasion) -> Sequence[str] | NotNow:
    """Make a new set of recovery codes, to be shown once; the old set stops working."""
    shut = closed(living, occasion)
    if shut is not None:
        return shut
    codes = mfa.generate_recovery_codes(uow.factors, living.account.id, occasion.now).codes
    record_and_tell(uow, RecoveryCodesMade(subject=living.account.id), occasion)
    return codes
