"""Why a request is refused, and the one table from there to SAML's status codes (core §3.2.2.2)."""

from dataclasses import dataclass
from enum import StrEnum

from idp.saml import vocabulary as words


class Refused(StrEnum):
    """A reason; its value is what the audit log says."""

    UNREADABLE = "unreadable"
    UNKNOWN_SERVICE = "unknown_service"
    SIGNATURE = "signature"
    NOT_SIGNED = "not_signed"
    DESTINATION = "destination"
    VERSION = "version"
    TOO_OLD = "too_old"
    REPLAYED = "replayed"
    CONSUMER = "assertion_consumer"
    METADATA_EXPIRED = "metadata_expired"
    LOST_REQUEST = "lost_request"
    NOT_ALLOWED = "not_allowed"
    # Told to the service as well, for its address is proven by then.
    BINDING = "binding"
    NAME_ID = "name_id"
    SUBJECT = "subject"
    CONTEXT = "authn_context"
    PASSIVE = "passive"
    ACCESS_DENIED = "access_denied"
    CANCELLED = "cancelled"
    UNSUPPORTED = "unsupported"
    SCOPING = "scoping"
    SIGN_MESSAGE = "sign_message"


@dataclass(frozen=True, slots=True)
class Status:
    """A top-level status code, the second-level one, and a sentence for the service's log."""

    top: str
    second: str
    message: str


SUCCESS = Status(words.SUCCESS, "", "")

STATUS = {
    Refused.BINDING: Status(
        words.REQUESTER, words.UNSUPPORTED_BINDING, "Responses are sent by HTTP-POST only."
    ),
    Refused.NAME_ID: Status(
        words.REQUESTER, words.INVALID_NAMEID_POLICY, "The name identifier's format is not issued to you."
    ),
    Refused.SUBJECT: Status(
        words.RESPONDER, words.UNKNOWN_PRINCIPAL, "Another person is signed in than the request names."
    ),
    Refused.CONTEXT: Status(
        words.REQUESTER, words.NO_AUTHN_CONTEXT, "None of the authentication contexts can be met."
    ),
    Refused.PASSIVE: Status(words.RESPONDER, words.NO_PASSIVE, "A page would have to be shown."),
    Refused.ACCESS_DENIED: Status(
        words.RESPONDER, words.REQUEST_DENIED, "The person may not use the system."
    ),
    Refused.CANCELLED: Status(words.RESPONDER, words.CANCELLED, "The person gave the sign-in up."),
    Refused.UNSUPPORTED: Status(
        words.REQUESTER, words.REQUEST_UNSUPPORTED, "The request asks for something that is not offered."
    ),
    Refused.SCOPING: Status(
        words.RESPONDER, words.NO_SUPPORTED_IDP, "None of the identity providers asked for is known here."
    ),
    Refused.SIGN_MESSAGE: Status(
        words.REQUESTER, words.REQUEST_UNSUPPORTED, "The sign message cannot be shown here."
    ),
}
#: Whatever else: the service is told that it is not its fault.
UNKNOWN = Status(words.RESPONDER, words.AUTHN_FAILED, "The sign-in failed.")
