"""The words of OpenID Connect for what the domain calls proofs, assurance and persons. Pure.

Strength of authentication only: nothing here says how a person was once identified.
"""

from collections.abc import Iterable, Sequence

from idp.domain.assurance import Assurance, Method, Proof, assurance_of

PROTOCOL = "oidc"

#: REFEDS Single-Factor and Multi-Factor Authentication Profiles.
ACR_SFA = "https://refeds.org/profile/sfa"
ACR_MFA = "https://refeds.org/profile/mfa"

#: Strongest first.
ASSURANCE_OF_ACR = {ACR_MFA: Assurance.TWO_FACTORS, ACR_SFA: Assurance.ONE_FACTOR}

#: RFC 8176 §2. Codes from a list or a helper are one-time passwords as well. A passkey is `swk` or `hwk`: which, only
#: an attestation could tell, so the weaker word; `user` where its device asked for PIN or biometric.
_AMR_OF_METHOD = {
    Method.PASSWORD: ("pwd",),
    Method.REMEMBERED_PASSWORD: ("pwd",),
    Method.TOTP: ("otp",),
    Method.TEXT_MESSAGE: ("sms",),
    Method.VOICE_CALL: ("tel",),
    Method.EMAIL_CODE: ("otp",),
    Method.HOTP: ("otp",),
    Method.RECOVERY_CODE: ("otp",),
    Method.TEMPORARY_CODE: ("otp",),
    Method.PASSKEY: ("swk", "user"),
    Method.SECURITY_KEY: ("swk",),
}

OPENID = "openid"
OFFLINE_ACCESS = "offline_access"
PROFILE = "profile"
EMAIL = "email"
GROUPS = "groups"
UNIT = "unit"
#: The system's own roles, as its administrator assigned them.
ROLES = "roles"
SCOPES = (OPENID, PROFILE, EMAIL, GROUPS, UNIT, ROLES, OFFLINE_ACCESS)

CLAIMS_OF_SCOPE = {
    PROFILE: ("name", "given_name", "family_name", "preferred_username", "locale"),
    EMAIL: ("email", "email_verified"),
    GROUPS: ("groups",),
    UNIT: ("units", "unit_names"),
    ROLES: ("roles",),
}
#: Claims about the person, which scopes or the `claims` parameter may ask for.
PERSON_CLAIMS = tuple(claim for claims in CLAIMS_OF_SCOPE.values() for claim in claims)
#: Claims about the authentication itself, present whether asked for or not (statement O19: nobody else sets them).
AUTHENTICATION_CLAIMS = (
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "sid",
    "at_hash",
)

PROMPTS = ("none", "login", "consent", "select_account")
RESPONSE_MODES = ("query", "form_post")
SIGNING_ALGORITHMS = ("ES256", "RS256")
ASSERTION_ALGORITHMS = ("ES256", "RS256", "PS256")


def acr_of(proofs: Iterable[Proof], asked: Sequence[str] = ()) -> str:
    """Return the acr that `proofs` meet: the strongest of those asked for, else the strongest of all; "" for none.

    A request that asks for the single-factor profile only gets that word, for it must be one of the values
    asked for (OpenID Connect Core §5.5.1.1), and it is true of a stronger authentication as well.
    """
    reached = assurance_of(proofs)
    met = [acr for acr, level in ASSURANCE_OF_ACR.items() if reached >= level]
    return next((acr for acr in met if acr in asked), met[0] if met else "")


def amr_of(proofs: Iterable[Proof]) -> list[str]:
    """Return the authentication methods references of `proofs` (RFC 8176 §2)."""
    held = list(proofs)
    words = {word for proof in held for word in _AMR_OF_METHOD.get(proof.method, ())}
    if assurance_of(held) >= Assurance.TWO_FACTORS:
        words.add("mfa")
    return sorted(words)


def assurance_asked(acr_values: Iterable[str]) -> Assurance:
    """Return the level of the first acr that we know, NONE if there is none (values come in order of preference)."""
    return next((ASSURANCE_OF_ACR[acr] for acr in acr_values if acr in ASSURANCE_OF_ACR), Assurance.NONE)
