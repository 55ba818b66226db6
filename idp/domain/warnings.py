"""What those who answer for systems are warned of before it breaks, by mail: one message to each in the outbox.

Administrators are told of everything, owners and administrators of a system of what concerns theirs. The messages
hold ids and a kind; `idp/mail` has the words.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.domain.handles import ApplicationId
from idp.domain.occasion import Occasion
from idp.domain.outbox import Message
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Role, application_scope

WARNING_TOPIC = "warning.mail"
_OF_SYSTEMS = (Role.SYSTEM_OWNER, Role.SYSTEM_ADMINISTRATOR)


class Kind(StrEnum):
    """What is about to break."""

    PARTNERS_CERTIFICATE = "partners_certificate"
    OWN_KEY = "own_key"


@dataclass(frozen=True, slots=True)
class Ahead:
    """One thing that ends. `application` is whose it is, None for our own; `name` tells it from others of its kind."""

    kind: Kind
    name: str
    ends_at: datetime
    application: ApplicationId | None = None


def warn(uow: UnitOfWork, ahead: Ahead, occasion: Occasion) -> int:
    """Tell everybody who answers for it; return how many that are."""
    scope = application_scope(ahead.application) if ahead.application else None
    whom = {
        held.account_id
        for held in uow.roles.held(occasion.now)
        if held.grant.role is Role.ADMINISTRATOR
        or (held.grant.role in _OF_SYSTEMS and held.grant.scope == scope)
    }
    payload = {
        "kind": ahead.kind.value,
        "name": ahead.name,
        "ends_at": ahead.ends_at.isoformat(),
        "application": ahead.application or "",
    }
    for account_id in sorted(whom):
        uow.outbox.add(Message(WARNING_TOPIC, {**payload, "account": account_id}), occasion.now)
    return len(whom)
