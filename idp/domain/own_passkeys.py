"""What people do to their own passkeys while signed in; removing is `own_factors.remove` (statements W7, S18)."""

import mfa
from idp.domain.application import AcceptedPasskeys
from idp.domain.audit import record
from idp.domain.events import FactorBound, FactorRenamed, SignInRefused
from idp.domain.notices import record_and_tell
from idp.domain.occasion import Occasion
from idp.domain.own_factors import NotNow, closed_for_new
from idp.domain.passkeys import Passkeys, session_binding
from idp.domain.ports import UnitOfWork
from idp.domain.session import EndReason, LivingSession
from idp.domain.sign_out import end_all_sessions
from mfa import FactorKind


def begin(
    uow: UnitOfWork,
    living: LivingSession,
    passkeys: Passkeys,
    name: str,
    occasion: Occasion,
) -> str | NotNow:
    """Begin to bind one more passkey: the browser's options; `name` is the person's, for their own eyes."""
    shut = closed_for_new(uow, living, occasion)
    if shut is not None:
        return shut
    ceremony = passkeys.binding(
        session_binding(living.session.id), living.account, AcceptedPasskeys(), occasion.now
    )
    return mfa.begin_passkey(uow.factors, ceremony, mfa.NewPasskey(living.account.login, name), occasion.now)


def bind(
    uow: UnitOfWork,
    living: LivingSession,
    passkeys: Passkeys,
    document: str,
    name: str,
    occasion: Occasion,
) -> mfa.BoundPasskey | mfa.Rejected | NotNow:
    """Take the passkey that the browser made; other sessions end."""
    shut = closed_for_new(uow, living, occasion)
    if shut is not None:
        return shut
    account = living.account
    ceremony = passkeys.binding(session_binding(living.session.id), account, AcceptedPasskeys(), occasion.now)
    result = mfa.bind_passkey(uow.factors, ceremony, document, name, occasion.now)
    kind = FactorKind.PASSKEY.value
    if isinstance(result, mfa.Rejected):
        refused = SignInRefused(subject=account.id, reason=result.reason.value, method=kind)
        record(uow.audit, refused, occasion)
        return result
    record_and_tell(
        uow,
        FactorBound(subject=account.id, object=result.passkey.id, reason="existing_factor", kind=kind),
        occasion,
    )
    end_all_sessions(uow, account.id, EndReason.FACTOR_CHANGED, occasion, keep=living.session.id)
    return result


def rename(uow: UnitOfWork, living: LivingSession, factor: str, name: str, occasion: Occasion) -> bool:
    """Give an app or a passkey another name; False if there is none such, or the name cannot be shown."""
    try:
        renamed = mfa.rename(uow.factors, living.account.id, factor, name)
    except ValueError:
        return False
    if renamed:
        record(uow.audit, FactorRenamed(subject=living.account.id, object=factor), occasion)
    return renamed
