"""`python -m tests.oidc.node`: one node of several.

Reads an order, waits for the word, posts once, prints the status.
"""

import json
import sys
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from idp.domain.handles import new_id
from idp.domain.occasion import Occasion
from idp.keys.sealing import MasterKeys
from idp.keys.signing import SigningKeys
from idp.oidc import token_endpoints
from idp.oidc.provider import Provider
from idp.oidc.server import FormPost
from idp.oidc.store.clients import ClientRegister
from idp.storage.engine import make_engine
from idp.storage.unit_of_work import SqlDatabase

USE_CASES = {"/oauth2/token": token_endpoints.token, "/oauth2/introspect": token_endpoints.introspect}


def main() -> None:
    order = json.loads(sys.stdin.readline())
    now = datetime.fromisoformat(order["now"])
    sealer = MasterKeys(Path(order["master_key"]))
    database = SqlDatabase(make_engine(order["url"]), sealer)
    keys = SigningKeys(database, sealer, lambda: now)
    provider = Provider(order["issuer"], database, keys, ClientRegister())
    keys.public_jwks()
    post = FormPost(order["issuer"] + order["path"], order["fields"], order["authorization"])
    occasion = Occasion(now, new_id(), address=ip_address("203.0.113.5"))
    print("ready", flush=True)
    sys.stdin.readline()
    print(USE_CASES[order["path"]](provider, post, occasion).status)


if __name__ == "__main__":
    main()
