"""OpenID Connect systems as operations of the API: connecting one, looking at it, changing registration and secret.

The rules are those of the pages; a secret is in the answer that makes it and in no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from idp.api.operation import AnyOperation, Call, Nothing, Operation, Page
from idp.api.reasons import Why, WithReason
from idp.api.types import Number, Text
from idp.domain.administration import Done, no
from idp.domain.handles import ApplicationId
from idp.domain.reason import Reason
from idp.domain.roles import Act, Allowed, Refused, System, may_act
from idp.domain.systems import NewSystem
from idp.oidc.administration import connecting, credentials
from idp.oidc.administration.connecting import Connected
from idp.oidc.administration.credentials import NewSecret
from idp.oidc.administration.registering import FIRST, typed
from idp.oidc.clients import AuthMethod, Client, Registration
from idp.oidc.store import OidcStore
from idp.oidc.store.clients import read_client
from idp.oidc.vocabulary import PROTOCOL
from idp.web.forms import Form
from idp.web.typed import Typed

_Address = Annotated[str, Text(2000, 1)]
_DELIVERIES = 100


@dataclass(frozen=True, slots=True)
class Registered:
    """What is registered of a client (RFC 7591)."""

    redirect_uris: tuple[_Address, ...]
    token_endpoint_auth_method: AuthMethod = AuthMethod.CLIENT_SECRET_BASIC
    post_logout_redirect_uris: tuple[_Address, ...] = ()
    backchannel_logout_uri: Annotated[str, Text(2000)] = ""
    scope: tuple[Annotated[str, Text(32, 1)], ...] = ("openid",)
    jwks: Annotated[str, Text(4000, about="A JWK Set as text, for private_key_jwt.")] = ""
    first_party: bool = True


@dataclass(frozen=True, slots=True)
class NewClient:
    """A system to be connected; its name becomes the client_id."""

    name: Annotated[str, Text(63, 1)]
    title: Annotated[str, Text(200, 1)]
    registration: Registered
    reason: Why
    url: Annotated[str, Text(2000)] = ""
    owner: Annotated[str, Text(320, about="User name of who decides who may use it.")] = ""


@dataclass(frozen=True, slots=True)
class ConnectedClient:
    """A system that was connected; the secret is shown once, null if it has none."""

    application: str
    client_id: str
    client_secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientDetails:
    """One client, without its secrets: only how many are good."""

    application: str
    client_id: str
    registration: Registered
    secrets: Annotated[int, Number(0, 2)]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedClient:
    """Another registration, and why."""

    registration: Registered
    reason: Why


@dataclass(frozen=True, slots=True)
class NewKey:
    """Another public key, and why."""

    jwks: Annotated[str, Text(4000, 2, about="A JWK Set or one public key, as text.")]
    reason: Why


@dataclass(frozen=True, slots=True)
class OldKey:
    """Which key goes, and why."""

    kid: Annotated[str, Text(256, 1)]
    reason: Why


@dataclass(frozen=True, slots=True)
class MadeSecret:
    """A new secret, shown once; the one before stays good until it is ended."""

    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Carried:
    """It is done."""

    done: bool = True


@dataclass(frozen=True, slots=True)
class SignOut:
    """How it went to tell the system of one sign-out."""

    state: str
    detail: str
    attempts: Annotated[int, Number(0, 10_000)]
    first_at: datetime
    last_at: datetime


def connect(call: Call[Nothing, NewClient]) -> ConnectedClient | Refused:
    """Connect a system; its policy lets nobody in yet."""
    body = call.body
    given = _typed(body.registration, FIRST)
    if given.value is None:
        return _wrong(given)
    new = NewSystem(body.name, body.title, PROTOCOL, body.url, body.owner)
    made = connecting.connect(call.uow, call.doer, new, given.value, body.reason, call.occasion)
    if not isinstance(made, Connected):
        return made
    return ConnectedClient(made.application.id, made.client.client_id, made.secret or None)


def show(call: Call[Nothing, Nothing]) -> ClientDetails | Refused:
    """Return what is registered of a client."""
    client = _seen(call)
    return no("unknown") if client is None else _details(client)


def change(call: Call[Nothing, ChangedClient]) -> ClientDetails | Refused:
    """Change what is registered of a client."""
    client = read_client(call.uow, call.application())
    given = _typed(call.body.registration, client.registration) if client else None
    if given is not None and given.value is None:
        return _wrong(given)
    registration = given.value if given and given.value else FIRST
    done = connecting.register_anew(
        call.uow, call.doer, call.application(), registration, call.body.reason, call.occasion
    )
    if isinstance(done, Refused):
        return done
    changed = read_client(call.uow, call.application())
    return no("unknown") if changed is None else _details(changed)


def new_secret(call: Call[Nothing, WithReason]) -> MadeSecret | Refused:
    """Make a new secret beside the one there is."""
    made = credentials.new_secret(call.uow, call.doer, call.application(), call.body.reason, call.occasion)
    return MadeSecret(made.secret) if isinstance(made, NewSecret) else made


def end_old_secret(call: Call[Nothing, WithReason]) -> Carried | Refused:
    """Let only the new secret be good."""
    done = credentials.end_old_secret(
        call.uow, call.doer, call.application(), call.body.reason, call.occasion
    )
    return Carried() if isinstance(done, Done) else done


def add_key(call: Call[Nothing, NewKey]) -> Carried | Refused:
    """Take another public key in beside the one there is."""
    body = call.body
    done = credentials.add_key(call.uow, call.doer, call.application(), body.jwks, body.reason, call.occasion)
    return Carried() if isinstance(done, Done) else done


def remove_key(call: Call[Nothing, OldKey]) -> Carried | Refused:
    """Take a public key out; the last one stays."""
    body = call.body
    done = credentials.remove_key(
        call.uow, call.doer, call.application(), body.kid, body.reason, call.occasion
    )
    return Carried() if isinstance(done, Done) else done


def sign_outs(call: Call[Nothing, Nothing]) -> Page[SignOut] | Refused:
    """Return how it went to tell the system of sign-outs, the newest first."""
    client = _seen(call)
    if client is None:
        return no("unknown")
    found = OidcStore.of(call.uow).deliveries.of_application(client.application_id, _DELIVERIES)
    return Page(
        [SignOut(one.state.value, one.detail, one.attempts, one.first_at, one.last_at) for one in found]
    )


def _seen(call: Call[Nothing, Nothing]) -> Client | None:
    identifier: ApplicationId = call.application()
    seen = may_act(call.doer, Act.SEE_APPLICATION, System(identifier), call.occasion.now)
    return read_client(call.uow, identifier) if isinstance(seen, Allowed) else None


def _typed(body: Registered, before: Registration) -> Typed[Registration]:
    """Return what the page's form would say: one set of rules for both."""
    return typed(
        Form(
            {
                "method": body.token_endpoint_auth_method.value,
                "redirect_uris": "\n".join(body.redirect_uris),
                "post_logout_redirect_uris": "\n".join(body.post_logout_redirect_uris),
                "backchannel_logout_uri": body.backchannel_logout_uri,
                "jwks": body.jwks,
                "first_party": "yes" if body.first_party else "",
                **{f"scope_{one}": "yes" for one in body.scope},
            }
        ),
        before,
    )


def _wrong(given: Typed[Registration]) -> Refused:
    told = "; ".join(f"{one.field}: expected {one.expected}" for one in given.wrong)
    return Refused((Reason("registration_refused", {"wrong": told}),))


def _details(client: Client) -> ClientDetails:
    made = client.registration
    return ClientDetails(
        application=client.application_id,
        client_id=client.client_id,
        registration=Registered(
            made.redirect_uris,
            made.token_endpoint_auth_method,
            made.post_logout_redirect_uris,
            made.backchannel_logout_uri,
            made.scope,
            made.jwks,
            made.first_party,
        ),
        secrets=sum(one is not None for one in (client.secret_digest, client.previous_secret_digest)),
        keys=tuple(one.id for one in credentials.held_keys(client)),
    )


_PATH = "/applications/{application}/oidc"
OPERATIONS: Sequence[AnyOperation] = (
    Operation(
        "oidc.connect", "POST", "/oidc/applications",
        "Connect a system over OpenID Connect; its policy lets nobody in yet.",
        Act.CONNECT_APPLICATION, connect, ConnectedClient, Nothing, NewClient, secret=True,
    ),
    Operation(
        "oidc.show", "GET", _PATH, "Return what is registered of a client, without its secrets.",
        Act.SEE_APPLICATION, show, ClientDetails, Nothing, Nothing,
    ),
    Operation(
        "oidc.change", "PUT", _PATH, "Replace what is registered of a client.",
        Act.CHANGE_APPLICATION, change, ClientDetails, Nothing, ChangedClient, current=show, guarded=True,
    ),
    Operation(
        "oidc.new_secret", "POST", f"{_PATH}/secrets", "Make a new secret; the one before stays good.",
        Act.CHANGE_APPLICATION, new_secret, MadeSecret, Nothing, WithReason, secret=True,
    ),
    Operation(
        "oidc.end_old_secret", "POST", f"{_PATH}/secrets/end-old", "Let only the new secret be good.",
        Act.CHANGE_APPLICATION, end_old_secret, Carried, Nothing, WithReason,
    ),
    Operation(
        "oidc.add_key", "POST", f"{_PATH}/keys", "Take another public key in; the one before stays good.",
        Act.CHANGE_APPLICATION, add_key, Carried, Nothing, NewKey,
    ),
    Operation(
        "oidc.remove_key", "POST", f"{_PATH}/keys/remove", "Take a public key out; the last one stays.",
        Act.CHANGE_APPLICATION, remove_key, Carried, Nothing, OldKey,
    ),
    Operation(
        "oidc.sign_outs", "GET", f"{_PATH}/sign-outs", "Return how it went to tell the system of sign-outs.",
        Act.SEE_APPLICATION, sign_outs, SignOut, Nothing, Nothing, paged=True,
    ),
)  # fmt: skip
