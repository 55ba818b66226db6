"""What facts about a person are called when the person is told of them; msgids, for every room's pages."""

from collections.abc import Mapping

from idp.domain.release import Fact
from idp.web.marking import mark

FACT_WORDS: Mapping[Fact, str] = {
    Fact.DISPLAY_NAME: mark("your name"),
    Fact.GIVEN_NAME: mark("your given name"),
    Fact.SURNAME: mark("your surname"),
    Fact.LOGIN: mark("your user name"),
    Fact.MAIL: mark("your e-mail address"),
    Fact.LANGUAGE: mark("your language"),
    Fact.GROUPS: mark("your groups"),
    Fact.ROLES: mark("your roles in the system"),
    Fact.UNITS: mark("the codes of your units"),
    Fact.UNIT_NAMES: mark("your units"),
    Fact.TITLE: mark("your title"),
    Fact.EMPLOYEE_NUMBER: mark("your employee number"),
    Fact.AFFILIATION: mark("that you work here"),
    Fact.ORGANISATION: mark("where you work"),
    Fact.ASSURANCE: mark("how you were identified"),
    Fact.IDENTIFIER: mark("an identifier without a name in it"),
}
