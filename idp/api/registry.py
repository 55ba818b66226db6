"""Every operation there is: one line for each file of `resources/`."""

from idp.api.operation import AnyOperation
from idp.api.resources import accounts, applications, approvals, people, tokens

OPERATIONS: tuple[AnyOperation, ...] = (
    *people.OPERATIONS,
    *accounts.OPERATIONS,
    *applications.OPERATIONS,
    *approvals.OPERATIONS,
    *tokens.OPERATIONS,
)
