"""A request on its way into its row and back: what is kept of it while a person signs in."""

from base64 import b64decode, b64encode
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from idp.saml.answers import Addressed
from idp.saml.contexts import Comparison, RequestedContext
from idp.saml.requests import AuthnRequest
from idp.saml.sign_message import SignMessage
from idp.saml.store.requests import PendingRequest


def parameters_of(request: AuthnRequest, to: Addressed) -> dict[str, object]:
    """Return what is kept of a request while a person signs in, as a JSON object."""
    return asdict(replace(request, message=None)) | {
        "issued_at": request.issued_at.isoformat(),
        "relay_state": to.relay_state,
        "message": _message_to_json(request.message),
    }


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
                # A row of an older program has none of these.
                "providers": tuple(values.get("providers", ())),
                "requesters": tuple(values.get("requesters", ())),
                "principal": tuple((name, value) for name, value in values.get("principal", ())),
                "message": _message_from_json(values.get("message")),
            }
        ),
        relay_state,
    )


def _message_to_json(message: SignMessage | None) -> dict[str, Any] | None:
    if message is None:
        return None
    return asdict(message) | {"octets": b64encode(message.octets).decode("ascii")}


def _message_from_json(value: dict[str, Any] | None) -> SignMessage | None:
    return None if value is None else SignMessage(**{**value, "octets": b64decode(value["octets"])})
