"""Every operation there is: one line for each file of `resources/`."""

from idp.api.operation import AnyOperation
from idp.api.resources import accounts, applications, people, tokens

OPERATIONS: tuple[AnyOperation, ...] = (
    *people.OPERATIONS,
    *accounts.OPERATIONS,
    *applications.OPERATIONS,
    *tokens.OPERATIONS,
)
