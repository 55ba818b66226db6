"""The places of the administration that this room offers, in the order of the navigation."""

from idp.domain.roles import Act
from idp.web.administration import PATH, Section
from idp.web.marking import mark

SECTIONS = (
    Section(mark("Overview"), PATH, Act.SEE_OVERVIEW),
    Section(mark("People"), f"{PATH}/people", Act.SEE_PERSON),
    Section(mark("Approvals"), f"{PATH}/approvals", Act.APPROVE),
    Section(mark("Systems"), f"{PATH}/systems", Act.SEE_APPLICATION),
    Section(mark("Roles"), f"{PATH}/roles", Act.SEE_ROLES),
    Section(mark("Synchronisation"), f"{PATH}/synchronisation", Act.SEE_SYNCHRONISATION),
    Section(mark("Password generators"), f"{PATH}/tokens", Act.MANAGE_TOKENS),
    Section(mark("API tokens"), f"{PATH}/api-tokens", Act.ISSUE_API_TOKEN),
    Section(mark("Review"), f"{PATH}/review", Act.SEE_AUDIT),
    Section(mark("Log"), f"{PATH}/log", Act.SEE_AUDIT),
)
