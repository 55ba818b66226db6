"""A request on its way into its row and back: what is kept of it while a person signs in."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from idp.saml.answers import Addressed
from idp.saml.contexts import Comparison, RequestedContext
from idp.saml.requests import AuthnRequest
from idp.saml.store.requests import PendingRequest

REQUEST_LIFETIME = timedelta(minutes=30)


def pending_request(request: AuthnRequest, to: Addressed, key: bytes, now: datetime) -> PendingRequest:
    """Return the row of a request that came in now."""
    kept = asdict(request) | {"issued_at": request.issued_at.isoformat(), "relay_state": to.relay_state}
    return PendingRequest(
        key=key,
        application_id=to.service.application.id,
        handle_digest=None,
        browser=None,
        parameters=kept,
        received_at=now,
        expires_at=now + REQUEST_LIFETIME,
    )


def kept_request(pending: PendingRequest) -> tuple[AuthnRequest, str]:
    """Return the request and its RelayState."""
    values: dict[str, Any] = dict(pending.parameters)
    relay_state = str(values.pop("relay_state"))
    context = values.pop("context")
    return (
        AuthnRequest(
            **{
                **values,
                "issued_at": datetime.fromisoformat(values["issued_at"]),
                "context": RequestedContext(tuple(context["classes"]), Comparison(context["comparison"])),
            }
        ),
        relay_state,
    )
