"""Cooling off: for a time after a reset, whoever made it cannot make it worse (NIST SP 800-63B-4 §4.2, §4.6).

A reset is: a helper removed a factor; a factor came by a code, a network or a helper to somebody who had one before; a
forgotten password was set anew. All of it is told on every channel, and the owner gets the time to read it: nobody
can meanwhile add or remove the account's factors, numbers and recovery codes from a session, trust a device, or do what
is sensitive in the administration. Signing in and working go on; another code from a helper still binds a factor.
"""

import mfa
from idp.domain.audit import record
from idp.domain.events import CoolingOffBegan
from idp.domain.handles import AccountId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork

_OWN = frozenset({mfa.FactorKind.TOTP, mfa.FactorKind.HOTP, mfa.FactorKind.PASSKEY})


def begin(uow: UnitOfWork, account_id: AccountId, cause: str, occasion: Occasion) -> None:
    """Let an account cool off, for as long as the organisation says; break-glass accounts do not."""
    until = occasion.now + uow.catalogue.factors.cooling_off
    if until == occasion.now or _breaks_glass(uow, account_id):
        return
    if uow.accounts.cool_off(account_id, until):
        record(
            uow.audit, CoolingOffBegan(subject=account_id, reason=cause, until=until.isoformat()), occasion
        )


def is_reset(uow: UnitOfWork, account_id: AccountId, way: str) -> bool:
    """Whether binding a factor in this way resets the account. Ask before it is bound."""
    return not way.startswith("existing_factor") and uow.factors.ever_bound(account_id)


def is_replacement(uow: UnitOfWork, account_id: AccountId, occasion: Occasion) -> bool:
    """Whether a factor that a helper brings takes the place of those that are gone. Ask before it is bound."""
    left = mfa.challenge(uow.factors, account_id, occasion.now).kinds & _OWN
    return not left and uow.factors.ever_bound(account_id)


def _breaks_glass(uow: UnitOfWork, account_id: AccountId) -> bool:
    return any(sealed == account_id for sealed, _login, _until in uow.directory_down.sealed_accounts())
