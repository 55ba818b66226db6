"""Everything that can be done in the administration, and which role may do it. One table for page, API and command."""

from collections.abc import Mapping
from enum import StrEnum

from idp.domain.roles.grants import Role


class Act(StrEnum):
    """One thing that can be done."""

    SEE_OVERVIEW = "see_overview"
    SEE_PERSON = "see_person"
    OPEN_PROTECTED = "open_protected"
    DISABLE = "disable"
    ENABLE = "enable"
    END_SESSIONS = "end_sessions"
    UNLOCK = "unlock"
    REMOVE_FACTOR = "remove_factor"
    ISSUE_TEMPORARY_CODE = "issue_temporary_code"
    ISSUE_ACTIVATION_CODE = "issue_activation_code"
    APPROVE = "approve"
    HAND_OUT_TOKEN = "hand_out_token"  # noqa: S105 - a hardware token, and an act's name
    MANAGE_TOKENS = "manage_tokens"
    HIRE = "hire"
    CHANGE_UNIT = "change_unit"
    INVITE = "invite"
    SEE_APPLICATION = "see_application"
    CONNECT_APPLICATION = "connect_application"
    CHANGE_APPLICATION = "change_application"
    DECIDE_ACCESS = "decide_access"
    ASSIGN_APPLICATION_ROLES = "assign_application_roles"
    SEE_SYNCHRONISATION = "see_synchronisation"
    DECIDE_PLAN = "decide_plan"
    UNDO_RUN = "undo_run"
    CONFIGURE = "configure"
    SEE_AUDIT = "see_audit"
    EXPORT_AUDIT = "export_audit"
    WEED_AUDIT = "weed_audit"
    SEE_ROLES = "see_roles"
    GIVE_ROLE = "give_role"
    TAKE_ROLE = "take_role"
    ISSUE_API_TOKEN = "issue_api_token"  # noqa: S105 - an act's name


#: What changes nothing: all that an auditor does.
SEEING = frozenset(
    {
        Act.SEE_OVERVIEW,
        Act.SEE_PERSON,
        Act.SEE_APPLICATION,
        Act.SEE_SYNCHRONISATION,
        Act.SEE_AUDIT,
        Act.EXPORT_AUDIT,
        Act.SEE_ROLES,
    }
)

#: Opening a protected record is a duty of its own: an administrator appoints the handlers and is none.
HOLDS: Mapping[Role, frozenset[Act]] = {
    Role.ADMINISTRATOR: frozenset(Act) - {Act.OPEN_PROTECTED},
    Role.AUDITOR: SEEING,
    Role.IT_REPRESENTATIVE: frozenset(
        {Act.SEE_PERSON, Act.UNLOCK, Act.ISSUE_TEMPORARY_CODE, Act.HAND_OUT_TOKEN, Act.APPROVE}
    ),
    Role.SYSTEM_OWNER: frozenset(
        {
            Act.SEE_APPLICATION,
            Act.DECIDE_ACCESS,
            Act.ASSIGN_APPLICATION_ROLES,
            Act.SEE_ROLES,
            Act.GIVE_ROLE,
            Act.TAKE_ROLE,
        }
    ),
    Role.SYSTEM_ADMINISTRATOR: frozenset({Act.SEE_APPLICATION, Act.ASSIGN_APPLICATION_ROLES}),
    Role.PROTECTED_DATA_HANDLER: frozenset({Act.SEE_PERSON, Act.OPEN_PROTECTED}),
}

#: Which roles each role may give and take, within its own scope.
MAY_GIVE: Mapping[Role, frozenset[Role]] = {
    Role.ADMINISTRATOR: frozenset(Role),
    Role.SYSTEM_OWNER: frozenset({Role.SYSTEM_ADMINISTRATOR}),
}

#: What would let the doer stand in somebody's place: never towards somebody who holds more.
UPON_SOMEBODY = frozenset(
    {
        Act.DISABLE,
        Act.ENABLE,
        Act.END_SESSIONS,
        Act.UNLOCK,
        Act.REMOVE_FACTOR,
        Act.ISSUE_TEMPORARY_CODE,
        Act.ISSUE_ACTIVATION_CODE,
        Act.HAND_OUT_TOKEN,
        Act.APPROVE,
        Act.CHANGE_UNIT,
        Act.INVITE,
    }
)

#: What nobody does to themselves: a second person is the point of it.
NEVER_TO_ONESELF = UPON_SOMEBODY - {Act.END_SESSIONS}

#: What asks for two factors proved lately (statement C8).
SENSITIVE = frozenset(
    {
        Act.REMOVE_FACTOR,
        Act.ISSUE_TEMPORARY_CODE,
        Act.ISSUE_ACTIVATION_CODE,
        Act.HAND_OUT_TOKEN,
        Act.APPROVE,
        Act.OPEN_PROTECTED,
        Act.HIRE,
        Act.INVITE,
        Act.CONNECT_APPLICATION,
        Act.CHANGE_APPLICATION,
        Act.DECIDE_PLAN,
        Act.UNDO_RUN,
        Act.CONFIGURE,
        Act.EXPORT_AUDIT,
        Act.WEED_AUDIT,
        Act.GIVE_ROLE,
        Act.TAKE_ROLE,
        Act.ISSUE_API_TOKEN,
    }
)
