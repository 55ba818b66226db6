"""What is locked for somebody after too many wrong tries, until when, and a helper's decision to open it.

One mechanism counts for every factor and every protocol (`mfa.throttle`); this is what is said of it, to the
person after a first factor and to helpers. To whoever has proved nothing, nothing is said (S9).
"""

from collections.abc import Sequence

import mfa
from idp.domain.appointments import allowed
from idp.domain.audit import record
from idp.domain.events import CountersCleared
from idp.domain.handles import AccountId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Doer, Refused


def locks_of(uow: UnitOfWork, account_id: AccountId, occasion: Occasion) -> Sequence[mfa.Lock]:
    """Return what is locked now, the longest lock first."""
    return mfa.locks(uow.factors, mfa.throttle_key(account_id), occasion.now)


def unlock_for(
    uow: UnitOfWork, doer: Doer, account_id: AccountId, reason: str, occasion: Occasion
) -> Sequence[mfa.Lock] | Refused:
    """Open the locks of somebody within reach."""
    account = uow.accounts.get(account_id)
    somebody = uow.roles.somebody(account.person_id, occasion.now) if account else None
    if somebody is None:
        return ()
    refused = allowed(uow, doer, Act.UNLOCK, somebody, account_id, occasion)
    return refused or unlock(uow, account_id, reason, occasion)


def unlock(uow: UnitOfWork, account_id: AccountId, reason: str, occasion: Occasion) -> Sequence[mfa.Lock]:
    """Clear every counter of an account that is locked; return what was."""
    found = locks_of(uow, account_id, occasion)
    for lock in found:
        mfa.unlock(uow.factors, mfa.throttle_key(account_id), lock.kind, occasion.now)
    if found:
        event = CountersCleared(subject=account_id, reason=reason, kinds=[lock.kind.value for lock in found])
        record(uow.audit, event, occasion)
    return found
