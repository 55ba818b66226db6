"""What the provider says of itself: OpenID Connect Discovery 1.0 §3 and RFC 8414 §2, from configuration alone."""

from idp.oidc import provider as paths
from idp.oidc.client_authentication import ANY_METHOD, CONFIDENTIAL
from idp.oidc.vocabulary import (
    ACR_MFA,
    ACR_SFA,
    ASSERTION_ALGORITHMS,
    AUTHENTICATION_CLAIMS,
    PERSON_CLAIMS,
    PROMPTS,
    RESPONSE_MODES,
    SCOPES,
    SIGNING_ALGORITHMS,
)


def metadata(issuer: str) -> dict[str, object]:
    """Return the discovery document; both well-known addresses answer with it."""
    any_method = [method.value for method in ANY_METHOD]
    confidential = [method.value for method in CONFIDENTIAL]
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + paths.AUTHORIZATION_PATH,
        "token_endpoint": issuer + paths.TOKEN_PATH,
        "userinfo_endpoint": issuer + paths.USERINFO_PATH,
        "jwks_uri": issuer + paths.JWKS_PATH,
        "introspection_endpoint": issuer + paths.INTROSPECTION_PATH,
        "revocation_endpoint": issuer + paths.REVOCATION_PATH,
        "end_session_endpoint": issuer + paths.LOGOUT_PATH,
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "acr_values_supported": [ACR_SFA, ACR_MFA],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "token_endpoint_auth_methods_supported": any_method,
        "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": any_method,
        "revocation_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "claim_types_supported": ["normal"],
        "claims_supported": [*AUTHENTICATION_CLAIMS, *PERSON_CLAIMS],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "prompt_values_supported": list(PROMPTS),
        "ui_locales_supported": ["sv", "en"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
