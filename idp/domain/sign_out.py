"""Ending sessions: the row, the record, and one message to each system that takes part."""

from idp.domain.audit import record
from idp.domain.events import DeviceTrustEnded, SessionEnded
from idp.domain.handles import AccountId, SessionId
from idp.domain.occasion import Occasion
from idp.domain.participants import session_ended
from idp.domain.ports import UnitOfWork
from idp.domain.session import EndReason, LivingSession

_ENDS_TRUST = frozenset({EndReason.PASSWORD_CHANGED, EndReason.FACTOR_CHANGED, EndReason.ACCOUNT_DISABLED})


def sign_out(uow: UnitOfWork, living: LivingSession, occasion: Occasion) -> None:
    """End the session of the browser that asks."""
    end_session(uow, living.session.id, living.account.id, EndReason.SIGNED_OUT, occasion)


def end_session(
    uow: UnitOfWork,
    session_id: SessionId,
    account_id: AccountId,
    reason: EndReason,
    occasion: Occasion,
    why: str = "",
) -> bool:
    """End one session of an account; False if it is not the account's or had ended. `why` is a helper's word."""
    session = uow.sessions.get(session_id)
    if session is None or session.account_id != account_id:
        return False
    if not uow.sessions.end(session_id, reason, occasion.now):
        return False
    for participant in uow.sessions.participants(session_id):
        uow.outbox.add(session_ended(participant), occasion.now)
    ended = SessionEnded(subject=account_id, object=session_id, reason=reason.value, why=why)
    record(uow.audit, ended, occasion)
    return True


def end_all_sessions(
    uow: UnitOfWork,
    account_id: AccountId,
    reason: EndReason,
    occasion: Occasion,
    keep: SessionId | None = None,
    why: str = "",
) -> int:
    """End every session of an account but `keep`; return how many ended.

    What makes a password, a factor or the account itself worth nothing does so to the trust in devices too (S17).
    """
    if reason in _ENDS_TRUST:
        for device in uow.devices.of_account(account_id, occasion.now):
            uow.devices.end(account_id, device.id, occasion.now)
            ended = DeviceTrustEnded(subject=account_id, object=device.id, reason=reason.value)
            record(uow.audit, ended, occasion)
    return sum(
        end_session(uow, session_id, account_id, reason, occasion, why)
        for session_id in uow.sessions.unended(account_id)
        if session_id != keep
    )
