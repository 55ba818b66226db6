"""Where the administration's pages about SAML are; light, for it is read before the engine is loaded."""

from idp.domain.roles import Act
from idp.web.administration import ProtocolPages, Section
from idp.web.marking import mark

PATH = "/administration/saml"
#: The places that this room offers beside the administration's list of systems.
PAGES = ProtocolPages("saml", mark("SAML"), f"{PATH}/connect", PATH + "/system/{name}")
#: The place of the administration that this room offers.
SECTIONS = (Section(mark("SAML"), PATH, Act.SEE_APPLICATION),)
#: Each path, its method, and which page's method answers.
ROUTES = (
    (PATH, "GET", "systems", "overview"),
    (f"{PATH}/connect", "GET", "connecting", "ask"),
    (f"{PATH}/check", "POST", "connecting", "check"),
    (f"{PATH}/connect", "POST", "connecting", "connect"),
    (f"{PATH}/system/{{name}}", "GET", "systems", "system"),
    (f"{PATH}/system/{{name}}", "POST", "systems", "change"),
    (f"{PATH}/publish", "POST", "keys", "publish"),
    (f"{PATH}/keys", "POST", "keys", "step"),
)
