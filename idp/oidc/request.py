"""From query parameters to an `AuthorizationRequest`, which exists only once client and redirect URI are proven.

pairs ──► prove() ──► Proven ──► CHECKS, one by one ──► AuthorizationRequest
            │                       └─ Refused, told to the redirect URI
            └─ Refused, shown on a page of ours (RFC 6749 §4.1.2.1, statement O3)
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from idp.domain.application import Application
from idp.oidc.claims_parameter import ClaimsParameter, parse_claims
from idp.oidc.clients import Client
from idp.oidc.errors import Refused
from idp.oidc.vocabulary import ASSURANCE_OF_ACR, OFFLINE_ACCESS, PROMPTS, RESPONSE_MODES

Pairs = Sequence[tuple[str, str]]
Parameters = Mapping[str, str]

_LONGEST = {"state": 4096, "claims": 8192, "id_token_hint": 8192, "redirect_uri": 2048}
_LONGEST_OTHERWISE = 1024
_MOST_MAX_AGE = 10**9
# RFC 7636 §4.2: the base64url of a SHA-256 has 43 characters.
_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")


@dataclass(frozen=True, slots=True)
class Proven:
    """Where an answer may go: the client exists, and the redirect URI is its own."""

    client: Client
    application: Application
    redirect_uri: str
    response_mode: str
    state: str


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """One authorization request (OpenID Connect Core §3.1.2.1), checked; `parameters` is what it was made from."""

    to: Proven
    parameters: Parameters
    received_at: datetime
    scope: tuple[str, ...]
    nonce: str
    code_challenge: str
    prompt: frozenset[str]
    max_age: timedelta | None
    acr_values: tuple[str, ...]
    claims: ClaimsParameter
    login_hint: str
    id_token_hint: str
    resource: str

    @property
    def silent(self) -> bool:
        """Whether no page may be shown (`prompt=none`)."""
        return "none" in self.prompt


def prove(pairs: Pairs, find: Callable[[str], tuple[Client, Application] | None]) -> Proven | Refused:
    """Return where an answer may go, from nothing but client_id and redirect_uri."""
    client_ids = [value for name, value in pairs if name == "client_id"]
    redirect_uris = [value for name, value in pairs if name == "redirect_uri"]
    found = find(client_ids[0]) if len(client_ids) == 1 else None
    if found is None:
        return Refused.UNKNOWN_CLIENT
    client, application = found
    if len(redirect_uris) != 1 or not client.accepts_redirect_uri(redirect_uris[0]):
        return Refused.REDIRECT_URI
    values = dict(pairs)
    mode = values.get("response_mode", "query")
    return Proven(
        client=client,
        application=application,
        redirect_uri=redirect_uris[0],
        response_mode=mode if mode in RESPONSE_MODES and _takes(redirect_uris[0], mode) else "query",
        state=values.get("state", "")[: _LONGEST["state"]],
    )


def _takes(redirect_uri: str, response_mode: str) -> bool:
    """A form is posted to the web only: with another scheme it could run in our own origin."""
    return response_mode != "form_post" or urlsplit(redirect_uri).scheme in ("https", "http")


def parse(pairs: Pairs, to: Proven, received_at: datetime) -> AuthorizationRequest | Refused:
    """Return the checked request, or the first check's refusal."""
    if len({name for name, _ in pairs}) != len(pairs):
        return Refused.DUPLICATE_PARAMETER  # RFC 6749 §3.1, statement O14
    parameters = {name: value for name, value in pairs if value}  # §3.1: empty is the same as not sent
    for check in CHECKS:
        refused = check(parameters, to)
        if refused is not None:
            return refused
    claims = parse_claims(parameters.get("claims", "")) or ClaimsParameter()
    max_age = parameters.get("max_age")
    return AuthorizationRequest(
        to=to,
        parameters=parameters,
        received_at=received_at,
        scope=granted_scope(parameters, to),
        nonce=parameters.get("nonce", ""),
        code_challenge=parameters.get("code_challenge", ""),
        prompt=frozenset(parameters.get("prompt", "").split()),
        max_age=None if max_age is None else timedelta(seconds=int(max_age)),
        acr_values=claims.acr_values or tuple(parameters.get("acr_values", "").split()),
        claims=claims,
        login_hint=parameters.get("login_hint", ""),
        id_token_hint=parameters.get("id_token_hint", ""),
        resource=parameters.get("resource", ""),
    )


def granted_scope(parameters: Parameters, to: Proven) -> tuple[str, ...]:
    """Return what of the asked scope the client is registered for (Core §3.1.2.1: the rest is ignored)."""
    registration = to.client.registration
    asked = dict.fromkeys(parameters.get("scope", "").split())
    may_refresh = registration.refresh_lifetime is not None
    return tuple(one for one in asked if one in registration.scope and (one != OFFLINE_ACCESS or may_refresh))


def short_enough(parameters: Parameters, _to: Proven) -> Refused | None:
    """No parameter is longer than it can have to be."""
    fits = all(len(value) <= _LONGEST.get(name, _LONGEST_OTHERWISE) for name, value in parameters.items())
    return None if fits else Refused.TOO_LONG


def nothing_by_reference(parameters: Parameters, _to: Proven) -> Refused | None:
    """Core §6 and §7.2.1: what we do not support is said; a URL that a client names is never fetched (F52)."""
    if "request" in parameters:
        return Refused.REQUEST_OBJECT
    if "request_uri" in parameters:
        return Refused.REQUEST_URI
    return Refused.REGISTRATION if "registration" in parameters else None


def code_only(parameters: Parameters, _to: Proven) -> Refused | None:
    """No token ever passes through the browser's address (statement O16)."""
    return None if parameters.get("response_type") == "code" else Refused.RESPONSE_TYPE


def known_response_mode(parameters: Parameters, to: Proven) -> Refused | None:
    """The answer goes in the query or in a form."""
    mode = parameters.get("response_mode", "query")
    return None if mode in RESPONSE_MODES and _takes(to.redirect_uri, mode) else Refused.RESPONSE_MODE


def pkce_s256(parameters: Parameters, to: Proven) -> Refused | None:
    """PKCE with S256 of every client; an exempted one that uses it is held to it (RFC 9700 §2.1.1, O4)."""
    challenge, method = parameters.get("code_challenge"), parameters.get("code_challenge_method")
    if challenge is None:
        exempt = to.client.registration.pkce_exempt and not to.client.registration.public
        return None if exempt and method is None else Refused.PKCE_MISSING
    if method != "S256":
        return Refused.PKCE_METHOD
    return None if _CHALLENGE.fullmatch(challenge) else Refused.PKCE_CHALLENGE


def some_scope(parameters: Parameters, to: Proven) -> Refused | None:
    """At least one scope is left."""
    return None if granted_scope(parameters, to) else Refused.SCOPE


def possible_prompt(parameters: Parameters, _to: Proven) -> Refused | None:
    """Core §3.1.2.1: `none` stands alone."""
    asked = parameters.get("prompt", "").split()
    alone = "none" not in asked or len(asked) == 1
    return None if alone and all(one in PROMPTS for one in asked) else Refused.PROMPT


def possible_max_age(parameters: Parameters, _to: Proven) -> Refused | None:
    """A count of seconds in ASCII digits."""
    age = parameters.get("max_age", "0")
    return None if age.isascii() and age.isdigit() and int(age[:12]) <= _MOST_MAX_AGE else Refused.MAX_AGE


def possible_claims(parameters: Parameters, _to: Proven) -> Refused | None:
    """Well-formed, and no essential acr that nothing here can give (Core §5.5.1.1)."""
    claims = parse_claims(parameters.get("claims", ""))
    if claims is None:
        return Refused.CLAIMS
    known = any(acr in ASSURANCE_OF_ACR for acr in claims.acr_values)
    return Refused.ACR_UNKNOWN if claims.acr_essential and not known else None


def own_resource(parameters: Parameters, to: Proven) -> Refused | None:
    """RFC 8707: one audience, and one that an administrator lets this client ask for."""
    resource = parameters.get("resource")
    return None if resource is None or resource in to.client.registration.resources else Refused.RESOURCE


CHECKS: tuple[Callable[[Parameters, Proven], Refused | None], ...] = (
    short_enough,
    nothing_by_reference,
    known_response_mode,
    code_only,
    pkce_s256,
    some_scope,
    possible_prompt,
    possible_max_age,
    possible_claims,
    own_resource,
)
