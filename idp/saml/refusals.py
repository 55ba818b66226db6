"""One audit record for each refused message; a flood of them is counted (statement A1)."""

from idp.domain.events import RequestRefused
from idp.domain.floods import record_refusal
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork


def note_refusal(uow: UnitOfWork, endpoint: str, reason: str, service: str, occasion: Occasion) -> None:
    """Record that a message to `endpoint` was refused."""
    kind = reason.partition(":")[0]
    key = f"{endpoint} {kind} {service} {occasion.address or ''}"
    record_refusal(uow, RequestRefused(object=endpoint, reason=reason, client=service), key, occasion)
