"""What a directory says against a person's using the account, read from its own attributes.

Owns the shape of such a rule, and the rule of password policies as OpenLDAP and others keep them. The other products'
rules are in their profiles.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from directory_sync.attribute_values import Attributes
from directory_sync.generalized_time import parse_generalized_time

LOCKED_FOR_GOOD = "000001010000Z"
"""The value of pwdAccountLockedTime that only an administrator sets and removes (draft-behera §5.3.3)."""

PASSWORD_POLICY_LOCK = "pwdAccountLockedTime"  # noqa: S105  an attribute's name
POLICY_END = "pwdEndTime"


@dataclass(frozen=True, slots=True)
class AccountState:
    """`disabled` says why, in words, by `attribute`; `expires` is the first moment at which it no longer holds.

    A lock after wrong passwords is neither: it passes by itself, and is told at the bind.
    """

    disabled: str | None = None
    attribute: str | None = None
    expires: datetime | None = None
    expires_attribute: str | None = None


@dataclass(frozen=True, slots=True)
class StateRule:
    """Which attributes are read for it, and what they mean. `read` raises `Unusable` for values it cannot read."""

    attributes: tuple[str, ...]
    read: Callable[[Attributes], AccountState]


NOTHING = AccountState()
_LOCK, _END = PASSWORD_POLICY_LOCK.lower(), POLICY_END.lower()


def _password_policy(attributes: Attributes) -> AccountState:
    if LOCKED_FOR_GOOD in attributes.get(_LOCK, ()):
        return AccountState("locked for good by an administrator", PASSWORD_POLICY_LOCK)
    ends = attributes.get(_END)
    if ends:
        return AccountState(expires=parse_generalized_time(ends[0]), expires_attribute=POLICY_END)
    return NOTHING


PASSWORD_POLICY = StateRule((PASSWORD_POLICY_LOCK, POLICY_END), _password_policy)
NO_STATE = StateRule((), lambda _attributes: NOTHING)
