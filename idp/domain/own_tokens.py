"""What people do with the hardware tokens in their own hands. Binding one is a helper's act and is not here.

Reporting one lost, and bringing one back in step, need no fresh second factor: who has lost the token or whose token
has fallen out of step may have no other, and either act can only shut a door, never open one.
"""

from collections.abc import Sequence

import mfa
from idp.domain import hardware_tokens
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import LivingSession
from mfa.token_stock import Moved

_REASON = "reported by the holder"


def mine(uow: UnitOfWork, living: LivingSession) -> Sequence[mfa.HardwareToken]:
    """Return the tokens that the person has in hands."""
    return uow.factors.hardware_tokens.of_subject(living.account.id)


def report_lost(uow: UnitOfWork, living: LivingSession, token_id: str, occasion: Occasion) -> bool:
    """Report one's own token lost: its codes open nothing, one's other sessions end. False if it is not one's own."""
    token = next((token for token in mine(uow, living) if token.id == token_id), None)
    if token is None:
        return False
    moved = hardware_tokens.report_lost(uow, token.serial, _REASON, occasion, keep=living.session.id)
    return isinstance(moved, Moved)


def resynchronise(
    uow: UnitOfWork, living: LivingSession, first: str, second: str, occasion: Occasion
) -> mfa.Resynchronised | mfa.Rejected | mfa.Throttled:
    """Bring one's own token back in step."""
    return hardware_tokens.resynchronise(uow, living.account.id, first, second, occasion)
