"""What people are told when the ways into their account change, so that a change they did not make is noticed.

Which events are told of is one table here. The telling itself is messages in the outbox, in the transaction of
the change, one for every channel that is known (NIST SP 800-63B-4 §4.6): the person's mail, and each number and
address approved for codes, the one that is just being removed too. A new one is told nothing before its waiting
time is over: nobody has shown yet whose it is. The messages hold ids and a kind, never a code; `idp/mail` takes them.
"""

from collections.abc import Mapping
from enum import StrEnum

import mfa
from idp.domain.audit import AuditEvent, record
from idp.domain.events import (
    CodeIssued,
    FactorBound,
    FactorRemoved,
    PasswordChanged,
    RecoveryCodesMade,
)
from idp.domain.handles import AccountId
from idp.domain.occasion import Occasion
from idp.domain.outbox import Message
from idp.domain.ports import UnitOfWork

MAIL_TOPIC = "notice.mail"
PLACE_TOPIC = "notice.place"


class Notice(StrEnum):
    """What has happened; `idp/mail` has the words."""

    FACTOR_BOUND = "factor_bound"
    FACTOR_REMOVED = "factor_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    CODE_ISSUED = "code_issued"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of notice


TOLD: Mapping[type[AuditEvent], Notice] = {
    FactorBound: Notice.FACTOR_BOUND,
    FactorRemoved: Notice.FACTOR_REMOVED,
    RecoveryCodesMade: Notice.RECOVERY_CODES_MADE,
    CodeIssued: Notice.CODE_ISSUED,
    PasswordChanged: Notice.PASSWORD_CHANGED,
}


def record_and_tell(
    uow: UnitOfWork, event: AuditEvent, occasion: Occasion, removed: mfa.Destination | None = None
) -> None:
    """Record a change of the ways into `event.subject`'s account, and tell the person.

    `removed` is a destination that has just ceased to be approved, and is told of it all the same.
    Raises KeyError for an event that nobody is told of: that one is only recorded.
    """
    notice, account_id = TOLD[type(event)], AccountId(event.subject)
    record(uow.audit, event, occasion)
    payload = {"account": account_id, "notice": notice.value, "at": occasion.now.isoformat()}
    uow.outbox.add(Message(MAIL_TOPIC, payload), occasion.now)
    approved = mfa.approved_destinations(uow.factors, account_id)
    places = [place for place in approved if place.usable_from <= occasion.now]
    for place in places:
        uow.outbox.add(_to_place(place, payload), occasion.now)
    if removed is not None:
        uow.outbox.add(_to_place(removed, payload | {"last": "yes"}), occasion.now)


def _to_place(place: mfa.Destination, payload: Mapping[str, str]) -> Message:
    return Message(PLACE_TOPIC, {**payload, "place": place.id}, lane=f"{PLACE_TOPIC}:{place.channel.value}")
