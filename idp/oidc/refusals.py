"""One audit record for each refused request; a flood of them is counted (statement A1)."""

from idp.domain.events import RequestRefused
from idp.domain.floods import record_refusal
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork


def note_refusal(uow: UnitOfWork, endpoint: str, reason: str, client: str, occasion: Occasion) -> None:
    """Record that a request to `endpoint` was refused."""
    kind = reason.partition(":")[0]
    key = f"{endpoint} {kind} {client} {occasion.address or ''}"
    record_refusal(uow, RequestRefused(object=endpoint, reason=reason, client=client), key, occasion)
