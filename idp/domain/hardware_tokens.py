"""What helpers do with the box of hardware tokens, each act with its record. Who may is asked by the callers.

`mfa.token_stock` keeps the stock; here an account stands behind the opaque subject.
"""

from collections.abc import Sequence

import mfa
from idp.domain import cooling_off
from idp.domain.account import Account
from idp.domain.audit import record
from idp.domain.binding import Way
from idp.domain.events import (
    FactorBound,
    FactorRemoved,
    HardwareTokenMoved,
    HardwareTokenResynchronised,
    HardwareTokenTakenIn,
    SignInRefused,
)
from idp.domain.floods import record_refusal
from idp.domain.handles import AccountId, SessionId
from idp.domain.helpers_binding import closed
from idp.domain.notices import record_and_tell
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Refused
from idp.domain.session import EndReason
from idp.domain.sign_out import end_all_sessions
from mfa import token_stock
from mfa.token_stock import Moved, Refusal, TakenIn

_LONGEST_REASON = 200
RESYNCHRONISATION = "resynchronisation"


def take_in(uow: UnitOfWork, seeds: Sequence[mfa.Seed], occasion: Occasion) -> TakenIn:
    """Take a list of tokens into the stock, or nothing of it if a serial number is known already."""
    taken = token_stock.take_in(uow.factors, seeds, occasion.now)
    for token_id, seed in zip(taken.tokens, seeds, strict=False):
        record(
            uow.audit,
            HardwareTokenTakenIn(object=token_id, serial=seed.serial, kind=seed.kind.value),
            occasion,
        )
    return taken


def hand_out(uow: UnitOfWork, serial: str, account: Account, occasion: Occasion) -> Moved | Refusal | Refused:
    """Give a token to somebody, where the rules list that way; it is a factor of theirs from now on."""
    refused = closed(uow, Way.HAND_OUT, occasion)
    if refused is not None:
        return refused
    resets = cooling_off.is_replacement(uow, account.id, occasion)
    moved = token_stock.hand_out(uow.factors, serial, account.id, occasion.now)
    if isinstance(moved, Moved):
        if resets:
            cooling_off.begin(uow, account.id, Way.HAND_OUT.value, occasion)
        _record(uow, moved, "", occasion)
        record_and_tell(
            uow,
            FactorBound(
                subject=account.id,
                object=moved.token.authenticator_id or "",
                reason=Way.HAND_OUT.value,
                kind=moved.token.kind.value,
            ),
            occasion,
        )
    return moved


def hand_back(uow: UnitOfWork, serial: str, reason: str, occasion: Occasion) -> Moved | Refusal:
    """Take a token back from whoever has it, or find a lost one."""
    return _taken(uow, token_stock.hand_back(uow.factors, serial, occasion.now), reason, occasion)


def report_lost(
    uow: UnitOfWork, serial: str, reason: str, occasion: Occasion, keep: SessionId | None = None
) -> Moved | Refusal:
    """Note that a token is lost. Its holder's sessions end, but for `keep`: the finder may have begun one."""
    moved = _taken(uow, token_stock.report_lost(uow.factors, serial, occasion.now), reason, occasion)
    if isinstance(moved, Moved) and moved.before.state is mfa.TokenState.HANDED_OUT and moved.before.subject:
        end_all_sessions(uow, AccountId(moved.before.subject), EndReason.FACTOR_CHANGED, occasion, keep)
    return moved


def destroy(uow: UnitOfWork, serial: str, reason: str, occasion: Occasion) -> Moved | Refusal:
    """Erase a token's seed for good."""
    return _taken(uow, token_stock.destroy(uow.factors, serial, occasion.now), reason, occasion)


def resynchronise(
    uow: UnitOfWork, account_id: AccountId, first: str, second: str, occasion: Occasion
) -> mfa.Resynchronised | mfa.Rejected | mfa.Throttled:
    """Bring a token back in step by two codes that follow on one another; whoever asks need prove no more.

    The codes are the proof, and the counter only goes forward: nothing is opened by it.
    """
    result = mfa.resynchronise(uow.factors, account_id, first, second, occasion.now)
    match result:
        case mfa.Resynchronised(kind, authenticator_id):
            event = HardwareTokenResynchronised(subject=account_id, object=authenticator_id, kind=kind.value)
            record(uow.audit, event, occasion)
        case mfa.Throttled():
            refused = SignInRefused(subject=account_id, reason="throttled", method=RESYNCHRONISATION)
            record_refusal(uow, refused, f"{account_id} {RESYNCHRONISATION}", occasion)
        case mfa.Rejected(reason):
            refused = SignInRefused(subject=account_id, reason=reason.value, method=RESYNCHRONISATION)
            record(uow.audit, refused, occasion)
    return result


def _taken(uow: UnitOfWork, moved: Moved | Refusal, reason: str, occasion: Occasion) -> Moved | Refusal:
    if not isinstance(moved, Moved):
        return moved
    _record(uow, moved, reason, occasion)
    held = moved.before
    if held.subject is not None and held.authenticator_id is not None:
        record_and_tell(
            uow,
            FactorRemoved(subject=held.subject, object=held.authenticator_id, kind=held.kind.value),
            occasion,
        )
    return moved


def _record(uow: UnitOfWork, moved: Moved, reason: str, occasion: Occasion) -> None:
    words = " ".join(reason.split())[:_LONGEST_REASON]
    event = HardwareTokenMoved(
        subject=moved.token.subject or moved.before.subject or "",
        object=moved.token.id,
        reason=words,
        serial=moved.token.serial,
        before=moved.before.state.value,
        after=moved.token.state.value,
    )
    record(uow.audit, event, occasion)
