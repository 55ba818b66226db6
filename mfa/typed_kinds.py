"""Which kind of code a typed text can be, where nobody was asked to choose: the forms have nothing in common.

Used where there is one field for every kind. Whether the code is right is verification's.
"""

from mfa import recovery_codes
from mfa.authenticators import FactorKind


def kind_typed(text: str) -> FactorKind:
    """Return the kind that `text` looks like; of two that look alike, the one-time password."""
    bare = "".join(text.split())
    if bare.isascii() and bare.isdigit():
        return FactorKind.TOTP
    return FactorKind.RECOVERY_CODE if recovery_codes.parse(bare) else FactorKind.TEMPORARY_CODE
