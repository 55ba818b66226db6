"""What people are told when the ways into their account change, so that a change they did not make is noticed.

Which events are told of is one table here. The telling itself is a message in the outbox, in the transaction of
the change (NIST SP 800-63B-4 §4.6: every channel that is known); `idp/mail` takes it. It holds ids and a
kind, never a code.
"""

from collections.abc import Mapping
from enum import StrEnum

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


def record_and_tell(uow: UnitOfWork, event: AuditEvent, occasion: Occasion) -> None:
    """Record a change of the ways into `event.subject`'s account, and tell the person.

    Raises KeyError for an event that nobody is told of: that one is only recorded.
    """
    notice = TOLD[type(event)]
    record(uow.audit, event, occasion)
    uow.outbox.add(_message(AccountId(event.subject), notice, occasion), occasion.now)


def _message(account_id: AccountId, notice: Notice, occasion: Occasion) -> Message:
    payload = {"account": account_id, "notice": notice.value, "at": occasion.now.isoformat()}
    return Message(MAIL_TOPIC, payload)
