"""Where the administration's pages about SAML are; light, for it is read before the engine is loaded."""

from idp.web.administration import ProtocolPages
from idp.web.marking import mark

PATH = "/administration/saml"
#: The places that this room offers beside the administration's list of systems.
PAGES = ProtocolPages("saml", mark("SAML"), f"{PATH}/connect", PATH + "/system/{name}")
#: Each path, its method, and the name of the method of `Administration` that answers.
ROUTES = (
    (PATH, "GET", "overview"),
    (f"{PATH}/connect", "GET", "connect"),
    (f"{PATH}/check", "POST", "check"),
    (f"{PATH}/connect", "POST", "connected"),
    (f"{PATH}/system/{{name}}", "GET", "system"),
    (f"{PATH}/publish", "POST", "publish"),
    (f"{PATH}/keys", "POST", "key_step"),
)
