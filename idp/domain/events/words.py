"""What happened, in words: one English sentence for each kind of record; pages translate them."""

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "access.decided": "Access to a system was decided.",
    "access.reviewed": "An owner looked at who can use a system.",
    "account.changed": "Facts were changed.",
    "account.created": "The account was created.",
    "account.disabled": "The account was disabled.",
    "account.enabled": "The account was enabled.",
    "act.planned": "Something was planned, or became of a plan.",
    "act.refused": "Somebody tried what their role does not allow.",
    "api_token.issued": "A token of the API was made.",
    "api_token.revoked": "A token of the API was withdrawn.",
    "audit.exported": "The audit log was exported.",
    "audit.weeded": "Payloads of the audit log were weeded.",
    "configuration.changed": "The configuration was changed.",
    "consent.given": "Consent was given to a system.",
    "consent.withdrawn": "Consent was withdrawn from a system.",
    "entitlement.ended": "What was decided about access to a system was ended.",
    "entitlement.given": "It was decided about access to a system, or about a role there.",
    "factor.bound": "A factor was set up.",
    "factor.code_issued": "A code was issued.",
    "factor.cooling_off_began": "The ways to sign in were reset: changes are closed for a time.",
    "factor.recovery_codes_made": "New recovery codes were made.",
    "factor.removed": "A factor was removed.",
    "key.rotated": "A key was rotated.",
    "logout.delivered": "A system was told of a sign-out.",
    "password.changed": "The password was changed.",
    "record.opened": "The protected record was opened.",
    "request.flood": "Many refusals came at once.",
    "request.refused": "A request was refused.",
    "role.given": "A role was given.",
    "role.taken": "A role was taken.",
    "session.ended": "A sign-in was ended.",
    "signin.proof_accepted": "A step of a sign-in was proved.",
    "signin.refused": "A sign-in was refused.",
    "signin.succeeded": "A sign-in succeeded.",
    "synchronisation.ended": "A synchronisation ended.",
    "token.issued": "A system was given tokens.",
    "token.revoked": "A system's tokens were revoked.",
}
OTHER = "Something was recorded."


def words_of(kind: str) -> str:
    """Return the sentence of a kind of record."""
    return SENTENCES.get(kind, OTHER)
