"""The words of roles and of what they do not allow: one English sentence each; pages translate them."""

from collections.abc import Callable, Mapping

from idp.domain.reason import Reason
from idp.domain.roles.acts import Act
from idp.domain.roles.decision import Refused
from idp.domain.roles.grants import Reach, Role

SENTENCES: Mapping[str, str] = {
    "no_role": "You have no role that allows this.",
    "outside_scope": "Your role does not reach this person, unit or system.",
    "own_account": "Nobody does this to their own account. Ask a colleague.",
    "holds_more": "The person has a role that goes further than yours.",
    "protected_person": "The personal data are protected: only their appointed handlers do this.",
    "wrong_reach": "The role cannot be given over that.",
    "own_role": "Nobody gives or takes their own role. Ask a colleague.",
    "not_yours_to_give": "You can only give roles that you hold, over what you answer for.",
    "longer_than_own": "The role would last longer than your own.",
    "last_administrator": "The last administrator who stays cannot be removed. Appoint another first.",
    "no_reason": "Give a reason. It is kept in the audit log.",
    "held_already": "The role is held already.",
    "not_held": "Nobody holds that role there.",
    "ended_already": "The end is not in the future.",
    "malformed": "What was typed is not a number or a time in its bounds.",
    "fresh_proof": "Prove who you are again first: this is a sensitive act.",
    "cooling_off": "Your own ways to sign in were reset lately: sensitive acts are closed for a time.",
    "unknown": "There is nobody and nothing of that name here.",
    "second_helper_asked": "A second helper has been asked to approve this. Do it again when it is approved.",
    "second_helper_waits": "It still waits for a second helper's approval.",
    "own_request": "Nobody approves what they asked for. Ask a colleague.",
    "way_closed": "The organisation's rules about factors do not let one be bound in this way.",
    "nothing_to_do": "Nothing was changed: it had been done already.",
    "expiry": "It must end within a year.",
    "token_not_from_here": "That cannot be done with it now: it is with somebody else, or somewhere else in its life.",
    "token_expired": "Its maker lets it be used until a day that has passed.",
    "token_overtaken": "Somebody else changed it at the same moment. Look at it and try again.",
    "seed_file": "The file was not taken in: {problems}",
    "name_taken": "No user name is free that fits the name.",
    "wrong_period": "The period must begin before it ends, and end within five years from now.",
    "no_sponsor": "A consultant needs a sponsor who has an active account.",
    "of_a_directory": "The person's employment comes from a directory: it is changed there.",
    "system_name": "The short name begins with a letter and holds a to z, digits and hyphens; the title is needed too.",
    "entity_taken": "This system is connected already.",
    "unusable_metadata": "The metadata cannot be used: {why}",
    "unknown_attributes": "There is an attribute among them that we do not know.",
    "system_taken": "Another system has this short name.",
    "unknown_owner": "Nobody has the owner's user name.",
    "unknown_names": "There is no such group, unit or network: {names}.",
    "server_taken": "Another server has the same address or certificate: give each an identifier of its own.",
    "registration_refused": "The registration was not taken in: {wrong}.",
    "no_secret": "The system does not prove itself by a secret.",
    "change_under_way": "A change is under way: end the old one first.",
    "key_refused": "The key was not taken in: it must be public, EC P-256 or RSA 2048 bits or more, as JWK or JWK Set.",
    "keys_alike": "Each key needs a name of its own (kid).",
    "last_key": "The last key stays: take a new one in first.",
    "unknown_role": "The system has no such role.",
    "role_name": "A role's name holds up to 64 letters, digits and ._:/-, and it needs a title.",
    "role_in_use": "Somebody still has the role, or there is none of that name.",
    "too_many": "Too many at once: take fifty at most.",
    "incident_period": "The period must begin before it ends, and hold three months at most.",
    "overtaken": "Somebody else changed it at the same moment. Look at it and try again.",
    "nothing_to_take_back": "Nothing of this run is left to be taken back.",
    "plan_changed": "The plan is another one by now: read it again.",
    "run_in_progress": "Another run of this directory is under way. Try again when it has ended.",
    "run_not_applied": "Only a run that has been carried out can be taken back.",
    "directory_gone": "The directory of this run is not configured any more.",
    "unknown_scope": "There is no such unit or system.",
}

ROLES: Mapping[Role, str] = {
    Role.ADMINISTRATOR: "Administrator",
    Role.AUDITOR: "Auditor",
    Role.IT_REPRESENTATIVE: "IT representative",
    Role.SYSTEM_OWNER: "System owner",
    Role.SYSTEM_ADMINISTRATOR: "System administrator",
    Role.PROTECTED_DATA_HANDLER: "Handler of protected personal data",
}

REACHES: Mapping[Reach, str] = {
    Reach.ORGANISATION: "the whole organisation",
    Reach.UNIT: "the unit {key} and all below it",
    Reach.APPLICATION: "the system {key}",
}

ACTS: Mapping[Act, str] = {
    Act.SEE_OVERVIEW: "See the overview",
    Act.SEE_PERSON: "Find and see people",
    Act.OPEN_PROTECTED: "Open protected records",
    Act.DISABLE: "Disable accounts",
    Act.ENABLE: "Enable accounts",
    Act.END_SESSIONS: "End sign-ins",
    Act.UNLOCK: "Open locks",
    Act.REMOVE_FACTOR: "Remove lost factors",
    Act.ISSUE_TEMPORARY_CODE: "Issue temporary codes",
    Act.ISSUE_ACTIVATION_CODE: "Issue activation codes",
    Act.HAND_OUT_TOKEN: "Hand out password generators",
    Act.MANAGE_TOKENS: "Manage the stock of password generators",
    Act.HIRE: "Hire by hand",
    Act.CHANGE_UNIT: "Move people without a directory",
    Act.INVITE: "Invite",
    Act.SEE_APPLICATION: "See systems and who can use them",
    Act.CONNECT_APPLICATION: "Connect systems",
    Act.CHANGE_APPLICATION: "Change systems and their policies",
    Act.DECIDE_ACCESS: "Let people into a system and keep them out",
    Act.ASSIGN_APPLICATION_ROLES: "Assign a system's own roles",
    Act.SEE_SYNCHRONISATION: "See synchronisations",
    Act.DECIDE_PLAN: "Release and reject plans",
    Act.UNDO_RUN: "Take synchronisations back",
    Act.CONFIGURE: "Configure",
    Act.SEE_AUDIT: "Read the log and the review",
    Act.EXPORT_AUDIT: "Export the log",
    Act.WEED_AUDIT: "Weed the log",
    Act.SEE_ROLES: "See roles",
    Act.GIVE_ROLE: "Give roles",
    Act.TAKE_ROLE: "Take roles",
    Act.APPROVE: "Approve what another helper does to somebody with a role",
    Act.ISSUE_API_TOKEN: "Make tokens of the API",
}


def sentence(reason: Reason, translate: Callable[[str], str] = str) -> str:
    """Return a reason in words."""
    return translate(SENTENCES[reason.code]).format(**reason.values)


def sentences(refused: Refused, translate: Callable[[str], str] = str) -> list[str]:
    """Return every reason in words."""
    return [sentence(reason, translate) for reason in refused.reasons]
