"""Destinations of call-back: who may approve one, when it may first be used, and the message that sends a code.

To bind a destination is to bind a factor: it is recorded and told like one, and nothing is sent to it before its
waiting time is over, whoever approved it.
"""

from datetime import timedelta

import mfa
from idp.domain.account import Account
from idp.domain.binding import Way
from idp.domain.events import FactorBound, FactorRemoved
from idp.domain.handles import AccountId
from idp.domain.helpers_binding import closed
from idp.domain.notices import record_and_tell
from idp.domain.occasion import Occasion
from idp.domain.outbox import Message
from idp.domain.own_factors import NotNow, closed_for_new
from idp.domain.own_factors import closed as closed_now
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Refused
from idp.domain.session import EndReason, LivingSession
from idp.domain.sign_out import end_all_sessions

CALL_TOPIC = "call-back"
#: How long a new destination waits: long enough for its owner to read the notice and object.
WAITING = timedelta(days=1)


def call_message(calling: mfa.Calling) -> Message:
    """Return the message that has a code sent. It names the code's row; each code has a lane of its own."""
    return Message(CALL_TOPIC, {"call": calling.call_id}, lane=f"{CALL_TOPIC}:{calling.call_id}")


def approve(
    uow: UnitOfWork, account: Account, channel: mfa.Channel, address: str, occasion: Occasion
) -> mfa.Destination | Refused | None:
    """Approve a destination for somebody, as a helper; None if they have it. Raises ValueError for no address."""
    refused = closed(uow, Way.HELPER, occasion)
    return refused or _bound(uow, account.id, channel, address, Way.HELPER, occasion)


def add_own(
    uow: UnitOfWork, living: LivingSession, channel: mfa.Channel, address: str, occasion: Occasion
) -> mfa.Destination | NotNow | None:
    """Add a destination of one's own, from an existing factor (W7); None if one has it. Raises ValueError."""
    shut = closed_for_new(uow, living, occasion)
    if shut is not None:
        return shut
    return _bound(uow, living.account.id, channel, address, Way.EXISTING_FACTOR, occasion)


def remove(uow: UnitOfWork, account_id: AccountId, destination_id: str, occasion: Occasion) -> bool:
    """Remove a destination; False if there is none such."""
    approved = mfa.approved_destinations(uow.factors, account_id)
    ending = next((place for place in approved if place.id == destination_id), None)
    if not mfa.remove_destination(uow.factors, account_id, destination_id, occasion.now):
        return False
    record_and_tell(
        uow, FactorRemoved(subject=account_id, object=destination_id, kind="call_back"), occasion, ending
    )
    return True


def remove_own(
    uow: UnitOfWork, living: LivingSession, destination_id: str, occasion: Occasion
) -> bool | NotNow:
    """Remove one of one's own destinations; other sessions end (S18)."""
    shut = closed_now(living, occasion)
    if shut is not None:
        return shut
    account_id = living.account.id
    if not remove(uow, account_id, destination_id, occasion):
        return False
    end_all_sessions(uow, account_id, EndReason.FACTOR_CHANGED, occasion, keep=living.session.id)
    return True


def _bound(
    uow: UnitOfWork,
    account_id: AccountId,
    channel: mfa.Channel,
    address: str,
    way: Way,
    occasion: Occasion,
) -> mfa.Destination | None:
    bound = mfa.bind_destination(
        uow.factors, account_id, channel, address, occasion.actor.name, occasion.now, waiting=WAITING
    )
    if bound is None:
        return None
    record_and_tell(
        uow, FactorBound(subject=account_id, object=bound.id, reason=way.value, kind=channel.value), occasion
    )
    return bound
