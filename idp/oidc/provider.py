"""What every endpoint of the room stands on, built once by `room.py`."""

from dataclasses import dataclass

from idp.domain.ports import Database
from idp.oidc.ports import Farewell, SigningKeys, no_farewell
from idp.oidc.store.clients import ClientRegister

DISCOVERY_PATH = "/.well-known/openid-configuration"
AUTHORIZATION_PATH = "/oauth2/authorize"
CONTINUE_PATH = "/oauth2/authorize/continue"
TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
USERINFO_PATH = "/oauth2/userinfo"
INTROSPECTION_PATH = "/oauth2/introspect"
REVOCATION_PATH = "/oauth2/revoke"
LOGOUT_PATH = "/oauth2/logout"
JWKS_PATH = "/oauth2/jwks"


@dataclass(frozen=True, slots=True)
class Provider:
    """The OpenID provider: `issuer` is its one name, and every URL begins with it (statement B8)."""

    issuer: str
    database: Database
    keys: SigningKeys
    clients: ClientRegister
    farewell: Farewell = no_farewell
