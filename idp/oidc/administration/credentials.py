"""The change of a client's secret or key with overlap: two are good until the system uses the new one.

A secret is random and long, shown once and kept as a digest: nobody reads it back (C7).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from idp.domain import systems
from idp.domain.administration import Done, no
from idp.domain.application import Application
from idp.domain.appointments import printable
from idp.domain.handles import ApplicationId, digest, new_handle
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Doer, Refused
from idp.oidc.administration.registering import keys_of
from idp.oidc.clients import AuthMethod, Client
from idp.oidc.registration_rules import jwks_text
from idp.oidc.store.clients import read_client, replace_secrets, write_client

_MOST_KEYS = 2


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that was made just now; shown once."""

    secret: str

    def __repr__(self) -> str:
        return "NewSecret(…)"


@dataclass(frozen=True, slots=True)
class HeldKey:
    """One public key of a client."""

    id: str
    kind: str


def new_secret(
    uow: UnitOfWork, doer: Doer, identifier: ApplicationId, reason: str, occasion: Occasion
) -> NewSecret | Refused:
    """Make a new secret; the one before stays good until `end_old_secret`."""
    found = _client(uow, doer, identifier, reason, occasion)
    if isinstance(found, Refused):
        return found
    application, client = found
    if not client.registration.token_endpoint_auth_method.by_secret:
        return no("no_secret")
    if client.previous_secret_digest is not None:
        return no("change_under_way")
    secret = new_handle()
    if not replace_secrets(uow, client, digest(secret), client.secret_digest):
        return no("overtaken")
    systems.note(uow, application, "changed", ["client_secret"], printable(reason), occasion)
    return NewSecret(secret)


def end_old_secret(
    uow: UnitOfWork, doer: Doer, identifier: ApplicationId, reason: str, occasion: Occasion
) -> Done | Refused:
    """Let only the new secret be good."""
    found = _client(uow, doer, identifier, reason, occasion)
    if isinstance(found, Refused):
        return found
    application, client = found
    if client.previous_secret_digest is None or client.secret_digest is None:
        return no("nothing_to_do")
    if not replace_secrets(uow, client, client.secret_digest, None):
        return no("overtaken")
    systems.note(uow, application, "changed", ["previous_client_secret"], printable(reason), occasion)
    return Done()


def add_key(
    uow: UnitOfWork, doer: Doer, identifier: ApplicationId, pasted: str, reason: str, occasion: Occasion
) -> Done | Refused:
    """Take another public key in beside the one there is."""
    found = _client(uow, doer, identifier, reason, occasion)
    if isinstance(found, Refused):
        return found
    application, client = found
    text, wrong = keys_of(pasted)
    if wrong is not None:
        return no("key_refused")
    held, new = _keys(client), json.loads(text)["keys"]
    names = [one.get("kid") for one in (*held, *new)]
    # Two keys of one name, or of none, could not be told apart by what a client signs (RFC 7515 §4.1.4).
    if len(names) > _MOST_KEYS or None in names or len(set(names)) < len(names):
        return no("keys_alike" if len(names) <= _MOST_KEYS else "change_under_way")
    _write(uow, client, [*held, *new])
    systems.note(uow, application, "changed", ["jwks"], printable(reason), occasion)
    return Done()


def remove_key(
    uow: UnitOfWork, doer: Doer, identifier: ApplicationId, kid: str, reason: str, occasion: Occasion
) -> Done | Refused:
    """Take a key out; the last one stays."""
    found = _client(uow, doer, identifier, reason, occasion)
    if isinstance(found, Refused):
        return found
    application, client = found
    held = _keys(client)
    left = [one for one in held if one.get("kid", "") != kid]
    if len(left) == len(held):
        return no("unknown")
    if not left:
        return no("last_key")
    _write(uow, client, left)
    systems.note(uow, application, "changed", ["jwks"], printable(reason), occasion)
    return Done()


def held_keys(client: Client) -> Sequence[HeldKey]:
    """Return the public keys that a client may sign with."""
    return [HeldKey(one.get("kid", ""), one.get("kty", "")) for one in _keys(client)]


def _client(
    uow: UnitOfWork, doer: Doer, identifier: ApplicationId, reason: str, occasion: Occasion
) -> tuple[Application, Client] | Refused:
    application = systems.changeable(uow, doer, identifier, occasion)
    if isinstance(application, Refused):
        return application
    # Keys are read, changed and written back: one after the other (C9).
    uow.exclusive(f"client {identifier}")
    client = read_client(uow, identifier)
    if client is None:
        return no("unknown")
    return (application, client) if printable(reason) else no("no_reason")


def _keys(client: Client) -> list[dict[str, str]]:
    text = client.registration.jwks
    return list(json.loads(text)["keys"]) if text else []


def _write(uow: UnitOfWork, client: Client, keys: list[dict[str, str]]) -> None:
    changed = replace(
        client.registration,
        jwks=jwks_text({"keys": keys}),
        token_endpoint_auth_method=AuthMethod.PRIVATE_KEY_JWT,
    )
    write_client(uow, client.application_id, client.client_id, changed)
