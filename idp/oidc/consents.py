"""Taking back what a person let a system have."""

from idp.domain.audit import record
from idp.domain.events import ConsentWithdrawn
from idp.domain.handles import AccountId, ApplicationId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.oidc.store import OidcStore


def withdraw(
    uow: UnitOfWork, account_id: AccountId, application_id: ApplicationId, occasion: Occasion
) -> bool:
    """Withdraw a consent, and with it every token that the system has; False if there was none."""
    store = OidcStore.of(uow)
    if not store.consents.withdraw(account_id, application_id, occasion.now):
        return False
    store.grants.revoke_of_consent(account_id, application_id, occasion.now)
    record(uow.audit, ConsentWithdrawn(subject=account_id, object=application_id), occasion)
    return True
