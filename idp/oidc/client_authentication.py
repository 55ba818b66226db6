"""Client authentication (RFC 6749 §2.3): exactly one method, and only the one that is registered (statement O6).

Every refusal has one answer, whatever its cause; the cause goes to the audit log.
"""

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.oidc.client_assertion import ASSERTION_TYPE, check_assertion, claimed_client
from idp.oidc.clients import AuthMethod, Client
from idp.oidc.errors import ProtocolRefusal, Refused
from idp.oidc.provider import Provider

CONFIDENTIAL = (
    AuthMethod.CLIENT_SECRET_BASIC,
    AuthMethod.CLIENT_SECRET_POST,
    AuthMethod.PRIVATE_KEY_JWT,
)
ANY_METHOD = (*CONFIDENTIAL, AuthMethod.NONE)
_LONGEST_BASIC = 2048


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client shows: who it says it is, by which method, and the secret or assertion."""

    method: AuthMethod
    client_id: str
    proof: str


def authenticate(
    provider: Provider,
    uow: UnitOfWork,
    form: Mapping[str, str],
    authorization: str,
    methods: Collection[AuthMethod],
    occasion: Occasion,
) -> Client:
    """Return the client that made this request; raises ProtocolRefusal."""
    shown = presented(form, authorization)
    found = provider.clients.find(uow, shown.client_id)
    if found is None:
        raise _refused("unknown_client")
    client = found.client
    if shown.method not in methods or shown.method is not client.registration.token_endpoint_auth_method:
        raise _refused(f"{client.client_id} tried {shown.method}")
    if shown.method.by_secret and not client.has_secret(shown.proof):
        raise _refused(f"{client.client_id} showed a wrong secret")
    if shown.method is AuthMethod.PRIVATE_KEY_JWT:
        wrong = check_assertion(provider.issuer, uow, client, shown.proof, occasion.now)
        if wrong:
            raise _refused(f"{client.client_id}: {wrong}")
    return client


def presented(form: Mapping[str, str], authorization: str) -> Credentials:
    """Return the one set of credentials in a request; raises ProtocolRefusal for two, or for none at all."""
    shown: list[Credentials] = []
    if authorization:
        shown.append(_basic(authorization))
    if "client_secret" in form:
        shown.append(
            Credentials(AuthMethod.CLIENT_SECRET_POST, form.get("client_id", ""), form["client_secret"])
        )
    if "client_assertion" in form or "client_assertion_type" in form:
        shown.append(_assertion(form))
    if not shown and form.get("client_id"):
        shown.append(Credentials(AuthMethod.NONE, form["client_id"], ""))
    if len(shown) != 1:
        raise _refused("two methods at once" if shown else "no credentials")
    # A client_id beside the credentials has to be the same one (RFC 7521 §4.2 says so of assertions).
    if form.get("client_id", shown[0].client_id) != shown[0].client_id:
        raise _refused("two client_ids")
    return shown[0]


def _basic(authorization: str) -> Credentials:
    """RFC 6749 §2.3.1: both parts are form-encoded before they are put together."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _LONGEST_BASIC:
        raise _refused("another scheme than Basic")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise _refused("malformed Basic") from None
    client_id, colon, secret = text.partition(":")
    if not colon:
        raise _refused("malformed Basic")
    return Credentials(AuthMethod.CLIENT_SECRET_BASIC, unquote_plus(client_id), unquote_plus(secret))


def _assertion(form: Mapping[str, str]) -> Credentials:
    assertion = form.get("client_assertion", "")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise _refused("another client_assertion_type")
    return Credentials(AuthMethod.PRIVATE_KEY_JWT, claimed_client(assertion), assertion)


def _refused(detail: str) -> ProtocolRefusal:
    return ProtocolRefusal(Refused.CLIENT_AUTHENTICATION, detail)
