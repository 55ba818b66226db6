"""From what was refused to what the protocol says: one table; what is not in it is `server_error`.

`Refused` is the closed list of reasons: it goes to the audit log. The OAuth error and its description are
all that anybody else reads; causes that depend on a secret share one row's words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from authlib.oauth2 import OAuth2Error


class Refused(StrEnum):
    """Why a request was refused."""

    # before the redirect URI is proven: never redirected (RFC 6749 §4.1.2.1)
    UNKNOWN_CLIENT = "unknown_client"
    REDIRECT_URI = "redirect_uri_not_registered"
    UNREADABLE = "unreadable_request"
    LOST_REQUEST = "lost_request"
    # authorization requests
    DUPLICATE_PARAMETER = "duplicate_parameter"
    TOO_LONG = "parameter_too_long"
    RESPONSE_TYPE = "response_type"
    RESPONSE_MODE = "response_mode"
    REQUEST_OBJECT = "request_object"
    REQUEST_URI = "request_uri"
    REGISTRATION = "registration"
    PKCE_MISSING = "pkce_missing"
    PKCE_METHOD = "pkce_method"
    PKCE_CHALLENGE = "pkce_challenge"
    SCOPE = "scope"
    PROMPT = "prompt"
    MAX_AGE = "max_age"
    CLAIMS = "claims_parameter"
    ID_TOKEN_HINT = "id_token_hint"  # noqa: S105 - a parameter's name
    SUBJECT = "subject_mismatch"
    RESOURCE = "resource"
    NOT_SIGNED_IN = "not_signed_in"
    MORE_PROOF_NEEDED = "more_proof_needed"
    ACR_UNKNOWN = "acr_unknown"
    ACCESS_DENIED = "access_denied"
    CONSENT_MISSING = "consent_missing"
    CONSENT_DENIED = "consent_denied"
    # token, introspection, revocation
    CLIENT_AUTHENTICATION = "client_authentication"
    GRANT_TYPE = "grant_type"
    GRANT_NOT_ALLOWED = "grant_not_allowed"
    CODE_MISSING = "code_missing"
    CODE_UNKNOWN = "code_unknown"
    CODE_REPLAYED = "code_replayed"
    CODE_EXPIRED = "code_expired"
    CODE_OTHER_CLIENT = "code_of_another_client"
    CODE_REDIRECT_URI = "code_redirect_uri"
    CODE_VERIFIER = "code_verifier"
    REFRESH_UNKNOWN = "refresh_unknown"
    REFRESH_REPLAYED = "refresh_replayed"
    REFRESH_EXPIRED = "refresh_expired"
    REFRESH_OTHER_CLIENT = "refresh_of_another_client"
    REFRESH_SCOPE = "refresh_scope"
    GRANT_FALLEN = "grant_fallen"
    TOKEN_MISSING = "token_missing"  # noqa: S105 - a reason's name
    TOKEN_OTHER_CLIENT = "token_of_another_client"  # noqa: S105 - a reason's name
    # protected resources
    BEARER_MISSING = "bearer_missing"
    BEARER_INVALID = "bearer_invalid"
    BEARER_SCOPE = "bearer_scope"


@dataclass(frozen=True, slots=True)
class OAuthWords:
    """What the protocol says: error code, description (RFC 6749 §5.2: printable ASCII) and status."""

    error: str
    description: str
    status: int = 400


_GRANT = OAuthWords("invalid_grant", "The code or token is not valid.")
_CHALLENGE = "A code_challenge with code_challenge_method S256 is required."
_BEARER = OAuthWords("invalid_token", "The access token is not valid.", 401)

SERVER_ERROR = OAuthWords("server_error", "The fault is ours; the reference number leads to it.", 500)

WORDS: Mapping[Refused, OAuthWords] = {
    Refused.DUPLICATE_PARAMETER: OAuthWords("invalid_request", "A parameter is given twice."),
    Refused.TOO_LONG: OAuthWords("invalid_request", "A parameter is too long."),
    Refused.UNREADABLE: OAuthWords("invalid_request", "The request cannot be read."),
    Refused.RESPONSE_TYPE: OAuthWords("unsupported_response_type", "The only response_type is code."),
    Refused.RESPONSE_MODE: OAuthWords("invalid_request", "The response_mode is not supported."),
    Refused.REQUEST_OBJECT: OAuthWords("request_not_supported", "Request objects are not supported."),
    Refused.REQUEST_URI: OAuthWords("request_uri_not_supported", "request_uri is not supported."),
    Refused.REGISTRATION: OAuthWords("registration_not_supported", "registration is not supported."),
    Refused.PKCE_MISSING: OAuthWords("invalid_request", _CHALLENGE),
    Refused.PKCE_METHOD: OAuthWords("invalid_request", _CHALLENGE),
    Refused.PKCE_CHALLENGE: OAuthWords("invalid_request", _CHALLENGE),
    Refused.SCOPE: OAuthWords("invalid_scope", "No scope that the client may ask for."),
    Refused.PROMPT: OAuthWords("invalid_request", "The prompt is not valid."),
    Refused.MAX_AGE: OAuthWords("invalid_request", "max_age is not a number of seconds."),
    Refused.CLAIMS: OAuthWords("invalid_request", "The claims parameter is not valid."),
    Refused.ID_TOKEN_HINT: OAuthWords("invalid_request", "The id_token_hint is not valid."),
    Refused.SUBJECT: OAuthWords("login_required", "Another person is signed in."),
    Refused.RESOURCE: OAuthWords("invalid_target", "The client may not ask for this resource."),
    Refused.NOT_SIGNED_IN: OAuthWords("login_required", "Nobody is signed in."),
    Refused.MORE_PROOF_NEEDED: OAuthWords("interaction_required", "More has to be proved."),
    Refused.ACR_UNKNOWN: OAuthWords(
        "unmet_authentication_requirements", "The authentication asked for cannot be given."
    ),
    Refused.ACCESS_DENIED: OAuthWords("access_denied", "The application may not be used."),
    Refused.CONSENT_MISSING: OAuthWords("consent_required", "The person has to be asked for consent."),
    Refused.CONSENT_DENIED: OAuthWords("access_denied", "The person did not consent."),
    Refused.CLIENT_AUTHENTICATION: OAuthWords("invalid_client", "The client is not authenticated.", 401),
    Refused.GRANT_TYPE: OAuthWords("unsupported_grant_type", "The grant_type is not supported."),
    Refused.GRANT_NOT_ALLOWED: OAuthWords("unauthorized_client", "The client may not use this grant_type."),
    Refused.CODE_MISSING: OAuthWords("invalid_request", "A required parameter is missing."),
    Refused.CODE_UNKNOWN: _GRANT,
    Refused.CODE_REPLAYED: _GRANT,
    Refused.CODE_EXPIRED: _GRANT,
    Refused.CODE_OTHER_CLIENT: _GRANT,
    Refused.CODE_REDIRECT_URI: _GRANT,
    Refused.CODE_VERIFIER: _GRANT,
    Refused.REFRESH_UNKNOWN: _GRANT,
    Refused.REFRESH_REPLAYED: _GRANT,
    Refused.REFRESH_EXPIRED: _GRANT,
    Refused.REFRESH_OTHER_CLIENT: _GRANT,
    Refused.REFRESH_SCOPE: OAuthWords("invalid_scope", "More is asked for than was granted."),
    Refused.GRANT_FALLEN: _GRANT,
    Refused.TOKEN_MISSING: OAuthWords("invalid_request", "A required parameter is missing."),
    Refused.TOKEN_OTHER_CLIENT: OAuthWords("invalid_grant", "The token was issued to another client."),
    Refused.BEARER_MISSING: OAuthWords("", "", 401),
    Refused.BEARER_INVALID: _BEARER,
    Refused.BEARER_SCOPE: OAuthWords("insufficient_scope", "The access token does not reach here.", 403),
}


class ProtocolRefusal(OAuth2Error):
    """A refusal inside Authlib's grants, which tell refusals by raising; it is a value again at their edge.

    Nothing is rolled back by it: what was spent or revoked on the way stays so.
    """

    def __init__(self, reason: Refused, detail: str = "") -> None:
        words = WORDS.get(reason, SERVER_ERROR)
        super().__init__(  # type: ignore[no-untyped-call]  # Authlib has no annotations
            description=words.description, status_code=words.status, error=words.error
        )
        self.reason = reason
        #: For the audit log only.
        self.detail = detail

    @property
    def audit_reason(self) -> str:
        """The reason as the audit log has it."""
        return f"{self.reason.value}: {self.detail}" if self.detail else self.reason.value
