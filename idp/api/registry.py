"""Every operation there is: one line for each file of `resources/`."""

from idp.api.operation import AnyOperation
from idp.api.resources import (
    access,
    accounts,
    applications,
    approvals,
    entitlements,
    exports,
    hiring,
    oversight,
    overview,
    people,
    policies,
    sessions,
    sync_undo,
    tokens,
)

_OPERATIONS: tuple[AnyOperation, ...] = (
    *people.OPERATIONS,
    *hiring.OPERATIONS,
    *accounts.OPERATIONS,
    *sessions.OPERATIONS,
    *applications.OPERATIONS,
    *approvals.OPERATIONS,
    *access.OPERATIONS,
    *entitlements.OPERATIONS,
    *policies.OPERATIONS,
    *oversight.OPERATIONS,
    *overview.OPERATIONS,
    *exports.OPERATIONS,
    *tokens.OPERATIONS,
)


def operations(mail_domain: str = "") -> tuple[AnyOperation, ...]:
    """Return them for an organisation with this mail domain."""
    return (*_OPERATIONS, *sync_undo.operations(mail_domain))


OPERATIONS = operations()
