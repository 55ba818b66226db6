"""What helpers may do with hardware tokens, within the boundaries of their roles: `may_act` is asked before each act.

`hardware_tokens` does it; here is who. A token in somebody's hands is theirs to whom that person is within reach; the
box itself is for whoever manages all tokens. Commands on the server need not ask.
"""

from collections.abc import Sequence

import mfa
from idp.domain import hardware_tokens
from idp.domain.appointments import allowed
from idp.domain.approvals import waits_for_second
from idp.domain.handles import AccountId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Doer, Organisation, Refused, Target, may_act
from mfa import HardwareToken, StockQuery, TokenState
from mfa.hardware_token import serial_key
from mfa.token_stock import Moved, Refusal, TakenIn


def hand_out(
    uow: UnitOfWork, doer: Doer, serial: str, account_id: AccountId, occasion: Occasion
) -> Moved | Refusal | Refused:
    """Give a token to somebody within reach."""
    account = uow.accounts.get(account_id)
    somebody = uow.roles.somebody(account.person_id, occasion.now) if account else None
    if account is None or somebody is None:
        return Refusal.UNKNOWN
    refused = allowed(uow, doer, Act.HAND_OUT_TOKEN, somebody, account_id, occasion)
    return (
        refused
        or waits_for_second(uow, doer, Act.HAND_OUT_TOKEN, account_id, {"serial": serial}, "", occasion)
        or hardware_tokens.hand_out(uow, serial, account, occasion)
    )


def hand_back(
    uow: UnitOfWork, doer: Doer, serial: str, reason: str, occasion: Occasion
) -> Moved | Refusal | Refused:
    """Take a token back."""
    refused = _refused(uow, doer, serial, occasion)
    return refused or hardware_tokens.hand_back(uow, serial, reason, occasion)


def report_lost(
    uow: UnitOfWork, doer: Doer, serial: str, reason: str, occasion: Occasion
) -> Moved | Refusal | Refused:
    """Note that a token is lost."""
    refused = _refused(uow, doer, serial, occasion)
    return refused or hardware_tokens.report_lost(uow, serial, reason, occasion)


def resynchronise(
    uow: UnitOfWork, doer: Doer, account_id: AccountId, first: str, second: str, occasion: Occasion
) -> mfa.Resynchronised | mfa.Rejected | mfa.Throttled | Refused | Refusal:
    """Bring back in step a token whose holder reads two codes out that follow on one another."""
    holder = _holder(uow, account_id, occasion)
    if holder is None:
        return Refusal.UNKNOWN
    refused = allowed(uow, doer, Act.HAND_OUT_TOKEN, holder, account_id, occasion)
    return refused or hardware_tokens.resynchronise(uow, account_id, first, second, occasion)


def destroy(
    uow: UnitOfWork, doer: Doer, serial: str, reason: str, occasion: Occasion
) -> Moved | Refusal | Refused:
    """Erase a token's seed for good; for whoever manages the box."""
    refused = allowed(uow, doer, Act.MANAGE_TOKENS, Organisation(), serial, occasion)
    return refused or hardware_tokens.destroy(uow, serial, reason, occasion)


def take_in(uow: UnitOfWork, doer: Doer, seeds: Sequence[mfa.Seed], occasion: Occasion) -> TakenIn | Refused:
    """Take a list of tokens into the box."""
    refused = allowed(uow, doer, Act.MANAGE_TOKENS, Organisation(), "", occasion)
    return refused or hardware_tokens.take_in(uow, seeds, occasion)


def listed(
    uow: UnitOfWork,
    doer: Doer,
    state: TokenState | None,
    words: str,
    after: str,
    limit: int,
    occasion: Occasion,
) -> Sequence[HardwareToken] | Refused:
    """Return a page of the box."""
    refused = allowed(uow, doer, Act.MANAGE_TOKENS, Organisation(), "", occasion)
    return refused or uow.factors.hardware_tokens.listed(state, words, after, limit)


def sorted_by(
    uow: UnitOfWork, doer: Doer, wanted: StockQuery, occasion: Occasion
) -> Sequence[HardwareToken] | Refused:
    """Return the tokens asked for, in the order asked for."""
    refused = allowed(uow, doer, Act.MANAGE_TOKENS, Organisation(), "", occasion)
    return refused or uow.factors.hardware_tokens.sorted_by(wanted)


def found(uow: UnitOfWork, doer: Doer, token_id: str, occasion: Occasion) -> HardwareToken | Refused | None:
    """Return one token of the box."""
    refused = allowed(uow, doer, Act.MANAGE_TOKENS, Organisation(), token_id, occasion)
    return refused or uow.factors.hardware_tokens.get(token_id)


def key_of(token: HardwareToken) -> str:
    """Return what a list goes on after."""
    return serial_key(token.serial)


def of_account(
    uow: UnitOfWork, doer: Doer, account_id: AccountId, occasion: Occasion
) -> Sequence[HardwareToken]:
    """Return the tokens in somebody's hands; none of somebody out of reach."""
    target = _holder(uow, account_id, occasion)
    if target is None or isinstance(may_act(doer, Act.HAND_OUT_TOKEN, target, occasion.now), Refused):
        return ()
    return uow.factors.hardware_tokens.of_subject(account_id)


def _refused(uow: UnitOfWork, doer: Doer, serial: str, occasion: Occasion) -> Refused | None:
    token = uow.factors.hardware_tokens.by_serial(serial)
    holder = _holder(uow, AccountId(token.subject), occasion) if token and token.subject else None
    if holder is None:
        return allowed(uow, doer, Act.MANAGE_TOKENS, Organisation(), serial, occasion)
    return allowed(uow, doer, Act.HAND_OUT_TOKEN, holder, serial, occasion)


def _holder(uow: UnitOfWork, account_id: AccountId, occasion: Occasion) -> Target | None:
    account = uow.accounts.get(account_id)
    return None if account is None else uow.roles.somebody(account.person_id, occasion.now)
