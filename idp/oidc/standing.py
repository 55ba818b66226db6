"""Whether a grant may be used now (statement O11): asked at every redemption, refresh, introspection and userinfo.

The grant's own checks are pure and in `grants.py`. Whom the application is for is asked anew as well: who
was taken out of the group that let them in keeps nothing that they were given there. Whom an owner keeps out of a
system for everyone loses what they have through the outbox (`domain/entitlements.py`): this hot path asks nothing more.
"""

from datetime import datetime

from idp.domain.ports import UnitOfWork
from idp.oidc.grants import StandingGrant, why_fallen


def why_unusable(uow: UnitOfWork, context: StandingGrant, now: datetime) -> str | None:
    """Return the code of the first check that fails, None while the grant may be used."""
    fallen = why_fallen(context.standing, context.grant, now)
    if fallen is not None or context.standing.audience.everyone:
        return fallen
    account = uow.accounts.get(context.grant.account_id)
    facts = uow.accounts.facts(account, now) if account else None
    admitted = facts is not None and facts.admitted_to(
        context.grant.application_id, context.standing.audience
    )
    return None if admitted else "not_in_audience"
