"""Where the administration's pages about SAML are; light, for it is read before the engine is loaded."""

PATH = "/administration/saml"
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
